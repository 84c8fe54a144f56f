/*
 * run.c: see run.h.
 */
#include "start/run.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/os.h"
#include "exitcode.h"

extern char **environ;

/* The path of the program beside this one. Returns 0, or -1 with errno. */
static int
find_program(char *path, size_t size)
{
	static const char name[] = "daemonize";
	char *slash;

	if (os_own_path(path, size) == -1)
		return -1;
	slash = strrchr(path, '/');
	if (slash == NULL ||
	    (size_t)(slash + 1 - path) + sizeof(name) > size) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(slash + 1, name, sizeof(name));
	return 0;
}

int
run_daemonize(char *const *argv)
{
	char path[PATH_MAX];
	int status;
	pid_t pid;

	if (find_program(path, sizeof(path)) == -1)
		return -1;
	pid = fork();
	if (pid == -1)
		return -1;
	if (pid == 0) {
		(void)execve(path, argv, environ);
		_exit(errno == ENOENT ? EXITCODE_NOT_FOUND :
		    EXITCODE_CANNOT_EXECUTE);
	}
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return -1;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
	    WEXITSTATUS(status);
}
