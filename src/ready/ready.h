/*
 * ready.h: the caller's wait: until the daemon is ready, will never be, or, as
 * a job, has run to completion.
 *
 * Nothing of it outlives the caller. With nothing to wait for it costs nothing.
 */
#ifndef READY_READY_H
#define READY_READY_H

#include <stdint.h>
#include <sys/types.h>

#include "base/failure.h"
#include "plan/plan.h"
#include "process/tree.h"
#include "ready/instance.h"
#include "ready/lines.h"
#include "ready/notify.h"
#include "ready/probes.h"
#include "start/output.h"

struct ready {
	const struct plan *plan;
	struct probes probes;
	struct notify notify;
	struct output output;	/* of the daemon; valid once it is launched */
	struct lines lines[OUTPUT_FILES];
	struct tree before;	/* our descendants before the launch */
	pid_t pid;		/* the one whose end ends the wait */
	int pidfd;		/* of it; -1 where there are none */
	int signals;		/* of caller_hear_signals */
	bool has_more_output;	/* to be read at once */
	const struct condition *deaf_to;	/* LOG, that cannot hold any
				   more: the output has ended */
	int64_t started_ms;
	int64_t deadline_ms;	/* INT64_MAX: none */
	int64_t held_since_ms;	/* all conditions, first; 0: not yet */
	int64_t settle_at_ms;	/* then look whether it stays (settle.h) */
	int64_t told_ms;	/* on the terminal, last */
};

enum ready_result {
	READY_REACHED,
	READY_ENDED,		/* the job has ended by itself: the status */
	READY_LEFT,		/* not in time, but left running: FAILURE */
	READY_FAILED,		/* FAILURE, and nothing runs */
};

/*
 * Takes what must not be taken by anything else, before any file is opened.
 * Returns 0, or -1 with FAILURE.
 */
int ready_reserve(struct ready *ready, const struct plan *plan,
    struct failure *failure);

/*
 * Opens what is listened to and looks at what is there, after the claim and
 * before the start. Returns 0, or -1 with FAILURE.
 */
int ready_prepare(struct ready *ready, struct failure *failure);

/*
 * Goes after the output, which is valid by now (output_begin), and remembers
 * who is there already, such as a logger: they are nothing that the daemon
 * leaves behind. Returns 0, or -1 with FAILURE.
 */
int ready_follow(struct ready *ready, struct failure *failure);

/*
 * Waits for the daemon *DAEMON, which was launched with STREAMS; for one that
 * has failed ends it and all that came from it. *DAEMON changes where the
 * daemon says that another process is the main one. *STATUS is set where a job
 * has ended; its files are given up then (pidfile_finish).
 */
enum ready_result ready_wait(struct ready *ready, struct instance *instance,
    const struct streams *streams, pid_t *daemon, int *status,
    struct failure *failure);

/* Shows the last lines of the daemon's output on stderr, as its own. */
void ready_show_output(struct ready *ready);

/* Closes what is open, but for the output. Nothing of it is left then. */
void ready_close(struct ready *ready);

#endif
