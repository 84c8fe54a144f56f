/*
 * datagram.c: see datagram.h.
 *
 * One put makes as many messages as one system call takes, in one buffer, one
 * behind the other. Where a reader is slower than we are, making more than it
 * takes would be work for nothing: the number follows what went last time.
 */
#include "log/datagram.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/os.h"
#include "log/text.h"

enum {
	MESSAGES_MAX = 64,		/* with one system call */
	MESSAGES_MIN = 4,
	BUFFER_SIZE = 128 * 1024,
	SEND_BUFFER = 1024 * 1024,
	PIECE_MIN = 512,
	CLOSE_RETRY_US = 100 * 1000,
	LAST_TRY_US = 5 * 1000 * 1000,
};

/* What messages of a stream begin with, made anew when it has changed. */
struct head {
	char text[DATAGRAM_HEAD_MAX];
	size_t len;		/* 0: not made yet */
	time_t second;
	pid_t daemon;
};

struct datagram {
	const struct datagram_form *form;
	const char *path;
	int fd;			/* -1: not connected */
	bool is_stream;
	bool is_new;		/* connected in this put; nothing has gone */
	bool is_full;		/* the last message did not go */
	size_t piece;		/* form->piece_max, or what the socket takes */
	size_t pace;		/* how many messages are worth making */

	/* A message in BYTES that went in part only, over a stream. */
	size_t held, held_sent;
	int64_t stuck_since;	/* nothing goes; 0: it does */

	/* The messages, and the bytes of the lines up to the end of each. */
	struct iovec message[MESSAGES_MAX];
	size_t end[MESSAGES_MAX];
	size_t count;

	struct head head[N_LOG_STREAMS];
	char ident[DATAGRAM_IDENT_MAX];
	char bytes[BUFFER_SIZE];
};

/* Writes NAME to d->ident, as far and as much as the form allows. */
static void
set_ident(struct datagram *d, const char *name)
{
	text_word(d->ident, *name != '\0' ? name : "daemonize",
	    d->form->ident_max, d->form->ident_banned);
}

int
datagram_open(struct sink *sink, const struct datagram_form *form)
{
	const char *path = sink->target->path;
	struct datagram *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return -1;
	d->form = form;
	d->path = path != NULL ? path : form->path;
	d->fd = -1;
	d->piece = form->piece_max;
	d->pace = MESSAGES_MAX;
	set_ident(d, sink->log->name);
	sink->state = d;
	return 0;
}

static void
disconnect(struct datagram *d)
{
	if (d->fd != -1)
		(void)close(d->fd);	/* what it took, it took */
	d->fd = -1;
	d->is_full = false;
	d->held_sent = 0;	/* the next one gets all of it */
}

/* Sends the rest of what went in part. Returns 0, or -1 with errno. */
static int
send_held(struct datagram *d)
{
	ssize_t n;

	while (d->held_sent < d->held) {
		/* One whole message: there is no datagram that went in part. */
		if (d->is_stream)
			n = send(d->fd, d->bytes + d->held_sent,
			    d->held - d->held_sent, MSG_NOSIGNAL);
		else
			n = os_send_many(d->fd, &(struct iovec){
				.iov_base = d->bytes, .iov_len = d->held - 1,
			}, 1);
		if (n == -1)
			return -1;
		d->held_sent += d->is_stream ? (size_t)n : d->held;
	}
	d->held = 0;
	d->held_sent = 0;
	return 0;
}

/* Sees to a connection with nothing on its way. 0, or -1 with errno. */
static int
make_ready(struct datagram *d)
{
	if (d->fd == -1) {
		d->is_stream = false;
		d->fd = fd_connect_local(d->path, SOCK_DGRAM,
		    SEND_BUFFER);
		if (d->fd == -1 && errno == EPROTOTYPE &&
		    d->form->has_stream) {
			d->is_stream = true;
			d->fd = fd_connect_local(d->path, SOCK_STREAM,
			    SEND_BUFFER);
		}
		if (d->fd == -1)
			return -1;
		d->is_new = true;
	}
	return send_held(d);
}

static const struct head *
find_head(struct datagram *d, const struct sink *sink, enum log_stream stream)
{
	struct head *head = &d->head[stream];
	time_t now = time(NULL);

	if (head->len == 0 || head->second != now ||
	    head->daemon != sink->daemon) {
		head->len = d->form->write_head(head->text, sink, d->ident,
		    stream, now);
		head->second = now;
		head->daemon = sink->daemon;
	}
	return head;
}

/*
 * Makes messages of the first of LEN bytes of lines. Returns how many bytes
 * that were.
 */
static size_t
make_messages(struct datagram *d, const struct head *head, const char *bytes,
    size_t len)
{
	const size_t worst = head->len + d->piece + DATAGRAM_FRAME_MAX + 1;
	size_t at = 0, used = 0, written;

	d->count = 0;
	while (at < len && d->count < d->pace && BUFFER_SIZE - used >= worst) {
		char *to = d->bytes + used;

		if (bytes[at] == '\n') {
			at++;
			continue;
		}
		(void)memcpy(to, head->text, head->len);
		at += d->form->write_body(to + head->len, &written, d->piece,
		    bytes + at, len - at);
		written += head->len;
		if (d->is_stream)
			to[written++] = '\0';
		d->message[d->count].iov_base = to;
		d->message[d->count].iov_len = written;
		d->end[d->count++] = at;
		used += written;
	}
	return at;
}

/* Keeps message INDEX, of which SENT bytes went. */
static void
hold(struct datagram *d, size_t index, size_t sent)
{
	const struct iovec *message = &d->message[index];

	(void)memmove(d->bytes, message->iov_base, message->iov_len);
	d->held = message->iov_len;
	d->held_sent = sent;
}

/*
 * Sends the messages, which are one run of bytes. Returns how many went, with
 * one that is held now, or -1 with errno.
 */
static ssize_t
send_stream(struct datagram *d)
{
	size_t i, len = 0;
	ssize_t n;

	for (i = 0; i < d->count; i++)
		len += d->message[i].iov_len;
	n = send(d->fd, d->bytes, len, MSG_NOSIGNAL);
	if (n == -1)
		return -1;
	len = (size_t)n;
	for (i = 0; i < d->count && len > 0; i++) {
		if (d->message[i].iov_len > len) {
			hold(d, i, len);
			return (ssize_t)i + 1;
		}
		len -= d->message[i].iov_len;
	}
	return (ssize_t)i;
}

static void
set_pace(struct datagram *d, size_t pace)
{
	d->pace = pace < MESSAGES_MIN ? MESSAGES_MIN :
	    pace > MESSAGES_MAX ? MESSAGES_MAX : pace;
}

/*
 * Delivers what goes with one system call. Returns how many bytes of the
 * lines that were, or -1 with errno.
 */
static ssize_t
put_some(struct datagram *d, const struct sink *sink, const char *bytes,
    size_t len, enum log_stream stream)
{
	size_t made;
	ssize_t sent;

	if (make_ready(d) == -1)
		return -1;
	made = make_messages(d, find_head(d, sink, stream), bytes, len);
	if (d->count == 0)
		return (ssize_t)made;
	sent = d->is_stream ? send_stream(d) :
	    os_send_many(d->fd, d->message, d->count);
	if (sent == -1)
		return -1;
	d->is_new = false;
	d->is_full = (size_t)sent < d->count || d->held > 0;
	set_pace(d, d->is_full ? (size_t)sent * 2 : d->pace * 2);
	return (ssize_t)(d->is_full ? d->end[sent - 1] : made);
}

/* After a failure with errno: is it worth another try at once? */
static bool
recover(struct datagram *d)
{
	bool was_new = d->fd == -1 || d->is_new;
	int error = errno;

	switch (error) {
	case EAGAIN:
	case ENOBUFS:
	case ENOMEM:
		return false;
	case EINTR:
		return true;
	case EMSGSIZE:
		if (d->piece == PIECE_MIN)
			return false;
		d->piece = d->piece / 2 < PIECE_MIN ? PIECE_MIN :
		    d->piece / 2;
		return true;
	default:
		/* ECONNREFUSED, ENOTCONN, EPIPE...: there was somebody. */
		disconnect(d);
		errno = error;
		return !was_new;
	}
}

/*
 * The first message is too long for the socket, in the smallest pieces. Returns
 * how many bytes of the lines are done with it.
 */
static size_t
skip(struct datagram *d, struct sink *sink)
{
	bool was_held = d->held > 0;

	sink_lose(sink, 1, EMSGSIZE);
	d->held = 0;
	return was_held ? 0 : d->end[0];
}

ssize_t
datagram_put(struct sink *sink, const char *bytes, size_t len,
    enum log_stream stream)
{
	struct datagram *d = sink->state;
	size_t done = 0;
	ssize_t n;

	sink->wait_fd = -1;
	d->is_new = false;
	while (done < len && !d->is_full) {
		n = put_some(d, sink, bytes + done, len - done, stream);
		if (n != -1)
			done += (size_t)n;
		else if (recover(d))
			continue;
		else if (errno == EMSGSIZE)
			done += skip(d, sink);
		else
			break;
	}
	if (done > 0) {
		d->stuck_since = 0;
		return (ssize_t)done;
	}
	if (d->stuck_since == 0)
		d->stuck_since = clock_now_us();
	/* It was seen to be full: to ask it would be a call for nothing. */
	if (d->is_full)
		errno = EAGAIN;
	d->is_full = false;
	if (errno == EAGAIN)
		sink->wait_fd = d->fd;
	return -1;
}

void
datagram_reopen(struct sink *sink)
{
	struct datagram *d = sink->state;

	/* What went in part would be there twice. */
	if (d->held > 0)
		return;
	disconnect(d);
	/* What was waited for does not come any more. */
	sink->wait_fd = -1;
	sink->retry_at = 0;
}

/* Sends what is held, or gives it up. Returns whether that is done. */
static bool
close_held(struct datagram *d, struct sink *sink)
{
	int64_t now = clock_now_us();

	if (d->held == 0 || make_ready(d) == 0 ||
	    (recover(d) && make_ready(d) == 0))
		return true;
	if (d->stuck_since == 0)
		d->stuck_since = now;
	if (errno != EMSGSIZE && (!sink->log->drops ||
	    now - d->stuck_since < LAST_TRY_US)) {
		sink->retry_at = now + CLOSE_RETRY_US;
		return false;
	}
	sink_lose(sink, 1, errno);
	return true;
}

/* Only what went in part is still ours to deliver. */
bool
datagram_close(struct sink *sink)
{
	struct datagram *d = sink->state;

	if (d == NULL)
		return true;
	sink->wait_fd = -1;
	if (!close_held(d, sink))
		return false;
	disconnect(d);
	free(d);
	sink->state = NULL;
	return true;
}
