/*
 * act.c: see act.h.
 */
#include "control/act.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/caller.h"
#include "base/fd.h"
#include "base/os.h"
#include "control/stop.h"
#include "exitcode.h"
#include "process/daemon.h"
#include "process/holder.h"
#include "process/pidfile.h"
#include "process/tree.h"

enum {
	LOCK_FREE_MS = 5000,	/* for children that still hold the lock */
	LOCK_RETRY_MS = 1,
	PAUSE_MS = 5000,	/* for one that cannot be interrupted now */
	PAUSE_RETRY_MS = 1,
	TREE_ROUNDS = 100,
};

/*
 * Looks for the daemon. Returns CONTROL_OK if it is proved to run (release
 * it), CONTROL_NOT_RUNNING without a word in FAILURE, or CONTROL_UNKNOWN.
 */
static int
find(struct daemon *daemon, const struct target *target, const char *verb,
    struct failure *failure)
{
	daemon_examine(daemon, target->pidfile);
	switch (daemon->state) {
	case DAEMON_RUNNING:
	case DAEMON_PAUSED:
		return CONTROL_OK;
	case DAEMON_DEAD:
		if (daemon->has_lost_lock) {
			(void)failure_set(failure, CONTROL_UNKNOWN,
			    "cannot %s %s: pid %ld no longer holds the lock "
			    "of %s", verb, target->label, (long)daemon->pid,
			    target->pidfile);
			return CONTROL_UNKNOWN;
		}
		return CONTROL_NOT_RUNNING;
	case DAEMON_ABSENT:
		return CONTROL_NOT_RUNNING;
	case DAEMON_UNKNOWN:
		break;
	}
	(void)failure_set(failure, CONTROL_UNKNOWN, "cannot %s %s: %s%s%s",
	    verb, target->label, target->pidfile,
	    daemon->reason != NULL ? ": " :
	    " is locked by another process than the one in it",
	    daemon->reason != NULL ? daemon->reason : "");
	return CONTROL_UNKNOWN;
}

static int
fail_signal(const struct target *target, const struct daemon *daemon,
    const char *verb, int error, struct failure *failure)
{
	int status = error == EPERM ? CONTROL_UNKNOWN : CONTROL_FAILED;

	(void)failure_set(failure, status, "cannot %s %s (pid %ld): %s", verb,
	    target->label, (long)daemon->pid, error == ETIMEDOUT ?
	    "it does not end" : error == EBUSY ? "it does not stop" :
	    strerror(error));
	return status;
}

/* Is it another daemon, proved as well, that holds the lock now? */
static bool
has_successor(const struct daemon *daemon)
{
	pid_t pid;
	int pidfd = holder_find(daemon->pidfile, &pid);
	struct daemon other = { .pidfd = pidfd };

	daemon_release(&other);
	return pidfd != -1;
}

/* Is there no process of this number, or only a zombie? */
static bool
is_gone(pid_t pid)
{
	struct daemon process = { .pidfd = os_pidfd_open(pid) };
	bool is_there = process.pidfd != -1 && !caller_wait(process.pidfd, 0);

	daemon_release(&process);
	return !is_there;
}

/* Ends every member of TREE by SCHEDULE; all hear its first signal at once. */
static int
stop_members(const struct tree *tree, const struct schedule *schedule)
{
	int64_t begun_ms = caller_now_ms();
	int result = 0;
	size_t i;

	for (i = 0; i < tree->count; i++)
		(void)stop_begin(tree->member[i].pidfd, schedule);
	for (i = 0; i < tree->count; i++)
		if (stop_end(tree->member[i].pidfd, schedule,
		    caller_now_ms() - begun_ms) == -1)
			result = -1;
	return result;
}

/*
 * Ends what came from the daemon, which is dead; and what that has made
 * meanwhile, without more ado.
 */
static int
stop_tree(struct act_stopping *stopping)
{
	const struct schedule mercy = *stopping->schedule;
	const struct schedule none = {
		.step = { { SIGKILL, SCHEDULE_KILL_MS } }, .count = 1,
	};
	struct tree *tree = &stopping->tree;
	int round, result = 0;

	for (round = 0; round < TREE_ROUNDS && result == 0; round++) {
		if (tree->count == 0)
			return 0;
		result = stop_members(tree, round == 0 ? &mercy : &none);
		tree_release(tree);
		if (result == 0)
			result = tree_find(tree, -1,
			    stopping->daemon.process.sid);
	}
	return result;
}

/*
 * Finds what came from DAEMON, proved when it still lived; of one that has
 * died meanwhile only who is in its session. Returns as tree_find.
 */
static int
find_tree(struct tree *tree, const struct daemon *daemon)
{
	if (tree_find(tree, daemon->pid, daemon->process.sid) == -1)
		return -1;
	if (!caller_wait(daemon->pidfd, 0))
		return 0;
	tree_release(tree);
	return tree_find(tree, -1, daemon->process.sid);
}

/* IS_TREE was not enough, or was not asked for. */
static void
fail_lock(const struct target *target, bool is_tree, struct failure *failure)
{
	pid_t pid = holder_search(target->pidfile);
	char who[32] = "a process";

	if (pid != -1)
		(void)snprintf(who, sizeof(who), "pid %ld", (long)pid);
	(void)failure_set(failure, CONTROL_FAILED, "cannot free %s: %s, which "
	    "was left behind, holds its lock%s", target->pidfile, who,
	    is_tree ? "" : " (see --tree)");
}

/* The daemon is dead: waits for its lock. */
static int
settle(const struct target *target, const struct daemon *daemon,
    bool is_tree, struct failure *failure)
{
	int64_t until_ms = caller_now_ms() + LOCK_FREE_MS;

	while (pidfile_remove_left(daemon->pidfile, daemon->pid) == 1) {
		if (has_successor(daemon))
			return CONTROL_OK;
		if (caller_now_ms() >= until_ms) {
			/* Not proved yet, but nothing that was left. */
			if (holder_is_starter(holder_search(target->pidfile)))
				return CONTROL_OK;
			fail_lock(target, is_tree, failure);
			return CONTROL_FAILED;
		}
		(void)caller_wait(-1, LOCK_RETRY_MS);
	}
	return CONTROL_OK;
}

int
act_stop_begin(struct act_stopping *stopping, const struct target *target,
    const struct schedule *schedule, bool is_tree, struct failure *failure)
{
	struct daemon *daemon = &stopping->daemon;
	int status, error = 0;

	*stopping = (struct act_stopping){
		.target = target, .schedule = schedule, .is_tree = is_tree,
		.begun_ms = caller_now_ms(),
	};
	status = find(daemon, target, "stop", failure);
	if (status == CONTROL_NOT_RUNNING) {
		/* What a daemon has left that ended by itself. */
		if (daemon->state == DAEMON_DEAD && daemon->pid != -1 &&
		    is_gone(daemon->pid))
			(void)pidfile_remove_left(daemon->pidfile,
			    daemon->pid);
		return CONTROL_OK;
	}
	if (status == CONTROL_OK &&
	    ((is_tree && find_tree(&stopping->tree, daemon) == -1) ||
	    (stop_begin(daemon->pidfd, schedule) == -1 && errno != ESRCH))) {
		error = errno;
		status = fail_signal(target, daemon, "stop", error, failure);
	}
	if (status != CONTROL_OK) {
		stopping->is_shortage = daemon->is_shortage ||
		    fd_is_shortage(error);
		tree_release(&stopping->tree);
		daemon_release(daemon);
	}
	return status;
}

int
act_stop_end(struct act_stopping *stopping, struct failure *failure)
{
	struct daemon *daemon = &stopping->daemon;
	int status;

	if (daemon->pidfd == -1)
		return CONTROL_OK;	/* it did not run, or that was said */
	if (stop_end(daemon->pidfd, stopping->schedule,
	    caller_now_ms() - stopping->begun_ms) == -1 ||
	    stop_tree(stopping) == -1)
		status = fail_signal(stopping->target, daemon, "stop", errno,
		    failure);
	else
		status = settle(stopping->target, daemon, stopping->is_tree,
		    failure);
	tree_release(&stopping->tree);
	daemon_release(daemon);
	return status;
}

/*
 * Waits until DAEMON, who has been sent SIGSTOP, no longer runs: it does so
 * until its next turn, or as long as a system call holds it. One whose first
 * thread has ended cannot be seen to stop. Returns 0, or -1 with errno (EBUSY:
 * it does not stop, ESRCH: it has ended).
 */
static int
wait_stopped(const struct daemon *daemon)
{
	int64_t until_ms = caller_now_ms() + PAUSE_MS;
	struct os_process process;

	while (os_process_read(daemon->pid, &process) == 0 &&
	    strchr("TtZX", process.state) == NULL) {
		if (caller_now_ms() >= until_ms) {
			errno = EBUSY;
			return -1;
		}
		if (caller_wait(daemon->pidfd, PAUSE_RETRY_MS)) {
			errno = ESRCH;
			return -1;
		}
	}
	return 0;
}

int
act_signal(const struct target *target, const char *verb, int signal,
    struct failure *failure)
{
	struct daemon daemon;
	int status;

	status = find(&daemon, target, verb, failure);
	if (status == CONTROL_NOT_RUNNING)
		(void)failure_set(failure, status,
		    "cannot %s %s: it is not running", verb, target->label);
	if (status != CONTROL_OK)
		return status;
	if (os_pidfd_signal(daemon.pidfd, signal) == -1 ||
	    (signal == SIGSTOP && wait_stopped(&daemon) == -1)) {
		status = fail_signal(target, &daemon, verb, errno, failure);
		if (errno == ESRCH)	/* it has ended since the proof */
			status = CONTROL_NOT_RUNNING;
	}
	daemon_release(&daemon);
	return status;
}

int
act_wait(const struct target *target, int64_t timeout_ms,
    struct failure *failure)
{
	struct daemon daemon;
	int status;

	status = find(&daemon, target, "wait for", failure);
	if (status == CONTROL_NOT_RUNNING)
		return CONTROL_OK;
	if (status != CONTROL_OK)
		return status;
	if (!caller_wait(daemon.pidfd, timeout_ms))
		status = fail_signal(target, &daemon, "wait for", ETIMEDOUT,
		    failure);
	daemon_release(&daemon);
	return status;
}
