/*
 * stream.h: where the daemon's standard streams go, as values.
 */
#ifndef PLAN_STREAM_H
#define PLAN_STREAM_H

#include <stdbool.h>

#include "base/failure.h"

enum stream_kind {
	STREAM_NULL,		/* /dev/null */
	STREAM_FILE,
	STREAM_HOLD,		/* stdin that never ends */
	STREAM_INHERIT,		/* a descriptor of the caller */
	STREAM_SAME,		/* stderr: the same description as stdout */
	STREAM_LOGGER,		/* a pipe or terminal that a logger reads */
	STREAM_SCRATCH,		/* a file without a name, for us to read */
};

struct stream {
	enum stream_kind kind;
	const char *path;	/* STREAM_FILE: absolute */
	bool is_append;
	int inherited;		/* STREAM_INHERIT: 0, 1 or 2 */
};

enum target_kind {
	TARGET_NULL,
	TARGET_FILE,
	TARGET_INHERIT,
	TARGET_SYSLOG,
	TARGET_JOURNAL,
	TARGET_COMMAND,
};

enum {
	TARGETS_MAX = 16,
	/* Which streams a target takes. */
	TARGET_STDOUT = 1,
	TARGET_STDERR = 2,
};

/* A value of --stdout, --stderr or --log. */
struct stream_target {
	enum target_kind kind;
	const char *text;	/* as typed */
	unsigned int streams;
	const char *path;	/* TARGET_FILE: absolute */
	bool is_pattern;	/* PATH holds conversions of strftime(3) */
	bool is_append;
	const char *command;
	int inherited;		/* TARGET_INHERIT: 1, 2; 0: each its own */
	int priority;		/* facility | level, syslog(3) */
};

/*
 * Reads TEXT, a value of --OPTION. Returns 0, or -1 with FAILURE.
 * TARGET borrows from TEXT.
 */
int target_parse(struct stream_target *target, const char *option,
    const char *text, struct failure *failure);

#endif
