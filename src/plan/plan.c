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

#include "base/fd.h"
#include "base/parse.h"
#include "exitcode.h"
#include "plan/environ.h"
#include "plan/path.h"
#include "plan/plan_streams.h"

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

/*
 * How many sockets a manager has passed to this very process, from descriptor
 * 3 on (sd_listen_fds(3)): with --foreground they are the daemon's.
 */
static size_t
count_sockets(const struct plan *plan, char *const *inherited)
{
	const char *pid = environ_get(inherited, "LISTEN_PID");
	const char *count = environ_get(inherited, "LISTEN_FDS");
	long long number;

	if (!plan->options->is_foreground || pid == NULL || count == NULL ||
	    parse_number(pid, getpid(), getpid(), &number) == -1 ||
	    parse_number(count, 1, OPTIONS_KEPT_MAX - (long long)
	    plan->options->kept_count, &number) == -1)
		return 0;
	return (size_t)number;
}

static int
plan_kept(struct plan *plan, char *const *inherited, struct failure *failure)
{
	const struct options *options = plan->options;
	size_t sockets = count_sockets(plan, inherited);
	size_t count = options->kept_count + sockets, i;

	memcpy(plan->kept, options->kept, sizeof(*options->kept) *
	    options->kept_count);
	for (i = 0; i < sockets; i++)
		plan->kept[options->kept_count + i] = STDERR_FILENO + 1 +
		    (int)i;
	fd_sort(plan->kept, count);
	for (i = 0; i < count; i++) {
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
	if (plan_kept(plan, inherited, failure) == -1 ||
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
