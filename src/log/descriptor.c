/*
 * descriptor.c: a sink that is a descriptor of whoever started the daemon.
 *
 * Its description may be shared, so it cannot be made non-blocking: it is asked
 * whether it takes PIPE_BUF bytes, and gets no more than that (pipe(7)). That
 * of a terminal, where it may take less, is not shared if that was possible.
 * A reader or terminal that has gone does not come back: no name leads to it.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include "log/kinds.h"

static int
descriptor_open(struct sink *sink)
{
	(void)sink;
	return 0;
}

static bool
is_for_good(int error)
{
	return error == EPIPE || error == ECONNRESET || error == ENOTCONN ||
	    error == EIO || error == ENXIO || error == ENODEV;
}

static ssize_t
descriptor_put(struct sink *sink, const char *bytes, size_t len,
    enum log_stream stream)
{
	struct pollfd can = { .fd = sink->target->fd, .events = POLLOUT };
	ssize_t n;

	(void)stream;
	sink->wait_fd = sink->target->fd;
	if (poll(&can, 1, 0) != 1) {
		errno = EAGAIN;
		return -1;
	}
	n = write(can.fd, bytes, len < PIPE_BUF ? len : PIPE_BUF);
	/* There is some room in a terminal, but not enough. */
	if (n == -1 && errno == EAGAIN)
		sink->wait_fd = -1;
	sink->is_over = n == -1 && is_for_good(errno);
	return n;
}

static bool
descriptor_close(struct sink *sink)
{
	(void)sink;
	return true;
}

const struct sink_kind sink_descriptor = {
	.wants_text = true,
	.open = descriptor_open,
	.put = descriptor_put,
	.close = descriptor_close,
};
