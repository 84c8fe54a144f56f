/*
 * handshake.c: see handshake.h.
 */
#include "start/handshake.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"

int
handshake_open(struct handshake *handshake)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) == -1)
		return -1;
	handshake->read_fd = ends[0];
	handshake->write_fd = ends[1];
	return 0;
}

int
handshake_send(const struct handshake *handshake,
    struct handshake_report report)
{
	report.pid = getpid();
	return fd_write_all(handshake->write_fd, &report, sizeof(report));
}

static void
close_end(int *fd)
{
	if (*fd != -1)
		(void)close(*fd);	/* a pipe has nothing to lose */
	*fd = -1;
}

void
handshake_listen(struct handshake *handshake)
{
	close_end(&handshake->write_fd);
}

int
handshake_receive(const struct handshake *handshake,
    struct handshake_report *report)
{
	ssize_t n;

	n = fd_read_all(handshake->read_fd, report, sizeof(*report));
	if (n == 0)
		return 0;
	if (n == (ssize_t)sizeof(*report))
		return 1;
	if (n > 0)
		errno = EPROTO;
	return -1;
}

void
handshake_close(struct handshake *handshake)
{
	close_end(&handshake->read_fd);
	close_end(&handshake->write_fd);
}
