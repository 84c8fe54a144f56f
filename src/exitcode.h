/*
 * exitcode.h: every exit status that the programs may end with.
 *
 * daemonize.1 and daemonctl.1 list the same numbers under EXIT STATUS; a test
 * compares them.
 */
#ifndef EXITCODE_H
#define EXITCODE_H

enum exitcode {
	EXITCODE_RUNNING = 0,		/* the daemon runs */
	EXITCODE_FAILED = 1,		/* a step failed, nothing is left */
	EXITCODE_USAGE = 2,		/* bad option, value or configuration */
	EXITCODE_ALREADY_RUNNING = 3,	/* another instance holds the lock */
	EXITCODE_DIED = 4,		/* the target died too early */
	EXITCODE_NOT_READY = 124,	/* not in time */
	EXITCODE_CANNOT_EXECUTE = 126,	/* COMMAND found, not executable */
	EXITCODE_NOT_FOUND = 127,	/* COMMAND not found */
};

/* Of daemonctl; those of "status" as LSB 3.1 has them for init scripts. */
enum control_status {
	CONTROL_OK = 0,			/* done; status: running */
	CONTROL_FAILED = 1,
	CONTROL_DEAD = 1,		/* status: dead, pidfile is there */
	CONTROL_USAGE = 2,
	CONTROL_ABSENT = 3,		/* status: not running; no process */
	CONTROL_UNKNOWN = 4,		/* not proved, or not permitted */
	CONTROL_NOT_RUNNING = 7,	/* nothing there to be signalled */
};

#endif
