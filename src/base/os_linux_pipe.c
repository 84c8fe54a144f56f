/*
 * os_linux_pipe.c: what a logger needs, on Linux; contracts in os.h.
 */
#include "base/os.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"

enum { SEND_MAX = 64 };

ssize_t
os_pipe_peek(int from, int into, size_t len)
{
	return tee(from, into, len, SPLICE_F_NONBLOCK);
}

ssize_t
os_pipe_discard(int pipe, int null_fd, size_t len)
{
	return splice(pipe, NULL, null_fd, NULL, len, SPLICE_F_NONBLOCK);
}

/* What a user may have in all is limited (pipe(7)): it may be less. */
ssize_t
os_pipe_enlarge(int pipe, size_t size)
{
	int got = fcntl(pipe, F_GETPIPE_SZ);

	for (; got >= 0 && size > (size_t)got; size /= 2)
		if (fcntl(pipe, F_SETPIPE_SZ, (int)size) >= 0)
			return fcntl(pipe, F_GETPIPE_SZ);
	return got;
}

int
os_edge_open(int pipe)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	int edge = epoll_create1(EPOLL_CLOEXEC);

	if (edge != -1 && epoll_ctl(edge, EPOLL_CTL_ADD, pipe, &event) == -1) {
		(void)close(edge);	/* nothing was written */
		return -1;
	}
	return edge;
}

void
os_edge_clear(int edge)
{
	struct epoll_event event;

	/* Whether there was one does not matter. */
	(void)epoll_wait(edge, &event, 1, 0);
}

ssize_t
os_send_many(int socket, const struct iovec *message, size_t count)
{
	struct mmsghdr headers[SEND_MAX];
	size_t i;

	if (count > SEND_MAX)
		count = SEND_MAX;
	(void)memset(headers, 0, count * sizeof(*headers));
	for (i = 0; i < count; i++) {
		/* sendmmsg(2) does not change it. */
		headers[i].msg_hdr.msg_iov =
		    (struct iovec *)(uintptr_t)&message[i];
		headers[i].msg_hdr.msg_iovlen = 1;
	}
	return sendmmsg(socket, headers, (unsigned int)count,
	    MSG_DONTWAIT | MSG_NOSIGNAL);
}

int64_t
os_file_born_ms(int fd)
{
	struct statx stx;

	if (syscall(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_BTIME, &stx) == -1)
		return -1;
	if ((stx.stx_mask & STATX_BTIME) == 0)
		return -1;
	return (int64_t)stx.stx_btime.tv_sec * 1000 +
	    stx.stx_btime.tv_nsec / 1000000;
}

int
os_rename_new(const char *old, const char *new)
{
	/* RENAME_NOREPLACE is 1 (renameat2(2)). */
	if (syscall(SYS_renameat2, AT_FDCWD, old, AT_FDCWD, new, 1) == 0)
		return 0;
	/* File systems that do not know the flag. */
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	return fd_rename_new(old, new);
}

int
os_signal_open(const sigset_t *signals)
{
	return signalfd(-1, signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

int
os_signal_next(int fd)
{
	struct signalfd_siginfo info;
	ssize_t n;

	do {
		n = read(fd, &info, sizeof(info));
	} while (n == -1 && errno == EINTR);
	return n == (ssize_t)sizeof(info) ? (int)info.ssi_signo : -1;
}
