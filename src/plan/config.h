/*
 * config.h: configuration files.
 *
 * A line is "KEY = VALUE"; KEY is the name of a long option, a switch takes
 * yes, no or nothing, and "command" gives COMMAND with its arguments, quoted
 * as in a shell but not expanded. '#' begins a comment, a backslash at the end
 * of a line joins it with the next (fparseln(3bsd)). Paths count from the
 * working directory, as on the command line.
 *
 * What attacks it: a file that somebody else may write would decide what root
 * runs. So a file is refused that belongs neither to root nor to the user who
 * runs us, or that its group or others may write.
 */
#ifndef PLAN_CONFIG_H
#define PLAN_CONFIG_H

#include "plan/options.h"

/*
 * Applies the file at PATH to OPTIONS.
 * Returns 0, or -1 after a message ("FILE:LINE: TEXT").
 */
int config_read(struct options *options, const char *path);

/*
 * The same for the site's /etc/daemonize.conf, which need not exist, must be
 * root's, and has no "command".
 */
int config_read_site(struct options *options);

/*
 * The same for who only wants to know how a daemon is found and ended: wrong
 * lines of other keys are passed over, after their messages.
 */
int config_read_vital(struct options *options, const char *path);
int config_read_site_vital(struct options *options);

#endif
