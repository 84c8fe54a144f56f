/*
 * environ.h: the daemon's environment as a value.
 */
#ifndef PLAN_ENVIRON_H
#define PLAN_ENVIRON_H

#include "base/failure.h"
#include "plan/account.h"
#include "plan/options.h"

/* Where a command is looked up if the environment has no PATH (bmc's). */
#define ENVIRON_DEFAULT_PATH \
	"/usr/local/sbin:/sbin:/bin:/usr/sbin:/usr/bin"

/*
 * Builds it in this order: what INHERITED holds, less malformed entries and
 * the service manager's variables (they speak of the caller, not the daemon:
 * sd_notify(3), sd_listen_fds(3)), plus PATH and IFS if absent; --unset-env;
 * --env-file; --env; then HOME, USER, LOGNAME and SHELL of ACCOUNT.
 * The result ends with NULL and is kept until the program ends.
 * Returns NULL with FAILURE.
 */
char **environ_build(char *const *inherited, const struct options *options,
    const struct account *account, struct failure *failure);

/*
 * ENVIRONMENT with NAME set to VALUE, whatever was there; kept as above.
 * Returns NULL with FAILURE.
 */
char **environ_with(char *const *environment, const char *name,
    const char *value, struct failure *failure);

/* Value of NAME in ENVIRONMENT, or NULL. */
const char *environ_get(char *const *environment, const char *name);

#endif
