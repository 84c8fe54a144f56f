/*
 * caller.c: see caller.h.
 */
#include "base/caller.h"

#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/os.h"

static sigset_t caller_original_mask;

int
caller_prepare(void)
{
	struct sigaction standard = { .sa_handler = SIG_DFL };
	struct sigaction ignored = { .sa_handler = SIG_IGN };

	(void)umask(0);
	if (fd_reserve_standard() == -1)
		return -1;
	/* Ignored, it would make the kernel bury our children for us. */
	if (sigaction(SIGCHLD, &standard, NULL) == -1)
		return -1;
	return sigaction(SIGPIPE, &ignored, NULL);
}

int
caller_hold_signals(void)
{
	sigset_t all;

	(void)sigfillset(&all);
	return sigprocmask(SIG_SETMASK, &all, &caller_original_mask);
}

int
caller_hear_signals(void)
{
	static const int wanted[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT,
	    SIGCHLD };
	struct sigaction action;
	sigset_t set;
	size_t i;

	(void)sigemptyset(&set);
	/* What is blocked becomes pending even if it is ignored (signal(7)). */
	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (sigaction(wanted[i], NULL, &action) == 0 &&
		    action.sa_handler != SIG_IGN)
			(void)sigaddset(&set, wanted[i]);
	return os_signal_open(&set);
}

bool
caller_wait(int fd, int64_t timeout_ms)
{
	struct pollfd poll = { .fd = fd, .events = POLLIN };
	struct timespec left = {
		.tv_sec = (time_t)(timeout_ms / 1000),
		.tv_nsec = (long)(timeout_ms % 1000) * 1000000L,
	};

	/* ppoll(2) takes a negative descriptor for none. */
	return ppoll(&poll, 1, timeout_ms < 0 ? NULL : &left,
	    &caller_original_mask) == 1;
}

int64_t
caller_now_ms(void)
{
	return clock_now_us() / 1000;
}

bool
caller_is_init(void)
{
	return getpid() == 1;
}
