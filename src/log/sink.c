/*
 * sink.c: see sink.h.
 */
#include "log/sink.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "log/kinds.h"

enum {
	/* How long after a failure it is tried again. */
	RETRY_US = 500 * 1000,
	RETRY_WRITABLE_US = 60 * 1000 * 1000,
	/* What takes nothing for so long is not only slow. */
	SLOW_US = 1000 * 1000,
};

static const struct sink_kind *const kinds[N_LOG_KINDS] = {
	[LOG_TO_FILE] = &sink_file,
	[LOG_TO_SYSLOG] = &sink_syslog,
	[LOG_TO_JOURNAL] = &sink_journal,
	[LOG_TO_COMMAND] = &sink_command,
	[LOG_TO_DESCRIPTOR] = &sink_descriptor,
};

int
sink_open(struct sink *sink, const struct log *log,
    const struct log_target *target)
{
	*sink = (struct sink){
		.kind = kinds[target->kind], .log = log, .target = target,
		.wait_fd = -1,
	};
	return sink->kind->open(sink);
}

size_t
sink_room(struct sink *sink, size_t need)
{
	/* What has been begun ends in the same file. */
	if (sink->kind->room == NULL || sink->is_midline)
		return SIZE_MAX;
	return sink->kind->room(sink, need);
}

bool
sink_is_busy(const struct sink *sink, const struct batch *batch)
{
	return sink->batch != NULL && sink->batch != batch;
}

static size_t
count_lines(const char *bytes, size_t len)
{
	const char *at = bytes, *end = bytes + len;
	size_t count = 0;

	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));

		count++;
		if (newline == NULL)
			break;
		at = newline + 1;
	}
	return count;
}

/* Remembers why, and when to try again. */
static void
put_off(struct sink *sink, int error, int64_t now_us)
{
	sink->error = error;
	sink->retry_at = sink->is_over ? 0 : now_us +
	    (error == EAGAIN && sink->wait_fd != -1 ? RETRY_WRITABLE_US :
	    RETRY_US);
}

/* Delivers LEN bytes. Returns how many, short of all after a failure. */
static size_t
deliver(struct sink *sink, const char *bytes, size_t len,
    enum log_stream stream, int64_t now_us)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = sink->kind->put(sink, bytes + done, len - done, stream);
		if (n == -1) {
			put_off(sink, errno, now_us);
			return done;
		}
		done += (size_t)n;
		if (n > 0)
			sink->is_midline = bytes[done - 1] != '\n';
		sink->moved_at = now_us;
		sink->midline = stream;
	}
	sink->error = 0;
	sink->retry_at = 0;
	return done;
}

/* A line of the other stream that has no end gets one. */
static bool
end_line(struct sink *sink, enum log_stream stream, int64_t now_us)
{
	return !sink->is_midline || sink->midline == stream ||
	    deliver(sink, "\n", 1, stream, now_us) == 1;
}

/* Ends what went in part of what is said here. */
static bool
end_words(struct sink *sink, enum log_stream stream, int64_t now_us)
{
	size_t left = sink->words_len - sink->words_done;

	if (left > 0)
		sink->words_done += deliver(sink,
		    sink->words + sink->words_done, left, stream, now_us);
	return sink->words_done == sink->words_len;
}

/* Says in the log what is missing from it. */
static bool
confess(struct sink *sink, enum log_stream stream, int64_t now_us)
{
	int len;

	if (sink->unsaid == 0)
		return true;
	len = snprintf(sink->words, sizeof(sink->words),
	    "%sdaemonize: %llu line%s "
	    "dropped: %s\n", sink->is_midline ? "\n" : "",
	    (unsigned long long)sink->unsaid, sink->unsaid == 1 ? "" : "s",
	    strerror(sink->unsaid_error));
	sink->words_len = (size_t)len;
	sink->words_done = 0;
	if (!end_words(sink, stream, now_us) && sink->words_done == 0) {
		/* There may be more to say until then. */
		sink->words_len = 0;
		return false;
	}
	sink->unsaid = 0;
	return sink->words_done == sink->words_len;
}

void
sink_lose(struct sink *sink, uint64_t count, int error)
{
	sink->dropped += count;
	sink->unsaid += count;
	sink->unsaid_error = error;
}

/* Are lines to be dropped that SINK has not taken? */
static bool
is_given_up(const struct sink *sink, enum sink_haste haste, int64_t now_us)
{
	return sink->is_over || haste == SINK_ENDS ||
	    (haste == SINK_ENDS_STUCK && (sink->error != EAGAIN ||
	    now_us - sink->moved_at >= SLOW_US));
}

bool
sink_put(struct sink *sink, const struct batch *batch, enum sink_haste haste,
    int64_t now_us)
{
	bool wants_text = sink->kind->wants_text;
	const char *bytes = wants_text ? batch->text : batch->lines;
	size_t len = wants_text ? batch->text_len : batch->lines_len;

	if (sink->batch == NULL) {
		sink->batch = batch;
		sink->len = len;
		sink->done = 0;
	}
	if (sink->done < len && !sink->is_over && (sink->retry_at == 0 ||
	    now_us >= sink->retry_at) &&
	    end_words(sink, batch->stream, now_us) &&
	    end_line(sink, batch->stream, now_us) &&
	    confess(sink, batch->stream, now_us))
		sink->done += deliver(sink, bytes + sink->done,
		    len - sink->done, batch->stream, now_us);
	if (sink->done < len && is_given_up(sink, haste, now_us)) {
		sink_lose(sink, count_lines(bytes + sink->done,
		    len - sink->done), sink->error);
		sink->done = len;
	}
	return sink->done == len;
}

int64_t
sink_due(const struct sink *sink)
{
	return sink->batch != NULL && sink->done < sink->len ?
	    sink->retry_at : 0;
}

void
sink_next(struct sink *sink)
{
	sink->batch = NULL;
	sink->len = sink->done = 0;
	sink->awaited = SINK_WAITS;
}
