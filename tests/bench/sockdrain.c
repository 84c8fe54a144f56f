/*
 * sockdrain: a syslogd or journald that keeps nothing but the count.
 *
 *	sockdrain SOCKET COUNT COMMAND [ARG]...
 *
 * Binds a datagram socket at SOCKET, runs COMMAND, and receives as fast as it
 * can until COMMAND has ended and nothing is left.  The number of messages and
 * of their bytes goes into the file COUNT.  Exits as COMMAND does.
 */
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BATCH = 64, MESSAGE_LEN = 4096 };

extern char **environ;

struct count {
	unsigned long messages;
	unsigned long bytes;
};

/* Takes what is there, and waits for nothing. */
static void
receive(int fd, struct count *count)
{
	static char space[BATCH][MESSAGE_LEN];
	struct iovec iov[BATCH];
	struct mmsghdr batch[BATCH];
	int n, i;

	memset(batch, 0, sizeof(batch));
	for (i = 0; i < BATCH; i++) {
		iov[i].iov_base = space[i];
		iov[i].iov_len = MESSAGE_LEN;
		batch[i].msg_hdr.msg_iov = &iov[i];
		batch[i].msg_hdr.msg_iovlen = 1;
	}
	/* MSG_TRUNC: the length as it was sent. */
	while ((n = recvmmsg(fd, batch, BATCH, MSG_DONTWAIT | MSG_TRUNC,
	    NULL)) > 0) {
		count->messages += (unsigned long)n;
		for (i = 0; i < n; i++)
			count->bytes += batch[i].msg_len;
	}
	if (n == -1 && errno != EAGAIN)
		err(1, "cannot receive");
}

static int
socket_bind(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(address.sun_path))
		errx(1, "%s is too long", path);
	strcpy(address.sun_path, path);
	(void)unlink(path);	/* of the last run */
	if (fd == -1 || bind(fd, (struct sockaddr *)&address,
	    sizeof(address)) == -1)
		err(1, "cannot bind %s", path);
	return (fd);
}

int
main(int argc, char *argv[])
{
	struct pollfd ready[2] = { { .events = POLLIN }, { .events = POLLIN } };
	struct count count = { 0, 0 };
	FILE *result;
	int status;
	pid_t pid;

	if (argc < 4)
		errx(2, "usage: sockdrain SOCKET COUNT COMMAND [ARG]...");
	ready[0].fd = socket_bind(argv[1]);
	errno = posix_spawn(&pid, argv[3], NULL, NULL, argv + 3, environ);
	if (errno != 0)
		err(1, "cannot start %s", argv[3]);
	ready[1].fd = (int)syscall(SYS_pidfd_open, pid, 0);
	while (ready[1].revents == 0) {
		if (poll(ready, 2, -1) == -1)
			err(1, "cannot wait");
		receive(ready[0].fd, &count);
	}
	receive(ready[0].fd, &count);
	if (waitpid(pid, &status, 0) == -1 ||
	    (result = fopen(argv[2], "we")) == NULL ||
	    fprintf(result, "%lu %lu\n", count.messages, count.bytes) < 0 ||
	    fclose(result) != 0)
		err(1, "cannot write %s", argv[2]);
	return (WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}
