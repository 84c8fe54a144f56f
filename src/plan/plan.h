/*
 * plan.h: what will be done, with every name resolved.
 *
 * A plan is made once, in the caller, and never changed: all that can fail
 * for lack of a name, a path or a sensible combination fails here.
 */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/failure.h"
#include "plan/account.h"
#include "plan/options.h"
#include "plan/readiness.h"
#include "plan/stream.h"

struct plan {
	const struct options *options;	/* values that need no resolving */
	const char *pidfile;	/* absolute, or NULL */
	const char *lockfile;	/* absolute, NULL if none or the pidfile */
	const char *run_dir;	/* to be made (0700) for pidfile, or NULL */
	const char *cwd;	/* absolute, inside ROOT */
	const char *root;	/* absolute, or NULL */
	struct account account;
	struct stream in, out, err;
	struct stream_target target[TARGETS_MAX];	/* of the logger */
	size_t target_count;
	int kept[OPTIONS_KEPT_MAX];	/* open descriptors, ascending */
	size_t kept_count;
	char **env;
	const char *command;	/* as typed */
	char **argv;
	char **candidate;	/* paths to execute, in order; ends with NULL */
	bool is_searched;	/* COMMAND had no slash */
	const char *search_path;
	struct readiness ready;
};

/*
 * Resolves OPTIONS, which must outlive PLAN, against the caller's working
 * directory and the environment INHERITED.
 * Returns 0, or -1 with FAILURE. Allocations are kept until the program ends.
 */
int plan_make(struct plan *plan, const struct options *options,
    char *const *inherited, struct failure *failure);

#endif
