/*
 * pour.c: see pour.h.
 */
#include "control/pour.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <vis.h>

#include "base/fd.h"
#include "base/utf8.h"
#include "control/syslog.h"

/* vis(3bsd) makes at most four bytes of one. */
enum { ESCAPED_MAX = 4096, GROWTH = 4 };

struct escaped {
	char bytes[ESCAPED_MAX];
	size_t len;
};

/* Could PART, of LEN bytes, be the beginning of a character? */
static bool
is_beginning(const char *part, size_t len)
{
	unsigned char first = (unsigned char)part[0];
	size_t i, whole = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;

	if (first < 0xc2 || first > 0xf4 || len >= whole)
		return false;
	for (i = 1; i < len; i++)
		if (((unsigned char)part[i] & 0xc0) != 0x80)
			return false;
	return true;
}

/* Takes LEN bytes, one character, from the front of what is kept. */
static void
escape_part(struct pour *pour, size_t len, struct escaped *out)
{
	char *to = out->bytes + out->len;
	const char *part = pour->part;
	size_t i;

	/* U+0080 to U+009F are control characters. */
	if (len > 1 && !(part[0] == '\xc2' && (unsigned char)part[1] < 0xa0)) {
		(void)memcpy(to, part, len);
		out->len += len;
	} else {
		for (i = 0; i < len; i++)
			to = utf8_escape(to, part[i], VIS_CSTYLE | VIS_NOSLASH,
			    '0');
		out->len = (size_t)(to - out->bytes);
	}
	pour->part_len -= len;
	(void)memmove(pour->part, pour->part + len, pour->part_len);
	pour->part[pour->part_len] = '\0';
}

static void
escape_byte(struct pour *pour, char byte, struct escaped *out)
{
	size_t len;

	pour->part[pour->part_len++] = byte;
	pour->part[pour->part_len] = '\0';
	while (pour->part_len > 0) {
		len = utf8_length(pour->part);
		if (len == 0 && is_beginning(pour->part, pour->part_len))
			break;
		escape_part(pour, len == 0 ? 1 : len, out);
	}
}

/* Writes what has passed the filter. */
static int
write_bytes(struct pour *pour, const char *bytes, size_t len)
{
	struct escaped out = { .len = 0 };
	size_t i;

	if (!pour->is_terminal)
		return fd_write_all(STDOUT_FILENO, bytes, len);
	for (i = 0; i < len; i++) {
		escape_byte(pour, bytes[i], &out);
		/* A character that was kept may come as well. */
		if (out.len + sizeof(pour->part) * GROWTH < ESCAPED_MAX)
			continue;
		if (fd_write_all(STDOUT_FILENO, out.bytes, out.len) == -1)
			return -1;
		out.len = 0;
	}
	return fd_write_all(STDOUT_FILENO, out.bytes, out.len);
}

/* Adds LEN bytes, without a newline but at the end, to the line. */
static int
add_to_line(struct pour *pour, const char *bytes, size_t len)
{
	bool is_whole = bytes[len - 1] == '\n';
	int result = 0;
	size_t some;

	if (!pour->is_decided) {
		some = sizeof(pour->line) - pour->line_len;
		some = len < some ? len : some;
		(void)memcpy(pour->line + pour->line_len, bytes, some);
		pour->line_len += some;
		bytes += some;
		len -= some;
		if (!is_whole && pour->line_len < sizeof(pour->line))
			return 0;
		pour->is_decided = true;
		pour->is_wanted = syslog_is_of(pour->line, pour->line_len,
		    pour->tag);
		if (pour->is_wanted)
			result = write_bytes(pour, pour->line,
			    pour->line_len);
	}
	if (pour->is_wanted && result == 0 && len > 0)
		result = write_bytes(pour, bytes, len);
	if (is_whole) {
		pour->line_len = 0;
		pour->is_decided = false;
	}
	return result;
}

int
pour_bytes(struct pour *pour, const char *bytes, size_t len)
{
	const char *newline;
	size_t some;

	if (pour->tag == NULL)
		return write_bytes(pour, bytes, len);
	for (; len > 0; bytes += some, len -= some) {
		newline = memchr(bytes, '\n', len);
		some = newline == NULL ? len : (size_t)(newline + 1 - bytes);
		if (add_to_line(pour, bytes, some) == -1)
			return -1;
	}
	return 0;
}

int
pour_end(struct pour *pour)
{
	struct escaped out = { .len = 0 };

	if (pour->tag != NULL && !pour->is_decided && pour->line_len > 0 &&
	    syslog_is_of(pour->line, pour->line_len, pour->tag) &&
	    write_bytes(pour, pour->line, pour->line_len) == -1)
		return -1;
	while (pour->part_len > 0)
		escape_part(pour, 1, &out);
	return fd_write_all(STDOUT_FILENO, out.bytes, out.len);
}

int
pour_heading(struct pour *pour, const char *path, bool is_first)
{
	char text[5120];
	int len;

	len = snprintf(text, sizeof(text), "%s==> %s <==\n",
	    is_first ? "" : "\n", path);
	return write_bytes(pour, text, (size_t)len);
}
