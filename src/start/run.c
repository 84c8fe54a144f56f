/*
 * run.c: see run.h.
 */
#include "start/run.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/os.h"
#include "exitcode.h"

extern char **environ;

/*
 * The path of the program beside this one. What an installation has put around
 * this one's name (configure --program-suffix) is around the other's as well.
 * Returns 0, or -1 with errno.
 */
static int
find_program(char *path, size_t size)
{
	static const char name[] = "daemonize";
	char *slash, *own;

	if (os_own_path(path, size) == -1)
		return -1;
	slash = strrchr(path, '/');
	if (slash == NULL ||
	    (size_t)(slash + 1 - path) + sizeof(name) > size) {
		errno = ENAMETOOLONG;
		return -1;
	}
	own = strstr(slash, "daemonctl");
	/* Linux puts " (deleted)" behind the name of a replaced program. */
	if (own == NULL || own[sizeof(name) - 1] == ' ')
		memcpy(own != NULL ? own : slash + 1, name, sizeof(name));
	else
		memcpy(own, name, sizeof(name) - 1);	/* just as long */
	return 0;
}

/*
 * Starts PATH. Returns its process id, or -1 with errno, which may be what
 * execve(2) said: then there is nothing to be waited for.
 */
static pid_t
start(const char *path, char *const *argv)
{
	int report[2], error = 0;
	pid_t pid;

	if (pipe2(report, O_CLOEXEC) == -1)
		return -1;
	pid = fork();
	if (pid == 0) {
		(void)execve(path, argv, environ);
		error = errno;
		/* If that fails there is nobody left to tell. */
		(void)fd_write_all(report[1], &error, sizeof(error));
		_exit(EXITCODE_FAILED);
	}
	error = pid == -1 ? errno : 0;
	(void)close(report[1]);	/* nothing was written */
	if (pid != -1 && fd_read_all(report[0], &error, sizeof(error)) ==
	    (ssize_t)sizeof(error)) {
		while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
			continue;
		pid = -1;
	}
	(void)close(report[0]);	/* it was only read */
	errno = error;
	return pid;
}

int
run_daemonize(char *const *argv, struct failure *failure)
{
	char path[PATH_MAX];
	int status;
	pid_t pid;

	if (find_program(path, sizeof(path)) == -1)
		return failure_set(failure, CONTROL_FAILED,
		    "cannot find daemonize: %s", strerror(errno));
	pid = start(path, argv);
	if (pid == -1)
		return failure_set(failure, CONTROL_FAILED,
		    "cannot run %s: %s", path, strerror(errno));
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return failure_set(failure, CONTROL_FAILED,
			    "cannot wait for %s: %s", path, strerror(errno));
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
	    WEXITSTATUS(status);
}
