/*
 * act.h: what daemonctl does to a daemon that runs, after proof.
 *
 * Every function returns a status of exitcode.h (enum control_status); for
 * others than CONTROL_OK the failure is filled in.
 */
#ifndef CONTROL_ACT_H
#define CONTROL_ACT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/failure.h"
#include "base/schedule.h"
#include "control/target.h"
#include "process/daemon.h"
#include "process/tree.h"

/* A daemon that has been told to end. */
struct act_stopping {
	const struct target *target;
	const struct schedule *schedule;
	struct daemon daemon;
	struct tree tree;
	bool is_tree;
	int64_t begun_ms;
	bool is_shortage;	/* it failed for want of a descriptor */
};

/*
 * Sends the daemon the first signal of SCHEDULE (both borrowed until the end);
 * with IS_TREE what came from it is found first. One that does not run is a
 * success; a pidfile that it left is removed.
 */
int act_stop_begin(struct act_stopping *stopping, const struct target *target,
    const struct schedule *schedule, bool is_tree, struct failure *failure);

/*
 * Goes on with the schedule, counted from the beginning; returns when the
 * daemon (and its tree) is dead and its lock free, and the pidfile removed, if
 * that is still its own. After a beginning that failed it does nothing.
 */
int act_stop_end(struct act_stopping *stopping, struct failure *failure);

/*
 * Sends SIGNAL, and waits until one that is sent SIGSTOP has stopped
 * (CONTROL_FAILED: it still has not). VERB is for messages. One that does not
 * run is CONTROL_NOT_RUNNING.
 */
int act_signal(const struct target *target, const char *verb, int signal,
    struct failure *failure);

/* Waits for its end, at most TIMEOUT_MS (-1: for ever: CONTROL_FAILED). */
int act_wait(const struct target *target, int64_t timeout_ms,
    struct failure *failure);

#endif
