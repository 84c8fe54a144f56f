/*
 * appear.c: see appear.h.
 */
#include "ready/appear.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "base/os.h"

void
appear_begin(struct appear *appear, const char *path)
{
	*appear = (struct appear){ .path = path };
	appear->was_there = stat(path, &appear->before) == 0;
}

int
appear_look(const struct appear *appear)
{
	const struct stat *before = &appear->before;
	struct stat now;

	if (stat(appear->path, &now) == -1)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
	return !appear->was_there || now.st_dev != before->st_dev ||
	    now.st_ino != before->st_ino || now.st_size != before->st_size ||
	    now.st_mtim.tv_sec != before->st_mtim.tv_sec ||
	    now.st_mtim.tv_nsec != before->st_mtim.tv_nsec;
}

/*
 * Watches the nearest directory above the file that is there. Returns the
 * length of its path, 0 where none can be watched.
 */
static size_t
watch_nearest(const char *path, int watch)
{
	char directory[PATH_MAX];
	char *slash;

	if (strlen(path) >= sizeof(directory))
		return 0;
	memcpy(directory, path, strlen(path) + 1);
	while ((slash = strrchr(directory, '/')) != NULL) {
		slash[slash == directory] = '\0';
		if (os_watch_directory(watch, directory) == 0)
			return strlen(directory);
		if (errno != ENOENT || slash == directory)
			break;
	}
	return 0;
}

bool
appear_watch(const struct appear *appear, int watch)
{
	struct stat st;
	size_t len, again;

	/* What a link means changes elsewhere. */
	if (watch == -1 || (lstat(appear->path, &st) == 0 &&
	    S_ISLNK(st.st_mode)))
		return false;
	again = watch_nearest(appear->path, watch);
	/* A directory may be made just before the one above is watched. */
	do {
		len = again;
		again = watch_nearest(appear->path, watch);
	} while (again != len);
	return len > 0;
}
