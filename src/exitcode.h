/*
 * exitcode.h: every exit status that the programs may end with.
 *
 * daemonize.1, EXIT STATUS, lists the same numbers; a test compares them.
 */
#ifndef EXITCODE_H
#define EXITCODE_H

enum exitcode {
	EXITCODE_RUNNING = 0,		/* the daemon runs */
	EXITCODE_FAILED = 1,		/* a step failed, nothing is left */
	EXITCODE_USAGE = 2,		/* bad option, value or configuration */
	EXITCODE_ALREADY_RUNNING = 3,	/* another instance holds the lock */
	EXITCODE_DIED = 4,		/* the target died before it was ready */
	EXITCODE_CANNOT_EXECUTE = 126,	/* COMMAND found, not executable */
	EXITCODE_NOT_FOUND = 127,	/* COMMAND not found */
};

#endif
