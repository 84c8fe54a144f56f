/*
 * process.c: see process.h.
 */
#include "process/process.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "base/caller.h"
#include "base/os.h"

enum { COMMAND_MAX = 120, EXEC_MS = 2 };

void
process_command(pid_t pid, char *text, size_t size)
{
	ssize_t len, i;
	int attempt;

	/* In the midst of execve(2) a process has no command line. */
	for (attempt = 0; attempt < 4; attempt++) {
		len = os_process_command(pid, text, size);
		if (len != 0)
			break;
		(void)caller_wait(-1, EXEC_MS);
	}
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
process_is_dead(pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
		return info.si_pid != 0;
	return !os_process_exists(pid);
}
