/*
 * sink.h: one place where lines arrive, whatever it is.
 *
 * Every kind of target is a struct sink_kind: a few functions over one struct
 * sink. This room keeps what they have in common: how far a batch has come,
 * when to try again, what had to be dropped.
 */
#ifndef LOG_SINK_H
#define LOG_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/failure.h"
#include "log/log.h"

/* Some lines of one stream, all of them delivered before any is taken. */
struct batch {
	enum log_stream stream;
	const char *lines;	/* as the daemon wrote them */
	size_t lines_len;
	const char *text;	/* with timestamps and tags */
	size_t text_len;
};

/* What to do with lines that do not go now. */
enum sink_haste {
	SINK_WAITS,		/* keep them */
	SINK_ENDS_STUCK,	/* drop them, unless the sink is only slow */
	SINK_ENDS,		/* drop them */
};

struct sink;

/*
 * The functions of a kind. None of them waits, prints or exits. What does not
 * work now is tried again, unless put has set sink->is_over.
 */
struct sink_kind {
	bool wants_text;	/* batch.text; otherwise batch.lines */

	/* Makes sink->state. Returns 0, or -1 with errno. */
	int (*open)(struct sink *sink);

	/*
	 * How many bytes of text it takes before it has to rotate; at least
	 * NEED. May rotate for that: nothing is under way. NULL: any number.
	 */
	size_t (*room)(struct sink *sink, size_t need);

	/*
	 * Delivers the first of LEN bytes (whole lines, but for the end of a
	 * line that is too long or of the stream). Returns how many, or -1
	 * with errno; EAGAIN: when sink->wait_fd is writable, or later.
	 */
	ssize_t (*put)(struct sink *sink, const char *bytes, size_t len,
	    enum log_stream stream);

	/*
	 * Opens anew what has a name (SIGHUP). May be NULL. This and bury set
	 * sink->retry_at to 0 where it need not be waited for any longer.
	 */
	void (*reopen)(struct sink *sink);

	/* A child has ended; is it ours? May be NULL. */
	void (*bury)(struct sink *sink, pid_t pid, int status);

	/*
	 * No more lines come. Returns whether it is done; if not, it is asked
	 * again when a child has ended or sink->retry_at has come.
	 */
	bool (*close)(struct sink *sink);
};

struct sink {
	const struct sink_kind *kind;
	const struct log *log;
	const struct log_target *target;
	void *state;		/* the kind's own */
	int wait_fd;		/* becomes writable when it can go on; -1 */
	pid_t daemon;		/* its pid, 0: not known */
	bool is_over;		/* nothing will ever go there again */
	char trouble[96];	/* what does not work beside delivering, and
				   why; "": nothing. The kind's own */

	/* Kept by sink.c. */
	const struct batch *batch;	/* is being delivered; NULL: none */
	size_t len, done;	/* bytes of it */
	enum sink_haste awaited;	/* set by the feed of the other
					   stream, which waits for it */
	bool is_midline;	/* a line has been begun, */
	enum log_stream midline;	/* by this stream */
	int error;		/* why it does not go on; 0: it does */
	int64_t moved_at;	/* in us: when it took something */
	int64_t retry_at;	/* in us; 0: at once; close may set it */
	uint64_t dropped;	/* lines, ever */
	uint64_t unsaid;	/* of these: not yet told in the log */
	int unsaid_error;
	char words[192];	/* that tell of it; LEN of them, 0: none */
	size_t words_len, words_done;
};

/* Returns 0, or -1 with errno. LOG and TARGET outlive SINK. */
int sink_open(struct sink *sink, const struct log *log,
    const struct log_target *target);

/* See sink_kind.room. */
size_t sink_room(struct sink *sink, size_t need);

/* Is it in the middle of another batch than BATCH? */
bool sink_is_busy(const struct sink *sink, const struct batch *batch);

/*
 * Delivers what it can of BATCH; what is dropped for HASTE is counted. Returns
 * whether BATCH is through.
 */
bool sink_put(struct sink *sink, const struct batch *batch,
    enum sink_haste haste, int64_t now_us);

/* COUNT lines are dropped because of ERROR, which the log will tell. */
void sink_lose(struct sink *sink, uint64_t count, int error);

/* When to try again with the batch that it is in; 0: there is no need. */
int64_t sink_due(const struct sink *sink);

/* BATCH is through in all sinks: the next one may come. */
void sink_next(struct sink *sink);

#endif
