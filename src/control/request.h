/*
 * request.h: daemonctl's command line.
 */
#ifndef CONTROL_REQUEST_H
#define CONTROL_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/schedule.h"

/* Options are known by their letters, and these two by: */
enum { REQUEST_SCHEDULE = 's', REQUEST_TREE = 'T' };

struct request {
	const char *verb;	/* NULL: none was given */
	char **operand;		/* what follows the verb; ends with NULL */
	unsigned int given;	/* which options: request_check's */
	const char **pidfile;	/* of --pidfile; ends with NULL */
	bool is_json, is_tree, is_all, is_verbose;
	bool wants_help, wants_version;
	bool is_following;
	uint64_t lines;
	int64_t timeout_ms;	/* -1: none given */
	const char *schedule_text;	/* NULL: none given */
	struct schedule schedule;
};

/*
 * Reads the command line; options may stand anywhere.
 * Returns 0, or -1 after a message.
 */
int request_parse(struct request *request, int argc, char **argv);

/*
 * Has the verb only options that it takes (LETTERS, and -v, -h, -V)?
 * Returns 0, or -1 after a message.
 */
int request_check(const struct request *request, const char *letters);

/* The options' part of --help. Static. */
const char *request_help(void);

#endif
