/*
 * daemon.h: a pidfile and the daemon behind it, proved or not.
 *
 * Proof of identity. The number in a pidfile is a hint: the process may be
 * gone and its number recycled, or somebody may have written another one.
 *  1. A pidfd is opened for the number: from then on it means one process.
 *  2. That very process must hold the flock(2) lock on the pidfile's inode, as
 *     /proc/PID/fdinfo shows. A recycled pid does not.
 *  3. It must still be alive after that (the pidfd says so).
 * Where fdinfo may not be read (a process of another user, or one that hides
 * itself): the file must be locked by somebody, and the process must have been
 * started before the number was written. That proves that it is not recycled,
 * not that it holds the lock: enough to show, and the kernel still decides who
 * may signal.
 */
#ifndef PROCESS_DAEMON_H
#define PROCESS_DAEMON_H

#include <sys/types.h>

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
	pid_t holder;		/* UNKNOWN: who holds the lock; -1 */
	const char *reason;	/* UNKNOWN: why; static text or NULL */
};

/*
 * Looks at PIDFILE. Changes nothing; tries the lock, for a moment and shared,
 * only where the number in the file proves nothing, and then waits a little
 * for a start that is under way.
 */
void daemon_examine(struct daemon *daemon, const char *pidfile);

/* Gives the pidfd back. */
void daemon_release(struct daemon *daemon);

#endif
