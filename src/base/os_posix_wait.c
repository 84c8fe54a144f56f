/*
 * os_posix_wait.c: events, messages and scratch files where there is POSIX
 * only; contracts in os.h.
 */
#include "base/os.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"

static int
not_here(void)
{
	errno = ENOSYS;
	return -1;
}

bool
os_process_exists(pid_t pid)
{
	return kill(pid, 0) == 0 || errno != ESRCH;
}

int
os_watch_open(void)
{
	return not_here();
}

int
os_watch_directory(int watch, const char *path)
{
	(void)watch;
	(void)path;
	return not_here();
}

int
os_watch_file(int watch, int fd)
{
	(void)watch;
	(void)fd;
	return not_here();
}

void
os_watch_drain(int watch)
{
	(void)watch;
}

int
os_open_promise(int ends[2])
{
	return pipe2(ends, O_CLOEXEC);
}

bool
os_has_abstract_sockets(void)
{
	return false;
}

int
os_ask_senders(int fd)
{
	(void)fd;
	return 0;
}

ssize_t
os_receive(int fd, void *bytes, size_t size, pid_t *sender)
{
	*sender = -1;
	return recv(fd, bytes, size, MSG_DONTWAIT);
}

void
os_close_unread(int fd)
{
	(void)close(fd);	/* nothing was written */
}

int
os_open_scratch(void)
{
	char path[] = "/tmp/daemonize.XXXXXX";
	int fd = mkostemp(path, O_APPEND | O_CLOEXEC);

	if (fd != -1)
		(void)unlink(path);
	return fd;
}

void
os_end_scratch(int fd)
{
	(void)fd;
}

int
os_random(void *bytes, size_t len)
{
	int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t n;

	if (fd == -1)
		return -1;
	n = fd_read_all(fd, bytes, len);
	(void)close(fd);	/* nothing was written */
	return n == (ssize_t)len ? 0 : -1;
}
