/*
 * leave.h: how a log becomes one of the files that it leaves behind, under a
 * name that no other of them has.
 */
#ifndef LOG_LEAVE_H
#define LOG_LEAVE_H

#include "log/rotate.h"

/*
 * Renames the log at PATH to a fresh name. Returns the path, to be freed and
 * not one of the files yet; NULL with errno: it still has its name.
 */
char *leave_log(const struct rotated *rotated, const char *path);

/*
 * Nothing writes to PATH any more: it is one of the files, the newest. Names
 * of a pattern come back; if one that is compressed has the name, PATH gets a
 * fresh one.
 */
void leave_enter(struct rotated *rotated, const char *path);

/* PATH is none of the files any more: it has become the log, or is gone. */
void leave_forget(struct rotated *rotated, const char *path);

/*
 * Puts right what a killed logger, or one of another month, has left: second
 * names of the log at PATH go, plain files beside their compressed ones as
 * well; plain files beside compressed ones of other content get fresh names.
 */
void leave_tidy(struct rotated *rotated, const char *path);

#endif
