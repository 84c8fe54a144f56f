/*
 * steps.c: the steps of a plan in words; see steps.h.
 */
#include "plan/steps.h"

#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "plan/path.h"
#include "plan/plan_streams.h"
#include "plan/steps_logger.h"

/* Words that are the same for every plan. */
static const char *const plain_words[N_STEPS] = {
	[STEP_CLOSE_OTHERS] = "close inherited descriptors",
	[STEP_FORK] = "fork",
	[STEP_SESSION] = "start a new session",
	[STEP_FORK_AGAIN] = "fork again",
	[STEP_CONNECT] = "connect standard input, output and error",
	[STEP_PROVE_IDENTITY] =
	    "prove that the old ids cannot be regained",
	[STEP_NO_NEW_PRIVS] = "set no_new_privs",
	[STEP_SIGNALS] = "reset signal actions and mask",
};

static bool
is_truncated(const struct plan *plan, const struct stream *stream,
    unsigned int number)
{
	size_t i;

	if (stream->kind != STREAM_LOGGER)
		return stream->kind == STREAM_FILE && !stream->is_append;
	for (i = 0; i < plan->target_count; i++)
		if (plan->target[i].kind == TARGET_FILE &&
		    !plan->target[i].is_append &&
		    (plan->target[i].streams & number) != 0)
			return true;
	return false;
}

static bool
has_descriptor(const struct readiness *ready)
{
	size_t i;

	for (i = 0; i < ready->count; i++)
		if (ready->condition[i].kind == CONDITION_FD)
			return true;
	return false;
}

bool
step_is_wanted(enum step step, const struct plan *plan)
{
	const struct options *options = plan->options;
	bool stays = !plan->account.is_change;
	/* What is not named here belongs to every plan. */
	const bool is_unwanted[N_STEPS] = {
		[STEP_JITTER] = options->jitter_ms == 0,
		[STEP_CLAIM_PIDFILE] = plan->pidfile == NULL,
		[STEP_CLAIM_LOCKFILE] = plan->lockfile == NULL,
		[STEP_WRITE_PID] = plan->pidfile == NULL,
		[STEP_NICE] = !options->has_nice,
		[STEP_IO_PRIORITY] = !options->has_io_priority,
		[STEP_CPU_AFFINITY] = !options->has_cpus,
		[STEP_SCHEDULER] = !options->has_scheduler,
		[STEP_OOM_SCORE] = !options->has_oom_score,
		[STEP_LIMIT] = options->limit_count == 0,
		[STEP_BOUND_CAPABILITIES] = !options->has_capabilities,
		[STEP_CHROOT] = plan->root == NULL,
		[STEP_GROUPS] = stays, [STEP_GID] = stays,
		[STEP_UID] = stays, [STEP_PROVE_IDENTITY] = stays,
		[STEP_TAKE_CAPABILITIES] = !options->has_capabilities,
		[STEP_NO_NEW_PRIVS] = !options->wants_no_new_privs,
		[STEP_FORK] = options->is_foreground,
		[STEP_SESSION] = options->is_foreground,
		[STEP_FORK_AGAIN] = options->is_foreground,
		[STEP_START_LOGGER] = !plan_has_logger(plan),
		[STEP_TRUNCATE_STDOUT] =
		    !is_truncated(plan, &plan->out, TARGET_STDOUT),
		[STEP_TRUNCATE_STDERR] =
		    !is_truncated(plan, &plan->err, TARGET_STDERR),
		[STEP_PASS_DESCRIPTORS] = plan->pidfile == NULL &&
		    plan->lockfile == NULL && !has_descriptor(&plan->ready),
		[STEP_READY] = !readiness_is_awaited(&plan->ready),
	};

	return !is_unwanted[step];
}

static void
describe_stream(const char *name, const struct stream *stream, char *text,
    size_t size, const struct options *options)
{
	static const char *const callers[] = { "stdin", "stdout", "stderr" };
	bool is_pty = options->wants_pty;

	switch (stream->kind) {
	case STREAM_NULL:
		(void)snprintf(text, size, "open /dev/null for %s", name);
		break;
	case STREAM_HOLD:
		(void)snprintf(text, size, "open a pipe for %s that never "
		    "ends", name);
		break;
	case STREAM_INHERIT:
		(void)snprintf(text, size, "use the caller's %s for %s",
		    callers[stream->inherited], name);
		break;
	case STREAM_SAME:
		(void)snprintf(text, size, "use the daemon's stdout for %s",
		    name);
		break;
	case STREAM_LOGGER:
		(void)snprintf(text, size, "open a %s for %s",
		    is_pty ? "terminal" : "pipe", name);
		break;
	case STREAM_SCRATCH:
		(void)snprintf(text, size, "open a scratch file for %s", name);
		break;
	case STREAM_FILE:
		if (strcmp(name, "stdin") == 0)
			(void)snprintf(text, size, "open %s for %s",
			    stream->path, name);
		else
			(void)snprintf(text, size, "open %s for %s (%s, "
			    "mode %04o if new)", stream->path, name,
			    stream->is_append ? "appending" : "truncated",
			    (unsigned int)options->log_mode);
		break;
	}
}

static void
describe_limits(const struct options *options, char *text, size_t size)
{
	size_t at, i;

	at = (size_t)snprintf(text, size, "set limits:");
	for (i = 0; i < options->limit_count && at < size; i++) {
		const struct limit *limit = &options->limit[i];
		const rlim_t values[2] = {
			limit->value.rlim_cur, limit->value.rlim_max
		};
		int j;

		at += (size_t)snprintf(text + at, size - at, " %s",
		    limit->name);
		for (j = 0; j < 2 && at < size; j++)
			at += (size_t)(values[j] == RLIM_INFINITY ?
			    snprintf(text + at, size - at, "%cunlimited",
			    j == 0 ? '=' : ':') :
			    snprintf(text + at, size - at, "%c%llu",
			    j == 0 ? '=' : ':',
			    (unsigned long long)values[j]));
	}
}

static void
describe_groups(const struct account *account, char *text, size_t size)
{
	size_t at, i;

	at = (size_t)snprintf(text, size, "set supplementary groups to ");
	if (account->group_count == 0)
		(void)snprintf(text + at, size - at, "none");
	for (i = 0; i < account->group_count && at < size; i++)
		at += (size_t)snprintf(text + at, size - at, "%s%lu",
		    i == 0 ? "" : ",", (unsigned long)account->groups[i]);
}

static void
describe_execute(const struct plan *plan, char *text, size_t size)
{
	const char *found = plan->is_searched ? path_find(plan->candidate) :
	    plan->candidate[0];
	size_t at, i;

	at = (size_t)snprintf(text, size, "execute %s",
	    found != NULL ? found : plan->command);
	for (i = 1; plan->argv[i] != NULL && at < size; i++)
		at += (size_t)snprintf(text + at, size - at, " %s",
		    plan->argv[i]);
	if (at < size && plan->argv[0] != plan->command)
		at += (size_t)snprintf(text + at, size - at, " (called %s)",
		    plan->argv[0]);
	if (at < size && found == NULL)
		(void)snprintf(text + at, size - at, " (not found in %s)",
		    plan->search_path);
}

static void
describe_ready(const struct plan *plan, char *text, size_t size)
{
	int64_t limit_ms = plan->ready.timeout_ms;
	char what[1024], limit[32];

	if (plan->options->max_runtime_ms >= 0 &&
	    (limit_ms < 0 || plan->options->max_runtime_ms < limit_ms))
		limit_ms = plan->options->max_runtime_ms;
	readiness_describe(&plan->ready, what, sizeof(what));
	parse_show_duration(limit_ms, limit, sizeof(limit));
	(void)snprintf(text, size, "wait for %s%s%s", what,
	    limit_ms < 0 ? "" : ", at most ", limit_ms < 0 ? "" : limit);
}

/* Steps that one value describes. */
static void
describe_value(enum step step, const struct plan *plan, char *text,
    size_t size)
{
	const struct options *options = plan->options;
	const struct account *account = &plan->account;

#define WORDS(...) (void)snprintf(text, size, __VA_ARGS__)
	if (step == STEP_CLAIM_PIDFILE)
		WORDS("lock pidfile %s", plan->pidfile);
	else if (step == STEP_CLAIM_LOCKFILE)
		WORDS("lock lock file %s", plan->lockfile);
	else if (step == STEP_WRITE_PID)
		WORDS("write pid to %s", plan->pidfile);
	else if (step == STEP_TRUNCATE_STDOUT)
		WORDS("truncate %s", plan->out.kind == STREAM_FILE ?
		    plan->out.path : "the log of stdout");
	else if (step == STEP_TRUNCATE_STDERR)
		WORDS("truncate %s", plan->err.kind == STREAM_FILE ?
		    plan->err.path : "the log of stderr");
	else if (step == STEP_NICE)
		WORDS("set niceness to %d", options->nice);
	else if (step == STEP_IO_PRIORITY)
		WORDS("set I/O priority to %s", options->io_priority_text);
	else if (step == STEP_CPU_AFFINITY)
		WORDS("set CPU affinity to %s", options->cpus_text);
	else if (step == STEP_SCHEDULER)
		WORDS("set scheduler to %s", options->scheduler_text);
	else if (step == STEP_OOM_SCORE)
		WORDS("set OOM score adjustment to %d", options->oom_score);
	else if (step == STEP_BOUND_CAPABILITIES)
		WORDS("bound capabilities to %s", options->capabilities_text);
	else if (step == STEP_TAKE_CAPABILITIES)
		WORDS("take capabilities %s", options->capabilities_text);
	else if (step == STEP_CHROOT)
		WORDS("change root directory to %s", plan->root);
	else if (step == STEP_GID)
		WORDS("set group id to %lu", (unsigned long)account->gid);
	else if (step == STEP_UID)
		WORDS("set user id to %lu%s%s%s", (unsigned long)account->uid,
		    account->is_set ? " (" : "",
		    account->is_set ? account->name : "",
		    account->is_set ? ")" : "");
	else if (step == STEP_CHDIR)
		WORDS("change directory to %s", plan->cwd);
	else if (step == STEP_UMASK)
		WORDS("set umask to %04o", (unsigned int)options->umask);
	else if (step == STEP_JITTER)
		WORDS("wait a random time, at most %lld ms",
		    (long long)options->jitter_ms);
	else
		WORDS(has_descriptor(&plan->ready) ? "pass on descriptors" :
		    "pass on the locked descriptor");
#undef WORDS
}

void
step_describe(enum step step, const struct plan *plan, char *text,
    size_t size)
{
	const struct options *options = plan->options;

	if (plain_words[step] != NULL)
		(void)snprintf(text, size, "%s", plain_words[step]);
	else if (step == STEP_OPEN_STDIN)
		describe_stream("stdin", &plan->in, text, size, options);
	else if (step == STEP_OPEN_STDOUT)
		describe_stream("stdout", &plan->out, text, size, options);
	else if (step == STEP_OPEN_STDERR)
		describe_stream("stderr", &plan->err, text, size, options);
	else if (step == STEP_START_LOGGER)
		steps_describe_logger(plan, text, size);
	else if (step == STEP_LIMIT)
		describe_limits(options, text, size);
	else if (step == STEP_GROUPS)
		describe_groups(&plan->account, text, size);
	else if (step == STEP_EXECUTE)
		describe_execute(plan, text, size);
	else if (step == STEP_READY)
		describe_ready(plan, text, size);
	else
		describe_value(step, plan, text, size);
}
