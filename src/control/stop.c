/*
 * stop.c: see stop.h.
 */
#include "control/stop.h"

#include <errno.h>
#include <signal.h>

#include "base/caller.h"
#include "base/os.h"

/* Sends SIGNAL, and lets a stopped process go on to see it. */
static int
send(int pidfd, int signal)
{
	if (os_pidfd_signal(pidfd, signal) == -1)
		return -1;
	return os_pidfd_signal(pidfd, SIGCONT);
}

int
stop_begin(int pidfd, const struct schedule *schedule)
{
	return send(pidfd, schedule->step[0].signal);
}

int
stop_end(int pidfd, const struct schedule *schedule, int64_t waited_ms)
{
	int64_t left_ms = schedule->step[0].timeout_ms - waited_ms;
	size_t i;

	if (caller_wait(pidfd, left_ms < 0 ? 0 : left_ms))
		return 0;
	for (i = 1; i < schedule->count; i++) {
		if (send(pidfd, schedule->step[i].signal) == -1)
			return errno == ESRCH ? 0 : -1;
		if (caller_wait(pidfd, schedule->step[i].timeout_ms))
			return 0;
	}
	errno = ETIMEDOUT;
	return -1;
}

int
stop_process(int pidfd, const struct schedule *schedule)
{
	if (stop_begin(pidfd, schedule) == -1)
		return errno == ESRCH ? 0 : -1;
	return stop_end(pidfd, schedule, 0);
}
