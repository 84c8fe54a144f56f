/*
 * run.h: daemonize as a command.
 */
#ifndef START_RUN_H
#define START_RUN_H

#include "base/failure.h"

/*
 * Runs the daemonize that is installed beside this program with ARGV (ends
 * with NULL; ARGV[0] is a name only) and waits for it.
 * Returns its exit status (128 + signal), or -1 with FAILURE.
 */
int run_daemonize(char *const *argv, struct failure *failure);

#endif
