/*
 * pidfile.h: files whose flock(2) lock means "an instance runs".
 *
 * The lock is the truth and the number in the file a hint. The lock lives as
 * long as any copy of the descriptor: the daemon inherits it on purpose, and
 * so do processes that the daemon starts.
 *
 * What attacks it:
 *  1. A symbolic link, hard link, FIFO or device under the file's name must
 *     not be followed, changed, or hang us.
 *  2. A file that is no pidfile (a typing error, --pidfile /etc/passwd) must
 *     not be changed.
 *  3. A file that somebody else may write makes root's "kill $(cat FILE)"
 *     hit any process: owner and mode are checked and never given away, and
 *     the descriptor that the daemon inherits cannot write (CVE-2017-11747).
 *  4. Another starter may unlink or replace the file between our open and our
 *     lock: flopenat(3bsd) compares descriptor and path after locking.
 */
#ifndef PROCESS_PIDFILE_H
#define PROCESS_PIDFILE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/failure.h"
#include "process/content.h"

enum pidfile_kind {
	PIDFILE_PID,		/* holds a pid; 0644 */
	PIDFILE_LOCK,		/* only locked, never written; 0600 */
};

struct pidfile {
	const char *path;
	enum pidfile_kind kind;
	int fd;			/* locked, read-only; -1: none */
	int write_fd;		/* PIDFILE_PID: never passed on */
	bool is_created;	/* by us: a failed start removes it */
	off_t stale_len;	/* of the content when we came, */
	char stale[CONTENT_HEAD_MAX];	/* which began with this */
};

/* A pidfile that is not there: what a plan without one begins with. */
#define PIDFILE_NONE { .fd = -1, .write_fd = -1 }

enum pidfile_result {
	PIDFILE_CLAIMED,
	PIDFILE_BUSY,		/* somebody else holds the lock */
	PIDFILE_FAILED,		/* see the failure */
};

/*
 * Opens, checks and locks the file at PATH (absolute; borrowed) without
 * waiting. Changes no byte of a file that is there, whatever the result.
 */
enum pidfile_result pidfile_claim(struct pidfile *pidfile,
    enum pidfile_kind kind, const char *path, struct failure *failure);

/*
 * Takes part in the lock of the running daemon PID behind PIDFD by a copy of
 * its own descriptor: nobody else can get the lock when that daemon ends. Of
 * several who try, one gets it at a time.
 * Returns 0, or -1: it cannot be had (rights, system, a descriptor that could
 * write, somebody is at it), and PIDFILE holds nothing.
 */
int pidfile_take_over(struct pidfile *pidfile, const char *path, pid_t pid,
    int pidfd);

/*
 * Writes PID and a newline. Returns 0, or -1 with errno.
 * Async-signal-safe, for use between fork and exec.
 */
int pidfile_write_pid(const struct pidfile *pidfile, pid_t pid);

/*
 * Writes PID in the place of the one that the start has written. Returns 0, or
 * -1 with errno.
 */
int pidfile_rewrite_pid(const struct pidfile *pidfile, pid_t pid);

/*
 * Ends a daemon's turn that has ended: removes the file, if it is a pidfile,
 * and gives the lock up for everybody who has inherited it (flock(2),
 * LOCK_UN). WRITTEN as below; a file that another starter has taken over
 * meanwhile keeps its lock.
 */
void pidfile_finish(struct pidfile *pidfile, pid_t written);

/*
 * Undoes a claim after a start that failed: removes a file that we made,
 * gives one that the start wrote WRITTEN to (-1: nothing) its content back
 * (empties it if that was longer than any pid), gives the lock up. A file that
 * another starter has taken over meanwhile is left alone.
 */
void pidfile_abandon(struct pidfile *pidfile, pid_t written);

/*
 * Removes the file at PATH that a daemon has left whose pid was PID: under the
 * lock, and only if that pid is still in it. Makes nothing.
 * Returns 0 (it is gone, or not that daemon's), 1 if somebody holds the lock,
 * or -1: it stays.
 */
int pidfile_remove_left(const char *path, pid_t pid);

/*
 * Would the file at PATH be claimed, were it not locked? One that is not there
 * would be made. Changes nothing. Returns 0, or -1 with FAILURE.
 */
int pidfile_check(const char *path, struct failure *failure);

/* Is the open file FD locked by anybody? Tries it, shared, for a moment. */
bool pidfile_is_locked(int fd);

/* Do both paths name the same file (one may be a hard link)? */
bool pidfile_is_same(const struct pidfile *pidfile, const char *path);

#endif
