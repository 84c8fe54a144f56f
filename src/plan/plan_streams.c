/*
 * plan_streams.c: see plan_streams.h.
 */
#include "plan/plan_streams.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "exitcode.h"
#include "plan/path.h"

bool
plan_has_logger(const struct plan *plan)
{
	return plan->target_count > 0;
}

/* The path of log INDEX; NULL behind the last one. */
static const char *
find_log(const struct plan *plan, size_t index)
{
	const struct stream *const streams[] = { &plan->out, &plan->err };
	size_t i;

	for (i = 0; i < 2; i++)
		if (streams[i]->kind == STREAM_FILE && index-- == 0)
			return streams[i]->path;
	for (i = 0; i < plan->target_count; i++)
		if (plan->target[i].kind == TARGET_FILE && index-- == 0)
			return plan->target[i].path;
	return NULL;
}

size_t
plan_log_count(const struct plan *plan)
{
	size_t count = 0;

	while (find_log(plan, count) != NULL)
		count++;
	return count;
}

const char *
plan_log_path(const struct plan *plan, size_t index)
{
	return find_log(plan, index);
}

static int
plan_input(struct plan *plan, struct failure *failure)
{
	const char *in = plan->options->in;

	if (in == NULL)
		return 0;
	if (strcmp(in, "hold") == 0) {
		plan->in.kind = STREAM_HOLD;
		return 0;
	}
	plan->in.kind = STREAM_FILE;
	plan->in.path = path_absolute(in, NULL, failure);
	return plan->in.path == NULL ? -1 : 0;
}

/* A file whose content is the pid may not be written to by anything else. */
static int
check_not_pidfile(const struct plan *plan, const struct stream_target *target,
    const char *option, struct failure *failure)
{
	if (target->kind != TARGET_FILE)
		return 0;
	if (plan->pidfile != NULL && strcmp(target->path, plan->pidfile) == 0)
		return failure_set(failure, EXITCODE_USAGE,
		    "invalid --%s '%s': it is the pidfile", option,
		    target->path);
	if (plan->lockfile != NULL &&
	    strcmp(target->path, plan->lockfile) == 0)
		return failure_set(failure, EXITCODE_USAGE,
		    "invalid --%s '%s': it is the lock file", option,
		    target->path);
	return 0;
}

/* A log to be rotated needs room for longer names beside it. */
static int
check_length(const struct plan *plan, const struct stream_target *target,
    const char *option, struct failure *failure)
{
	const struct options *options = plan->options;
	size_t len = sizeof(".YYYYMMDDTHHMMSS.UUUUUU") - 1;

	if (target->kind != TARGET_FILE || target->is_pattern ||
	    (options->log_size == 0 && options->log_age_ms == 0))
		return 0;
	if (options->log_compress != NULL)
		len += sizeof(".4194304.zst.part") - 1;
	len += strlen(strrchr(target->path, '/') + 1);
	return len <= NAME_MAX ? 0 : failure_set(failure, EXITCODE_USAGE,
	    "invalid --%s '%s': rotated, its name would be too long", option,
	    target->path);
}

static bool
is_same_target(const struct stream_target *a, const struct stream_target *b)
{
	if (a->kind != b->kind || a->is_pattern != b->is_pattern)
		return false;
	if (a->kind == TARGET_FILE)
		return strcmp(a->path, b->path) == 0;
	return strcmp(a->text, b->text) == 0;
}

/* Adds what TEXT, a value of --OPTION, names for STREAMS. */
static int
add_target(struct plan *plan, const char *option, const char *text,
    unsigned int streams, bool is_append, struct failure *failure)
{
	struct stream_target target;
	size_t i;

	if (target_parse(&target, option, text, failure) == -1 ||
	    check_not_pidfile(plan, &target, option, failure) == -1 ||
	    check_length(plan, &target, option, failure) == -1)
		return -1;
	target.streams = streams;
	target.is_append = is_append;
	for (i = 0; i < plan->target_count; i++)
		if (is_same_target(&plan->target[i], &target)) {
			plan->target[i].streams |= streams;
			return 0;
		}
	plan->target[plan->target_count++] = target;
	return 0;
}

static int
collect_targets(struct plan *plan, struct failure *failure)
{
	const struct options *options = plan->options;
	bool is_append = options->is_append;
	unsigned int rest = 0;
	size_t i;

	_Static_assert(OPTIONS_LOGS_MAX + 2 <= TARGETS_MAX, "all fit in");
	if (options->out == NULL)
		rest |= TARGET_STDOUT;
	else if (add_target(plan, "stdout", options->out, TARGET_STDOUT,
	    is_append, failure) == -1)
		return -1;
	if (options->err == NULL)
		rest |= TARGET_STDERR;
	else if (add_target(plan, "stderr", options->err, TARGET_STDERR,
	    is_append, failure) == -1)
		return -1;
	for (i = 0; rest != 0 && i < options->log.count; i++)
		if (add_target(plan, "log", options->log.item[i], rest, true,
		    failure) == -1)
			return -1;
	return 0;
}

/* Does some option ask for a logger, whatever the targets are? */
static bool
wants_logger(const struct options *options)
{
	return options->log_timestamp != NULL || options->has_log_tag ||
	    options->log_size != 0 || options->log_age_ms != 0 ||
	    options->wants_log_reopen || options->wants_pty;
}

/* The only target that takes STREAM; NULL: none, or there are several. */
static const struct stream_target *
only_target(const struct plan *plan, unsigned int stream)
{
	const struct stream_target *only = NULL;
	size_t i;

	for (i = 0; i < plan->target_count; i++) {
		if ((plan->target[i].streams & stream) == 0)
			continue;
		if (only != NULL)
			return NULL;
		only = &plan->target[i];
	}
	return only;
}

static bool
has_target(const struct plan *plan, unsigned int stream)
{
	size_t i;

	for (i = 0; i < plan->target_count; i++)
		if ((plan->target[i].streams & stream) != 0)
			return true;
	return false;
}

/* What STREAM, which is descriptor FD, is connected to. */
static void
plan_output(const struct plan *plan, struct stream *stream,
    unsigned int number, int fd)
{
	const struct stream_target *only = only_target(plan, number);

	stream->is_append = true;
	stream->kind = has_target(plan, number) ? STREAM_LOGGER :
	    plan->options->is_quiet_unless_failed ? STREAM_SCRATCH :
	    plan->options->is_foreground ? STREAM_INHERIT : STREAM_NULL;
	stream->inherited = fd;
	if (only == NULL)
		return;
	if (only->kind == TARGET_NULL) {
		stream->kind = STREAM_NULL;
	} else if (only->kind == TARGET_INHERIT &&
	    !wants_logger(plan->options)) {
		stream->kind = STREAM_INHERIT;
		stream->inherited = only->inherited == 0 ? fd :
		    only->inherited;
	} else if (only->kind == TARGET_FILE && !only->is_pattern &&
	    !wants_logger(plan->options)) {
		stream->kind = STREAM_FILE;
		stream->path = only->path;
		stream->is_append = only->is_append;
	}
}

/* Keeps the targets of streams that a logger reads. */
static void
keep_logger_targets(struct plan *plan)
{
	unsigned int streams = 0;
	size_t i, kept = 0;

	if (plan->out.kind == STREAM_LOGGER)
		streams |= TARGET_STDOUT;
	if (plan->err.kind == STREAM_LOGGER)
		streams |= TARGET_STDERR;
	for (i = 0; i < plan->target_count; i++) {
		struct stream_target target = plan->target[i];

		target.streams &= streams;
		if (target.streams != 0 && target.kind != TARGET_NULL)
			plan->target[kept++] = target;
	}
	plan->target_count = kept;
}

/* Both streams are one terminal: nobody can tell them apart behind it. */
static int
check_pty(const struct plan *plan, struct failure *failure)
{
	const unsigned int both = TARGET_STDOUT | TARGET_STDERR;
	size_t i;

	if (!plan->options->wants_pty || plan->out.kind != STREAM_LOGGER ||
	    plan->err.kind != STREAM_LOGGER)
		return 0;
	for (i = 0; i < plan->target_count; i++)
		if (plan->target[i].streams != both)
			return failure_set(failure, EXITCODE_USAGE,
			    "--pty cannot keep stdout and stderr apart");
	return 0;
}

int
plan_streams(struct plan *plan, struct failure *failure)
{
	if (plan_input(plan, failure) == -1 ||
	    collect_targets(plan, failure) == -1)
		return -1;
	plan_output(plan, &plan->out, TARGET_STDOUT, STDOUT_FILENO);
	plan_output(plan, &plan->err, TARGET_STDERR, STDERR_FILENO);
	keep_logger_targets(plan);
	if (plan->out.kind == STREAM_FILE && plan->err.kind == STREAM_FILE &&
	    strcmp(plan->out.path, plan->err.path) == 0)
		plan->err.kind = STREAM_SAME;
	return check_pty(plan, failure);
}
