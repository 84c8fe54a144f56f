/*
 * trail.h: a log that is being written: the file it is in now, and those that
 * it has left behind (log/rotate.h).
 */
#ifndef CONTROL_TRAIL_H
#define CONTROL_TRAIL_H

#include <stdbool.h>
#include <sys/types.h>

#include "control/source.h"
#include "log/log.h"
#include "log/rotate.h"

struct trail {
	struct log_target target;
	char path[4096];	/* PATH_MAX: of the file now */
	int fd;			/* -1: it is not there (yet) */
	dev_t device;
	ino_t inode;
	off_t offset;		/* of what has not been read */
	struct rotated rotated;	/* older, each once; none is lost between */
	bool is_listed;		/* ROTATED is in use */
};

/*
 * Opens the file and lists the others; OFFSET becomes its size. A directory
 * that may not be read hides the others.
 * Returns 0, or -1 with errno (ENOENT: there is neither).
 */
int trail_open(struct trail *trail, const struct source_file *file);

/* Is the log in another file by now, and something in that already? */
bool trail_has_moved(const struct trail *trail);

/* Is file INDEX of NEXT none of those that TRAIL knows? */
bool trail_is_new(const struct trail *trail, const struct trail *next,
    size_t index);

/* Has file INDEX of NEXT, compressed, been made of what TRAIL has open? */
bool trail_is_source(const struct trail *trail, const struct trail *next,
    size_t index);

/* Is file INDEX of NEXT the one that TRAIL has open? Only if not compressed. */
bool trail_is_open(const struct trail *trail, const struct trail *next,
    size_t index);

void trail_close(struct trail *trail);

#endif
