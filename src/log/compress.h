/*
 * compress.h: rotated files, compressed one after the other by gzip and the
 * like, with low priority.
 *
 * FILE becomes a part (log/part.h), that becomes FILE.gz when it is whole and
 * safe on the disk, and only then FILE goes.
 * A file that cannot be compressed stays as it is until there is a next round.
 */
#ifndef LOG_COMPRESS_H
#define LOG_COMPRESS_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "log/rotate.h"

/* All zero to begin with. */
struct compressor {
	struct rotated *rotated;	/* NULL: nothing is compressed */
	pid_t pid;		/* at work; 0: none */
	char *path;		/* on this file */
	struct stat source;	/* which is that */
	char *part;
	int part_fd;
	unsigned int round;
	unsigned int failed;	/* so many times in it */
	char trouble[64];	/* why there are plain files; "": no failure */
};

/*
 * Begins a round with the oldest file that is not compressed, if none is at
 * work. What has failed before is tried again, after the others.
 */
void compress_begin(struct compressor *compressor);

/* Is PID the one at work, which has ended with STATUS? Then goes on. */
void compress_bury(struct compressor *compressor, pid_t pid, int status);

#endif
