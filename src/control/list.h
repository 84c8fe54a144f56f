/*
 * list.h: every pidfile in a run directory.
 */
#ifndef CONTROL_LIST_H
#define CONTROL_LIST_H

/*
 * Calls EACH with the name and the path of every *.pid file in DIRECTORY and
 * in the directories directly below it, in alphabetical order, until it returns
 * other than 0. The name is the file's without ".pid"; one further down has
 * none that a verb would take, and gets its path. What may not be read is
 * passed over, and, in a directory that everybody may write, what belongs to
 * neither root nor us.
 * Returns what EACH returned last, or -1 with errno if DIRECTORY cannot be
 * read (one that does not exist has no files: 0).
 */
int list_pidfiles(const char *directory,
    int (*each)(const char *name, const char *path, void *context),
    void *context);

#endif
