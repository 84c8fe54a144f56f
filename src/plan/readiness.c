/*
 * readiness.c: see readiness.h.
 */
#include "plan/readiness.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "exitcode.h"
#include "plan/plan.h"

enum { TIMEOUT_MS = 60000 };

static int
refuse(const struct condition *condition, const char *why,
    struct failure *failure)
{
	return failure_set(failure, EXITCODE_USAGE, "invalid --ready '%s': %s",
	    condition->text, why);
}

/* Does a stream end where what is written can be read again? */
static bool
is_readable(const struct stream *stream)
{
	return stream->kind != STREAM_NULL && stream->kind != STREAM_INHERIT &&
	    stream->kind != STREAM_SAME;
}

/* Can CONDITION hold in this plan? */
static int
check(const struct plan *plan, const struct condition *condition,
    struct failure *failure)
{
	const struct readiness *ready = &plan->ready;
	size_t i;

	if (condition->kind == CONDITION_LOG && !is_readable(&plan->out) &&
	    !is_readable(&plan->err))
		return refuse(condition, "there is no output to look at; "
		    "give --log, --stdout or --stderr a file", failure);
	if (condition->kind != CONDITION_FD)
		return 0;
	for (i = 0; i < plan->kept_count; i++)
		if (plan->kept[i] == condition->fd)
			return refuse(condition, "the descriptor is one of "
			    "--keep-fd", failure);
	for (i = 0; i < ready->count; i++)
		if (ready->condition[i].kind == CONDITION_FD &&
		    ready->condition[i].fd == condition->fd)
			return refuse(condition, "the descriptor is named "
			    "twice", failure);
	return 0;
}

/*
 * An address that nobody can guess: abstract, or in a directory that will be
 * made for it alone.
 */
static int
choose_address(struct readiness *ready, struct failure *failure)
{
	uint64_t random[2];
	char *address;

	if (ready->address != NULL)
		return 0;
	if (os_random(random, sizeof(random)) == -1)
		return failure_set(failure, EXITCODE_FAILED,
		    "cannot choose an address: %s", strerror(errno));
	if (asprintf(&address, "%s%016" PRIx64 "%016" PRIx64 "%s",
	    os_has_abstract_sockets() ? "@daemonize-" : "/tmp/daemonize-",
	    random[0], random[1],
	    os_has_abstract_sockets() ? "" : "/notify") == -1)
		return failure_set(failure, EXITCODE_FAILED,
		    "cannot allocate memory: %s", strerror(errno));
	ready->address = address;
	return 0;
}

static int
check_job_options(const struct options *options, struct failure *failure)
{
	if (options->max_runtime_ms >= 0)
		return failure_set(failure, EXITCODE_USAGE,
		    "--max-runtime needs --ready=exit");
	if (options->is_quiet_unless_failed)
		return failure_set(failure, EXITCODE_USAGE,
		    "--quiet-unless-failed needs --ready=exit");
	return 0;
}

static int
plan_condition(struct plan *plan, const struct condition *typed,
    struct failure *failure)
{
	const struct options *options = plan->options;
	struct readiness *ready = &plan->ready;
	struct condition *condition = &ready->condition[ready->count];

	if (typed->kind == CONDITION_EXEC)
		return 0;
	if (typed->kind == CONDITION_EXIT) {
		ready->is_job = true;
		return options->condition_count == 1 ? 0 : refuse(typed,
		    "it cannot be combined with others", failure);
	}
	*condition = *typed;
	if (check(plan, condition, failure) == -1 ||
	    condition_resolve(condition, failure) == -1 ||
	    (condition->kind == CONDITION_NOTIFY &&
	    choose_address(ready, failure) == -1))
		return -1;
	ready->count++;
	return 0;
}

/* How long to wait at most: longer than anything has to live. */
static int
plan_timeout(struct readiness *ready, struct failure *failure)
{
	int64_t longest_ms = 0;
	size_t i;

	for (i = 0; i < ready->count; i++) {
		const struct condition *condition = &ready->condition[i];

		if (condition->kind != CONDITION_ALIVE)
			continue;
		if (ready->timeout_ms >= 0 &&
		    ready->timeout_ms <= condition->time_ms)
			return refuse(condition, "--timeout is not longer",
			    failure);
		if (condition->time_ms > longest_ms)
			longest_ms = condition->time_ms;
	}
	if (ready->timeout_ms < 0)
		ready->timeout_ms = TIMEOUT_MS + longest_ms / 1000 * 1000;
	return 0;
}

int
readiness_plan(struct plan *plan, struct failure *failure)
{
	const struct options *options = plan->options;
	struct readiness *ready = &plan->ready;
	size_t i;

	*ready = (struct readiness){ .timeout_ms = options->timeout_ms };
	if (options->condition_count > 0) {
		ready->condition = calloc(options->condition_count,
		    sizeof(*ready->condition));
		if (ready->condition == NULL)
			return failure_set(failure, EXITCODE_FAILED,
			    "cannot allocate memory: %s", strerror(errno));
	}
	for (i = 0; i < options->condition_count; i++)
		if (plan_condition(plan, &options->condition[i],
		    failure) == -1)
			return -1;
	if (options->is_foreground && readiness_is_awaited(ready))
		return failure_set(failure, EXITCODE_USAGE,
		    "--foreground cannot wait for --ready: there is nobody "
		    "who could");
	if (ready->is_job)
		return 0;
	if (plan_timeout(ready, failure) == -1)
		return -1;
	return check_job_options(options, failure);
}

bool
readiness_is_awaited(const struct readiness *readiness)
{
	return readiness->is_job || readiness->count > 0;
}

void
readiness_describe(const struct readiness *readiness, char *text, size_t size)
{
	size_t at = 0, i;

	(void)snprintf(text, size, "exit");
	for (i = 0; i < readiness->count && at < size; i++)
		at += (size_t)snprintf(text + at, size - at, "%s%s",
		    i == 0 ? "" : " and ", readiness->condition[i].text);
}
