/*
 * end.h: ending what this process has started, with all that came from it.
 */
#ifndef CONTROL_END_H
#define CONTROL_END_H

#include "base/schedule.h"
#include "process/tree.h"

/*
 * Ends PID (-1: it is dead already) behind PIDFD (-1: there are none on this
 * system) by SCHEDULE; then, in the same way, whoever else descends from us but
 * not from BEFORE; and what those have made meanwhile, without more ado. Where
 * nobody can be found, as without /proc, it ends the process group of PID.
 * We must be a subreaper. Signals stay held. The limit of open files is raised
 * as far as it goes.
 * Returns 0, or -1 with errno (ETIMEDOUT: somebody is still there).
 */
int end_born(pid_t pid, int pidfd, const struct tree *before,
    const struct schedule *schedule);

/*
 * Kills the process group that CORPSE, our child, was in, where end_born finds
 * nobody. It must not have been waited for: then the number is another's.
 */
void end_left(pid_t corpse);

/*
 * Kills our child PID behind PIDFD (-1: none), which leads a session of its
 * own, with whoever is in that session or descends from it; and buries it.
 */
void end_session(pid_t pid, int pidfd);

#endif
