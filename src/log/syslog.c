/*
 * syslog.c: a sink that is syslog(3)'s socket.
 *
 * Messages have the form that C libraries send (RFC 3164 without a host name,
 * in local time): "<PRI>Mon dd hh:mm:ss IDENT[PID]: TEXT", where [PID] is that
 * of the daemon and left out while it is not known. A line of more than
 * TEXT_MAX bytes becomes several messages. Control characters but tab are
 * written as \ooo, in octal; all other bytes are as the daemon wrote them.
 */
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "log/datagram.h"
#include "log/kinds.h"
#include "log/text.h"

enum { TEXT_MAX = 2000, IDENT_MAX = 32, OCTAL_LEN = 4 };

/* "Nov  3 14:05:06"; the names of the months are those of the C locale. */
static size_t
write_time(char *to, size_t size, time_t now)
{
	static const char months[][4] = {
		"Jan", "Feb", "Mar", "Apr", "May", "Jun",
		"Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
	};
	struct tm tm = { .tm_mday = 1 };

	/* It fails when the year does not fit into an int. */
	(void)localtime_r(&now, &tm);
	return (size_t)snprintf(to, size, "%s %2d %02d:%02d:%02d",
	    months[tm.tm_mon], tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static size_t
write_head(char *head, const struct sink *sink, const char *ident,
    enum log_stream stream, time_t now)
{
	char when[64], pid[32] = "";

	(void)write_time(when, sizeof(when), now);
	if (sink->daemon != 0)
		(void)snprintf(pid, sizeof(pid), "[%ld]", (long)sink->daemon);
	return (size_t)snprintf(head, DATAGRAM_HEAD_MAX, "<%d>%s %s%s: ",
	    sink->target->priority[stream], when, ident, pid);
}

static void
write_octal(char *to, char byte)
{
	unsigned int value = (unsigned char)byte;

	to[0] = '\\';
	to[1] = (char)('0' + (value >> 6));
	to[2] = (char)('0' + (value >> 3 & 7));
	to[3] = (char)('0' + (value & 7));
}

static size_t
write_body(char *to, size_t *written, size_t piece, const char *bytes,
    size_t len)
{
	size_t at = 0, used = 0, rest, plain;

	while (at < len && bytes[at] != '\n') {
		rest = len - at;
		plain = text_plain(bytes + at, rest < piece - used ?
		    rest : piece - used);
		plain = text_cut(bytes + at, rest, plain);
		if (plain > 0) {
			(void)memcpy(to + used, bytes + at, plain);
			used += plain;
			at += plain;
		} else if (text_plain(bytes + at, 1) == 0 &&
		    piece - used >= OCTAL_LEN) {
			write_octal(to + used, bytes[at++]);
			used += OCTAL_LEN;
		} else {
			break;
		}
	}
	*written = used;
	return at < len && bytes[at] == '\n' ? at + 1 : at;
}

static const struct datagram_form form = {
	.path = _PATH_LOG,
	.has_stream = true,
	.piece_max = TEXT_MAX,
	.ident_max = IDENT_MAX,
	.ident_banned = " [:",
	.write_head = write_head,
	.write_body = write_body,
};

static int
syslog_open(struct sink *sink)
{
	return datagram_open(sink, &form);
}

const struct sink_kind sink_syslog = {
	.open = syslog_open,
	.put = datagram_put,
	.reopen = datagram_reopen,
	.close = datagram_close,
};
