/*
 * directory.h: making directories that are missing, and trusting those that
 * are there.
 */
#ifndef BASE_DIRECTORY_H
#define BASE_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

enum { DIRECTORY_MADE_MAX = 32 };

/* Directories made by this start, in order. */
struct directory_made {
	char *path[DIRECTORY_MADE_MAX];
	size_t count;
};

/*
 * Makes the directory at PATH (absolute) and those above it that are missing,
 * with MODE, and adds them to MADE. Makes one only inside a directory that
 * belongs to root or to us and that nobody else may write (a sticky one such
 * as /tmp will do), reached through symbolic links that root or we own; what
 * exists keeps its owner and mode.
 * Returns 0, or -1 with errno (EPERM: such a directory).
 */
int directory_make(const char *path, mode_t mode,
    struct directory_made *made);

/* The same for the directory that the file at PATH is in. */
int directory_make_parent(const char *path, mode_t mode,
    struct directory_made *made);

/* Removes what was made, last first, after a start that failed. */
void directory_remove_made(struct directory_made *made);

/*
 * Can only root change which file PATH (absolute) names? Every directory on
 * the way, by its written and by its real name, must belong to root and be
 * writable by nobody else.
 */
bool directory_is_roots(const char *path);

/*
 * Is the file at PATH (absolute), which is FILE, one that somebody else has
 * planted where anybody can? Root, USER and we are nobody else. What the
 * kernel may do against that (fs.protected_regular) is for O_CREAT only.
 */
bool directory_has_planted(const struct stat *file, const char *path,
    uid_t user);

/*
 * Opens with FLAGS what is there at PATH (absolute). Returns the descriptor, or
 * -1 with errno (EPERM: somebody else has planted it).
 */
int directory_open_there(const char *path, int flags);

#endif
