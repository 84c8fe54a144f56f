/*
 * inspect.h: is this process a daemon, and if not, what is missing?
 */
#ifndef CONTROL_INSPECT_H
#define CONTROL_INSPECT_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/failure.h"

/*
 * Prints the process's row of "ps -axj", a verdict on every rule, and whether
 * it is a daemon; as JSON if IS_JSON.
 * Returns CONTROL_OK (a daemon) or CONTROL_FAILED (none), the failure's text is
 * then empty; or, with FAILURE, CONTROL_ABSENT, or CONTROL_UNKNOWN (also where
 * it cannot be printed, unless nobody reads it).
 */
int inspect_process(pid_t pid, bool is_json, struct failure *failure);

#endif
