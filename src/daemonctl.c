/*
 * daemonctl: looks after daemons, and never touches the wrong process.
 *
 * One table of verbs; each works on the daemons that are named.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/caller.h"
#include "base/message.h"
#include "base/os.h"
#include "base/signals.h"
#include "control/look.h"
#include "daemonctl/work.h"
#include "exitcode.h"

/* EACH works on one daemon, ALL on all of them, WHOLE on none by name. */
struct verb {
	const char *name;
	const char *operands;
	const char *options;	/* their letters, see request.h */
	const char *help;
	int signal;
	bool needs_config;
	int (*each)(struct work *work, struct target *target,
	    struct failure *failure);
	int (*all)(struct work *work, struct target *targets, size_t count);
	int (*whole)(struct work *work, struct failure *failure);
};

static int
do_status(struct work *work, struct target *target, struct failure *failure)
{
	return look_status(work->request, &work->json, target, &work->loggers,
	    failure);
}

static int
do_list(struct work *work, struct failure *failure)
{
	return look_list(work->request, &work->json, failure);
}

static int
do_inspect(struct work *work, struct failure *failure)
{
	return look_inspect(work->request, failure);
}

static const struct verb verbs[] = {
	{ "start", "NAME...", "", "start what NAME.conf describes", 0, true,
	    work_start, NULL, NULL },
	{ "stop", "NAME...", "ptsT", "end it and wait until it is gone", 0,
	    false, NULL, work_stop, NULL },
	{ "restart", "NAME...", "ts", "end it and start it again", 0, true,
	    work_restart, NULL, NULL },
	{ "reload", "NAME...", "p",
	    "let it read its configuration again (HUP)", SIGHUP, false,
	    work_signal, NULL, NULL },
	{ "pause", "NAME...", "p", "stop it for a while (STOP)", SIGSTOP,
	    false, work_signal, NULL, NULL },
	{ "resume", "NAME...", "p", "let it go on (CONT)", SIGCONT, false,
	    work_signal, NULL, NULL },
	{ "signal", "SIG NAME...", "p", "send it a signal", -1, false,
	    work_signal, NULL, NULL },
	{ "status", "NAME...", "pj", "say whether it runs", 0, false,
	    do_status, NULL, NULL },
	{ "list", "", "ja", "show every daemon of the run directory", 0,
	    false, NULL, NULL, do_list },
	{ "logs", "NAME", "pfn", "show the last lines of its log", 0, false,
	    NULL, NULL, work_logs },
	{ "wait", "NAME...", "pt", "wait for its end", 0, false, work_wait,
	    NULL, NULL },
	{ "inspect", "PID|NAME", "pj", "is it a daemon, and what is missing?",
	    0, false, NULL, NULL, do_inspect },
	{ "check", "NAME...", "", "would it start?", 0, true, work_check,
	    NULL, NULL },
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

/* What is wrong with us is not what LSB has 1 for: a daemon that is dead. */
static int
failed(const struct verb *verb, int status)
{
	return verb->each == do_status && status == CONTROL_FAILED ?
	    CONTROL_UNKNOWN : status;
}

/* What one word stands for. Returns 0, or a status after a message. */
static int
resolve(const struct verb *verb, struct target *target, const char *name,
    const char *pidfile)
{
	struct failure failure = { .status = CONTROL_OK };

	if ((name != NULL ? target_resolve(target, name,
	    verb->needs_config, &failure) :
	    target_from_pidfile(target, pidfile, &failure)) == -1)
		return work_finish(failed(verb, failure.status), &failure);
	if (verb->needs_config && !target->has_config) {
		message_error("cannot %s %s: there is no %s", verb->name,
		    name, target->config);
		return CONTROL_USAGE;
	}
	if (verb->needs_config && target->options.command == NULL) {
		message_error("cannot %s %s: %s has no command", verb->name,
		    name, target->config);
		return CONTROL_USAGE;
	}
	return CONTROL_OK;
}

static int
do_each(const struct verb *verb, struct work *work, struct target *targets,
    size_t count)
{
	bool is_array = work->request->is_json && verb->each == do_status;
	int worst = CONTROL_OK, status;
	size_t i;

	if (is_array)
		json_open(&work->json, NULL, '[');
	for (i = 0; i < count; i++) {
		struct failure failure = { .status = CONTROL_OK };

		status = work_finish(verb->each(work, &targets[i], &failure),
		    &failure);
		if (verb->each != do_status)
			work_tell(work, &targets[i], status);
		worst = status > worst ? status : worst;
	}
	if (!is_array)
		return worst;
	json_close(&work->json, ']');
	return json_end(&work->json) == -1 ?
	    failed(verb, work_fail_output()) : worst;
}

/*
 * Every NAME and pidfile: all are resolved before anything is done to the
 * first. The highest status counts.
 */
static int
run_targets(const struct verb *verb, struct work *work, char **names,
    struct target *targets)
{
	const char **pidfile = work->request->pidfile;
	int worst = CONTROL_OK, status;
	size_t count = 0, i;

	for (i = 0; names[i] != NULL; i++)
		if (!target_is_name(names[i]))
			return resolve(verb, &targets[0], names[i], NULL);
	for (; *names != NULL; names++) {
		status = resolve(verb, &targets[count++], *names, NULL);
		worst = status > worst ? status : worst;
	}
	for (; *pidfile != NULL; pidfile++) {
		status = resolve(verb, &targets[count++], NULL, *pidfile);
		worst = status > worst ? status : worst;
	}
	if (worst != CONTROL_OK)
		return worst;
	return verb->all != NULL ? verb->all(work, targets, count) :
	    do_each(verb, work, targets, count);
}

static int
run_each(const struct verb *verb, struct work *work, char **names)
{
	const char **pidfile = work->request->pidfile;
	struct target *targets;
	size_t count = 0, i;
	int status;

	if (names[0] == NULL && pidfile[0] == NULL) {
		message_error("%s needs a NAME%s", verb->name,
		    verb->needs_config ? "" : " or --pidfile=FILE");
		return CONTROL_USAGE;
	}
	for (i = 0; names[i] != NULL; i++)
		count++;
	for (i = 0; pidfile[i] != NULL; i++)
		count++;
	targets = calloc(count, sizeof(*targets));
	if (targets == NULL) {
		message_error("cannot allocate memory: %s", strerror(errno));
		return failed(verb, CONTROL_FAILED);
	}
	status = run_targets(verb, work, names, targets);
	free(targets);
	return status;
}

static int
run_verb(const struct verb *verb, const struct request *request)
{
	struct work work = {
		.request = request, .verb = verb->name,
		.signal = verb->signal,
		.json = { .file = stdout },
	};
	struct failure failure = { .status = CONTROL_OK };
	char **names = request->operand;

	if (request_check(request, verb->options) == -1)
		return CONTROL_USAGE;
	if (verb->signal == -1) {
		work.signal = names[0] == NULL ? -1 : signal_number(names[0]);
		if (work.signal == -1) {
			message_error("signal needs SIG and NAME: '%s' is no "
			    "signal", names[0] == NULL ? "" : names[0]);
			return CONTROL_USAGE;
		}
		names++;
	}
	return verb->whole != NULL ?
	    work_finish(verb->whole(&work, &failure), &failure) :
	    run_each(verb, &work, names);
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
		return work_fail_output();
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
