/*
 * verdict.h: why a wait has ended otherwise than hoped, in words.
 */
#ifndef READY_VERDICT_H
#define READY_VERDICT_H

#include "ready/ready.h"

/*
 * Each fills in FAILURE. STATUS is that of waitpid(2), or -1 where the system
 * does not tell.
 */
void verdict_died(const struct ready *ready, int status,
    struct failure *failure);
void verdict_backgrounded(const struct ready *ready, struct failure *failure);
void verdict_late(const struct ready *ready, struct failure *failure);
void verdict_interrupted(const struct ready *ready, int signal,
    struct failure *failure);

/* Goes on with what became of the daemon: ERROR 0: stopped. */
void verdict_add_end(struct failure *failure, int error);
void verdict_add_left(struct failure *failure, const struct ready *ready);

#endif
