/*
 * act.c: see act.h.
 */
#include "control/act.h"

#include <errno.h>
#include <string.h>

#include "base/caller.h"
#include "base/os.h"
#include "exitcode.h"
#include "process/daemon.h"
#include "process/pidfile.h"
#include "process/tree.h"

enum {
	LOCK_FREE_MS = 5000,	/* for children that still hold the lock */
	LOCK_RETRY_MS = 1,
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
	case DAEMON_ABSENT:
		return CONTROL_NOT_RUNNING;
	case DAEMON_UNKNOWN:
		break;
	}
	(void)failure_set(failure, CONTROL_UNKNOWN, "cannot %s %s: %s %s",
	    verb, target->label, target->pidfile,
	    daemon->reason != NULL ? daemon->reason :
	    "is locked by another process than the one in it");
	return CONTROL_UNKNOWN;
}

static int
fail_signal(const struct target *target, const struct daemon *daemon,
    const char *verb, int error, struct failure *failure)
{
	int status = error == EPERM ? CONTROL_UNKNOWN : CONTROL_FAILED;

	(void)failure_set(failure, status, "cannot %s %s (pid %ld): %s", verb,
	    target->label, (long)daemon->pid, error == ETIMEDOUT ?
	    "it does not end" : strerror(error));
	return status;
}

/*
 * Takes the pidfile of a dead daemon away, while it is still that daemon's:
 * under our own lock, and with its pid in it.
 * Returns 0, 1 if somebody else holds the lock, or -1: it stays.
 */
static int
remove_pidfile(const struct daemon *daemon)
{
	struct failure ignored;
	struct pidfile pidfile;

	switch (pidfile_claim(&pidfile, PIDFILE_PID, daemon->pidfile,
	    &ignored)) {
	case PIDFILE_BUSY:
		return 1;
	case PIDFILE_FAILED:
		return -1;
	case PIDFILE_CLAIMED:
		break;
	}
	/* One that was made by the claim itself goes again in any case. */
	if (pidfile_read(pidfile.fd, NULL) == daemon->pid)
		pidfile.is_created = true;
	pidfile_abandon(&pidfile);
	return 0;
}

/* Is it another daemon, proved as well, that holds the lock now? */
static bool
has_successor(const struct daemon *daemon)
{
	pid_t pid;
	int pidfd = pidfile_find_holder(daemon->pidfile, &pid);
	struct daemon other = { .pidfd = pidfd };

	daemon_release(&other);
	return pidfd != -1;
}

/* Ends what came from the daemon, and knows no mercy for what stays. */
static int
stop_tree(struct tree *tree, const struct stop_schedule *schedule)
{
	int result = 0;
	size_t i;

	/* All hear the first signal at once; then each gets its time. */
	for (i = 0; i < tree->count; i++)
		(void)os_pidfd_signal(tree->member[i].pidfd,
		    schedule->step[0].signal);
	for (i = 0; i < tree->count; i++)
		if (stop_process(tree->member[i].pidfd, schedule) == -1)
			result = -1;
	return result;
}

/* The daemon is dead: waits for its lock. */
static int
settle(const struct target *target, const struct daemon *daemon,
    struct failure *failure)
{
	int64_t until_ms = caller_now_ms() + LOCK_FREE_MS;

	while (remove_pidfile(daemon) == 1) {
		if (has_successor(daemon))
			return CONTROL_OK;
		if (caller_now_ms() >= until_ms) {
			(void)failure_set(failure, CONTROL_FAILED,
			    "cannot free %s: a process that %s has left "
			    "behind holds its lock (see --tree)",
			    target->pidfile, target->label);
			return CONTROL_FAILED;
		}
		(void)caller_wait(-1, LOCK_RETRY_MS);
	}
	return CONTROL_OK;
}

int
act_stop(const struct target *target, const struct stop_schedule *schedule,
    bool is_tree, struct failure *failure)
{
	struct tree tree = { .member = NULL };
	struct daemon daemon;
	int status;

	status = find(&daemon, target, "stop", failure);
	if (status == CONTROL_NOT_RUNNING) {
		/* Its pidfile is a daemon's that ended by itself. */
		if (daemon.state == DAEMON_DEAD && daemon.pid != -1)
			(void)remove_pidfile(&daemon);
		return CONTROL_OK;
	}
	if (status != CONTROL_OK)
		return status;
	if (is_tree && tree_find(&tree, daemon.pid) == -1)
		status = fail_signal(target, &daemon, "stop", errno, failure);
	else if (stop_process(daemon.pidfd, schedule) == -1 ||
	    stop_tree(&tree, schedule) == -1)
		status = fail_signal(target, &daemon, "stop", errno, failure);
	else
		status = settle(target, &daemon, failure);
	tree_release(&tree);
	daemon_release(&daemon);
	return status;
}

int
act_signal(const struct target *target, int signal, struct failure *failure)
{
	struct daemon daemon;
	int status;

	status = find(&daemon, target, "signal", failure);
	if (status == CONTROL_NOT_RUNNING)
		(void)failure_set(failure, status,
		    "cannot signal %s: it is not running", target->label);
	if (status != CONTROL_OK)
		return status;
	if (os_pidfd_signal(daemon.pidfd, signal) == -1)
		status = fail_signal(target, &daemon, "signal", errno,
		    failure);
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
