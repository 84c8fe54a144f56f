/*
 * plan.c: options to a plan; see plan.h.
 */
#include "plan/plan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exitcode.h"
#include "plan/environ.h"
#include "plan/path.h"

static int
plan_instance(struct plan *plan, struct failure *failure)
{
	const struct options *options = plan->options;
	const char *directory;
	bool is_ours_to_make;
	char *path;

	if (options->pidfile != NULL) {
		plan->pidfile = path_absolute(options->pidfile, NULL, failure);
		if (plan->pidfile == NULL)
			return -1;
	} else if (options->name != NULL) {
		directory = path_run_directory(&is_ours_to_make, failure);
		if (directory == NULL)
			return -1;
		if (asprintf(&path, "%s/%s.pid", directory,
		    options->name) == -1)
			return failure_set(failure, EXITCODE_FAILED,
			    "cannot allocate memory: %s", strerror(errno));
		plan->pidfile = path;
		plan->run_dir = is_ours_to_make ? directory : NULL;
	}
	if (options->lockfile != NULL) {
		plan->lockfile = path_absolute(options->lockfile, NULL,
		    failure);
		if (plan->lockfile == NULL)
			return -1;
		if (plan->pidfile != NULL &&
		    strcmp(plan->pidfile, plan->lockfile) == 0)
			plan->lockfile = NULL;
	}
	if (options->if_running != IF_RUNNING_FAIL && plan->pidfile == NULL &&
	    plan->lockfile == NULL)
		return failure_set(failure, EXITCODE_USAGE,
		    "--if-running needs --name, --pidfile or --lockfile");
	return 0;
}

/* The words that may stand before a colon, and what becomes of them. */
static const struct {
	const char *word;
	enum stream_kind kind;
	bool is_ready;		/* can be used in this version */
} stream_schemes[] = {
	{ "file:", STREAM_FILE, true },
	{ "null:", STREAM_NULL, true },
	{ "inherit:", STREAM_INHERIT, true },
	{ "syslog:", STREAM_FILE, false },
	{ "journal:", STREAM_FILE, false },
	{ "pipe:", STREAM_FILE, false },
};

static int
plan_target(struct stream *stream, const char *option, const char *target,
    int fd, struct failure *failure)
{
	size_t i, n = sizeof(stream_schemes) / sizeof(stream_schemes[0]);
	const char *rest = target;

	stream->kind = STREAM_FILE;
	for (i = 0; i < n; i++) {
		size_t len = strlen(stream_schemes[i].word);

		if (strncmp(target, stream_schemes[i].word, len) != 0)
			continue;
		if (!stream_schemes[i].is_ready)
			return failure_set(failure, EXITCODE_USAGE,
			    "invalid --%s '%s': %.*s is not yet supported",
			    option, target, (int)len, target);
		stream->kind = stream_schemes[i].kind;
		rest = target + len;
		break;
	}
	if ((*rest == '\0') != (stream->kind != STREAM_FILE))
		return failure_set(failure, EXITCODE_USAGE,
		    "invalid --%s '%s': %s", option, target,
		    *rest == '\0' ? "no file named" :
		    "nothing may follow the colon");
	stream->inherited = fd;
	if (strcmp(rest, "/dev/stdout") == 0 ||
	    strcmp(rest, "/dev/stderr") == 0) {
		stream->kind = STREAM_INHERIT;
		stream->inherited = strcmp(rest, "/dev/stderr") == 0 ?
		    STDERR_FILENO : STDOUT_FILENO;
	}
	if (stream->kind != STREAM_FILE)
		return 0;
	stream->path = path_absolute(rest, NULL, failure);
	return stream->path == NULL ? -1 : 0;
}

/* A file whose content is the pid may not be written to by anything else. */
static int
check_not_pidfile(const struct plan *plan, const struct stream *stream,
    const char *option, struct failure *failure)
{
	if (stream->kind != STREAM_FILE || plan->pidfile == NULL ||
	    strcmp(stream->path, plan->pidfile) != 0)
		return 0;
	return failure_set(failure, EXITCODE_USAGE,
	    "invalid --%s '%s': it is the pidfile", option, stream->path);
}

static int
plan_streams(struct plan *plan, struct failure *failure)
{
	const struct options *options = plan->options;
	bool is_append = options->is_append;

	if (options->in != NULL && strcmp(options->in, "hold") == 0) {
		plan->in.kind = STREAM_HOLD;
	} else if (options->in != NULL) {
		plan->in.kind = STREAM_FILE;
		plan->in.path = path_absolute(options->in, NULL, failure);
		if (plan->in.path == NULL)
			return -1;
	}
	if (options->is_quiet_unless_failed)
		plan->out.kind = plan->err.kind = STREAM_SCRATCH;
	plan->out.is_append = options->out == NULL || is_append;
	plan->err.is_append = options->err == NULL || is_append;
	if (options->out != NULL && plan_target(&plan->out, "stdout",
	    options->out, STDOUT_FILENO, failure) == -1)
		return -1;
	if (options->err != NULL && plan_target(&plan->err, "stderr",
	    options->err, STDERR_FILENO, failure) == -1)
		return -1;
	if (options->log != NULL && options->out == NULL &&
	    plan_target(&plan->out, "log", options->log, STDOUT_FILENO,
	    failure) == -1)
		return -1;
	if (options->log != NULL && options->err == NULL &&
	    plan_target(&plan->err, "log", options->log, STDERR_FILENO,
	    failure) == -1)
		return -1;
	if (check_not_pidfile(plan, &plan->out, "stdout", failure) == -1 ||
	    check_not_pidfile(plan, &plan->err, "stderr", failure) == -1)
		return -1;
	if (plan->out.kind == STREAM_FILE && plan->err.kind == STREAM_FILE &&
	    strcmp(plan->out.path, plan->err.path) == 0)
		plan->err.kind = STREAM_SAME;
	return 0;
}

static int
compare_ints(const void *a, const void *b)
{
	int left = *(const int *)a, right = *(const int *)b;

	return left < right ? -1 : left > right;
}

static int
plan_kept(struct plan *plan, struct failure *failure)
{
	const struct options *options = plan->options;
	size_t i;

	memcpy(plan->kept, options->kept, sizeof(*options->kept) *
	    options->kept_count);
	qsort(plan->kept, options->kept_count, sizeof(int), compare_ints);
	for (i = 0; i < options->kept_count; i++) {
		/* This also refuses what our own files will take. */
		if (fcntl(plan->kept[i], F_GETFD) == -1)
			return failure_set(failure, EXITCODE_USAGE,
			    "cannot keep descriptor %d: it is not open",
			    plan->kept[i]);
		if (plan->kept_count == 0 ||
		    plan->kept[plan->kept_count - 1] != plan->kept[i])
			plan->kept[plan->kept_count++] = plan->kept[i];
	}
	return 0;
}

static int
plan_directories(struct plan *plan, struct failure *failure)
{
	const struct options *options = plan->options;

	if (options->chroot != NULL) {
		plan->root = path_absolute(options->chroot, NULL, failure);
		if (plan->root == NULL)
			return -1;
	}
	plan->cwd = "/";
	if (options->chdir == NULL)
		return 0;
	/* What is inside the new root counts from the new root. */
	plan->cwd = path_absolute(options->chdir,
	    plan->root != NULL ? "/" : NULL, failure);
	return plan->cwd == NULL ? -1 : 0;
}

static int
plan_command(struct plan *plan, struct failure *failure)
{
	const struct options *options = plan->options;
	const char *command = options->command[0];

	plan->command = command;
	if (*command == '\0')
		return failure_set(failure, EXITCODE_NOT_FOUND,
		    "cannot execute '': the name of COMMAND is empty");
	plan->is_searched = strchr(command, '/') == NULL;
	plan->search_path = environ_get(plan->env, "PATH");
	if (plan->search_path == NULL)
		plan->search_path = ENVIRON_DEFAULT_PATH;
	plan->candidate = path_candidates(command, plan->search_path,
	    plan->root != NULL ? "/" : NULL, failure);
	if (plan->candidate == NULL)
		return -1;
	plan->argv = options->command;
	if (options->argv0 != NULL)
		plan->argv[0] = (char *)(uintptr_t)options->argv0;
	return 0;
}

int
plan_make(struct plan *plan, const struct options *options,
    char *const *inherited, struct failure *failure)
{
	*plan = (struct plan){ .options = options };
	/* Before anything opens a file: the numbers must be the caller's. */
	if (plan_kept(plan, failure) == -1 ||
	    plan_instance(plan, failure) == -1 ||
	    plan_streams(plan, failure) == -1 ||
	    readiness_plan(plan, failure) == -1 ||
	    plan_directories(plan, failure) == -1 ||
	    account_resolve(&plan->account, options->user, options->groups,
	    failure) == -1)
		return -1;
	plan->env = environ_build(inherited, options, &plan->account, failure);
	if (plan->env == NULL || (plan->ready.address != NULL &&
	    (plan->env = environ_with(plan->env, "NOTIFY_SOCKET",
	    plan->ready.address, failure)) == NULL))
		return -1;
	return plan_command(plan, failure);
}
