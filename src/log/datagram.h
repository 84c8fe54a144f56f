/*
 * datagram.h: lines as messages to a local socket, many with one system call.
 *
 * What the sinks for syslog and for the journal have in common: the connection,
 * which is made anew when the other side has gone and come back, and how far
 * the lines have come. A message that the socket took counts as delivered;
 * one that it did not take is made again from its line.
 *
 * A form is what they do not have in common. Empty lines are left out.
 */
#ifndef LOG_DATAGRAM_H
#define LOG_DATAGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

#include "log/sink.h"

enum {
	DATAGRAM_HEAD_MAX = 512,
	DATAGRAM_IDENT_MAX = 256,
	/* What a form may add to the bytes of a line. */
	DATAGRAM_FRAME_MAX = 32,
};

struct datagram_form {
	const char *path;	/* of the socket, if the target has none */
	/*
	 * Where it is no datagram socket: SOCK_STREAM, a NUL after every
	 * message.
	 */
	bool has_stream;
	size_t piece_max;	/* a line of more bytes is split */
	size_t ident_max;	/* bytes of the log's name that are used */
	const char *ident_banned;	/* not in it, nor control characters */

	/*
	 * Writes what messages of STREAM begin with to HEAD, which has
	 * DATAGRAM_HEAD_MAX bytes. Returns its length.
	 */
	size_t (*write_head)(char *head, const struct sink *sink,
	    const char *ident, enum log_stream stream, time_t now);

	/*
	 * Writes the first of the LEN bytes of a line, which is not empty, to
	 * TO: at most PIECE, which are at most piece_max, in the encoding of
	 * the form and with DATAGRAM_FRAME_MAX more around them; *WRITTEN is
	 * their number. Returns how many bytes of the line that were, with
	 * its newline.
	 */
	size_t (*write_body)(char *to, size_t *written, size_t piece,
	    const char *bytes, size_t len);
};

/* Makes SINK's state. Returns 0, or -1 with errno ENOMEM. */
int datagram_open(struct sink *sink, const struct datagram_form *form);

/*
 * As struct sink_kind has them. Errors of put are those of connect(2) and
 * send(2).
 */
ssize_t datagram_put(struct sink *sink, const char *bytes, size_t len,
    enum log_stream stream);
void datagram_reopen(struct sink *sink);
bool datagram_close(struct sink *sink);

#endif
