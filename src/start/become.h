/*
 * become.h: the last stretch, in the process that becomes the daemon.
 *
 * Between fork and exec, perhaps with the caller's memory (os_spawn): system
 * calls only, no allocation, no stdio, no look-up of names.
 */
#ifndef START_BECOME_H
#define START_BECOME_H

#include "plan/plan.h"
#include "process/pidfile.h"
#include "start/handshake.h"
#include "start/streams.h"

struct launch {
	const struct plan *plan;
	const struct pidfile *pidfile;	/* fd -1: none */
	const struct pidfile *lockfile;
	const struct streams *streams;
	struct handshake handshake;
	char **shell_argv;	/* for a text file that is no script */
	int candidate;		/* the first that was there; -1: none */
	pid_t born;		/* who becomes the daemon; -1: not yet */
	void *stack;		/* for the second child (os_spawn) */
};

/*
 * Does every step of the plan and executes COMMAND; where one fails, reports
 * it and returns the status to exit with.
 */
int become_daemon(struct launch *launch);

/*
 * Does the steps that make a process the daemon's but touch nothing else, from
 * niceness to umask, and looks whether the user has too many processes to
 * execute another; reports the one that fails. Returns a status to exit
 * with. Where niceness is set, its session should be its own.
 */
int become_rehearse(struct launch *launch);

/*
 * Becomes what the daemon of PLAN is: its user, root directory, directory,
 * umask and signals; and executes COMMAND by the shell, with its environment.
 * Returns the status to exit with where that fails. A caller's memory may be
 * shared: as above.
 */
int become_command(const struct plan *plan, const char *command);

#endif
