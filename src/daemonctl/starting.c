/*
 * starting.c: the verbs start, restart and check; see work.h.
 */
#include "daemonctl/work.h"

#include <stdint.h>
#include <stdio.h>

#include "base/message.h"
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

int
work_start(struct work *work, struct target *target, struct failure *failure)
{
	bool is_plain = target->options.if_running == IF_RUNNING_FAIL;
	struct daemon daemon;

	/* Running already is what was asked for (LSB 3.1, 20.2). */
	if (is_plain && work->request->is_verbose) {
		daemon_examine(&daemon, target->pidfile);
		if (daemon.pidfd != -1)
			message_step("%s is already running as pid %ld",
			    target->label, (long)daemon.pid);
		daemon_release(&daemon);
		if (daemon.state == DAEMON_RUNNING ||
		    daemon.state == DAEMON_PAUSED)
			return CONTROL_OK;
	}
	return run_start(target, is_plain ? "--if-running=ok" : NULL,
	    work->request->is_verbose, failure);
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
	char how[512] = "--if-running=replace";
	int status;

	/* What cannot be started is no reason to end what runs. */
	status = work_check(work, target, failure);
	if (status != CONTROL_OK)
		return status;
	if (request->schedule_text != NULL)
		(void)snprintf(how, sizeof(how), "--if-running=replace:%s",
		    request->schedule_text);
	else if (request->timeout_ms >= 0)
		(void)snprintf(how, sizeof(how), "--if-running=replace:%lldms",
		    (long long)request->timeout_ms);
	return run_start(target, how, request->is_verbose, failure);
}
