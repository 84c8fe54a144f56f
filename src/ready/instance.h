/*
 * instance.h: being the only one: the claim, and the wait for it.
 */
#ifndef READY_INSTANCE_H
#define READY_INSTANCE_H

#include "base/directory.h"
#include "base/failure.h"
#include "plan/plan.h"
#include "process/pidfile.h"

struct instance {
	struct pidfile pidfile;		/* fd -1 where there is none */
	struct pidfile lockfile;
	struct directory_made made;	/* --mkdir and the run directory */
};

enum instance_result {
	INSTANCE_CLAIMED,
	INSTANCE_RUNNING,	/* another one runs, and that is fine */
	INSTANCE_FAILED,
};

/*
 * Makes directories that are missing (if asked for), then locks the plan's
 * pidfile and lock file; where another instance holds one of them, fails,
 * waits for its end or ends it, as --if-running says.
 * With INSTANCE_FAILED, FAILURE is filled in and nothing is held.
 */
enum instance_result instance_claim(struct instance *instance,
    const struct plan *plan, struct failure *failure);

/*
 * Gives the claim up after the instance, whose pid was WRITTEN, has ended: the
 * pidfile is removed and nobody holds a lock any more who has inherited it.
 */
void instance_finish(struct instance *instance, pid_t written);

/* Undoes the claim after a start that failed, and may have written WRITTEN. */
void instance_abandon(struct instance *instance, pid_t written);

#endif
