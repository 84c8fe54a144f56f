/*
 * streams.h: what becomes of the daemon's descriptors 0, 1 and 2.
 *
 * Everything is opened in the caller, where a failure can be said.
 */
#ifndef START_STREAMS_H
#define START_STREAMS_H

#include <stdbool.h>

#include "base/failure.h"
#include "plan/plan.h"
#include "start/logfile.h"
#include "start/logging.h"

enum { N_STREAMS = 3 };

struct streams {
	int fd[N_STREAMS];		/* 3 or more, close-on-exec */
	struct logfile file[N_STREAMS];	/* of those that are log files */
	struct logging logging;
	int tap_fd;			/* where a logger copies all output as
					   long as we listen; -1: there is
					   none; whoever reads it closes it */
};

/*
 * Opens what PLAN asks for, and starts the logger if it has one.
 * Returns 0, or -1 with FAILURE (nothing left).
 */
int streams_open(struct streams *streams, const struct plan *plan,
    struct failure *failure);

/* The log that is the very file of FD (-1: none), or NULL. */
const char *streams_find(const struct streams *streams, int fd);

/* Makes them 0, 1 and 2. Returns 0, or -1 with errno. [child] */
int streams_connect(const struct streams *streams);

/* Empties the log files of one. Returns 0, or -1 with errno. [child] */
int streams_truncate(const struct streams *streams, int number);

/* Does what takes the output still live? Returns 0, or -1 with FAILURE. */
int streams_check(const struct streams *streams, struct failure *failure);

/* Gives up our own ends, so that only the daemon's keep the logger. */
void streams_release(struct streams *streams);

/* Waits, not for ever, until a logger has written what the daemon left. */
void streams_finish(struct streams *streams);

/*
 * After a start that failed: removes the files that it made, and ends a logger
 * that has not written the rest in its time.
 */
void streams_abandon(struct streams *streams, const struct plan *plan);

#endif
