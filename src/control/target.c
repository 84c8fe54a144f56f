/*
 * target.c: see target.h.
 */
#include "control/target.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exitcode.h"
#include "plan/config.h"
#include "plan/path.h"

bool
target_is_name(const char *name)
{
	struct options options;
	const char *why;

	options_init(&options);
	return option_rule_find("name")->set(&options, name, &why) == 0;
}

/* Where NAME's configuration would be. Returns a string, or NULL. */
static char *
config_path(const char *name)
{
	const char *config = getenv("XDG_CONFIG_HOME");
	const char *home = path_home();
	char *path;
	int made;

	if (geteuid() == 0)
		made = asprintf(&path, "/etc/daemonize.d/%s.conf", name);
	else if (config != NULL && *config == '/')
		made = asprintf(&path, "%s/daemonize/%s.conf", config, name);
	else
		made = asprintf(&path, "%s/.config/daemonize/%s.conf",
		    home != NULL ? home : "", name);
	return made == -1 ? NULL : path;
}

static int
no_memory(struct failure *failure)
{
	return failure_set(failure, CONTROL_FAILED,
	    "cannot allocate memory: %s", strerror(errno));
}

/* Site's defaults and, where there is one, the daemon's own file. */
static int
read_options(struct target *target, bool needs_all, struct failure *failure)
{
	char *path = config_path(target->name);
	int result = 0;

	if (path == NULL)
		return no_memory(failure);
	target->config = path;
	/* A file that is there but cannot be read is not passed over. */
	target->has_config = access(path, F_OK) == 0 ||
	    (errno != ENOENT && errno != ENOTDIR);
	/* The site's file is no reason not to look after a daemon. */
	if (needs_all)
		result = config_read_site(&target->options);
	else if (config_read_site_vital(&target->options) == -1)
		options_init(&target->options);
	if (result == 0 && target->has_config)
		result = needs_all ? config_read(&target->options, path) :
		    config_read_vital(&target->options, path);
	return result == 0 ? 0 : failure_set(failure, CONTROL_USAGE, "%s", "");
}

int
target_resolve(struct target *target, const char *name, bool needs_all,
    struct failure *failure)
{
	const char *directory;
	bool is_ours_to_make;
	char *path;

	*target = (struct target){ .label = name, .name = name };
	options_init(&target->options);
	if (!target_is_name(name))
		return failure_set(failure, CONTROL_USAGE,
		    "invalid NAME '%s': a name has no slash, no control "
		    "character and no leading dot", name);
	if (read_options(target, needs_all, failure) == -1)
		return -1;
	if (target->options.pidfile != NULL) {
		target->pidfile = path_absolute(target->options.pidfile, NULL,
		    failure);
		return target->pidfile == NULL ? -1 : 0;
	}
	directory = path_run_directory(&is_ours_to_make, failure);
	if (directory == NULL)
		return -1;
	if (asprintf(&path, "%s/%s.pid", directory, name) == -1)
		return no_memory(failure);
	target->pidfile = path;
	return 0;
}

int
target_from_pidfile(struct target *target, const char *path,
    struct failure *failure)
{
	*target = (struct target){ .label = path };
	options_init(&target->options);
	if (*path == '\0')
		return failure_set(failure, CONTROL_USAGE,
		    "invalid --pidfile '': must not be empty");
	target->pidfile = path_absolute(path, NULL, failure);
	return target->pidfile == NULL ? -1 : 0;
}
