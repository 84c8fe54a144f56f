/*
 * connect.c: see connect.h.
 */
#include "ready/connect.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { PATIENCE_MS = 1000 };

/*
 * While nobody listens, a connection to a port of this machine may come by the
 * same port from us, and so meet itself (RFC 9293, 3.5, simultaneous open).
 */
static bool
is_own_echo(int fd)
{
	struct sockaddr_storage here = { 0 }, there = { 0 };
	socklen_t here_len = sizeof(here), there_len = sizeof(there);

	return getsockname(fd, (struct sockaddr *)&here, &here_len) == 0 &&
	    getpeername(fd, (struct sockaddr *)&there, &there_len) == 0 &&
	    here.ss_family != AF_UNIX && here_len == there_len &&
	    memcmp(&here, &there, here_len) == 0;
}

static enum connect_state
finish(struct connect *connect, int error)
{
	enum connect_state state = CONNECT_REFUSED;

	if (error == EINPROGRESS)
		return CONNECT_PENDING;
	if (error == 0 && !is_own_echo(connect->fd))
		state = CONNECT_ACCEPTED;
	connect_cancel(connect);
	return state;
}

static enum connect_state
connect_to(struct connect *self, int type, const struct sockaddr *address,
    socklen_t len)
{
	int error = 0;

	self->fd = socket(address->sa_family, type | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0);
	if (self->fd == -1)
		return CONNECT_REFUSED;
	if (connect(self->fd, address, len) == -1)
		error = errno;
	return finish(self, error);
}

/* A stream, or messages in sequence: what listens is either. */
static enum connect_state
connect_unix(struct connect *self)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	enum connect_state state;

	/* That it fits was seen when it was parsed. */
	memcpy(address.sun_path, self->condition->value,
	    strlen(self->condition->value) + 1);
	state = connect_to(self, SOCK_STREAM,
	    (const struct sockaddr *)&address, sizeof(address));
	if (state != CONNECT_REFUSED)
		return state;
	return connect_to(self, SOCK_SEQPACKET,
	    (const struct sockaddr *)&address, sizeof(address));
}

static enum connect_state
connect_next(struct connect *self)
{
	enum connect_state state = CONNECT_REFUSED;

	while (state == CONNECT_REFUSED && self->next != NULL) {
		state = connect_to(self, SOCK_STREAM, self->next->ai_addr,
		    self->next->ai_addrlen);
		self->next = self->next->ai_next;
	}
	return state;
}

enum connect_state
connect_begin(struct connect *self, const struct condition *condition)
{
	*self = (struct connect){
		.condition = condition, .next = condition->address, .fd = -1,
	};
	return condition->kind == CONDITION_UNIX ? connect_unix(self) :
	    connect_next(self);
}

enum connect_state
connect_go_on(struct connect *self, bool is_late)
{
	int error = ETIMEDOUT;
	socklen_t len = sizeof(error);
	enum connect_state state;

	if (!is_late && getsockopt(self->fd, SOL_SOCKET, SO_ERROR, &error,
	    &len) == -1)
		error = errno;
	state = finish(self, error);
	return state == CONNECT_REFUSED ? connect_next(self) : state;
}

void
connect_cancel(struct connect *self)
{
	if (self->fd != -1)
		(void)close(self->fd);	/* nothing was written */
	self->fd = -1;
}

bool
connect_is_accepted(const struct condition *condition)
{
	struct pollfd writable = { .events = POLLOUT };
	struct connect self;
	enum connect_state state;

	state = connect_begin(&self, condition);
	while (state == CONNECT_PENDING) {
		writable.fd = self.fd;
		state = connect_go_on(&self,
		    poll(&writable, 1, PATIENCE_MS) != 1);
	}
	return state == CONNECT_ACCEPTED;
}
