/*
 * check.c: see check.h.
 */
#include "start/check.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/directory.h"
#include "exitcode.h"
#include "plan/plan_streams.h"
#include "process/pidfile.h"
#include "start/become.h"
#include "start/diagnose.h"
#include "start/identity.h"

/* PATH as it is named from outside the plan's root directory. */
static const char *
outside(const struct plan *plan, const char *path, char *buffer, size_t size)
{
	if (plan->root == NULL)
		return path;
	(void)snprintf(buffer, size, "%s%s", plan->root, path);
	return buffer;
}

int
check_command(const struct plan *plan, struct failure *failure)
{
	char buffer[PATH_MAX];
	int error = ENOENT, found = -1, i;

	for (i = 0; plan->candidate[i] != NULL; i++) {
		const char *path = outside(plan, plan->candidate[i], buffer,
		    sizeof(buffer));
		struct stat st;

		if (faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0 &&
		    stat(path, &st) == 0 && S_ISREG(st.st_mode))
			return diagnose_interpreter(plan, i, failure);
		if (found != -1)
			continue;
		if (faccessat(AT_FDCWD, path, F_OK, AT_EACCESS) == 0) {
			found = i;
			error = EACCES;
		} else if (!plan->is_searched) {
			error = errno;
		}
	}
	return diagnose_execute(plan, found, error, failure);
}

static int
check_directory(const struct plan *plan, struct failure *failure)
{
	char buffer[PATH_MAX];
	const char *path = outside(plan, plan->cwd, buffer, sizeof(buffer));
	struct stat st;

	if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode))
		errno = ENOTDIR;
	else if (faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0)
		return 0;
	return failure_set(failure, EXITCODE_FAILED,
	    "cannot change directory to %s: %s", plan->cwd, strerror(errno));
}

/* Can the file at PATH be written, or be made? */
static int
check_writable(const struct plan *plan, const char *path, const char *what,
    struct failure *failure)
{
	char parent[PATH_MAX];
	struct stat st;
	char *slash;

	if (lstat(path, &st) == 0 &&
	    (S_ISLNK(st.st_mode) || S_ISDIR(st.st_mode)))
		return failure_set(failure, EXITCODE_FAILED,
		    "cannot write %s %s: it is a %s", what, path,
		    S_ISDIR(st.st_mode) ? "directory" : "symbolic link");
	if (faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0)
		return 0;
	if (errno == ENOENT && strlen(path) < sizeof(parent)) {
		memcpy(parent, path, strlen(path) + 1);
		slash = strrchr(parent, '/');
		slash[slash == parent] = '\0';
		if (faccessat(AT_FDCWD, parent, W_OK | X_OK,
		    AT_EACCESS) == 0 ||
		    (errno == ENOENT && plan->options->wants_mkdir))
			return 0;
	}
	return failure_set(failure, EXITCODE_FAILED,
	    "cannot write %s %s: %s", what, path, strerror(errno));
}

/* Logs in directories of root's, or the others. */
static int
check_logs(const struct plan *plan, bool is_roots, struct failure *failure)
{
	size_t i, count = plan_log_count(plan);

	for (i = 0; i < count; i++) {
		const char *path = plan_log_path(plan, i);

		if (directory_is_roots(path) == is_roots &&
		    check_writable(plan, path, "log", failure) == -1)
			return -1;
	}
	return 0;
}

/* What is done with our own rights. */
static int
check_as_caller(const struct plan *plan, struct failure *failure)
{
	struct stat st;

	if (plan->pidfile != NULL && plan->run_dir == NULL &&
	    (check_writable(plan, plan->pidfile, "pidfile", failure) == -1 ||
	    pidfile_check(plan->pidfile, failure) == -1))
		return -1;
	if (plan->lockfile != NULL && check_writable(plan, plan->lockfile,
	    "lock file", failure) == -1)
		return -1;
	if (plan->in.kind == STREAM_FILE &&
	    faccessat(AT_FDCWD, plan->in.path, R_OK, AT_EACCESS) == -1)
		return failure_set(failure, EXITCODE_FAILED,
		    "cannot open %s: %s", plan->in.path, strerror(errno));
	if (plan->root != NULL &&
	    (stat(plan->root, &st) == -1 || !S_ISDIR(st.st_mode)))
		return failure_set(failure, EXITCODE_FAILED,
		    "cannot change root directory to %s: %s", plan->root,
		    strerror(errno != 0 ? errno : ENOTDIR));
	return check_logs(plan, true, failure);
}

/* What is done with the daemon's. */
static int
check_as_daemon(const struct plan *plan, struct failure *failure)
{
	if (check_logs(plan, false, failure) == -1 ||
	    check_directory(plan, failure) == -1)
		return -1;
	return check_command(plan, failure);
}

int
check_daemon(const struct plan *plan, struct failure *failure)
{
	struct identity_saved saved;
	int result;

	if (!plan->account.is_change)
		return check_as_daemon(plan, failure);
	if (identity_assume(&plan->account, &saved) == -1)
		return failure_set(failure, EXITCODE_FAILED,
		    "cannot check as user %lu: %s",
		    (unsigned long)plan->account.uid, strerror(errno));
	result = check_as_daemon(plan, failure);
	if (identity_resume(&saved) == -1)
		return failure_set(failure, EXITCODE_FAILED,
		    "cannot become root again: %s", strerror(errno));
	return result;
}

/* Can a process be what the daemon shall be? A child that ends tries it. */
static int
rehearse(const struct plan *plan, struct failure *failure)
{
	struct launch launch = { .plan = plan, .candidate = -1 };
	struct handshake_report report;
	int got = -1, error, status;
	pid_t pid = -1;

	if (handshake_open(&launch.handshake) == 0) {
		pid = fork();
		if (pid == 0)
			_exit(setsid() == -1 ? EXITCODE_FAILED :
			    become_rehearse(&launch));
		error = errno;
		handshake_listen(&launch.handshake);
		if (pid != -1)
			got = handshake_receive(&launch.handshake, &report);
		else
			errno = error;
		error = errno;
		handshake_close(&launch.handshake);
		while (pid != -1 && waitpid(pid, &status, 0) == -1 &&
		    errno == EINTR)
			continue;
		errno = error;
	}
	if (got == -1)
		return failure_set(failure, EXITCODE_FAILED,
		    "cannot try the start: %s", strerror(errno));
	return got == 1 ? diagnose_step(plan, &report, failure) : 0;
}

int
check_plan(const struct plan *plan, struct failure *failure)
{
	errno = 0;
	return check_as_caller(plan, failure) == -1 ||
	    check_daemon(plan, failure) == -1 ? -1 : rehearse(plan, failure);
}
