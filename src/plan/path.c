/*
 * path.c: where relative paths lead; see path.h.
 */
#include "plan/path.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exitcode.h"

static int
no_memory(struct failure *failure)
{
	return failure_set(failure, EXITCODE_FAILED,
	    "cannot allocate memory: %s", strerror(ENOMEM));
}

const char *
path_absolute(const char *path, const char *base, struct failure *failure)
{
	char cwd[PATH_MAX];
	char *result;

	if (*path == '/')
		return path;
	if (base == NULL)
		base = getcwd(cwd, sizeof(cwd));
	if (base == NULL) {
		(void)failure_set(failure, EXITCODE_FAILED,
		    "cannot resolve %s: working directory: %s", path,
		    strerror(errno));
		return NULL;
	}
	if (asprintf(&result, "%s%s%s", base,
	    base[strlen(base) - 1] == '/' ? "" : "/", path) == -1) {
		(void)no_memory(failure);
		return NULL;
	}
	return result;
}

static bool
is_own_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode) &&
	    st.st_uid == geteuid();
}

const char *
path_home(void)
{
	const char *home = getenv("HOME");
	struct passwd *entry;

	if (home == NULL || *home != '/') {
		entry = getpwuid(geteuid());
		home = entry == NULL ? NULL : entry->pw_dir;
	}
	return home != NULL && *home == '/' ? home : NULL;
}

const char *
path_run_directory(bool *is_ours_to_make, struct failure *failure)
{
	const char *set = getenv("XDG_RUNTIME_DIR");
	const char *home;
	char *path;

	*is_ours_to_make = false;
	if (geteuid() == 0)
		return "/var/run";
	if (set != NULL && *set == '/')
		return set;
	if (asprintf(&path, "/run/user/%lu", (unsigned long)geteuid()) == -1) {
		(void)no_memory(failure);
		return NULL;
	}
	if (is_own_directory(path))
		return path;
	free(path);
	home = path_home();
	if (home == NULL) {
		(void)failure_set(failure, EXITCODE_FAILED, "cannot find a "
		    "run directory: neither XDG_RUNTIME_DIR nor HOME is set");
		return NULL;
	}
	*is_ours_to_make = true;
	return path_absolute(".local/state/daemonize", home, failure);
}

char **
path_candidates(const char *command, const char *search, const char *base,
    struct failure *failure)
{
	char **result, *copy, *rest, *directory;
	size_t count = 2, i = 0;
	const char *at, *absolute;

	for (at = search; *at != '\0'; at++)
		count += *at == ':';
	result = calloc(count, sizeof(*result));
	copy = strdup(search);
	if (result == NULL || copy == NULL) {
		(void)no_memory(failure);
		return NULL;
	}
	if (strchr(command, '/') != NULL) {
		absolute = path_absolute(command, base, failure);
		result[i++] = (char *)(uintptr_t)absolute;
		return absolute == NULL ? NULL : result;
	}
	rest = copy;
	while ((directory = strsep(&rest, ":")) != NULL) {
		absolute = path_absolute(*directory != '\0' ? directory : ".",
		    base, failure);
		if (absolute == NULL)
			return NULL;
		absolute = path_absolute(command, absolute, failure);
		if (absolute == NULL)
			return NULL;
		result[i++] = (char *)(uintptr_t)absolute;
	}
	return result;
}

const char *
path_find(char *const *candidates)
{
	struct stat st;

	for (; *candidates != NULL; candidates++)
		if (access(*candidates, X_OK) == 0 &&
		    stat(*candidates, &st) == 0 && S_ISREG(st.st_mode))
			return *candidates;
	return NULL;
}
