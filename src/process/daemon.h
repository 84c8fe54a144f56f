/*
 * daemon.h: a pidfile and the daemon behind it, proved or not.
 *
 * Proof of identity. The number in a pidfile is a hint: the process may be
 * gone and its number recycled, or somebody may have written another one.
 *  1. A pidfd is opened for the number: from then on it means one process.
 *  2. That very process must hold the flock(2) lock on the pidfile's inode, as
 *     /proc/PID/fdinfo shows. A recycled pid does not.
 *  3. It must still be alive after that (the pidfd says so).
 * A file that belongs to neither root nor us can be locked and lent by its
 * owner: it stands for a process of his only. One that others may write, and
 * our own pid, stand for nothing.
 * Where fdinfo may not be read (a process of another user, or one that hides
 * itself): the file must be locked, no process that can be looked into may be
 * the one that locks it, and the process (other than 1) must have been started
 * before the number was written. That proves that it is not recycled, and only
 * makes it likely that it holds the lock.
 * In the same way one is known that has given its lock up, but lives.
 */
#ifndef PROCESS_DAEMON_H
#define PROCESS_DAEMON_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/os.h"

enum daemon_state {
	DAEMON_RUNNING,
	DAEMON_PAUSED,		/* stopped by a signal */
	DAEMON_DEAD,		/* the pidfile is there, and not locked */
	DAEMON_ABSENT,		/* there is no pidfile */
	DAEMON_UNKNOWN,		/* see REASON */
};

struct daemon {
	const char *pidfile;	/* borrowed */
	enum daemon_state state;
	pid_t pid;		/* in the file; -1: none */
	int pidfd;		/* RUNNING and PAUSED; otherwise -1 */
	struct os_process process;	/* RUNNING and PAUSED */
	bool has_lost_lock;	/* DEAD: but PID lives, and is the daemon */
	pid_t holder;		/* UNKNOWN: who holds the lock; -1 */
	const char *reason;	/* UNKNOWN: why; static text or NULL */
	bool cannot_open;	/* and that is what could not be done */
	bool is_shortage;	/* no descriptor was left to look with */
};

/*
 * Looks at PIDFILE. Changes nothing; tries the lock, for a moment and shared,
 * only where the number in the file proves nothing. Then it looks again for
 * half a second, for whoever holds the lock may be about to write his number,
 * and for up to five while that is a daemonize in the midst of a start.
 */
void daemon_examine(struct daemon *daemon, const char *pidfile);

/*
 * The same within half of *PATIENCE_MS, which all files of a list share and
 * from which that is taken; who holds the lock is not looked for.
 */
void daemon_examine_among(struct daemon *daemon, const char *pidfile,
    int64_t *patience_ms);

/* Gives the pidfd back. */
void daemon_release(struct daemon *daemon);

#endif
