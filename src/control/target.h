/*
 * target.h: what a word on daemonctl's command line stands for.
 */
#ifndef CONTROL_TARGET_H
#define CONTROL_TARGET_H

#include <stdbool.h>

#include "base/failure.h"
#include "plan/options.h"

struct target {
	const char *label;	/* the NAME, or the path of the pidfile */
	const char *name;	/* NULL: only a pidfile was given */
	const char *pidfile;	/* absolute */
	const char *config;	/* where its configuration is, or would be */
	bool has_config;
	struct options options;	/* from the configuration, or defaults */
};

/* Is NAME one that --name would take? */
bool target_is_name(const char *name);

/*
 * The daemon NAME: its configuration is /etc/daemonize.d/NAME.conf for root,
 * otherwise $XDG_CONFIG_HOME/daemonize/NAME.conf (~/.config); its pidfile is
 * the one named there, or NAME.pid in the run directory.
 * Strings are kept until the program ends.
 * Without NEEDS_ALL only what says how the daemon is found and ended must be
 * right; of the site's file, which is no daemon's, not even that.
 * Returns 0, or -1 with FAILURE; a fault in the configuration is said by
 * itself ("FILE:LINE: ..."), and the text is then empty.
 */
int target_resolve(struct target *target, const char *name, bool needs_all,
    struct failure *failure);

/* The daemon whose pidfile is at PATH. Returns as above. */
int target_from_pidfile(struct target *target, const char *path,
    struct failure *failure);

#endif
