/*
 * child.c: see child.h.
 *
 * os_spawn and not fork(2): a logger holds megabytes that are busy, and
 * copying the tables of their pages costs more than all the rest. What the
 * child does between birth and exec is become and what that calls.
 */
#include "base/child.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/os.h"

enum { NICE = 10, IO_CLASS_IDLE = 3 };	/* ioprio_set(2) */

extern char **environ;

/* What the child has to know; the caller's memory may be its own. */
struct birth {
	const struct child *child;
	const char *path;
	char *const *argv;
	char *const *env;
	int report;		/* takes errno; exec closes it */
};

static bool
is_executable(const char *path)
{
	struct stat st;

	return access(path, X_OK) == 0 && stat(path, &st) == 0 &&
	    S_ISREG(st.st_mode);
}

/*
 * Writes the path of PROGRAM to PATH. Returns 0, or -1 with errno ENOENT or
 * ENAMETOOLONG. Whether an absolute one can be executed is not asked.
 */
static int
find_program(const char *program, char *path, size_t size)
{
	const char *at = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:"
	    "/sbin:/bin";
	size_t len;
	int printed;

	if (*program == '/') {
		if (strlcpy(path, program, size) < size)
			return 0;
		errno = ENAMETOOLONG;
		return -1;
	}
	for (;; at += len + 1) {
		len = strcspn(at, ":");
		printed = snprintf(path, size, "%.*s/%s", (int)len, at,
		    program);
		if (printed > 0 && (size_t)printed < size &&
		    is_executable(path))
			return 0;
		if (at[len] == '\0')
			break;
	}
	errno = ENOENT;
	return -1;
}

/* Descriptors 0 to 2, and no others but REPORT. [child] */
static int
connect_streams(const struct child *child, int report)
{
	int null_fd = open("/dev/null", O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (null_fd == -1 ||
	    dup2(child->in != -1 ? child->in : null_fd, STDIN_FILENO) == -1 ||
	    dup2(child->out != -1 ? child->out : null_fd,
	    STDOUT_FILENO) == -1 || dup2(null_fd, STDERR_FILENO) == -1)
		return -1;
	/*
	 * Where the kernel cannot do it, this allocates: nobody else runs in
	 * this memory meanwhile, and what it takes it gives back.
	 */
	return os_close_others(&report, 1);
}

/* [child] */
static int
prepare(const struct birth *birth)
{
	const struct child *child = birth->child;
	sigset_t none;

	if (setpgid(0, 0) == -1 ||
	    connect_streams(child, birth->report) == -1)
		return -1;
	if (child->is_low_priority) {
		/* Without them it works as well. */
		(void)setpriority(PRIO_PROCESS, 0, NICE);
		(void)os_set_io_priority(IO_CLASS_IDLE, 0);
	}
	if (child->drop != NULL && child->drop(child->context) == -1)
		return -1;
	/* Actions first: a signal that was let through must find them. */
	if (os_reset_signals() == -1)
		return -1;
	(void)sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL);
}

/* [child] */
static int
become(void *context)
{
	const struct birth *birth = context;
	int error;

	if (prepare(birth) == 0)
		(void)execve(birth->path, birth->argv, birth->env);
	error = errno;
	/* If that fails there is nobody left to tell. */
	(void)fd_write_all(birth->report, &error, sizeof(error));
	return EXIT_FAILURE;
}

/*
 * Reads what PID has to report. Returns PID when that is nothing (it runs, or
 * was killed on the way: its end will be seen), or -1 with errno.
 */
static pid_t
hear(int report, pid_t pid)
{
	int error;

	if (fd_read_all(report, &error, sizeof(error)) !=
	    (ssize_t)sizeof(error))
		return pid;
	while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		continue;
	errno = error;
	return -1;
}

/* Spawns with every signal blocked: our handlers are not the child's. */
static pid_t
spawn(struct birth *birth)
{
	/* Static: nobody is poorer for pages that are never touched. */
	static _Alignas(16) char stack[OS_STACK_SIZE];
	int report[2], error;
	sigset_t all, before;
	pid_t pid;

	if (pipe2(report, O_CLOEXEC) == -1)
		return -1;
	birth->report = report[1];
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &before);
	pid = os_spawn(become, birth, stack);
	error = errno;
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	(void)close(report[1]);	/* nothing was written */
	errno = error;
	if (pid != -1)
		pid = hear(report[0], pid);
	error = errno;
	(void)close(report[0]);	/* it was only read */
	errno = error;
	return pid;
}

pid_t
child_start(const struct child *child)
{
	const char *const shell[] = { "/bin/sh", "-c", child->command, NULL };
	const char *const *argv = child->argv != NULL ? child->argv : shell;
	char path[PATH_MAX];
	struct birth birth = {
		.child = child, .path = path, /* execve(2) only reads them. */
		.argv = (char *const *)(uintptr_t)argv,
		.env = child->env != NULL ? child->env : environ,
	};

	if (find_program(argv[0], path, sizeof(path)) == -1)
		return -1;
	return spawn(&birth);
}

bool
child_is_available(const char *program)
{
	char path[PATH_MAX];

	return find_program(program, path, sizeof(path)) == 0 &&
	    is_executable(path);
}
