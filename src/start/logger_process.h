/*
 * logger_process.h: the process that a logger is.
 */
#ifndef START_LOGGER_PROCESS_H
#define START_LOGGER_PROCESS_H

#include <sys/types.h>

#include "log/log.h"
#include "plan/plan.h"

/*
 * Forks a process that runs the logger of LOG and fills in what LOG lacks. It
 * leads a session of its own, has none of our other descriptors, and has given
 * up root's rights unless a file needs them. Returns its pid, which is our
 * child's; 0 in the foreground, where it is nobody's; or -1 with errno.
 */
pid_t logger_process_start(struct log *log, const struct plan *plan);

/* Kills the logger PID, our child that nobody has waited for, and buries it. */
void logger_process_end(pid_t pid);

#endif
