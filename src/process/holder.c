/*
 * holder.c: see holder.h.
 */
#include "process/holder.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/os.h"
#include "process/content.h"

int
holder_find(const char *path, pid_t *pid)
{
	struct pollfd gone = { .events = POLLIN };
	struct stat st;
	int fd;

	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY |
	    O_CLOEXEC);
	if (fd == -1)
		return -1;
	*pid = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ?
	    content_read_pid(fd) : -1;
	(void)close(fd);	/* nothing was written */
	if (*pid == -1)
		return -1;
	/*
	 * The pidfd first: whoever has the number after the proof is then the
	 * process that was proved, unless it died, which poll tells.
	 */
	gone.fd = os_pidfd_open(*pid);
	if (gone.fd == -1)
		return -1;
	if (os_find_lock(*pid, st.st_dev, st.st_ino) == -1 ||
	    poll(&gone, 1, 0) != 0) {
		(void)close(gone.fd);
		return -1;
	}
	return gone.fd;
}

pid_t
holder_search(const char *path)
{
	struct stat st;

	if (fstatat(AT_FDCWD, path, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return -1;
	return os_find_lock_holder(st.st_dev, st.st_ino);
}

bool
holder_is_starter(pid_t pid)
{
	static const char name[] = "/daemonize";
	struct os_world world;
	const char *slash;

	if (pid == -1 || os_world_read(pid, &world) == -1)
		return false;
	slash = strrchr(world.executable, '/');
	return slash != NULL && strcmp(slash, name) == 0;
}

bool
holder_is(pid_t pid, int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 &&
	    os_find_lock(pid, st.st_dev, st.st_ino) != -1;
}
