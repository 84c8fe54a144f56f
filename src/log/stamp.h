/*
 * stamp.h: what stands before a line: the time, and which stream it is of.
 *
 * All lines of a batch carry the time at which the batch was made, which is
 * the clock's: set back, it shows. A line costs one copy.
 */
#ifndef LOG_STAMP_H
#define LOG_STAMP_H

#include <stddef.h>
#include <time.h>

#include "log/log.h"

/* That of a format takes 255 bytes. */
enum { STAMP_MAX = 320 };

struct stamp {
	const struct log *log;
	char text[STAMP_MAX];	/* of stdout's lines */
	size_t len;
	time_t second;		/* that the first part of TEXT is of */
	size_t second_len;
};

void stamp_init(struct stamp *stamp, const struct log *log);

/* Does LOG want anything before its lines? */
int stamp_is_wanted(const struct log *log);

/*
 * The prefix for STREAM at NOW (CLOCK_REALTIME); *LEN is its length, at most
 * STAMP_MAX. Valid until the next call.
 */
const char *stamp_prefix(struct stamp *stamp, enum log_stream stream,
    const struct timespec *now, size_t *len);

/*
 * Copies whole lines from LINES to TEXT, each after PREFIX, as long as they
 * fit in SIZE. IS_CONTINUED: the first goes on a line that has its prefix.
 * Returns the number of bytes of LINES that were copied; *TEXT_LEN: written.
 * Bytes behind the last newline count as a line.
 */
size_t stamp_lines(char *text, size_t size, size_t *text_len,
    const char *lines, size_t len, const char *prefix, size_t prefix_len,
    int is_continued);

#endif
