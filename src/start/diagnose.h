/*
 * diagnose.h: why a step failed, execve(2) above all, in words that help.
 */
#ifndef START_DIAGNOSE_H
#define START_DIAGNOSE_H

#include "base/failure.h"
#include "plan/plan.h"
#include "start/handshake.h"

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

/*
 * Fills in FAILURE for the step of PLAN that REPORT is about.
 * Always returns -1.
 */
int diagnose_step(const struct plan *plan,
    const struct handshake_report *report, struct failure *failure);

#endif
