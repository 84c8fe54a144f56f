/*
 * holder.c: see holder.h.
 */
#include "process/holder.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/os.h"
#include "process/content.h"
#include "process/process.h"

bool
holder_was_alive(pid_t pid, const struct stat *st, int64_t late_ms)
{
	struct os_process process;

	return os_process_read(pid, &process) == 0 &&
	    process.state != 'Z' && process.state != 'X' &&
	    process.start_ms <= (int64_t)st->st_mtim.tv_sec * 1000 +
	    st->st_mtim.tv_nsec / 1000000 + late_ms;
}

/*
 * Has PID the lock? Where its descriptors may not be looked at (root without
 * CAP_SYS_PTRACE, as in containers): it was alive when the file was written, so
 * that its number is its own, and nobody else is seen to have the lock.
 */
static bool
is_holder(pid_t pid, const struct stat *st)
{
	if (os_find_lock(pid, st->st_dev, st->st_ino) != -1)
		return true;
	return errno == EACCES && pid != 1 &&
	    holder_was_alive(pid, st, HOLDER_CLOCK_MS) &&
	    os_find_lock_holder(st->st_dev, st->st_ino) == -1;
}

int
holder_find(const char *path, pid_t *pid)
{
	struct stat st;
	int fd, pidfd;

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
	 * process that was proved, unless it died, which the pidfd tells.
	 */
	pidfd = os_pidfd_open(*pid);
	if (pidfd == -1)
		return -1;
	if (!is_holder(*pid, &st) || process_has_ended(pidfd)) {
		(void)close(pidfd);	/* nothing was written */
		return -1;
	}
	return pidfd;
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
