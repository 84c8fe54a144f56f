/*
 * part.h: compressed files that are not whole yet.
 *
 * FILE.PID.gz.part has a writer of its own, for a logger may still be at work
 * when the next one starts. It is locked as long as that logger lives, by
 * fcntl(2): its program does not hold the lock, for whatever that still writes
 * nobody will publish.
 */
#ifndef LOG_PART_H
#define LOG_PART_H

#include <stdbool.h>
#include <sys/stat.h>

#include "log/rotate.h"

/* That of ours for PATH, to be freed; NULL without memory. */
char *part_path(const char *path, const char *suffix);

/*
 * Makes it, with the mode and group of SOURCE, and locks it. Returns the
 * descriptor, or -1 with errno.
 */
int part_open(const char *part, const struct stat *source);

/* May PATH be one, or have been one until now? */
bool part_is_path(const char *path);

/* Removes those that nobody is at work on. */
void part_tidy(const struct rotated *rotated);

#endif
