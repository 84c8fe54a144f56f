/*
 * journal.c: a sink that is the journal's socket.
 *
 * Every line is an entry in the native protocol of systemd-journald
 * (systemd.io/JOURNAL_NATIVE_PROTOCOL): fields of one line each, where a
 * MESSAGE with control characters is given by its length and may hold every
 * byte. Lines of more than journald's default LineMax= become several entries.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "log/datagram.h"
#include "log/kinds.h"
#include "log/text.h"

enum { MESSAGE_MAX = 48 * 1024, IDENT_MAX = DATAGRAM_IDENT_MAX - 1 };

static size_t
write_head(char *head, const struct sink *sink, const char *ident,
    enum log_stream stream, time_t now)
{
	char pid[64] = "";

	(void)now;		/* journald keeps the time of receipt */
	if (sink->daemon != 0)
		(void)snprintf(pid, sizeof(pid), "SYSLOG_PID=%ld\n",
		    (long)sink->daemon);
	return (size_t)snprintf(head, DATAGRAM_HEAD_MAX,
	    "PRIORITY=%d\nSYSLOG_IDENTIFIER=%s\n%sDAEMONIZE_STREAM=%s\n",
	    LOG_PRI(sink->target->priority[stream]), ident, pid,
	    stream == LOG_STDERR ? "stderr" : "stdout");
}

/* Writes what stands before LEN bytes of text. Returns its length. */
static size_t
write_name(char *to, size_t len, bool is_plain)
{
	static const char name[] = "MESSAGE";
	size_t used = sizeof(name);
	uint64_t rest = len;
	int i;

	(void)memcpy(to, name, sizeof(name));
	to[used - 1] = is_plain ? '=' : '\n';
	for (i = 0; !is_plain && i < 8; i++, rest >>= 8)
		to[used++] = (char)(rest & 0xff);	/* little-endian */
	return used;
}

static size_t
write_body(char *to, size_t *written, size_t piece, const char *bytes,
    size_t len)
{
	/* One more: the newline of a line that is just short enough. */
	size_t text = len <= piece ? len : piece + 1, used;
	const char *newline = memchr(bytes, '\n', text);

	text = newline != NULL ? (size_t)(newline - bytes) :
	    text_cut(bytes, len, piece);
	used = write_name(to, text, text_plain(bytes, text) == text);
	(void)memcpy(to + used, bytes, text);
	used += text;
	to[used++] = '\n';
	*written = used;
	return newline != NULL ? text + 1 : text;
}

static const struct datagram_form form = {
	.path = "/run/systemd/journal/socket",
	.piece_max = MESSAGE_MAX,
	.ident_max = IDENT_MAX,
	.ident_banned = "",
	.write_head = write_head,
	.write_body = write_body,
};

static int
journal_open(struct sink *sink)
{
	return datagram_open(sink, &form);
}

const struct sink_kind sink_journal = {
	.open = journal_open,
	.put = datagram_put,
	.reopen = datagram_reopen,
	.close = datagram_close,
};
