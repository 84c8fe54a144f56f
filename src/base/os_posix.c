/*
 * os_posix.c: systems that have POSIX.1-2008 and little else; contracts in
 * os.h. What such a system cannot tell or do fails with ENOSYS.
 */
#include "base/os.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

extern char **environ;

static int
not_here(void)
{
	errno = ENOSYS;
	return -1;
}

pid_t
os_spawn(int (*body)(void *), void *context, void *stack)
{
	pid_t pid = fork();

	(void)stack;
	if (pid == 0)
		_exit(body(context));
	return pid;
}

int
os_adopt_orphans(void)
{
	return not_here();
}

int
os_own_path(char *path, size_t size)
{
	static const char installed[] = BINDIR "/daemonctl";

	if (sizeof(installed) > size) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(path, installed, sizeof(installed));
	return 0;
}

bool
os_is_privileged_executable(void)
{
	return getuid() != geteuid() || getgid() != getegid();
}

int
os_close_others(const int *keep, size_t count)
{
	return fd_close_listed("/dev/fd", keep, count);
}

int
os_reset_signals(void)
{
	struct sigaction standard = { .sa_handler = SIG_DFL };
	int sig;

	for (sig = 1; sig < NSIG; sig++)
		if (sigaction(sig, &standard, NULL) == -1 && errno != EINVAL)
			return -1;
	return 0;
}

/* A FIFO that is its own writer, and that has no name any more. */
int
os_open_hold(void)
{
	char directory[] = "/tmp/daemonize.XXXXXX";
	char path[sizeof(directory) + 8];
	int fd = -1, saved;

	if (mkdtemp(directory) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/hold", directory);
	if (mkfifo(path, 0600) == 0) {
		fd = open(path, O_RDWR | O_CLOEXEC);
		saved = errno;
		(void)unlink(path);
		errno = saved;
	}
	saved = errno;
	(void)rmdir(directory);
	errno = saved;
	return fd;
}

int
os_set_autogroup_nice(int nice)
{
	(void)nice;
	return not_here();
}

int
os_set_io_priority(int class, int level)
{
	(void)class;
	(void)level;
	return not_here();
}

int
os_set_affinity(const unsigned char *cpus, size_t len)
{
	(void)cpus;
	(void)len;
	return not_here();
}

int
os_set_scheduler(int policy, int priority)
{
	(void)policy;
	(void)priority;
	return not_here();
}

int
os_set_oom_score(int score)
{
	(void)score;
	return not_here();
}

int
os_set_no_new_privs(void)
{
	return not_here();
}

int
os_bound_capabilities(uint64_t mask)
{
	(void)mask;
	return not_here();
}

int
os_take_capabilities(uint64_t mask)
{
	(void)mask;
	return not_here();
}

int
os_capability_number(const char *name)
{
	(void)name;
	return -1;
}

int
os_scheduler_policy(const char *name)
{
	(void)name;
	return -1;
}

enum os_exec_state
os_exec_state(pid_t pid)
{
	(void)pid;
	return OS_EXEC_UNKNOWN;
}

int
os_pidfd_open(pid_t pid)
{
	(void)pid;
	return not_here();
}

int
os_pidfd_signal(int pidfd, int sig)
{
	(void)pidfd;
	(void)sig;
	return not_here();
}

int
os_pidfd_take(int pidfd, int fd)
{
	(void)pidfd;
	(void)fd;
	return not_here();
}

int
os_lock_description(int fd)
{
	(void)fd;
	return not_here();
}

int
os_find_lock(pid_t pid, dev_t device, ino_t inode)
{
	(void)pid;
	(void)device;
	(void)inode;
	return not_here();
}

pid_t
os_find_lock_holder(dev_t device, ino_t inode)
{
	(void)device;
	(void)inode;
	return not_here();
}

int
os_process_read(pid_t pid, struct os_process *process)
{
	(void)pid;
	(void)process;
	return not_here();
}

int
os_world_read(pid_t pid, struct os_world *world)
{
	(void)pid;
	(void)world;
	return not_here();
}

ssize_t
os_process_command(pid_t pid, char *words, size_t size)
{
	(void)pid;
	(void)words;
	(void)size;
	return not_here();
}

int
os_each_process(int (*each)(pid_t, void *), void *context)
{
	(void)each;
	(void)context;
	return not_here();
}

bool
os_sees_itself(void)
{
	return false;
}

bool
os_may_wait_for(pid_t pid, pid_t child)
{
	(void)pid;
	(void)child;
	return false;
}

int
os_each_child(pid_t pid, int (*each)(pid_t, void *), void *context)
{
	(void)pid;
	(void)each;
	(void)context;
	return not_here();
}

int
os_descriptor_read(pid_t pid, int fd, struct os_descriptor *descriptor)
{
	(void)pid;
	(void)fd;
	(void)descriptor;
	return not_here();
}

int
os_each_descriptor(pid_t pid, int (*each)(pid_t, int, void *), void *context)
{
	(void)pid;
	(void)each;
	(void)context;
	return not_here();
}

int
os_pipe_is_deserted(pid_t pid, int fd)
{
	(void)pid;
	(void)fd;
	return not_here();
}

int
os_become(const char *path, char *const *argv)
{
	return execve(path, argv, environ);
}
