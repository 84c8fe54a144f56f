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
#include "exitcode.h"
#include "plan/options.h"
#include "plan/plan.h"
#include "plan/steps.h"
#include "ready/instance.h"
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

/* The instance is claimed: open the streams and launch. */
static int
start(const struct plan *plan, struct instance *instance, pid_t *daemon,
    pid_t *logger, struct failure *failure)
{
	struct streams streams;
	enum step step;

	for (step = STEP_CLOSE_OTHERS; step < STEP_OPEN_STDIN; step++)
		trace(step, plan);
	if (streams_open(&streams, plan, failure) == -1)
		return -1;
	for (step = STEP_OPEN_STDIN; step < STEP_FORK; step++)
		trace(step, plan);
	if (launch_daemon(plan, &instance->pidfile, &instance->lockfile,
	    &streams, plan->options->is_verbose ? trace : silence, daemon,
	    failure) == -1) {
		streams_abandon(&streams, plan);
		return -1;
	}
	streams_release(&streams);
	*logger = streams.logging.pid;
	return 0;
}

static int
run(const struct plan *plan)
{
	struct failure failure = { 0 };
	struct instance instance;
	pid_t daemon = -1, logger = 0;

	if (caller_hold_signals() == -1)
		return fail_errno("hold signals");
	if (os_close_others(plan->kept, plan->kept_count) == -1)
		return fail_errno("close inherited descriptors");
	switch (instance_claim(&instance, plan, &failure)) {
	case INSTANCE_CLAIMED:
		break;
	case INSTANCE_RUNNING:
		return EXITCODE_RUNNING;
	case INSTANCE_FAILED:
		return fail(&failure);
	}
	if (start(plan, &instance, &daemon, &logger, &failure) == -1) {
		instance_abandon(&instance, daemon);
		return fail(&failure);
	}
	if (plan->options->is_verbose) {
		trace(STEP_EXECUTE, plan);
		message_step("running as pid %ld", (long)daemon);
	}
	return caller_is_init() ? init_stay(daemon, logger) : EXITCODE_RUNNING;
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
