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
#include "start/logfile.h"

/* What a file is written as. */
enum use { USE_PIDFILE, USE_LOCKFILE, USE_LOG };

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

/*
 * The nearest directory above PATH that is there, with a slash at its end.
 * Returns whether it is the one that PATH is in.
 */
static bool
find_above(const char *path, char *above, size_t size)
{
	char *slash = above;
	bool is_parent = true;
	struct stat st;

	(void)strlcpy(above, path, size);
	while ((slash = strrchr(above, '/')) != NULL && slash != above) {
		*slash = '\0';
		if (stat(above, &st) == 0) {
			memcpy(slash, "/", 2);
			return is_parent;
		}
		is_parent = false;
	}
	memcpy(above, "/", 2);
	return is_parent;
}

/* Why the file that is there, ST, can never be written; NULL: it may be. */
static const char *
object_to(const struct plan *plan, const char *path, const struct stat *st,
    enum use use)
{
	if (S_ISLNK(st->st_mode))
		return "it is a symbolic link";
	if (S_ISDIR(st->st_mode))
		return "it is a directory";
	if (use == USE_LOG ? S_ISSOCK(st->st_mode) : !S_ISREG(st->st_mode))
		return use == USE_LOG ? "it is a socket" :
		    "not a regular file";
	return use == USE_LOG && logfile_is_planted(path, st, &plan->account) ?
	    "it belongs to another user, in a directory that anybody may "
	    "write" : NULL;
}

/* Can the file at PATH be written, or be made? */
static int
check_writable(const struct plan *plan, const char *path, enum use use,
    struct failure *failure)
{
	static const char *const words[] = {
		[USE_PIDFILE] = "pidfile", [USE_LOCKFILE] = "lock file",
		[USE_LOG] = "log",
	};
	const char *cause = NULL;
	char above[PATH_MAX];
	struct stat st;
	int error;

	if (lstat(path, &st) == 0)
		cause = object_to(plan, path, &st, use);
	if (cause == NULL &&
	    faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0)
		return 0;
	error = errno;
	if (cause == NULL && error == ENOENT) {
		if ((find_above(path, above, sizeof(above)) ||
		    plan->options->wants_mkdir) &&
		    faccessat(AT_FDCWD, above, W_OK | X_OK, AT_EACCESS) == 0)
			return 0;
		if (errno != ENOENT)
			error = errno;
	}
	return failure_set(failure, EXITCODE_FAILED,
	    "cannot write %s %s: %s", words[use], path,
	    cause != NULL ? cause : strerror(error));
}

/* Only root can change which file this log is, also when --mkdir is done. */
static bool
is_roots(const struct plan *plan, const char *path)
{
	char above[PATH_MAX];

	if (!plan->options->wants_mkdir)
		return directory_is_roots(path);
	(void)find_above(path, above, sizeof(above));
	return directory_is_roots(above);
}

/* Logs in directories of root's, or the others. */
static int
check_logs(const struct plan *plan, bool are_roots, struct failure *failure)
{
	const struct account *account = &plan->account;
	size_t i, count = plan_log_count(plan);
	char above[PATH_MAX];

	for (i = 0; i < count; i++) {
		const char *path = plan_log_path(plan, i);

		if (is_roots(plan, path) != are_roots)
			continue;
		if (check_writable(plan, path, USE_LOG, failure) == -1)
			return -1;
		/* The directory will be ours, not the daemon's. */
		if (!are_roots && account->is_change && account->uid != 0 &&
		    !find_above(path, above, sizeof(above)))
			return failure_set(failure, EXITCODE_FAILED,
			    "cannot open %s as the daemon's user: %s", path,
			    strerror(EACCES));
	}
	return 0;
}

static int
check_stdin(const struct plan *plan, struct failure *failure)
{
	const char *path = plan->in.path;
	const char *cause = NULL;
	struct stat st;

	if (plan->in.kind != STREAM_FILE)
		return 0;
	if (stat(path, &st) == -1 ||
	    faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) == -1)
		cause = strerror(errno);
	else if (S_ISDIR(st.st_mode))
		cause = strerror(EISDIR);
	else if (S_ISSOCK(st.st_mode))
		cause = "it is a socket";
	return cause == NULL ? 0 : failure_set(failure, EXITCODE_FAILED,
	    "cannot open %s: %s", path, cause);
}

/* What is done with our own rights. */
static int
check_as_caller(const struct plan *plan, struct failure *failure)
{
	struct stat st;

	if (plan->pidfile != NULL && plan->run_dir == NULL &&
	    (check_writable(plan, plan->pidfile, USE_PIDFILE, failure) == -1 ||
	    pidfile_check(plan->pidfile, failure) == -1))
		return -1;
	if (plan->lockfile != NULL && check_writable(plan, plan->lockfile,
	    USE_LOCKFILE, failure) == -1)
		return -1;
	if (check_stdin(plan, failure) == -1)
		return -1;
	errno = ENOTDIR;
	if (plan->root != NULL &&
	    (stat(plan->root, &st) == -1 || !S_ISDIR(st.st_mode)))
		return failure_set(failure, EXITCODE_FAILED,
		    "cannot change root directory to %s: %s", plan->root,
		    strerror(errno));
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
check_readers(const struct plan *plan, struct failure *failure)
{
	size_t i, count = plan_log_count(plan);
	struct logfile logfile;
	struct stat st;

	for (i = 0; i < count; i++)
		if (lstat(plan_log_path(plan, i), &st) == 0 &&
		    S_ISFIFO(st.st_mode) && logfile_open(&logfile,
		    plan_log_path(plan, i), plan, failure) == -1)
			return -1;
	return 0;
}

int
check_plan(const struct plan *plan, struct failure *failure)
{
	return check_as_caller(plan, failure) == -1 ||
	    check_daemon(plan, failure) == -1 ? -1 : rehearse(plan, failure);
}
