/*
 * bury.c: see bury.h.
 */
#include "ready/bury.h"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/os.h"

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

/* Buries the child PID if it is dead and nobody asks for it. */
static int
bury(pid_t pid, void *context)
{
	siginfo_t info = { .si_pid = 0 };

	if (bury_is_asked_for(context, pid) ||
	    waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) ==
	    -1 || info.si_pid == 0)
		return 0;
	if (!is_heard(context))
		return 1;
	(void)waitpid(pid, NULL, WNOHANG);
	return 0;
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
		/* One that stays hides those behind it. */
		if (bury_is_asked_for(ready, info.si_pid)) {
			(void)os_each_child(getpid(), bury, ready);
			return;
		}
		if (bury(info.si_pid, ready) != 0)
			return;
	}
}
