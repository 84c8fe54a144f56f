/*
 * diagnose.h: why execve(2) failed, in words that help.
 */
#ifndef START_DIAGNOSE_H
#define START_DIAGNOSE_H

#include "base/failure.h"
#include "plan/plan.h"

/*
 * Fills in FAILURE for a COMMAND that could not be executed with ERROR:
 * status 127 where there is none, otherwise 126. Looks at the file once more
 * and names a missing "#!" interpreter or loader. Always returns -1.
 */
int diagnose_execute(const struct plan *plan, int error,
    struct failure *failure);

#endif
