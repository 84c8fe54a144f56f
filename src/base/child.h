/*
 * child.h: a helper program of ours: a compressor, or the command that a log
 * goes to.
 *
 * It is born with an empty signal mask, every signal at its default, no
 * descriptor but 0 to 2, and in a process group of its own, so that a signal
 * for our group does not reach it.
 */
#ifndef BASE_CHILD_H
#define BASE_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

struct child {
	/*
	 * Either ARGV, whose first word is an absolute path or is looked up
	 * in the usual directories, whatever PATH says; or, where that is
	 * NULL, COMMAND, a text for /bin/sh -c.
	 */
	const char *const *argv;
	const char *command;

	/* Become descriptors 0 and 1. 3 or more; -1: /dev/null. 2 is that. */
	int in, out;

	char *const *env;		/* NULL: ours */

	/*
	 * Changes ids, for good: called last, with CONTEXT. Returns 0, or -1
	 * with errno; may make system calls and nothing else. May be NULL.
	 */
	int (*drop)(void *context);
	void *context;

	bool is_low_priority;		/* 10 nicer, idle class of I/O */
};

/*
 * Starts CHILD; our descriptors 0 to 2 must be open. Returns its process id,
 * to be waited for by the caller, or -1 with errno of what failed, up to and
 * with DROP and execve(2); then there is nothing to be waited for.
 */
pid_t child_start(const struct child *child);

/* Would PROGRAM be found, and may it be executed? */
bool child_is_available(const char *program);

#endif
