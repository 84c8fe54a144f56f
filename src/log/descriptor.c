/*
 * descriptor.c: a sink that is a descriptor of whoever started the daemon.
 *
 * Its description is shared, so it cannot be made non-blocking: it is asked
 * whether it takes PIPE_BUF bytes, and gets no more than that (pipe(7)).
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

static ssize_t
descriptor_put(struct sink *sink, const char *bytes, size_t len,
    enum log_stream stream)
{
	struct pollfd can = { .fd = sink->target->fd, .events = POLLOUT };

	(void)stream;
	sink->wait_fd = sink->target->fd;
	if (poll(&can, 1, 0) != 1) {
		errno = EAGAIN;
		return -1;
	}
	return write(can.fd, bytes, len < PIPE_BUF ? len : PIPE_BUF);
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
