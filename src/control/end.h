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
 * Returns the group, for end_bury; -1: there was no need.
 */
pid_t end_left(pid_t corpse);

/*
 * Waits until whoever was killed in GROUP (-1: nobody) is dead, and buries
 * them, a corpse that was not waited for as well.
 */
void end_bury(pid_t group);

/*
 * Kills our child PID behind PIDFD (-1: none), which leads a session of its
 * own and is a subreaper, with whoever is in that session or descends from it;
 * waits until all are dead, and buries PID.
 */
void end_session(pid_t pid, int pidfd);

#endif
