/*
 * logging.h: starts the logger of a daemon.
 *
 * The logger is born before the daemon, from the caller, in a session of its
 * own. It keeps root's rights only where a log is in a directory of root's;
 * otherwise it runs as the daemon's user does.
 */
#ifndef START_LOGGING_H
#define START_LOGGING_H

#include <sys/types.h>

#include "base/failure.h"
#include "log/log.h"
#include "plan/plan.h"
#include "start/logfile.h"

struct logging {
	struct log log;
	struct logfile file[LOG_TARGETS_MAX];	/* fd -1: no file */
	unsigned int truncated[LOG_TARGETS_MAX];	/* of which streams */
	int write_fd[3];	/* for the daemon's 1 and 2; -1 */
	int pid_fd;		/* tells the logger the daemon's pid; -1 */
	int tap_fd;		/* the logger copies what it reads to it; -1 */
	pid_t pid;		/* of the logger; 0: none */
};

void logging_init(struct logging *logging);

/*
 * Opens the files, pipes and the terminal that PLAN's logger needs.
 * Returns 0, or -1 with FAILURE.
 */
int logging_open(struct logging *logging, const struct plan *plan,
    struct failure *failure);

/* Forks the logger. Returns 0, or -1 with FAILURE. */
int logging_start(struct logging *logging, const struct plan *plan,
    struct failure *failure);

/* Tells the logger, if there is one, the daemon's PID. [child] */
int logging_tell_pid(const struct logging *logging, pid_t pid);

/* Empties the files of stream NUMBER. 0, or -1 with errno. [child] */
int logging_truncate(const struct logging *logging, int number);

/*
 * Has the logger, if there is one, come to a bad end? Then -1 with FAILURE,
 * else 0. In the foreground it is not ours to ask about.
 */
int logging_check(const struct logging *logging, struct failure *failure);

/* Closes our copies of the daemon's ends. */
void logging_release(struct logging *logging);

/* The descriptor of the tap, now the caller's to close. */
int logging_take_tap(struct logging *logging);

/*
 * Waits until the logger, whose writers are all gone, has ended: everything
 * is in the log then. Gives up after some seconds: somebody else may write.
 */
void logging_finish(struct logging *logging);

/* Ends the logger and removes the files that were made for it. */
void logging_abandon(struct logging *logging, const struct plan *plan);

#endif
