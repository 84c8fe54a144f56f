/*
 * os_posix_pipe.c: what a logger needs, with POSIX.1-2008 only; contracts in
 * os.h.
 */
#include "base/os.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"

enum { PIPE_SIZE = 64 * 1024, SIGNAL_MAX = 64 };

static int signal_pipe[2] = { -1, -1 };

ssize_t
os_pipe_peek(int from, int into, size_t len)
{
	(void)from;
	(void)into;
	(void)len;
	errno = ENOSYS;
	return -1;
}

ssize_t
os_pipe_discard(int pipe, int null_fd, size_t len)
{
	(void)pipe;
	(void)null_fd;
	(void)len;
	errno = ENOSYS;
	return -1;
}

ssize_t
os_pipe_enlarge(int pipe, size_t size)
{
	(void)pipe;
	(void)size;
	return PIPE_SIZE;
}

int
os_edge_open(int pipe)
{
	(void)pipe;
	errno = ENOSYS;
	return -1;
}

void
os_edge_clear(int edge)
{
	(void)edge;
}

ssize_t
os_send_many(int socket, const struct iovec *message, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (send(socket, message[i].iov_base, message[i].iov_len,
		    MSG_NOSIGNAL) == -1)
			return i > 0 ? (ssize_t)i : -1;
	return (ssize_t)count;
}

int64_t
os_file_born_ms(int fd)
{
	(void)fd;
	return -1;
}

int
os_rename_new(const char *old, const char *new)
{
	return fd_rename_new(old, new);
}

static void
note_signal(int sig)
{
	unsigned char byte = (unsigned char)sig;
	int saved = errno;

	/* Full: then one of its kind is in it already. */
	if (write(signal_pipe[1], &byte, 1) == -1)
		errno = saved;
}

/* The signals are let through, to a handler that does one write(2). */
int
os_signal_open(const sigset_t *signals)
{
	struct sigaction action = { .sa_handler = note_signal };
	int sig;

	if (pipe(signal_pipe) == -1 ||
	    fcntl(signal_pipe[0], F_SETFD, FD_CLOEXEC) == -1 ||
	    fcntl(signal_pipe[1], F_SETFD, FD_CLOEXEC) == -1 ||
	    fcntl(signal_pipe[0], F_SETFL, O_NONBLOCK) == -1 ||
	    fcntl(signal_pipe[1], F_SETFL, O_NONBLOCK) == -1)
		return -1;
	for (sig = 1; sig < SIGNAL_MAX; sig++)
		if (sigismember(signals, sig) == 1)
			(void)sigaction(sig, &action, NULL);
	if (sigprocmask(SIG_UNBLOCK, signals, NULL) == -1)
		return -1;
	return signal_pipe[0];
}

int
os_signal_next(int fd)
{
	unsigned char byte;
	ssize_t n;

	do {
		n = read(fd, &byte, 1);
	} while (n == -1 && errno == EINTR);
	return n == 1 ? (int)byte : -1;
}
