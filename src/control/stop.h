/*
 * stop.h: ending a process that was proved to be the right one.
 */
#ifndef CONTROL_STOP_H
#define CONTROL_STOP_H

#include <stdint.h>

/*
 * Sends SIGTERM through PIDFD, waits TIMEOUT_MS for the end, then sends
 * SIGKILL and waits some seconds more. A zombie counts as dead.
 * Returns 0, or -1 with errno (EPERM: not allowed; ETIMEDOUT: still there).
 */
int stop_process(int pidfd, int64_t timeout_ms);

#endif
