/*
 * steps.h: the steps of a plan, in order and in words.
 *
 * The same words serve --dry-run, --verbose and the messages of failures
 * ("cannot WORDS: CAUSE").
 */
#ifndef PLAN_STEPS_H
#define PLAN_STEPS_H

#include <stdbool.h>
#include <stddef.h>

#include "plan/plan.h"

/* In the order in which they are done. */
enum step {
	/* in the caller */
	STEP_CLOSE_OTHERS,
	STEP_JITTER,
	STEP_CLAIM_PIDFILE,
	STEP_CLAIM_LOCKFILE,
	STEP_OPEN_STDIN,
	STEP_OPEN_STDOUT,
	STEP_OPEN_STDERR,
	STEP_START_LOGGER,
	STEP_FORK,
	/* in the child */
	STEP_SESSION,
	STEP_FORK_AGAIN,
	/* in the grandchild, which becomes the daemon */
	STEP_WRITE_PID,
	STEP_CONNECT,
	STEP_NICE,
	STEP_IO_PRIORITY,
	STEP_CPU_AFFINITY,
	STEP_SCHEDULER,
	STEP_OOM_SCORE,
	STEP_LIMIT,
	STEP_BOUND_CAPABILITIES,
	STEP_CHROOT,
	STEP_GROUPS,
	STEP_GID,
	STEP_UID,
	STEP_PROVE_IDENTITY,
	STEP_TAKE_CAPABILITIES,
	STEP_NO_NEW_PRIVS,
	STEP_CHDIR,
	STEP_UMASK,
	STEP_PASS_DESCRIPTORS,
	STEP_TRUNCATE_STDOUT,
	STEP_TRUNCATE_STDERR,
	STEP_SIGNALS,
	STEP_EXECUTE,
	/* in the caller */
	STEP_READY,
	N_STEPS
};

/* Does PLAN have this step? Async-signal-safe. */
bool step_is_wanted(enum step step, const struct plan *plan);

/* Writes the step's words, such as "change directory to /srv". */
void step_describe(enum step step, const struct plan *plan, char *text,
    size_t size);

#endif
