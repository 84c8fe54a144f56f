/*
 * directory.c: see directory.h.
 */
#include "base/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
is_ours(uid_t uid)
{
	return uid == 0 || uid == geteuid();
}

/* May a new entry in the directory FD be trusted to stay what it is? */
static bool
is_safe_parent(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && is_ours(st.st_uid) &&
	    ((st.st_mode & (S_IWGRP | S_IWOTH)) == 0 ||
	    (st.st_mode & S_ISVTX) != 0);
}

/* Opens directory NAME in AT, through a link only if its owner is trusted. */
static int
open_component(int at, const char *name)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	struct stat st;
	int fd;

	fd = openat(at, name, flags | O_NOFOLLOW);
	if (fd != -1 || (errno != ELOOP && errno != ENOTDIR))
		return fd;
	if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return -1;
	if (!S_ISLNK(st.st_mode)) {
		errno = ENOTDIR;
		return -1;
	}
	if (!is_ours(st.st_uid)) {
		errno = EPERM;
		return -1;
	}
	return openat(at, name, flags);
}

/* Makes NAME in AT; UNTIL is its whole path, for MADE. */
static int
make_component(int at, const char *name, const char *path, size_t until,
    mode_t mode, struct directory_made *made)
{
	char *copy;

	if (!is_safe_parent(at)) {
		errno = EPERM;
		return -1;
	}
	if (made->count == DIRECTORY_MADE_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	copy = strndup(path, until);
	if (copy == NULL)
		return -1;
	if (mkdirat(at, name, mode) == 0) {
		made->path[made->count++] = copy;
		return 0;
	}
	free(copy);
	return errno == EEXIST ? 0 : -1;
}

/* One step down from AT, which is closed. Returns the new descriptor. */
static int
descend(int at, const char *path, size_t from, size_t until, mode_t mode,
    struct directory_made *made)
{
	char name[NAME_MAX + 1];
	int fd, saved;

	if (until - from > NAME_MAX) {
		(void)close(at);
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(name, path + from, until - from);
	name[until - from] = '\0';
	fd = open_component(at, name);
	if (fd == -1 && errno == ENOENT && make_component(at, name, path,
	    until, mode, made) == 0)
		fd = open_component(at, name);
	saved = errno;
	(void)close(at);	/* nothing was written */
	errno = saved;
	return fd;
}

int
directory_make(const char *path, mode_t mode, struct directory_made *made)
{
	size_t from = 0, until;
	struct stat st;
	int at;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return 0;
	at = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (at != -1) {
		from += strspn(path + from, "/");
		if (path[from] == '\0')
			break;
		until = from + strcspn(path + from, "/");
		at = descend(at, path, from, until, mode, made);
		from = until;
	}
	if (at == -1)
		return -1;
	(void)close(at);
	return 0;
}

int
directory_make_parent(const char *path, mode_t mode,
    struct directory_made *made)
{
	const char *slash = strrchr(path, '/');
	char *parent;
	int result, saved;

	if (slash == NULL || slash == path)
		return 0;
	parent = strndup(path, (size_t)(slash - path));
	if (parent == NULL)
		return -1;
	result = directory_make(parent, mode, made);
	saved = errno;
	free(parent);
	errno = saved;
	return result;
}

void
directory_remove_made(struct directory_made *made)
{
	while (made->count > 0) {
		/* It stays if somebody else uses it by now. */
		(void)rmdir(made->path[--made->count]);
		free(made->path[made->count]);
	}
}

/* Does every directory above the last name of PATH belong to root alone? */
static bool
are_parents_roots(char *path)
{
	char *slash = path;
	struct stat st;
	bool is_good = true;

	for (; is_good && slash != NULL; slash = strchr(slash + 1, '/')) {
		char kept = slash[1];

		/* "/" first, then "/var/", "/var/log/", ... */
		slash[1] = '\0';
		is_good = stat(path, &st) == 0 && st.st_uid == 0 &&
		    (st.st_mode & (S_IWGRP | S_IWOTH)) == 0;
		slash[1] = kept;
	}
	return is_good;
}

bool
directory_is_roots(const char *path)
{
	char written[PATH_MAX], real[PATH_MAX + 1];
	char *slash;

	if (strlen(path) >= sizeof(written))
		return false;
	memcpy(written, path, strlen(path) + 1);
	slash = strrchr(written, '/');
	if (slash == NULL || !are_parents_roots(written))
		return false;
	slash[1] = '\0';
	if (realpath(written, real) == NULL)
		return false;
	/* With a slash at its end the last directory is looked at too. */
	if (real[1] != '\0')
		memcpy(real + strlen(real), "/", 2);
	return are_parents_roots(real);
}

bool
directory_has_planted(const struct stat *file, const char *path, uid_t user)
{
	char directory[PATH_MAX], *slash;
	struct stat st;

	if (!S_ISREG(file->st_mode) || is_ours(file->st_uid) ||
	    file->st_uid == user ||
	    strlcpy(directory, path, sizeof(directory)) >= sizeof(directory))
		return false;
	slash = strrchr(directory, '/');
	slash[slash == directory] = '\0';
	return stat(directory, &st) == 0 && (st.st_mode & S_IWOTH) != 0;
}

int
directory_open_there(const char *path, int flags)
{
	int fd = open(path, flags);
	struct stat st;

	if (fd == -1 || fstat(fd, &st) == -1 ||
	    !directory_has_planted(&st, path, geteuid()))
		return fd;
	(void)close(fd);	/* nothing was written */
	errno = EPERM;
	return -1;
}
