/*
 * part.c: see part.h.
 */
#include "log/part.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"

#define PART ".part"

char *
part_path(const char *path, const char *suffix)
{
	char *made;

	return asprintf(&made, "%s.%ld%s" PART, path, (long)getpid(),
	    suffix) == -1 ? NULL : made;
}

bool
part_is_path(const char *path)
{
	size_t len = strlen(path), end = sizeof(PART) - 1;

	return rotated_is_compressed(path) ||
	    (len > end && strcmp(path + len - end, PART) == 0);
}

/* Locks FD, or finds out whether it is locked. Returns 0, or -1 with errno. */
static int
lock(int fd)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(fd, F_SETLK, &whole);
}

/* Is NAME that of a part, but one of ours? Cuts it to that of the file. */
static bool
is_part(const struct rotated *rotated, char *name)
{
	size_t len = strlen(name), end = sizeof(PART) - 1, digits;

	if (len < end || strcmp(name + len - end, PART) != 0)
		return false;
	name[len - end] = '\0';
	if (!rotated_is_compressed(name))
		return false;
	*strrchr(name, '.') = '\0';
	if (rotated_is_one(rotated, name))
		return true;
	len = digits = strlen(name);
	while (digits > 0 && isdigit((unsigned char)name[digits - 1]))
		digits--;
	if (digits == len || digits == 0 || name[digits - 1] != '.' ||
	    strtol(name + digits, NULL, 10) == (long)getpid())
		return false;
	name[digits - 1] = '\0';
	return rotated_is_one(rotated, name);
}

/* Removes a part, unless somebody is at work on it. */
static void
remove_part(int directory, const char *name)
{
	int fd = openat(directory, name, O_RDWR | O_NOFOLLOW | O_NOCTTY |
	    O_NONBLOCK | O_CLOEXEC);

	if (fd == -1)
		return;
	if (lock(fd) == 0 || (errno != EAGAIN && errno != EACCES))
		(void)unlinkat(directory, name, 0);
	(void)close(fd);	/* nothing was written */
}

void
part_tidy(const struct rotated *rotated)
{
	DIR *directory = opendir(rotated->directory);
	struct dirent *entry;
	char name[sizeof(entry->d_name)];

	if (directory == NULL)
		return;
	while ((entry = readdir(directory)) != NULL) {
		(void)memcpy(name, entry->d_name, sizeof(name));
		if (is_part(rotated, name))
			remove_part(dirfd(directory), entry->d_name);
	}
	(void)closedir(directory);	/* nothing was written */
}

int
part_open(const char *part, const struct stat *source)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd = open(part, flags, 0600), error;

	/* Of a logger before us that had the same pid. */
	if (fd == -1 && errno == EEXIST) {
		remove_part(AT_FDCWD, part);
		fd = open(part, flags, 0600);
	}
	if (fd == -1)
		return -1;
	/* Where there are no locks, the end of the work finds it gone. */
	(void)lock(fd);
	if (fd_copy_rights(fd, source) == 0)
		return fd;
	error = errno;
	(void)close(fd);	/* nothing was written */
	(void)unlink(part);
	errno = error;
	return -1;
}
