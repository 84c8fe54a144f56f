/*
 * feed.h: one stream of the daemon on its way to its sinks.
 */
#ifndef LOG_FEED_H
#define LOG_FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "log/intake.h"
#include "log/log.h"
#include "log/sink.h"
#include "log/stamp.h"

struct feed {
	const struct log *log;
	struct sink *sinks;	/* all of them; the target says whose */
	enum log_stream stream;
	struct intake intake;
	struct stamp stamp;
	bool has_text;		/* lines get stamps, in TEXT: */
	char *text;		/* NULL: none, or at rest */
	size_t text_size;
	struct batch batch;	/* lines_len 0: none is under way */
	bool is_ready;		/* there is something to look at */
	bool is_hung_up;	/* nobody writes any more */
	bool is_midline;	/* the last batch ended inside a line */
	bool is_last;		/* BATCH is all that there will be */
	bool is_partial;	/* the pipe holds half a line, and no more */
	bool is_over;
	int64_t stuck_since;	/* a sink takes no batch; 0: no */
	int64_t look_at;	/* not before; 0: whenever it is ready */
	int64_t last_us;	/* of the last batch */
	bool was_small;		/* that one */
	int64_t rest_at;	/* then memory is given back; 0: it was */
	int *tap_fd;		/* gets a copy; -1: nobody listens */
};

/*
 * Takes over the descriptor of STREAM in LOG; without one the feed is over.
 * TAP_FD, of all feeds, is closed and -1 when nobody listens any more.
 * Returns 0, or -1 with errno.
 */
int feed_open(struct feed *feed, const struct log *log,
    enum log_stream stream, struct sink *sinks, int *tap_fd);

/* What to wait for until it is readable; -1: nothing. */
int feed_wait_fd(const struct feed *feed, int64_t now_us);

/* When to call feed_work though nothing is readable; -1: never. */
int64_t feed_due(const struct feed *feed, int64_t now_us);

/* What poll(2) said of that descriptor. */
void feed_woken(struct feed *feed, short events);

/* Does what can be done. With IS_LEAVING it is over as soon as may be. */
void feed_work(struct feed *feed, bool is_leaving, int64_t now_us);

#endif
