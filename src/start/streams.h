/*
 * streams.h: what becomes the daemon's descriptors 0, 1 and 2.
 *
 * Log files are opened in the caller, where a failure can be said: always for
 * appending, never through a symbolic link, and never so that a FIFO or
 * device can hang us. Root opens a file itself only where nobody but root
 * could have put something else under its name; anywhere else it is opened
 * with the rights of the user that the daemon will be (CVE-2016-1247).
 */
#ifndef START_STREAMS_H
#define START_STREAMS_H

#include <stdbool.h>

#include "base/failure.h"
#include "plan/plan.h"

enum { N_STREAMS = 3 };

struct streams {
	int fd[N_STREAMS];		/* 3 or more, close-on-exec */
	const char *created[N_STREAMS];	/* new files, for a failed start */
	bool is_theirs[N_STREAMS];	/* opened with the daemon's rights */
	int tap_fd;			/* where a logger copies all output as
					   long as we listen; -1: there is
					   none */
};

/* Opens what PLAN asks for. Returns 0, or -1 with FAILURE (nothing left). */
int streams_open(struct streams *streams, const struct plan *plan,
    struct failure *failure);

/* Makes them 0, 1 and 2. Returns 0, or -1 with errno. [child] */
int streams_connect(const struct streams *streams);

/* Empties the file of one, if it is a file. 0, or -1 with errno. [child] */
int streams_truncate(const struct streams *streams, int number);

/* Removes the files that this start made, after it failed. */
void streams_abandon(struct streams *streams, const struct plan *plan);

#endif
