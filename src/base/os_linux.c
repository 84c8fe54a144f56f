/*
 * os_linux.c: our own process, on Linux; contracts in os.h.
 *
 * Called between clone(CLONE_VM) and exec: no allocation, no stdio, and system
 * calls where the C library would want to know about threads.
 */
#include "base/os.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"

extern char **environ;

pid_t
os_spawn(int (*body)(void *), void *context, void *stack)
{
#ifdef DISABLE_VFORK_CLONE
	pid_t pid = fork();

	(void)stack;
	if (pid == 0)
		_exit(body(context));
	return pid;
#else
	return clone(body, (char *)stack + OS_STACK_SIZE,
	    CLONE_VM | CLONE_VFORK | SIGCHLD, context);
#endif
}

int
os_become(const char *path, char *const *argv)
{
	return execve(path, argv, environ);
}

int
os_adopt_orphans(void)
{
	return prctl(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L);
}

int
os_own_path(char *path, size_t size)
{
	ssize_t len = readlink("/proc/self/exe", path, size - 1);

	if (len == -1)
		return -1;
	path[len] = '\0';
	return 0;
}

bool
os_is_privileged_executable(void)
{
	return getauxval(AT_SECURE) != 0;
}

int
os_close_others(const int *keep, size_t count)
{
	unsigned int from = STDERR_FILENO + 1;
	size_t i;

	for (i = 0; i <= count; i++) {
		unsigned int to = i < count ? (unsigned int)keep[i] : UINT_MAX;

		if (i < count && to-- == from) {
			from++;
			continue;
		}
		/* For kernels and sandboxes without it. */
		if (syscall(SYS_close_range, from, to, 0) == -1)
			return fd_close_listed("/proc/self/fd", keep, count);
		from = to + 2;
	}
	return 0;
}

/*
 * The C library refuses to touch the two real-time signals that it keeps for
 * itself, but a caller may have ignored even those: hence the system call,
 * with the kernel's own structure (all zero: SIG_DFL, no flags, empty mask).
 */
int
os_reset_signals(void)
{
	static const unsigned long standard[8];
	int sig;

	for (sig = 1; sig < _NSIG; sig++) {
		if (sig == SIGKILL || sig == SIGSTOP)
			continue;
		if (syscall(SYS_rt_sigaction, sig, standard, NULL,
		    (size_t)_NSIG / 8) == -1)
			return -1;
	}
	return 0;
}

/*
 * A pipe opened anew for reading and writing is its own writer: it has no end
 * of file as long as it is open (fifo(7), Linux).
 */
int
os_open_hold(void)
{
	char path[64];
	int ends[2];
	int fd, saved;

	if (pipe2(ends, O_CLOEXEC) == -1)
		return -1;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
	fd = open(path, O_RDWR | O_CLOEXEC);
	saved = errno;
	(void)close(ends[0]);
	(void)close(ends[1]);
	errno = saved;
	return fd;
}

/* Writes a decimal number without stdio; BUFFER holds 12 bytes or more. */
static size_t
format_number(char *buffer, int number)
{
	unsigned int rest = number < 0 ? 0U - (unsigned int)number :
	    (unsigned int)number;
	char digits[12];
	size_t len = 0, at = 0;

	do {
		digits[len++] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (number < 0)
		buffer[at++] = '-';
	while (len > 0)
		buffer[at++] = digits[--len];
	return at;
}

int
os_set_autogroup_nice(int nice)
{
	char text[12];

	return fd_write_path("/proc/self/autogroup", text,
	    format_number(text, nice));
}

int
os_set_oom_score(int score)
{
	char text[12];

	return fd_write_path("/proc/self/oom_score_adj", text,
	    format_number(text, score));
}

int
os_set_io_priority(int class, int level)
{
	/* ioprio_set(2): IOPRIO_WHO_PROCESS is 1, the class in bits 13 up. */
	return (int)syscall(SYS_ioprio_set, 1, 0, class << 13 | level);
}

int
os_set_affinity(const unsigned char *cpus, size_t len)
{
	cpu_set_t set;
	size_t i;

	CPU_ZERO(&set);
	for (i = 0; i < len * 8 && i < CPU_SETSIZE; i++)
		if (cpus[i / 8] & 1U << i % 8)
			CPU_SET(i, &set);
	return sched_setaffinity(0, sizeof(set), &set);
}

int
os_set_scheduler(int policy, int priority)
{
	struct sched_param param = { .sched_priority = priority };

	return sched_setscheduler(0, policy, &param);
}

int
os_scheduler_policy(const char *name)
{
	static const struct {
		const char *name;
		int policy;
	} policies[] = {
		{ "other", SCHED_OTHER }, { "batch", SCHED_BATCH },
		{ "idle", SCHED_IDLE }, { "fifo", SCHED_FIFO },
		{ "rr", SCHED_RR },
	};
	size_t i;

	for (i = 0; i < sizeof(policies) / sizeof(policies[0]); i++)
		if (strcmp(policies[i].name, name) == 0)
			return policies[i].policy;
	return -1;
}

int
os_set_no_new_privs(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L);
}
