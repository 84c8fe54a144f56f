/*
 * daemon.c: see daemon.h.
 */
#include "process/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/caller.h"
#include "base/fd.h"
#include "base/os.h"
#include "process/holder.h"
#include "process/pidfile.h"
#include "process/process.h"

enum {
	UNKNOWN_MS = 500,	/* for a start by we do not know whom */
	START_MS = 5000,	/* for one that is seen to be under way */
	RETRY_MS = 5, RETRY_MAX_MS = 50,
	/* Clock ticks and file times are coarse; so much if nobody sets one. */
	TICK_MS = 10,
};

/*
 * Is PID, which holds no lock, the daemon and not a later process? One that
 * ends gives the lock up first; who had begun to when the lock was looked at
 * is seen to be at it now.
 */
static bool
has_lost_lock(pid_t pid, const struct stat *st)
{
	return os_exec_state(pid) == OS_EXEC_DONE &&
	    holder_was_alive(pid, st, TICK_MS);
}

/* Why the file does not stand for this process; NULL: it may. */
static const char *
distrust(pid_t pid, const struct stat *st)
{
	struct os_process process;

	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return "others may write it";
	if (pid == getpid())
		return "it holds the pid of daemonctl itself";
	if (st->st_uid == 0 || st->st_uid == geteuid())
		return NULL;
	return os_process_read(pid, &process) == 0 &&
	    process.uid == st->st_uid ? NULL :
	    "it belongs to another user than the process in it";
}

/* May the owner of the file speak for this process? */
static bool
is_owners(pid_t pid, const struct stat *st)
{
	return distrust(pid, st) == NULL;
}

/*
 * Proves that the recorded process is the daemon. Returns its pidfd, or -1
 * with errno where something was lacking to look with, otherwise 0.
 */
static int
prove(pid_t pid, const struct stat *st, bool is_locked)
{
	int pidfd = os_pidfd_open(pid);
	bool is_proved = false;
	int error;

	if (pidfd != -1)
		is_proved = os_find_lock(pid, st->st_dev, st->st_ino) != -1;
	error = is_proved || !fd_is_shortage(errno) ? 0 : errno;
	if (pidfd != -1 && !is_proved && error == 0)
		is_proved = is_locked && errno == EACCES && pid != 1 &&
		    holder_was_alive(pid, st, HOLDER_CLOCK_MS) &&
		    os_find_lock_holder(st->st_dev, st->st_ino) == -1;
	if (is_proved && is_owners(pid, st) && !process_has_ended(pidfd))
		return pidfd;
	if (pidfd != -1)
		(void)close(pidfd);	/* nothing was written */
	errno = error;
	return -1;
}

static void
unknown(struct daemon *daemon, const char *reason)
{
	daemon->state = DAEMON_UNKNOWN;
	daemon->reason = reason;
}

/* Opens a pidfile for looking. Returns a descriptor, or -1 with a state. */
static int
open_pidfile(struct daemon *daemon, struct stat *st)
{
	int fd;

	fd = open(daemon->pidfile, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_NOCTTY | O_CLOEXEC);
	if (fd == -1 && (errno == ENOENT || errno == ENOTDIR)) {
		daemon->state = DAEMON_ABSENT;
		return -1;
	}
	if (fd == -1) {
		daemon->is_shortage = fd_is_shortage(errno);
		daemon->cannot_open = true;
		unknown(daemon, errno == ELOOP ? "it is a symbolic link" :
		    strerror(errno));
		return -1;
	}
	if (fstat(fd, st) == 0 && S_ISREG(st->st_mode))
		return fd;
	unknown(daemon, "not a regular file");
	(void)close(fd);	/* nothing was written */
	return -1;
}

/* Says why the process in the file is not believed, if it has the lock. */
static void
explain(struct daemon *daemon, const struct stat *st)
{
	/* Where another one is seen to have it, that says enough. */
	if (daemon->pid != -1 && (daemon->holder == -1 ||
	    os_find_lock(daemon->pid, st->st_dev, st->st_ino) != -1))
		daemon->reason = distrust(daemon->pid, st);
	if (daemon->reason == NULL && daemon->holder == -1 &&
	    daemon->pid != -1 && process_is_hidden(daemon->pid))
		daemon->reason = "the process in it cannot be seen";
}

static bool
lack(struct daemon *daemon)
{
	daemon->is_shortage = fd_is_shortage(errno);
	if (daemon->is_shortage)
		unknown(daemon, strerror(errno));
	return daemon->is_shortage;
}

/* Describes the process that was proved. Returns whether that is certain. */
static bool
describe(struct daemon *daemon)
{
	bool is_read = os_process_read(daemon->pid, &daemon->process) == 0;
	bool is_lacking = !is_read && lack(daemon);

	if (is_read && !process_has_ended(daemon->pidfd)) {
		daemon->state = daemon->process.state == 'T' ||
		    daemon->process.state == 't' ? DAEMON_PAUSED :
		    DAEMON_RUNNING;
		return true;
	}
	daemon_release(daemon);
	if (!is_lacking)	/* what was read may be another's */
		unknown(daemon, NULL);
	return is_lacking;
}

/* One look. Returns whether the result is certain. */
static bool
look(struct daemon *daemon, struct stat *st)
{
	bool is_locked, is_pidfile, is_lacking = false;
	int fd;

	fd = open_pidfile(daemon, st);
	if (fd == -1)
		return true;
	is_pidfile = content_is_pidfile(fd, NULL, NULL);
	daemon->pid = content_read_pid(fd);
	if (daemon->pid != -1) {
		daemon->pidfd = prove(daemon->pid, st, false);
		is_lacking = daemon->pidfd == -1 && lack(daemon);
	}
	is_locked = daemon->pidfd != -1 || pidfile_is_locked(fd);
	if (daemon->pidfd == -1 && is_locked && daemon->pid != -1 &&
	    !is_lacking)
		daemon->pidfd = prove(daemon->pid, st, true);
	(void)close(fd);	/* nothing was written */
	if (daemon->pidfd != -1)
		return describe(daemon);
	if (is_lacking)
		return true;
	if (!is_pidfile) {
		unknown(daemon, "it holds something else than a pid");
		return true;
	}
	daemon->state = DAEMON_DEAD;
	if (!is_locked) {
		daemon->has_lost_lock = daemon->pid != -1 &&
		    has_lost_lock(daemon->pid, st);
		return true;
	}
	unknown(daemon, NULL);
	return false;
}

/*
 * Looks who holds the lock. Returns whether that is for good: neither a
 * starter nor somebody else than at the last time, who may have come since the
 * file was looked at. OLD is who it was, -2 before the first time.
 */
static bool
is_for_good(struct daemon *daemon, const struct stat *st, pid_t old)
{
	daemon->holder = old > 0 && os_find_lock(old, st->st_dev,
	    st->st_ino) != -1 ? old :
	    os_find_lock_holder(st->st_dev, st->st_ino);
	return daemon->holder == old && !holder_is_starter(old);
}

/*
 * Looks again and again until it is certain, or LIMIT_MS have passed. Returns
 * whether one look was not enough.
 */
static bool
examine(struct daemon *daemon, const char *pidfile, int64_t limit_ms)
{
	int64_t begun_ms = caller_now_ms(), waited_ms = 0, delay_ms = RETRY_MS;
	pid_t holder = -2;
	struct stat st;

	for (;;) {
		*daemon = (struct daemon){
			.pidfile = pidfile, .pid = -1, .pidfd = -1,
			.holder = -1,
		};
		if (look(daemon, &st))
			return waited_ms > 0;
		waited_ms = caller_now_ms() - begun_ms;
		if ((waited_ms >= UNKNOWN_MS &&
		    is_for_good(daemon, &st, holder)) ||
		    waited_ms >= limit_ms) {
			explain(daemon, &st);
			return true;
		}
		holder = waited_ms >= UNKNOWN_MS ? daemon->holder : -2;
		(void)caller_wait(-1, delay_ms);
		if (delay_ms < RETRY_MAX_MS)
			delay_ms *= 2;
	}
}

void
daemon_examine(struct daemon *daemon, const char *pidfile)
{
	(void)examine(daemon, pidfile, START_MS);
}

void
daemon_examine_among(struct daemon *daemon, const char *pidfile,
    int64_t *patience_ms)
{
	int64_t begun_ms = caller_now_ms(), limit_ms = *patience_ms / 2;

	if (limit_ms >= UNKNOWN_MS)
		limit_ms = UNKNOWN_MS - 1;
	if (examine(daemon, pidfile, limit_ms))
		*patience_ms -= caller_now_ms() - begun_ms;
}

void
daemon_release(struct daemon *daemon)
{
	if (daemon->pidfd != -1)
		(void)close(daemon->pidfd);
	daemon->pidfd = -1;
}
