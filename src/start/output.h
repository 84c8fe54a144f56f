/*
 * output.h: what the daemon has written since its start.
 *
 * Read from the files that its streams are, behind what was there before; or,
 * where a logger is in between, from the copy that this one makes (tap_fd in
 * struct streams).
 */
#ifndef START_OUTPUT_H
#define START_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/failure.h"
#include "plan/plan.h"
#include "start/streams.h"

enum {
	OUTPUT_FILES = 2,
	OUTPUT_TAIL_MAX = 2048,	/* bytes that are kept of a logger's copy */
};

struct output {
	struct output_file {
		const char *path;
		int write_fd;	/* of the streams */
		int fd;		/* for reading; -1: not open */
		off_t from;	/* where the daemon's part begins */
		off_t at;	/* read so far */
	} file[OUTPUT_FILES];
	size_t count;		/* of files; with a tap: 0 */
	bool is_watched;	/* somebody tells when there is more */
	int tap_fd;		/* -1: none */
	char tail[OUTPUT_TAIL_MAX];	/* what came last from the tap */
	size_t tail_len;
};

/* Remembers where the output begins; nothing is written yet. */
void output_begin(struct output *output, const struct streams *streams,
    const struct plan *plan);

/*
 * Opens the files for reading, to follow them; WATCH of os_watch_open (-1:
 * none) tells then when there is more, if it can. Returns 0, or -1 with
 * FAILURE.
 */
int output_follow(struct output *output, int watch, struct failure *failure);

/* Number of sources: each has lines of its own. */
size_t output_sources(const struct output *output);

/*
 * Reads what is new from SOURCE, without waiting. Returns its length, 0 where
 * there is nothing, or -1 at the end of a tap and where reading fails.
 */
ssize_t output_read(struct output *output, size_t source, char *bytes,
    size_t size);

/*
 * The last whole lines, at most LINES, of what was written to standard error,
 * or else to standard output; with a tap of both. A first line that does not
 * fit is cut. Ends TEXT with a NUL, and bytes that are NUL become '?'.
 * Returns the length.
 */
size_t output_last(struct output *output, size_t lines, char *text,
    size_t size);

void output_close(struct output *output);

#endif
