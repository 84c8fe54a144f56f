/*
 * process.c: see process.h.
 */
#include "process/process.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/os.h"

enum { COMMAND_MAX = 120 };

void
process_describe(pid_t pid, char *text, size_t size)
{
	char since[64] = "", command[COMMAND_MAX];
	struct tm local;
	time_t start;

	if (os_process_start(pid, &start) == 0 &&
	    localtime_r(&start, &local) != NULL &&
	    strftime(since, sizeof(since), " since %F %T", &local) == 0)
		since[0] = '\0';
	if (os_process_command(pid, command, sizeof(command)) == -1)
		command[0] = '\0';
	(void)snprintf(text, size, "pid %ld%s%s%s", (long)pid, since,
	    command[0] == '\0' ? "" : ": ", command);
}
