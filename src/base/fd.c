/*
 * fd.c: whole reads and writes, and descriptors 0 to 2; see fd.h.
 */
#include "base/fd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

int
fd_reserve_standard(void)
{
	int fd, got;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) != -1)
			continue;
		/* The lowest free number is FD: those below are open. */
		got = open("/dev/null", O_RDWR | O_NOCTTY);
		if (got == -1)
			return -1;
	}
	return 0;
}

int
fd_write_all(int fd, const void *bytes, size_t len)
{
	const char *at = bytes;
	ssize_t n;

	while (len > 0) {
		n = write(fd, at, len);
		if (n == -1) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

ssize_t
fd_read_all(int fd, void *bytes, size_t len)
{
	char *at = bytes;
	size_t got = 0;
	ssize_t n;

	while (got < len) {
		n = read(fd, at + got, len - got);
		if (n == -1) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		if (n == 0)
			break;
		got += (size_t)n;
	}
	return (ssize_t)got;
}

ssize_t
fd_read_path(const char *path, char *text, size_t size)
{
	ssize_t n;
	int fd, saved;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd == -1)
		return -1;
	n = fd_read_all(fd, text, size - 1);
	saved = errno;
	(void)close(fd);	/* nothing was written */
	errno = saved;
	if (n >= 0)
		text[n] = '\0';
	return n;
}

int
fd_write_path(const char *path, const char *text, size_t len)
{
	ssize_t n;
	int fd, saved;

	fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	if (fd == -1)
		return -1;
	do {
		n = write(fd, text, len);
	} while (n == -1 && errno == EINTR);
	saved = errno;
	(void)close(fd);	/* knobs take effect in write(2) */
	if (n == -1 || (size_t)n != len) {
		errno = n == -1 ? saved : EIO;
		return -1;
	}
	return 0;
}

static bool
is_kept(int fd, const int *keep, size_t count)
{
	while (count-- > 0)
		if (keep[count] == fd)
			return true;
	return false;
}

int
fd_close_listed(const char *directory, const int *keep, size_t count)
{
	DIR *dir = opendir(directory);
	struct dirent *entry;
	int fd;

	if (dir == NULL)
		return -1;
	while ((entry = readdir(dir)) != NULL) {
		fd = (int)strtol(entry->d_name, NULL, 10);
		if (fd > STDERR_FILENO && fd != dirfd(dir) &&
		    !is_kept(fd, keep, count))
			(void)close(fd);	/* closed even on error */
	}
	return closedir(dir);
}

int
fd_rename_new(const char *old, const char *new)
{
	if (link(old, new) == -1)
		return -1;
	return unlink(old);
}

static int
compare_fds(const void *a, const void *b)
{
	int left = *(const int *)a, right = *(const int *)b;

	return left < right ? -1 : left > right;
}

void
fd_sort(int *fds, size_t count)
{
	qsort(fds, count, sizeof(*fds), compare_fds);
}

bool
fd_is_shortage(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM;
}
