/*
 * stop.c: see stop.h.
 */
#include "control/stop.h"

#include <errno.h>
#include <signal.h>

#include "base/caller.h"
#include "base/os.h"

enum { KILL_TIMEOUT_MS = 5000 };

int
stop_process(int pidfd, int64_t timeout_ms)
{
	const struct {
		int signal;
		int64_t timeout_ms;
	} schedule[] = {
		{ SIGTERM, timeout_ms }, { SIGKILL, KILL_TIMEOUT_MS },
	};
	int i;

	for (i = 0; i < 2; i++) {
		if (os_pidfd_signal(pidfd, schedule[i].signal) == -1)
			return errno == ESRCH ? 0 : -1;
		/* A stopped process does not see SIGTERM until it goes on. */
		if (os_pidfd_signal(pidfd, SIGCONT) == -1 && errno != ESRCH)
			return -1;
		if (caller_wait(pidfd, schedule[i].timeout_ms))
			return 0;
	}
	errno = ETIMEDOUT;
	return -1;
}
