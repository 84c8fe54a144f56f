/*
 * message.h: what the program says to a person.
 *
 * Every message is one line, written with a single write(2), so that lines of
 * simultaneous starts do not mix. Bytes that could steer a terminal are
 * escaped as vis(3bsd) does it, so that a hostile file name forges no line.
 */
#ifndef BASE_MESSAGE_H
#define BASE_MESSAGE_H

/* Longest text of a line; what does not fit is cut. Holds any one path. */
enum { MESSAGE_MAX = 5120 };

/* Program name in front of every line; the string is kept, not copied. */
void message_init(const char *program);

/* Error line on stderr: "PROGRAM: TEXT". Keeps errno. */
void message_error(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* Progress line on stdout: "PROGRAM: TEXT". Losing it is no error. */
void message_step(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/*
 * Line on the terminal that stderr is, cut to fit one of 80 columns, which the
 * next one takes the place of; "" erases it. Left out while it takes nothing.
 */
void message_progress(const char *text);

/*
 * Line without a prefix, asked for on stdout (--dry-run).
 * Returns 0, or -1 with errno when not every byte could be written.
 */
int message_print(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* Our own text of several lines on stdout (--help); returns as above. */
int message_text(const char *text);

#endif
