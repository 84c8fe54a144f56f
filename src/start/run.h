/*
 * run.h: daemonize as a command.
 */
#ifndef START_RUN_H
#define START_RUN_H

/*
 * Runs the daemonize that is installed beside this program with ARGV (ends
 * with NULL; ARGV[0] is a name only) and waits for it.
 * Returns its exit status (128 + signal), or -1 with errno.
 */
int run_daemonize(char *const *argv);

#endif
