/*
 * launch.h: from a plan to a running daemon, and the truth about it.
 */
#ifndef START_LAUNCH_H
#define START_LAUNCH_H

#include <sys/types.h>

#include "base/failure.h"
#include "plan/steps.h"
#include "process/pidfile.h"
#include "start/streams.h"

/* Called in the caller for every step that was done. */
typedef void launch_trace(enum step step, const struct plan *plan);

/*
 * Forks twice and executes the plan's COMMAND with the files that were
 * prepared; returns when it is known whether COMMAND was executed.
 *
 * The caller holds every signal (caller_hold_signals), so that none ends it
 * half-way. Makes this process a child subreaper.
 *
 * Where the plan has something to wait for, COMMAND may have ended already: its
 * corpse is left for who waits. Without, that is a failure.
 * In the foreground nothing forks: this process becomes COMMAND, and only a
 * failure comes back.
 *
 * Returns 0, or -1 with FAILURE, and then no process is left. *DAEMON is the
 * pid of the process that is, or was to be, the daemon; -1 if there was none.
 */
int launch_daemon(const struct plan *plan, const struct pidfile *pidfile,
    const struct pidfile *lockfile, const struct streams *streams,
    launch_trace *trace, pid_t *daemon, struct failure *failure);

#endif
