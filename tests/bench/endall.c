/*
 * The least that can be called stopping daemons, and knowing that they are
 * dead: read the pid, open the process, signal it, wait for its end.
 *
 *	endall PIDFILE...
 *
 * Whether the pid still is the daemon's is not looked at, no second signal
 * follows, and the file stays.  No tool can be faster, and none should be this
 * careless.
 */
#include <sys/syscall.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

int
main(int argc, char *argv[])
{
	struct pollfd *waiting = calloc((size_t)argc, sizeof(*waiting));
	char text[32];
	ssize_t len;
	int fd, i;

	if (waiting == NULL)
		return (1);
	for (i = 1; i < argc; i++) {
		if ((fd = open(argv[i], O_RDONLY)) == -1 ||
		    (len = read(fd, text, sizeof(text) - 1)) < 1)
			return (1);
		close(fd);
		text[len] = '\0';
		waiting[i].events = POLLIN;
		waiting[i].fd = (int)syscall(SYS_pidfd_open, atoi(text), 0);
		if (waiting[i].fd == -1 || syscall(SYS_pidfd_send_signal,
		    waiting[i].fd, SIGTERM, NULL, 0) == -1)
			return (1);
	}
	for (i = 1; i < argc; i++)
		if (poll(&waiting[i], 1, 10000) != 1)
			return (1);
	return (0);
}
