/*
 * daemonctl: looks after daemons, and never touches the wrong process.
 *
 * One table of verbs; each works on the daemons that are named.
 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/caller.h"
#include "base/json.h"
#include "base/message.h"
#include "base/os.h"
#include "base/parse.h"
#include "base/signals.h"
#include "control/act.h"
#include "control/inspect.h"
#include "control/list.h"
#include "control/request.h"
#include "control/show.h"
#include "control/target.h"
#include "exitcode.h"
#include "plan/path.h"
#include "plan/plan.h"
#include "process/daemon.h"
#include "start/check.h"
#include "start/run.h"

extern char **environ;

/* What a verb works with. Returns a status; says FAILURE if that has text. */
struct work {
	const struct request *request;
	int signal;		/* signal, reload, pause, resume */
	struct json json;
};

struct verb {
	const char *name;
	const char *operands;
	const char *help;
	int signal;
	bool needs_config;
	int (*each)(struct work *work, struct target *target,
	    struct failure *failure);
	int (*whole)(struct work *work, struct failure *failure);
};

static int
fail_output(struct failure *failure)
{
	(void)failure_set(failure, CONTROL_FAILED,
	    "cannot write standard output: %s", strerror(errno));
	return CONTROL_FAILED;
}

static int
run_start(const struct target *target, const char *if_running,
    const char *signal, bool is_verbose, struct failure *failure)
{
	char config[5120], name[300], verbose[] = "-v", program[] = "daemonize";
	char *argv[7] = { program, config, name };
	size_t count = 3;
	int status;

	(void)snprintf(config, sizeof(config), "--config=%s", target->config);
	(void)snprintf(name, sizeof(name), "--name=%s", target->name);
	if (if_running != NULL)
		argv[count++] = (char *)(uintptr_t)if_running;
	if (signal != NULL)
		argv[count++] = (char *)(uintptr_t)signal;
	if (is_verbose)
		argv[count++] = verbose;
	status = run_daemonize(argv);
	if (status != -1)
		return status;
	(void)failure_set(failure, CONTROL_FAILED,
	    "cannot run daemonize: %s", strerror(errno));
	return CONTROL_FAILED;
}

static int
do_start(struct work *work, struct target *target, struct failure *failure)
{
	/* Running already is what was asked for (LSB 3.1, 20.2). */
	return run_start(target,
	    target->options.if_running == IF_RUNNING_FAIL ?
	    "--if-running=ok" : NULL, NULL, work->request->is_verbose,
	    failure);
}

static int
do_restart(struct work *work, struct target *target, struct failure *failure)
{
	const struct request *request = work->request;
	char how[64] = "--if-running=replace", signal[64];
	int64_t timeout_ms = request->has_schedule ?
	    request->schedule.step[0].timeout_ms : request->timeout_ms;

	if (timeout_ms >= 0)
		(void)snprintf(how, sizeof(how), "--if-running=replace:%lldms",
		    (long long)timeout_ms);
	(void)snprintf(signal, sizeof(signal), "--stop-signal=%d",
	    request->schedule.step[0].signal);
	return run_start(target, how, request->has_schedule ? signal : NULL,
	    request->is_verbose, failure);
}

static int
do_check(struct work *work, struct target *target, struct failure *failure)
{
	struct plan plan;

	(void)work;
	if (target->options.name == NULL)
		target->options.name = target->name;
	if (target->options.command == NULL)
		return failure_set(failure, CONTROL_USAGE,
		    "%s: no command given", target->config),
		    CONTROL_USAGE;
	if (plan_make(&plan, &target->options, environ, failure) == -1 ||
	    check_plan(&plan, failure) == -1)
		return failure->status;
	return CONTROL_OK;
}

static int
do_stop(struct work *work, struct target *target, struct failure *failure)
{
	const struct request *request = work->request;
	struct stop_schedule schedule = request->schedule;

	if (!request->has_schedule)
		stop_schedule_init(&schedule, target->options.stop_signal,
		    request->timeout_ms >= 0 ? request->timeout_ms :
		    target->options.stop_timeout_ms);
	return act_stop(target, &schedule, request->is_tree, failure);
}

static int
do_signal(struct work *work, struct target *target, struct failure *failure)
{
	return act_signal(target, work->signal, failure);
}

static int
do_wait(struct work *work, struct target *target, struct failure *failure)
{
	return act_wait(target, work->request->timeout_ms, failure);
}

static int
do_status(struct work *work, struct target *target, struct failure *failure)
{
	static const int statuses[] = {
		[DAEMON_RUNNING] = CONTROL_OK, [DAEMON_PAUSED] = CONTROL_OK,
		[DAEMON_DEAD] = CONTROL_DEAD,
		[DAEMON_ABSENT] = CONTROL_ABSENT,
		[DAEMON_UNKNOWN] = CONTROL_UNKNOWN,
	};
	struct daemon daemon;
	int status;

	daemon_examine(&daemon, target->pidfile);
	status = statuses[daemon.state];
	if (work->request->is_json)
		show_json(&work->json, target->label, &daemon);
	else if (show_status(target->label, &daemon) == -1)
		status = fail_output(failure);
	daemon_release(&daemon);
	return status;
}

static int
list_one(const char *name, const char *path, void *context)
{
	struct work *work = context;
	struct daemon daemon;
	int result = 0;

	daemon_examine(&daemon, path);
	if (daemon.state == DAEMON_RUNNING || daemon.state == DAEMON_PAUSED ||
	    (work->request->is_all && daemon.state == DAEMON_DEAD)) {
		if (work->request->is_json)
			show_json(&work->json, name, &daemon);
		else
			result = show_row(name, &daemon,
			    isatty(STDOUT_FILENO) == 1);
	}
	daemon_release(&daemon);
	return result;
}

static int
do_list(struct work *work, struct failure *failure)
{
	const char *directory;
	bool is_ours_to_make;

	if (work->request->operand[0] != NULL) {
		(void)failure_set(failure, CONTROL_USAGE,
		    "list takes no NAME");
		return CONTROL_USAGE;
	}
	directory = path_run_directory(&is_ours_to_make, failure);
	if (directory == NULL)
		return failure->status;
	if (!work->request->is_json && isatty(STDOUT_FILENO) == 1 &&
	    show_table_head() == -1)
		return fail_output(failure);
	if (list_pidfiles(directory, list_one, work) == -1) {
		(void)failure_set(failure, CONTROL_FAILED,
		    "cannot list %s: %s", directory, strerror(errno));
		return CONTROL_FAILED;
	}
	return CONTROL_OK;
}

/* PID, or the process of a daemon. */
static int
inspect_target(struct work *work, struct target *target,
    struct failure *failure)
{
	struct daemon daemon;
	int status;

	daemon_examine(&daemon, target->pidfile);
	if (daemon.pidfd != -1) {
		status = inspect_process(daemon.pid, work->request->is_json,
		    failure);
	} else {
		status = CONTROL_ABSENT;
		(void)failure_set(failure, status,
		    "cannot inspect %s: it is not running", target->label);
	}
	daemon_release(&daemon);
	return status;
}

static int
do_inspect(struct work *work, struct failure *failure)
{
	const struct request *request = work->request;
	const char *word = request->pidfile[0] != NULL ? NULL :
	    request->operand[0];
	struct target target;
	long long pid;
	int result;

	if ((word == NULL) != (request->pidfile[0] != NULL) ||
	    (word != NULL && request->operand[1] != NULL)) {
		(void)failure_set(failure, CONTROL_USAGE,
		    "inspect takes one PID, NAME or --pidfile");
		return CONTROL_USAGE;
	}
	if (word != NULL && parse_number(word, 1, 0x7fffffff, &pid) == 0)
		return inspect_process((pid_t)pid, request->is_json, failure);
	result = word != NULL ? target_resolve(&target, word, failure) :
	    target_from_pidfile(&target, request->pidfile[0], failure);
	return result == -1 ? failure->status :
	    inspect_target(work, &target, failure);
}

static const struct verb verbs[] = {
	{ "start", "NAME...", "start what NAME.conf describes", 0, true,
	    do_start, NULL },
	{ "stop", "NAME...", "end it and wait until it is gone", 0, false,
	    do_stop, NULL },
	{ "restart", "NAME...", "end it and start it again", 0, true,
	    do_restart, NULL },
	{ "reload", "NAME...", "let it read its configuration again (HUP)",
	    SIGHUP, false, do_signal, NULL },
	{ "pause", "NAME...", "stop it for a while (STOP)", SIGSTOP, false,
	    do_signal, NULL },
	{ "resume", "NAME...", "let it go on (CONT)", SIGCONT, false,
	    do_signal, NULL },
	{ "signal", "SIG NAME...", "send it a signal", -1, false, do_signal,
	    NULL },
	{ "status", "NAME...", "say whether it runs", 0, false, do_status,
	    NULL },
	{ "list", "", "show every daemon of the run directory", 0, false,
	    NULL, do_list },
	{ "wait", "NAME...", "wait for its end", 0, false, do_wait, NULL },
	{ "inspect", "PID|NAME", "is it a daemon, and what is missing?", 0,
	    false, NULL, do_inspect },
	{ "check", "NAME...", "would it start?", 0, true, do_check, NULL },
};

enum { N_VERBS = sizeof(verbs) / sizeof(verbs[0]) };

static int
print_help(void)
{
	char text[4096];
	size_t at, i;

	at = (size_t)snprintf(text, sizeof(text),
	    "Usage: daemonctl VERB [OPTION]... [NAME|--pidfile=FILE]...\n"
	    "Look after daemons; signal none that is not proved to be the "
	    "right one.\nVerbs:\n");
	for (i = 0; i < N_VERBS; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at,
		    "  %-8s %-19s %s\n", verbs[i].name, verbs[i].operands,
		    verbs[i].help);
	(void)snprintf(text + at, sizeof(text) - at, "%s"
	    "TIME takes ms, s, m, h, d. See daemonctl(1).\n",
	    request_help());
	return message_text(text);
}

/* Says what failed, if it has not been said yet. */
static int
finish(int status, const struct failure *failure)
{
	if (failure->text[0] != '\0')
		message_error("%s", failure->text);
	return status;
}

static int
run_one(const struct verb *verb, struct work *work, const char *name,
    const char *pidfile)
{
	struct failure failure = { .status = CONTROL_OK };
	struct target target;

	if ((name != NULL ? target_resolve(&target, name, &failure) :
	    target_from_pidfile(&target, pidfile, &failure)) == -1)
		return finish(failure.status, &failure);
	if (verb->needs_config && !target.has_config) {
		message_error("cannot %s %s: there is no %s", verb->name,
		    name, target.config);
		return CONTROL_USAGE;
	}
	failure.text[0] = '\0';
	return finish(verb->each(work, &target, &failure), &failure);
}

/* Every NAME and pidfile; the highest status counts. */
static int
run_each(const struct verb *verb, struct work *work, char **names)
{
	const char **pidfile = work->request->pidfile;
	int worst = CONTROL_OK, status;

	if (names[0] == NULL && pidfile[0] == NULL) {
		message_error("%s needs a NAME%s", verb->name,
		    verb->needs_config ? "" : " or --pidfile=FILE");
		return CONTROL_USAGE;
	}
	if (verb->needs_config && pidfile[0] != NULL) {
		message_error("%s takes no --pidfile: it needs NAME.conf",
		    verb->name);
		return CONTROL_USAGE;
	}
	for (; *names != NULL; names++) {
		status = run_one(verb, work, *names, NULL);
		worst = status > worst ? status : worst;
	}
	for (; *pidfile != NULL; pidfile++) {
		status = run_one(verb, work, NULL, *pidfile);
		worst = status > worst ? status : worst;
	}
	return worst;
}

static int
run_verb(const struct verb *verb, const struct request *request)
{
	struct work work = {
		.request = request, .signal = verb->signal,
		.json = { .file = stdout },
	};
	struct failure failure = { .status = CONTROL_OK };
	char **names = request->operand;
	bool is_array = request->is_json && verb->whole != do_inspect;
	int status;

	if (verb->signal == -1) {
		work.signal = names[0] == NULL ? -1 : signal_number(names[0]);
		if (work.signal == -1) {
			message_error("signal needs SIG and NAME: '%s' is no "
			    "signal", names[0] == NULL ? "" : names[0]);
			return CONTROL_USAGE;
		}
		names++;
	}
	if (is_array)
		json_open(&work.json, NULL, '[');
	status = verb->whole != NULL ?
	    finish(verb->whole(&work, &failure), &failure) :
	    run_each(verb, &work, names);
	if (is_array && status != CONTROL_USAGE) {
		json_close(&work.json, ']');
		if (json_end(&work.json) == -1)
			return finish(fail_output(&failure), &failure);
	}
	return status;
}

int
main(int argc, char **argv)
{
	struct request request;
	size_t i;

	message_init("daemonctl");
	if (caller_prepare() == -1) {
		message_error("cannot prepare: %s", strerror(errno));
		return CONTROL_FAILED;
	}
	if (os_is_privileged_executable()) {
		message_error("cannot run: must not be installed setuid");
		return CONTROL_FAILED;
	}
	if (request_parse(&request, argc, argv) == -1)
		return CONTROL_USAGE;
	if (request.wants_help || request.wants_version) {
		if ((request.wants_help ? print_help() :
		    message_text("daemonctl " PACKAGE_VERSION "\n")) == 0)
			return CONTROL_OK;
		message_error("cannot write standard output: %s",
		    strerror(errno));
		return CONTROL_FAILED;
	}
	for (i = 0; i < N_VERBS && request.verb != NULL; i++)
		if (strcmp(verbs[i].name, request.verb) == 0)
			return run_verb(&verbs[i], &request);
	message_error(request.verb == NULL ?
	    "no VERB given%s; see 'daemonctl --help'" :
	    "unknown verb '%s'; see 'daemonctl --help'",
	    request.verb == NULL ? "" : request.verb);
	return CONTROL_USAGE;
}
