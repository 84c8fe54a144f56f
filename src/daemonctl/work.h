/*
 * work.h: what the verbs of daemonctl share, and the verbs that do something.
 *
 * A verb returns a status of exitcode.h (enum control_status); where FAILURE
 * has a text, it has not been said yet.
 */
#ifndef DAEMONCTL_WORK_H
#define DAEMONCTL_WORK_H

#include "base/failure.h"
#include "base/json.h"
#include "control/loggers.h"
#include "control/request.h"
#include "control/target.h"

struct work {
	const struct request *request;
	const char *verb;
	int signal;		/* signal, reload, pause, resume */
	struct json json;
	struct loggers loggers;
};

/* Says what failed, if it has not been said yet. Returns STATUS. */
int work_finish(int status, const struct failure *failure);

/* With --verbose, says that the verb is done, if STATUS says so. */
void work_tell(const struct work *work, const struct target *target,
    int status);

/* Says that standard output cannot be written (errno). Returns a status. */
int work_fail_output(void);

int work_start(struct work *work, struct target *target,
    struct failure *failure);
int work_restart(struct work *work, struct target *target,
    struct failure *failure);
int work_check(struct work *work, struct target *target,
    struct failure *failure);
int work_signal(struct work *work, struct target *target,
    struct failure *failure);
int work_wait(struct work *work, struct target *target,
    struct failure *failure);

/* Of the one operand, NAME, or the one --pidfile. */
int work_logs(struct work *work, struct failure *failure);

/* COUNT targets; says what failed by itself. */
int work_stop(struct work *work, struct target *targets, size_t count);

#endif
