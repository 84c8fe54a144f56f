/*
 * os_linux_wait.c: events, messages and scratch files, on Linux; contracts in
 * os.h.
 */
#include "base/os.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* How long it may take to close what came with a message. */
enum { DROP_MS = 100 };

bool
os_process_exists(pid_t pid)
{
	return kill(pid, 0) == 0 || errno != ESRCH;
}

int
os_watch_open(void)
{
	return inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
}

int
os_watch_directory(int watch, const char *path)
{
	return inotify_add_watch(watch, path, IN_CREATE | IN_MOVED_TO |
	    IN_MODIFY | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF |
	    IN_ONLYDIR) == -1 ? -1 : 0;
}

int
os_watch_file(int watch, int fd)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return inotify_add_watch(watch, path, IN_MODIFY) == -1 ? -1 : 0;
}

void
os_watch_drain(int watch)
{
	char events[16 * (sizeof(struct inotify_event) + NAME_MAX + 1)];

	while (read(watch, events, sizeof(events)) > 0)
		continue;
}

/* Opened anew for both, the writing end is its own reader (fifo(7)). */
int
os_open_promise(int ends[2])
{
	char path[64];
	int saved;

	if (pipe2(ends, O_CLOEXEC) == -1)
		return -1;
	(void)close(ends[1]);	/* nothing was written */
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
	ends[1] = open(path, O_RDWR | O_CLOEXEC);
	if (ends[1] != -1)
		return 0;
	saved = errno;
	(void)close(ends[0]);
	errno = saved;
	return -1;
}

bool
os_has_abstract_sockets(void)
{
	return true;
}

int
os_ask_senders(int fd)
{
	int on = 1;

	return setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
}

/* A child that does not outlive us, whatever it waits for. */
static pid_t
fork_mortal(void)
{
	pid_t pid = fork();

	if (pid == 0)
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

static void
end_child(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		continue;
}

/*
 * Takes a datagram out of the queue, in a process that may have to wait: the
 * last close of a socket lingers as long as its maker likes (socket(7),
 * SO_LINGER), and that of other files even longer. A kill ends the waiting.
 */
static void
drop_elsewhere(int fd)
{
	struct pollfd gone = { .events = POLLIN };
	pid_t pid = fork_mortal();
	char byte;

	if (pid <= 0)
		(void)recv(fd, &byte, sizeof(byte), MSG_DONTWAIT);
	if (pid == 0)
		_exit(0);
	if (pid == -1)
		return;
	gone.fd = os_pidfd_open(pid);
	(void)poll(&gone, 1, DROP_MS);
	if (gone.fd != -1)
		(void)close(gone.fd);	/* nothing was written */
	end_child(pid);
}

ssize_t
os_receive(int fd, void *bytes, size_t size, pid_t *sender)
{
	/* No room for descriptors: they never become ours. */
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct iovec whole = { .iov_base = bytes, .iov_len = size };
	struct msghdr message = {
		.msg_iov = &whole, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *header;
	struct ucred who;
	ssize_t len;
	char byte;

	*sender = 0;
	len = recvmsg(fd, &message, MSG_PEEK | MSG_DONTWAIT |
	    MSG_CMSG_CLOEXEC);
	if (len == -1)
		return -1;
	header = CMSG_FIRSTHDR(&message);
	if (header != NULL && header->cmsg_level == SOL_SOCKET &&
	    header->cmsg_type == SCM_CREDENTIALS) {
		memcpy(&who, CMSG_DATA(header), sizeof(who));
		*sender = who.pid;
	}
	if ((message.msg_flags & MSG_CTRUNC) != 0)
		drop_elsewhere(fd);
	else
		(void)recv(fd, &byte, sizeof(byte), MSG_DONTWAIT);
	return len;
}

void
os_close_unread(int fd)
{
	pid_t pid = -1;
	char byte;

	(void)shutdown(fd, SHUT_RD);	/* no more can come */
	if (recv(fd, &byte, sizeof(byte), MSG_PEEK | MSG_DONTWAIT) != -1)
		pid = fork_mortal();
	if (pid == 0)
		for (;;)
			(void)pause();
	(void)close(fd);	/* nothing was written */
	/* Who closes it as it dies does not linger (inet_release). */
	if (pid != -1)
		end_child(pid);
}

int
os_open_scratch(void)
{
	int fd = memfd_create("daemonize", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd != -1)
		(void)fcntl(fd, F_SETFL, O_APPEND);
	return fd;
}

void
os_end_scratch(int fd)
{
	(void)fcntl(fd, F_ADD_SEALS, F_SEAL_GROW);
}

int
os_random(void *bytes, size_t len)
{
	/* Up to 256 bytes are never short (getrandom(2)). */
	return getrandom(bytes, len, 0) == (ssize_t)len ? 0 : -1;
}
