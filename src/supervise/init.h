/*
 * init.h: staying, where leaving would end the daemon.
 */
#ifndef SUPERVISE_INIT_H
#define SUPERVISE_INIT_H

#include <sys/types.h>

/*
 * As PID 1 of a container or PID namespace our exit would kill the daemon
 * (pid_namespaces(7)). So passes every signal on to DAEMON, buries whoever
 * dies, and returns when DAEMON is dead: its exit status, or 128 + signal.
 * LOGGER (0: none) is given a moment to write what it has. Signals must be
 * held (caller_hold_signals).
 */
int init_stay(pid_t daemon, pid_t logger);

#endif
