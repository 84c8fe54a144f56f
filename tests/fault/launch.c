/*
 * Make the child that becomes the tool, held at a gate until it is traced, and
 * wait for what happens next to any task.
 */
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fault.h"

static void
open_as(const char *path, int flags, int want)
{
	int fd = open(path, flags | O_CREAT, 0600);

	if (fd == -1 || (fd != want && dup2(fd, want) == -1))
		_exit(99);
	if (fd != want)
		close(fd);
}

static void
child_begin(const struct launch *launch, int gate)
{
	sigset_t none;
	char byte;
	int fd;

	open_as("/dev/null", O_RDONLY, 0);
	open_as(launch->out, O_WRONLY | O_TRUNC | O_APPEND, 1);
	open_as(launch->err, O_WRONLY | O_TRUNC | O_APPEND, 2);
	if (launch->keep > 0)
		open_as("/dev/zero", O_RDONLY, launch->keep);
	for (fd = 0; fd < 3; fd++) {
		if (launch->closed & (1U << fd))
			close(fd);
	}
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (read(gate, &byte, 1) != 1)
		_exit(99);
	close(gate);
	execve(launch->argv[0], launch->argv, launch->envp);
	_exit(98);
}

/* `seize` attaches to the child before it does anything; it may be NULL. */
pid_t
launch_child(const struct launch *launch, bool (*seize)(pid_t))
{
	int gate[2];
	pid_t pid;

	if (pipe2(gate, O_CLOEXEC) == -1)
		give_up("cannot make a pipe: %s", strerror(errno));
	if ((pid = fork()) == -1)
		give_up("cannot fork: %s", strerror(errno));
	if (pid == 0) {
		int high = fcntl(gate[0], F_DUPFD_CLOEXEC, 200);

		close(gate[0]);
		close(gate[1]);
		child_begin(launch, high);
	}
	close(gate[0]);
	if (seize != NULL && !seize(pid))
		give_up("cannot trace a child: %s", strerror(errno));
	if (write(gate[1], "", 1) != 1)
		give_up("cannot start a child: %s", strerror(errno));
	close(gate[1]);
	return (pid);
}

/* Where the dynamic loader hands over, or a static program begins. */
unsigned long
launch_entry_point(pid_t pid)
{
	unsigned long pair[2];
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%ld/auxv", (long)pid);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		give_up("cannot read %s: %s", path, strerror(errno));
	while (read(fd, pair, sizeof(pair)) == sizeof(pair)) {
		if (pair[0] == AT_ENTRY) {
			close(fd);
			return (pair[1]);
		}
	}
	give_up("no entry point in %s", path);
}

/* 1: PID executes PROGRAM; 0: another one; -1: none any more. */
static int
executes(pid_t pid, const char *program)
{
	struct stat is, was;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%ld/exe", (long)pid);
	if (stat(path, &is) == -1 || stat(program, &was) == -1)
		return (-1);
	return (is.st_dev == was.st_dev && is.st_ino == was.st_ino);
}

/* Is another program than the tool executed there by now? */
bool
launch_has_become(pid_t pid, const char *tool)
{
	return (executes(pid, tool) == 0);
}

bool
launch_is_still(pid_t pid, const char *tool)
{
	return (executes(pid, tool) == 1);
}

/* The next event of any task; 0 when time is up.  SIGCHLD is blocked. */
pid_t
launch_next_event(int64_t deadline, int *status)
{
	for (;;) {
		pid_t pid = waitpid(-1, status, __WALL | WNOHANG);
		int64_t left = deadline - now_ms();
		struct timespec time;
		sigset_t child;

		if (pid != 0)
			return (pid == -1 ? 0 : pid);
		if (left <= 0)
			return (0);
		time = (struct timespec){ left / 1000, left % 1000 * 1000000 };
		sigemptyset(&child);
		sigaddset(&child, SIGCHLD);
		(void)sigtimedwait(&child, NULL, &time);
	}
}
