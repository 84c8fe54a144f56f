/*
 * probe.h: a command that asks whether the daemon works.
 */
#ifndef START_PROBE_H
#define START_PROBE_H

#include <sys/types.h>

#include "plan/plan.h"

/*
 * Runs COMMAND by /bin/sh as the user, in the directory and with the
 * environment of PLAN's daemon, on /dev/null, in a session of its own, below a
 * process that ends as it does, but only when nothing of it is left.
 * Returns the pid of that one (a child to wait for), or -1 with errno.
 */
pid_t probe_start(const struct plan *plan, const char *command);

#endif
