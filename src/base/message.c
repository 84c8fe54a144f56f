/*
 * message.c: one line, one write; see message.h.
 */
#include "base/message.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <vis.h>

#include "base/fd.h"
#include "base/utf8.h"

/* With the program's name it fits 80 columns, unless it is escaped. */
enum { PROGRESS_MAX = 60 };

static const char *message_program = "daemonize";

void
message_init(const char *program)
{
	message_program = program;
}

/*
 * Copies TEXT to RESULT with what could steer a terminal escaped; UTF-8 stays,
 * but for the control characters U+0080 to U+009F. Returns its length.
 */
static int
escape(char *result, const char *text)
{
	char *at = result;
	size_t len;

	while (*text != '\0') {
		len = utf8_length(text);
		if (len > 1 && !(text[0] == '\xc2' &&
		    (unsigned char)text[1] < 0xa0)) {
			memcpy(at, text, len);
			at += len;
			text += len;
		} else {
			at = utf8_escape(at, *text, VIS_CSTYLE | VIS_NL |
			    VIS_NOSLASH, text[1]);
			text++;
		}
	}
	return (int)(at - result);
}

static int message_line(int, const char *, const char *, va_list)
    __attribute__((format(printf, 3, 0)));

static int
message_line(int fd, const char *prefix, const char *format, va_list ap)
{
	/* vis(3bsd) makes at most four bytes of one. */
	char text[MESSAGE_MAX], line[4 * MESSAGE_MAX + 128];
	int at = 0, result;
	int saved = errno;

	(void)vsnprintf(text, sizeof(text), format, ap);
	if (prefix != NULL)
		at = snprintf(line, 128, "%.100s: ", prefix);
	at += escape(line + at, text);
	line[at++] = '\n';
	result = fd_write_all(fd, line, (size_t)at);
	if (result == 0)
		errno = saved;
	return result;
}

void
message_error(const char *format, ...)
{
	va_list ap;
	int saved = errno;

	va_start(ap, format);
	/* There is nobody left to tell if this fails. */
	(void)message_line(STDERR_FILENO, message_program, format, ap);
	va_end(ap);
	errno = saved;
}

void
message_step(const char *format, ...)
{
	va_list ap;
	int saved = errno;

	va_start(ap, format);
	(void)message_line(STDOUT_FILENO, message_program, format, ap);
	va_end(ap);
	errno = saved;
}

void
message_progress(const char *text)
{
	char line[4 * PROGRESS_MAX + 128], cut[PROGRESS_MAX];
	struct pollfd terminal = { .fd = STDERR_FILENO, .events = POLLOUT };
	int at;

	/* Who has stopped it (^S) stops nothing else. */
	if (poll(&terminal, 1, 0) != 1 || (terminal.revents & POLLOUT) == 0)
		return;
	(void)snprintf(cut, sizeof(cut), "%s", text);
	/* ECMA-48: EL erases to the end of the line. */
	at = snprintf(line, 128, "\r%.20s%s", *text == '\0' ? "" :
	    message_program, *text == '\0' ? "" : ": ");
	at += escape(line + at, cut);
	at += snprintf(line + at, 8, "\033[K");
	(void)fd_write_all(STDERR_FILENO, line, (size_t)at);
}

int
message_print(const char *format, ...)
{
	va_list ap;
	int result;

	va_start(ap, format);
	result = message_line(STDOUT_FILENO, NULL, format, ap);
	va_end(ap);
	return result;
}

int
message_text(const char *text)
{
	return fd_write_all(STDOUT_FILENO, text, strlen(text));
}
