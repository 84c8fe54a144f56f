/*
 * diagnose.h: why execve(2) failed, in words that help.
 */
#ifndef START_DIAGNOSE_H
#define START_DIAGNOSE_H

#include "base/failure.h"
#include "plan/plan.h"

/*
 * Fills in FAILURE for a COMMAND that could not be executed with ERROR:
 * status 127 where there is none, otherwise 126. CANDIDATE is the index of the
 * plan's candidate that was there, or -1: that file is looked at once more,
 * and a "#!" interpreter or loader that is missing is named.
 * Always returns -1.
 */
int diagnose_execute(const struct plan *plan, int candidate, int error,
    struct failure *failure);

/*
 * Does candidate number CANDIDATE name a "#!" interpreter that could not be
 * executed with our effective ids? Returns 0, or -1 with FAILURE.
 */
int diagnose_interpreter(const struct plan *plan, int candidate,
    struct failure *failure);

#endif
