/*
 * Unit test of base/os: what the rest believes about other processes.
 */
#include "base/os.h"

#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "tap.h"

/* A child that waits to be killed; ends by itself when the test dies. */
static pid_t
child_start(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		alarm(300);
		pause();
		_exit(0);
	}
	return pid;
}

static void
child_end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void
check_locks(const char *directory)
{
	char path[4096];
	struct stat status;
	pid_t child;
	int fd;

	snprintf(path, sizeof(path), "%s/lock.XXXXXX", directory);
	fd = mkstemp(path);
	if (fd == -1 || fstat(fd, &status) == -1) {
		ok(fd != -1, "a file can be made");
		return;
	}
	ok(os_find_lock(getpid(), status.st_dev, status.st_ino) == -1,
	    "an open file is no lock");
	flock(fd, LOCK_EX);
	ok(os_find_lock(getpid(), status.st_dev, status.st_ino) != -1,
	    "a locked file is one");
	ok(os_find_lock(getpid(), status.st_dev, status.st_ino + 1) == -1,
	    "not on another file");
	ok(os_find_lock(getppid(), status.st_dev, status.st_ino) == -1,
	    "not held by another process");
	child = child_start();
	ok(os_find_lock(child, status.st_dev, status.st_ino) != -1,
	    "a child holds it as well");
	close(fd);
	ok(os_find_lock(child, status.st_dev, status.st_ino) != -1,
	    "also after the parent has closed it");
	child_end(child);
	unlink(path);
}

static void
check_processes(void)
{
	char command[256];
	time_t now = time(NULL);
	struct os_process process;
	pid_t child = child_start();
	int pidfd;

	ok(os_process_read(getpid(), &process) == 0, "we can be read");
	ok(process.start_ms / 1000 <= now + 1 &&
	    process.start_ms / 1000 > now - 300, "we were started just now");
	ok(process.ppid == getppid() && process.pgid == getpgrp() &&
	    process.sid == getsid(0) && process.uid == geteuid() &&
	    !process.is_kernel && process.memory > 0 && process.state == 'R',
	    "and are what we know of ourselves");
	ok(os_process_command(getpid(), command, sizeof(command)) > 0 &&
	    strstr(command, "test_os") != NULL, "by our name");
	ok(os_process_command(getpid(), command, 4) == 3 &&
	    strlen(command) == 3, "a command is cut to size");
	ok(os_process_read(child, &process) == 0 && process.ppid == getpid(),
	    "a child is ours");
	pidfd = os_pidfd_open(child);
	ok(pidfd >= 0, "a child can be opened");
	ok(os_exec_state(child) == OS_EXEC_NOT_DONE,
	    "a child that only forked has not executed anything");
	ok(os_pidfd_signal(pidfd, SIGKILL) == 0, "it can be signalled");
	waitpid(child, NULL, 0);
	ok(os_pidfd_signal(pidfd, SIGKILL) == -1 && errno == ESRCH,
	    "but not when it is gone");
	ok(os_pidfd_open(child) == -1 && errno == ESRCH,
	    "nor can it be opened then");
	close(pidfd);
}

static int
count(pid_t pid, void *context)
{
	(void)pid;
	++*(int *)context;
	return 0;
}

/* Their list is longer than the kernel gives at once. */
static void
check_children(void)
{
	enum { CHILDREN = 1200 };
	static pid_t child[CHILDREN];
	int born = 0, listed = 0, result, i;

	while (born < CHILDREN && (child[born] = child_start()) != -1)
		born++;
	result = os_each_child(getpid(), count, &listed);
	for (i = 0; i < born; i++)
		child_end(child[i]);
	ok(result == -1 || listed == born, "every child is listed");
}

static void
check_names(void)
{
	ok(os_capability_number("net_bind_service") == 10 &&
	    os_capability_number("cap_net_bind_service") == 10,
	    "a capability has a number");
	ok(os_capability_number("net_bind") == -1 &&
	    os_capability_number("") == -1, "other words have none");
	ok(os_scheduler_policy("batch") != -1 &&
	    os_scheduler_policy("nonsense") == -1,
	    "so it is with scheduling policies");
}

int
main(void)
{
	const char *directory = getenv("TMPDIR");

	if (os_pidfd_open(getpid()) == -1 && errno == ENOSYS) {
		puts("1..0 # SKIP this build has no such interfaces");
		return 0;
	}
	check_locks(directory != NULL ? directory : "/tmp");
	check_processes();
	check_children();
	check_names();
	return done_testing();
}
