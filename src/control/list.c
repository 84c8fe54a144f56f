/*
 * list.c: see list.h.
 */
#include "control/list.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool
is_pidfile_name(const char *name)
{
	size_t len = strlen(name);

	return len > 4 && name[0] != '.' && strcmp(name + len - 4, ".pid") == 0;
}

static int
walk(const char *directory, bool is_top,
    int (*each)(const char *, const char *, void *), void *context)
{
	char path[PATH_MAX], name[NAME_MAX + 1];
	struct dirent **entries;
	struct stat st;
	int count, i, result = 0;

	count = scandir(directory, &entries, NULL, alphasort);
	if (count == -1)
		return is_top && errno != ENOENT ? -1 : 0;
	for (i = 0; i < count; i++) {
		const char *entry = entries[i]->d_name;

		(void)snprintf(path, sizeof(path), "%s/%s", directory, entry);
		if (result != 0 || entry[0] == '.') {
			/* only to be freed */
		} else if (is_pidfile_name(entry)) {
			(void)snprintf(name, sizeof(name), "%.*s",
			    (int)strlen(entry) - 4, entry);
			result = each(name, path, context);
		} else if (is_top && lstat(path, &st) == 0 &&
		    S_ISDIR(st.st_mode)) {
			result = walk(path, false, each, context);
		}
		free(entries[i]);
	}
	free(entries);
	return result;
}

int
list_pidfiles(const char *directory,
    int (*each)(const char *, const char *, void *), void *context)
{
	return walk(directory, true, each, context);
}
