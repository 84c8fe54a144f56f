/*
 * lines.h: bytes as they come, to lines.
 */
#ifndef READY_LINES_H
#define READY_LINES_H

#include <stddef.h>

enum { LINES_LENGTH_MAX = 64 * 1024 };

/* A line that is not yet complete; all zero to begin with. */
struct lines {
	char *text;		/* allocated when it is needed */
	size_t len;
};

/*
 * Calls EACH for every line that BYTES complete, without its end ("\n" or
 * "\r\n") and cut to LINES_LENGTH_MAX bytes; a NUL in it becomes '?'.
 * Returns 0, or -1 with errno ENOMEM.
 */
int lines_feed(struct lines *lines, const char *bytes, size_t len,
    void (*each)(const char *line, void *context), void *context);

void lines_release(struct lines *lines);

#endif
