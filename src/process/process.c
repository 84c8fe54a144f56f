/*
 * process.c: see process.h.
 */
#include "process/process.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/caller.h"
#include "base/os.h"

enum { COMMAND_MAX = 120, EXEC_MS = 2, EXEC_MAX_MS = 2000 };

bool
process_is_busy(pid_t pid)
{
	struct os_process process;

	return os_process_read(pid, &process) == 0 && !process.is_kernel &&
	    (process.state == 'R' || process.state == 'D');
}

bool
process_has_ended(int pidfd)
{
	struct pollfd gone = { .fd = pidfd, .events = POLLIN };

	return poll(&gone, 1, 0) != 0;
}

void
process_command(pid_t pid, char *text, size_t size)
{
	ssize_t len = os_process_command(pid, text, size), i;
	int64_t delay_ms;

	/*
	 * In the midst of execve(2) a process has no command line, which takes
	 * its time where many others want the processor.
	 */
	for (delay_ms = EXEC_MS; len == 0 && delay_ms < EXEC_MAX_MS &&
	    process_is_busy(pid); delay_ms *= 2) {
		(void)caller_wait(-1, delay_ms);
		len = os_process_command(pid, text, size);
	}
	if (len == 0)	/* it may have been done just then */
		len = os_process_command(pid, text, size);
	if (len <= 0) {
		text[0] = '\0';
		return;
	}
	while (len > 0 && text[len - 1] == '\0')
		len--;
	for (i = 0; i < len; i++)
		/* A tab would be a new field to who reads the list. */
		if (text[i] == '\0' || text[i] == '\t')
			text[i] = ' ';
}

void
process_describe(pid_t pid, char *text, size_t size)
{
	char since[64] = "", command[COMMAND_MAX];
	struct os_process process;
	struct tm local;
	time_t start;

	if (os_process_read(pid, &process) == 0) {
		start = (time_t)(process.start_ms / 1000);
		if (localtime_r(&start, &local) == NULL || strftime(since,
		    sizeof(since), " since %F %T", &local) == 0)
			since[0] = '\0';
	}
	process_command(pid, command, sizeof(command));
	(void)snprintf(text, size, "pid %ld%s%s%s", (long)pid, since,
	    command[0] == '\0' ? "" : ": ", command);
}

bool
process_is_hidden(pid_t pid)
{
	struct os_process process;
	int pidfd = os_pidfd_open(pid);
	bool is_hidden;

	if (pidfd == -1)
		return false;
	is_hidden = os_process_read(pid, &process) == -1 && errno == ESRCH &&
	    !process_has_ended(pidfd);
	(void)close(pidfd);	/* nothing was written */
	return is_hidden;
}

bool
process_is_dead(pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
		return info.si_pid != 0;
	return !os_process_exists(pid);
}
