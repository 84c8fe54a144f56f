/*
 * stop.h: ending a process that was proved to be the right one.
 */
#ifndef CONTROL_STOP_H
#define CONTROL_STOP_H

#include "base/schedule.h"

/*
 * Sends the signals of SCHEDULE through PIDFD until the process has ended. One
 * that is stopped goes on, so that it sees them. A zombie counts as dead.
 * Returns 0, or -1 with errno (EPERM: not allowed; ETIMEDOUT: still there).
 */
int stop_process(int pidfd, const struct schedule *schedule);

/*
 * The same in two halves, for several processes at once: the first signal, and
 * all the rest when WAITED_MS have passed since.
 */
int stop_begin(int pidfd, const struct schedule *schedule);
int stop_end(int pidfd, const struct schedule *schedule, int64_t waited_ms);

#endif
