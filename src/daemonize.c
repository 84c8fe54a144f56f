/*
 * daemonize: turns a program into a daemon, and tells the truth about it.
 *
 * parse - plan - claim - wire - launch. What can fail is prepared here, in the
 * caller, where it can be reported.
 */
#include <errno.h>
#include <string.h>

#include "base/caller.h"
#include "base/message.h"
#include "base/os.h"
#include "control/end.h"
#include "exitcode.h"
#include "plan/options.h"
#include "plan/plan.h"
#include "plan/steps.h"
#include "ready/instance.h"
#include "ready/job.h"
#include "ready/ready.h"
#include "start/launch.h"
#include "start/streams.h"
#include "supervise/init.h"

extern char **environ;

static void
trace(enum step step, const struct plan *plan)
{
	char words[MESSAGE_MAX];

	if (!plan->options->is_verbose || !step_is_wanted(step, plan))
		return;
	step_describe(step, plan, words, sizeof(words));
	message_step("%s", words);
}

static void
silence(enum step step, const struct plan *plan)
{
	(void)step;
	(void)plan;
}

static int
fail(const struct failure *failure)
{
	message_error("%s", failure->text);
	return failure->status;
}

static int
fail_errno(const char *what)
{
	message_error("cannot %s: %s", what, strerror(errno));
	return EXITCODE_FAILED;
}

static int
dry_run(const struct plan *plan)
{
	char words[MESSAGE_MAX];
	enum step step;

	for (step = 0; step < N_STEPS; step++) {
		if (!step_is_wanted(step, plan))
			continue;
		step_describe(step, plan, words, sizeof(words));
		if (message_print("%s", words) == -1)
			return fail_errno("write standard output");
	}
	return EXITCODE_RUNNING;
}

/* All that a start has in its hands. */
struct start {
	const struct plan *plan;
	struct instance instance;
	struct streams streams;
	struct ready ready;
	pid_t daemon;		/* -1: not born yet */
	struct tree before;	/* who came from us before we started */
	bool is_before_known;
};

/* A pidfile or lock file is no log, by whatever name. */
static int
check_logs(const struct start *start, struct failure *failure)
{
	const char *path;

	path = streams_find(&start->streams, start->instance.pidfile.fd);
	if (path != NULL)
		return failure_set(failure, EXITCODE_FAILED,
		    "cannot open %s: it is the pidfile", path);
	path = streams_find(&start->streams, start->instance.lockfile.fd);
	if (path != NULL)
		return failure_set(failure, EXITCODE_FAILED,
		    "cannot open %s: it is the lock file", path);
	return 0;
}

/* The instance is claimed: open the streams and launch. */
static int
launch(struct start *start, struct failure *failure)
{
	const struct plan *plan = start->plan;
	enum step step;

	for (step = STEP_CLOSE_OTHERS; step < STEP_OPEN_STDIN; step++)
		trace(step, plan);
	if (ready_prepare(&start->ready, failure) == -1 ||
	    streams_open(&start->streams, plan, failure) == -1)
		return -1;
	if (check_logs(start, failure) == -1) {
		streams_abandon(&start->streams, plan);
		return -1;
	}
	for (step = STEP_OPEN_STDIN; step < STEP_FORK; step++)
		trace(step, plan);
	output_begin(&start->ready.output, &start->streams, plan);
	if (ready_follow(&start->ready, failure) == -1 ||
	    launch_daemon(plan, &start->instance.pidfile,
	    &start->instance.lockfile, &start->streams,
	    plan->options->is_verbose ? trace : silence, &start->daemon,
	    failure) == -1) {
		streams_abandon(&start->streams, plan);
		return -1;
	}
	streams_release(&start->streams);
	trace(STEP_EXECUTE, plan);
	return 0;
}

/* The start has failed: nothing is left of it but the reason. */
static int
give_up(struct start *start, const struct failure *failure)
{
	ready_close(&start->ready);
	/* What the daemon, or a logger's command, has left behind. */
	if (start->is_before_known)
		(void)end_born(-1, -1, &start->before,
		    &start->plan->options->stop);
	instance_abandon(&start->instance, start->daemon);
	(void)fail(failure);
	if (failure->status == EXITCODE_DIED)
		ready_show_output(&start->ready);
	return failure->status;
}

/* The daemon runs: wait for what is asked for. */
static int
wait_until_ready(struct start *start, struct failure *failure)
{
	const struct plan *plan = start->plan;
	int status = EXITCODE_RUNNING;

	switch (ready_wait(&start->ready, &start->instance, &start->streams,
	    &start->daemon, &status, failure)) {
	case READY_REACHED:
		trace(STEP_READY, plan);
		if (plan->options->is_verbose)
			message_step("running as pid %ld",
			    (long)start->daemon);
		break;
	case READY_LEFT:
		status = fail(failure);
		break;
	case READY_ENDED:
		streams_finish(&start->streams);
		return status;
	case READY_FAILED:
		streams_abandon(&start->streams, plan);
		return give_up(start, failure);
	}
	if (!caller_is_init())
		return status;
	output_close(&start->ready.output);
	return init_stay(start->daemon, start->streams.logging.pid);
}

static int
run(const struct plan *plan)
{
	struct start start = { .plan = plan, .daemon = -1 };
	struct failure failure = { 0 };

	if (caller_hold_signals() == -1)
		return fail_errno("hold signals");
	if (os_close_others(plan->kept, plan->kept_count) == -1)
		return fail_errno("close inherited descriptors");
	if (ready_reserve(&start.ready, plan, &failure) == -1 ||
	    job_delay(plan, &failure) == -1)
		return fail(&failure);
	switch (instance_claim(&start.instance, plan, &failure)) {
	case INSTANCE_CLAIMED:
		break;
	case INSTANCE_RUNNING:
		return EXITCODE_RUNNING;
	case INSTANCE_FAILED:
		return fail(&failure);
	}
	start.is_before_known = tree_find_own(&start.before) == 0;
	if (launch(&start, &failure) == -1)
		return give_up(&start, &failure);
	return wait_until_ready(&start, &failure);
}

int
main(int argc, char **argv)
{
	struct options options;
	struct failure failure = { 0 };
	struct plan plan;

	message_init("daemonize");
	if (caller_prepare() == -1)
		return fail_errno("prepare");
	if (os_is_privileged_executable()) {
		message_error("cannot run: must not be installed setuid");
		return EXITCODE_FAILED;
	}
	if (options_parse(&options, argc, argv) == -1)
		return EXITCODE_USAGE;
	if (options.wants_help || options.wants_version) {
		if ((options.wants_help ?
		    options_print_help(options.wants_all_help) :
		    options_print_version()) == -1)
			return fail_errno("write standard output");
		return EXITCODE_RUNNING;
	}
	if (plan_make(&plan, &options, environ, &failure) == -1)
		return fail(&failure);
	return options.is_dry_run ? dry_run(&plan) : run(&plan);
}
