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
 * The scratch files of a job that has ended (--quiet-unless-failed): nobody it
 * has left behind adds to them any more; if IS_SHOWN, what is in them is copied
 * to our own standard output and error.
 */
void job_end_output(const struct plan *plan, const struct streams *streams,
    bool is_shown);

/*
 * Waits a random time, as --jitter has it. Signals come through. Returns 0, or
 * -1 with FAILURE.
 */
int job_delay(const struct plan *plan, struct failure *failure);

#endif
