/*
 * job.h: commands that run to completion.
 */
#ifndef READY_JOB_H
#define READY_JOB_H

#include "base/failure.h"
#include "plan/plan.h"
#include "start/streams.h"

/* Can the end of a process be awaited here? Returns 0, or -1 with FAILURE. */
int job_check(const struct plan *plan, struct failure *failure);

/*
 * The exit status for a job that has ended with STATUS of waitpid(2): its own,
 * or 128 + signal, which is said.
 */
int job_status(const struct plan *plan, int status);

/*
 * Copies what a job has written to scratch files (--quiet-unless-failed) to
 * our own standard output and error.
 */
void job_replay(const struct plan *plan, const struct streams *streams);

/*
 * Waits a random time, as --jitter has it. Signals come through. Returns 0, or
 * -1 with FAILURE.
 */
int job_delay(const struct plan *plan, struct failure *failure);

#endif
