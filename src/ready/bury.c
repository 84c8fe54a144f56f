/*
 * bury.c: see bury.h.
 */
#include "ready/bury.h"

#include <poll.h>
#include <sys/wait.h>

bool
bury_is_asked_for(const struct ready *ready, pid_t pid)
{
	bool is = pid == ready->pid;
	size_t i;

	for (i = 0; i < ready->probes.count; i++)
		is |= pid == ready->probes.probe[i].pid;
	for (i = 0; i < ready->before.count; i++)
		is |= pid == ready->before.member[i].pid;
	return is;
}

/* A sender is known by its number only as long as it is not buried. */
static bool
is_heard(const struct ready *ready)
{
	struct pollfd said = { .fd = ready->notify.fd, .events = POLLIN };

	return poll(&said, 1, 0) == 0;
}

void
bury_others(struct ready *ready)
{
	siginfo_t info;

	for (;;) {
		info.si_pid = 0;
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) ==
		    -1 || info.si_pid == 0)
			return;
		/* Those behind it are seen when that one is gone. */
		if (bury_is_asked_for(ready, info.si_pid) || !is_heard(ready))
			return;
		(void)waitpid(info.si_pid, NULL, WNOHANG);
	}
}
