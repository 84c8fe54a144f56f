/*
 * rotate.h: the files that a log leaves behind.
 *
 * A rotated file is NAME.YYYYMMDDTHHMMSS.UUUUUU (UTC): always a fresh name,
 * for renaming over an old one is slow, and one that sorts by age. Where the
 * log's own name is a pattern of strftime(3), the files that it left are those
 * whose names the pattern makes, with and without a time behind; their age is
 * that of what is in them, for a pattern need not name the year. All of them
 * may end in .gz, .zst or .xz. Only regular files count.
 */
#ifndef LOG_ROTATE_H
#define LOG_ROTATE_H

#include <stddef.h>
#include <time.h>

#include "log/log.h"

struct left_file {
	char *name;		/* in the directory */
	struct timespec changed;	/* of a pattern's; otherwise 0 */
	time_t when;		/* by a pattern; otherwise 0 */
	int is_bare;		/* by a pattern: never renamed */
	unsigned int failures;	/* of compressing it, */
	unsigned int failed_in;	/* the last one in this round */
};

struct rotated {
	const struct log *log;
	const struct log_target *target;
	char *directory;
	char *base;		/* of the log's name, or the pattern */
	struct left_file *file;	/* oldest first */
	size_t count;
};

/*
 * Looks which files there are; PATH is that of the log now, which is none of
 * them. Returns 0, or -1 with errno.
 */
int rotated_open(struct rotated *rotated, const struct log *log,
    const struct log_target *target, const char *path);

/*
 * Adds NAME, which nothing writes to any more, as the newest. Returns NULL
 * without memory.
 */
struct left_file *rotated_add(struct rotated *rotated, const char *name);

void rotated_remove(struct rotated *rotated, size_t index);

/*
 * Removes the oldest files, so that LOG's keep are left. Files of a pattern
 * that are not rotated by size or age stay, unless --log-keep was given.
 */
void rotated_prune(struct rotated *rotated);

/*
 * The path of the file with INDEX and SUFFIX, to be freed; NULL without
 * memory.
 */
char *rotated_path(const struct rotated *rotated, size_t index,
    const char *suffix);

/* Is NAME one that a file left by this log may have? */
int rotated_is_one(const struct rotated *rotated, const char *name);

/* Does NAME end in a time, as that of a rotated file does? */
int rotated_is_stamped(const char *name);

/* Returns less than, equal to or more than 0. */
int rotated_compare_times(const struct timespec *a, const struct timespec *b);

/* Has NAME one of the suffixes of compressed files? */
int rotated_is_compressed(const char *name);

void rotated_close(struct rotated *rotated);

#endif
