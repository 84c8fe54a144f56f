/*
 * source.h: where the output of a daemon goes, and can be read again.
 */
#ifndef CONTROL_SOURCE_H
#define CONTROL_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/failure.h"
#include "control/loggers.h"
#include "control/target.h"
#include "log/log.h"

struct source_file {
	const char *path;	/* absolute */
	bool is_pattern;	/* of strftime(3) */
};

enum { SOURCE_FILES_MAX = LOG_TARGETS_MAX + 2 };

struct source {
	struct source_file file[SOURCE_FILES_MAX];
	size_t file_count;
	bool has_journal, has_syslog;
	const char *name;	/* for these two; NULL: not known */
	const char *other;	/* "it goes to OTHER"; NULL: nowhere else */
};

/*
 * Looks into the configuration of TARGET if it has one, otherwise at its
 * daemon, which must be proved: at its descriptors, and those of its logger.
 * Strings are kept until the program ends.
 * Returns a status of exitcode.h; other than CONTROL_OK with FAILURE.
 */
int source_find(struct source *source, const struct target *target,
    struct loggers *loggers, struct failure *failure);

#endif
