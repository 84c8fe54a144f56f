/*
 * compress.h: rotated files, compressed one after the other by gzip and the
 * like, with low priority.
 *
 * FILE becomes FILE.gz.part, that becomes FILE.gz when it is whole, and only
 * then FILE goes. What a killed logger left is put right by the next one.
 */
#ifndef LOG_COMPRESS_H
#define LOG_COMPRESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "log/rotate.h"

struct compressor {
	struct rotated *rotated;
	pid_t pid;		/* at work; 0: none */
	char *path;		/* on this file */
	bool has_given_up;	/* the program does not work */
};

/* Removes what a killed logger left half done. */
void compress_tidy(struct compressor *compressor);

/* Begins with the oldest file that is not compressed, if none is at work. */
void compress_next(struct compressor *compressor);

/* Is PID the one at work, which has ended with STATUS? Then goes on. */
void compress_bury(struct compressor *compressor, pid_t pid, int status);

#endif
