/*
 * logfile.h: opens log files, so that nobody can make us open another one.
 *
 * Always for appending, never through a symbolic link, and never so that a
 * FIFO or device can hang us. Root opens a file itself only where nobody but
 * root could have put something else under its name; anywhere else it is
 * opened with the rights of the user that the daemon will be (CVE-2016-1247).
 */
#ifndef START_LOGFILE_H
#define START_LOGFILE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/failure.h"
#include "plan/plan.h"

struct logfile {
	int fd;			/* close-on-exec; -1: none */
	const char *path;
	bool is_new;		/* we made it */
	bool is_theirs;		/* opened with the daemon's rights */
};

/* Returns 0, or -1 with FAILURE; LOGFILE borrows PATH. */
int logfile_open(struct logfile *logfile, const char *path,
    const struct plan *plan, struct failure *failure);

/*
 * Has somebody else than ACCOUNT planted the file at PATH, which is ST? As
 * directory_has_planted.
 */
bool logfile_is_planted(const char *path, const struct stat *st,
    const struct account *account);

/* Is it the file that ST describes? */
bool logfile_is(const struct logfile *logfile, const struct stat *st);

/* Empties it, if it is a file. Returns 0, or -1 with errno. [child] */
int logfile_truncate(int fd);

/* Removes it after a failed start if it is new, and still empty. */
void logfile_abandon(struct logfile *logfile, const struct plan *plan);

/* Undoes the O_NONBLOCK that opening needed. Returns 0, or -1 with errno. */
int logfile_make_blocking(int fd);

#endif
