/*
 * starting.c: the verbs start, restart and check; see work.h.
 */
#include "daemonctl/work.h"

#include <stdint.h>
#include <stdio.h>

#include "base/message.h"
#include "control/show.h"
#include "exitcode.h"
#include "plan/plan.h"
#include "process/daemon.h"
#include "start/check.h"
#include "start/run.h"

extern char **environ;

/* Runs daemonize for TARGET. Returns its exit status. */
static int
run_start(const struct target *target, const char *if_running,
    bool is_verbose, struct failure *failure)
{
	char config[5120], name[300], verbose[] = "-v", program[] = "daemonize";
	char *argv[6] = { program, config, name };
	size_t count = 3;
	int status;

	(void)snprintf(config, sizeof(config), "--config=%s", target->config);
	(void)snprintf(name, sizeof(name), "--name=%s", target->name);
	if (if_running != NULL)
		argv[count++] = (char *)(uintptr_t)if_running;
	if (is_verbose)
		argv[count++] = verbose;
	status = run_daemonize(argv, failure);
	return status == -1 ? failure->status : status;
}

/*
 * Looks at TARGET. Returns CONTROL_OK if IS_ENOUGH and it runs already, which
 * is what was asked for (LSB 3.1, 20.2), CONTROL_NOT_RUNNING if daemonize may
 * see to it, or CONTROL_UNKNOWN with FAILURE: the daemon lives without its lock
 * and would get a twin; or, if IS_ENOUGH, somebody else has the lock.
 */
static int
look_first(const struct work *work, const struct target *target,
    bool is_enough, struct failure *failure)
{
	char reason[4096];
	struct daemon daemon;
	bool is_proved;

	daemon_examine(&daemon, target->pidfile);
	is_proved = daemon.pidfd != -1;
	daemon_release(&daemon);
	if (is_enough && is_proved && work->request->is_verbose)
		message_step("%s is already running as pid %ld",
		    target->label, (long)daemon.pid);
	if (is_enough && is_proved)
		return CONTROL_OK;
	/* A reason is one for daemonize, too, which says it better. */
	if (!daemon.has_lost_lock && (!is_enough ||
	    daemon.state != DAEMON_UNKNOWN || daemon.reason != NULL))
		return CONTROL_NOT_RUNNING;
	show_reason(&daemon, reason, sizeof(reason));
	(void)failure_set(failure, CONTROL_UNKNOWN, "cannot %s %s: %s",
	    work->verb, target->label, reason);
	return CONTROL_UNKNOWN;
}

int
work_start(struct work *work, struct target *target, struct failure *failure)
{
	enum if_running if_running = target->options.if_running;
	int status;

	status = look_first(work, target, if_running == IF_RUNNING_FAIL ||
	    if_running == IF_RUNNING_OK, failure);
	if (status != CONTROL_NOT_RUNNING)
		return status;
	return run_start(target, if_running == IF_RUNNING_FAIL ?
	    "--if-running=ok" : NULL, work->request->is_verbose, failure);
}

int
work_check(struct work *work, struct target *target, struct failure *failure)
{
	struct plan plan;

	(void)work;
	if (target->options.name == NULL)
		target->options.name = target->name;
	if (plan_make(&plan, &target->options, environ, failure) == -1 ||
	    check_plan(&plan, failure) == -1)
		return failure->status;
	return CONTROL_OK;
}

int
work_restart(struct work *work, struct target *target, struct failure *failure)
{
	const struct request *request = work->request;
	/* What schedule_parse takes is shorter. */
	char how[64 + SCHEDULE_STEPS_MAX * 64] = "--if-running=replace";
	int status;

	/* What cannot be started is no reason to end what runs. */
	status = work_check(work, target, failure);
	if (status != CONTROL_OK)
		return status;
	status = look_first(work, target, false, failure);
	if (status != CONTROL_NOT_RUNNING)
		return status;
	if (request->schedule_text != NULL)
		(void)snprintf(how, sizeof(how), "--if-running=replace:%s",
		    request->schedule_text);
	else if (request->timeout_ms >= 0)
		(void)snprintf(how, sizeof(how), "--if-running=replace:%lldms",
		    (long long)request->timeout_ms);
	return run_start(target, how, request->is_verbose, failure);
}
