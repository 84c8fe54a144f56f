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
#include "control/stop.h"
#include "control/target.h"

/*
 * Ends the daemon by SCHEDULE, with what came from it if IS_TREE; returns when
 * it is dead and its lock free, and the pidfile removed, if that is still its
 * own. One that does not run is a success.
 */
int act_stop(const struct target *target,
    const struct stop_schedule *schedule, bool is_tree,
    struct failure *failure);

/* Sends SIGNAL. One that does not run is CONTROL_NOT_RUNNING. */
int act_signal(const struct target *target, int signal,
    struct failure *failure);

/* Waits for its end, at most TIMEOUT_MS (-1: for ever: CONTROL_FAILED). */
int act_wait(const struct target *target, int64_t timeout_ms,
    struct failure *failure);

#endif
