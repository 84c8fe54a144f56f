/*
 * end.c: see end.h.
 */
#include "control/end.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/caller.h"
#include "base/os.h"
#include "process/process.h"

enum { ROUNDS_MAX = 100, POLL_MS = 10 };

static const struct schedule no_mercy = {
	.step = { { SIGKILL, SCHEDULE_KILL_MS } }, .count = 1,
};

/* Waits until UNTIL_MS for the end behind PIDFD; nothing interrupts that. */
static bool
is_over(int pidfd, int64_t until_ms)
{
	struct pollfd gone = { .fd = pidfd, .events = POLLIN };
	int64_t left_ms;

	for (;;) {
		left_ms = until_ms - caller_now_ms();
		if (left_ms < 0)
			left_ms = 0;
		if (left_ms > SCHEDULE_KILL_MS)
			left_ms = SCHEDULE_KILL_MS;
		if (poll(&gone, 1, (int)left_ms) == 1)
			return true;
		if (caller_now_ms() >= until_ms)
			return false;
	}
}

static void
send(const struct tree *tree, int signal)
{
	size_t i;

	/* Who is stopped goes on to see it; who is dead is no failure. */
	for (i = 0; i < tree->count; i++) {
		(void)os_pidfd_signal(tree->member[i].pidfd, signal);
		(void)os_pidfd_signal(tree->member[i].pidfd, SIGCONT);
	}
}

/* Ends every member by SCHEDULE. Returns whether all are dead. */
static bool
end_members(const struct tree *tree, const struct schedule *schedule)
{
	bool is_done = tree->count == 0;
	int64_t until_ms;
	size_t i, step;

	for (step = 0; !is_done && step < schedule->count; step++) {
		send(tree, schedule->step[step].signal);
		until_ms = caller_now_ms() + schedule->step[step].timeout_ms;
		is_done = true;
		for (i = 0; i < tree->count; i++)
			is_done &= is_over(tree->member[i].pidfd, until_ms);
	}
	return is_done;
}

/*
 * Without pidfds or /proc: the process group, whose number is taken as long as
 * it has a member.
 */
static int
end_group(pid_t pid, const struct schedule *schedule)
{
	pid_t group = getpgid(pid);
	int64_t until_ms;
	size_t step;

	for (step = 0; step < schedule->count; step++) {
		if (group <= 1 || kill(-group, schedule->step[step].signal) ==
		    -1)
			return 0;	/* nobody is left */
		(void)kill(-group, SIGCONT);
		until_ms = caller_now_ms() + schedule->step[step].timeout_ms;
		/* A child stays in its group until it is waited for. */
		while (!process_is_dead(pid) && caller_now_ms() < until_ms)
			(void)poll(NULL, 0, POLL_MS);
		if (process_is_dead(pid)) {
			/* The others have been asked as it was. */
			(void)kill(-group, SIGKILL);
			end_bury(group);
			return 0;
		}
	}
	errno = ETIMEDOUT;
	return -1;
}

/* Everybody is held by a descriptor, and there may be thousands. */
static void
allow_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return;
	limit.rlim_cur = limit.rlim_max;
	/* Without it the rest is found when the first are dead. */
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

int
end_born(pid_t pid, int pidfd, const struct tree *before,
    const struct schedule *schedule)
{
	struct tree_member first = { .pid = pid, .pidfd = pidfd };
	struct tree tree = { .member = &first, .count = 1 };
	bool is_done = true;
	int round;

	allow_descriptors();
	if (pid != -1)
		is_done = pidfd != -1 && os_sees_itself() ?
		    end_members(&tree, schedule) :
		    end_group(pid, schedule) == 0;
	for (round = 0; is_done && round < ROUNDS_MAX; round++) {
		if (tree_find_born(&tree, before) == -1)
			/* Nobody can be found here, or without /proc. */
			return errno == ENOSYS || errno == ENOENT ? 0 : -1;
		if (tree.count == 0)
			return 0;
		is_done = end_members(&tree, round == 0 ? schedule :
		    &no_mercy);
		tree_release(&tree);
	}
	errno = ETIMEDOUT;
	return -1;
}

pid_t
end_left(pid_t corpse)
{
	pid_t group = os_sees_itself() ? -1 : getpgid(corpse);

	if (group > 1)
		(void)kill(-group, SIGKILL);	/* perhaps nobody is left */
	return group;
}

void
end_bury(pid_t group)
{
	int64_t until_ms = caller_now_ms() + SCHEDULE_KILL_MS;
	pid_t got = 1;

	/* Who is killed, and our child by then, has yet to die. */
	while (group > 1 && got != -1 && caller_now_ms() < until_ms) {
		got = waitpid(-group, NULL, WNOHANG);
		if (got == 0)
			(void)poll(NULL, 0, POLL_MS);
	}
}

void
end_session(pid_t pid, int pidfd)
{
	bool is_done = false;
	struct tree tree;
	int status, round;

	/* PID last: as long as it lives, their orphans come to it. */
	for (round = 0; !is_done && round < ROUNDS_MAX; round++) {
		if (pidfd == -1 || tree_find(&tree, pid, pid) == -1) {
			(void)kill(-pid, SIGKILL);	/* its group, or soon */
			break;
		}
		is_done = tree.count == 0 || !end_members(&tree, &no_mercy);
		tree_release(&tree);
	}
	(void)kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		continue;
}
