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
#include <unistd.h>

static bool
is_pidfile_name(const char *name)
{
	size_t len = strlen(name);

	return len > 4 && name[0] != '.' && strcmp(name + len - 4, ".pid") == 0;
}

struct level {
	const char *directory;
	bool is_top;
	bool is_open;		/* to everybody, as /run/lock mostly is */
};

/* May everybody have put this file there? Of such ones nobody asked. */
static bool
is_strangers(const struct level *level, const struct stat *st)
{
	return level->is_open && st->st_uid != 0 && st->st_uid != geteuid();
}

static int
walk(const struct level *level,
    int (*each)(const char *, const char *, void *), void *context)
{
	char path[PATH_MAX], name[NAME_MAX + 1];
	struct dirent **entries;
	struct stat st;
	int count, i, result = 0;

	count = scandir(level->directory, &entries, NULL, alphasort);
	if (count == -1)
		return level->is_top && errno != ENOENT ? -1 : 0;
	for (i = 0; i < count; i++) {
		const char *entry = entries[i]->d_name;

		(void)snprintf(path, sizeof(path), "%s/%s", level->directory,
		    entry);
		if (result != 0 || entry[0] == '.' || lstat(path, &st) == -1 ||
		    is_strangers(level, &st)) {
			/* only to be freed */
		} else if (is_pidfile_name(entry)) {
			(void)snprintf(name, sizeof(name), "%.*s",
			    (int)strlen(entry) - 4, entry);
			result = each(level->is_top ? name : path, path,
			    context);
		} else if (level->is_top && S_ISDIR(st.st_mode)) {
			result = walk(&(struct level){
				.directory = path,
				.is_open = (st.st_mode & S_IWOTH) != 0,
			}, each, context);
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
	const struct level top = { .directory = directory, .is_top = true };

	return walk(&top, each, context);
}
