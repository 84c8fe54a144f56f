/*
 * condition.h: what has to hold before a daemon counts as ready.
 */
#ifndef PLAN_CONDITION_H
#define PLAN_CONDITION_H

#include <netdb.h>
#include <regex.h>
#include <stddef.h>
#include <stdint.h>

#include "base/failure.h"

enum condition_kind {
	CONDITION_EXEC,		/* the command is executed */
	CONDITION_ALIVE,	/* and still lives after a time */
	CONDITION_NOTIFY,	/* says so: sd_notify(3) */
	CONDITION_FD,		/* writes a newline to a descriptor */
	CONDITION_FILE,		/* a file appears or changes */
	CONDITION_UNIX,		/* a socket accepts */
	CONDITION_TCP,
	CONDITION_LOG,		/* a line of its output matches */
	CONDITION_COMMAND,	/* another command succeeds */
	CONDITION_EXIT,		/* it has run to completion */
	N_CONDITIONS
};

enum {
	CONDITIONS_MAX = 16,	/* for one daemon */
	CONDITION_FD_MAX = 1023,
};

struct condition {
	enum condition_kind kind;
	const char *text;	/* as typed, for messages */
	const char *value;	/* what follows the colon, or "" */
	int64_t time_ms;	/* ALIVE */
	int fd;			/* FD */
	const char *path;	/* FILE: absolute, once resolved */
	const char *host;	/* TCP; NULL: this machine */
	const char *port;	/* TCP: digits */
	struct addrinfo *address;	/* TCP, once resolved: all to try */
	regex_t regex;		/* LOG, once resolved */
};

/*
 * Reads TEXT, which is kept: exec, alive:TIME, notify, fd:N, file:PATH,
 * unix:PATH, tcp:[HOST:]PORT, log:REGEX, command:CMD or exit.
 * Returns 0, or -1 with *WHY, static text as in struct option_rule.
 */
int condition_parse(struct condition *condition, const char *text,
    const char **why);

/*
 * Gives it what can fail for lack of a name: the path, the addresses, the
 * regular expression. Returns 0, or -1 with FAILURE.
 */
int condition_resolve(struct condition *condition, struct failure *failure);

#endif
