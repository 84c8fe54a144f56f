/*
 * feed.c: see feed.h.
 */
#include "log/feed.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/os.h"
#include "log/text.h"

enum {
	TEXT_SIZE = 256 * 1024,
	/* Below this a batch is small: what follows at once is gathered. */
	GATHER_BELOW = 32 * 1024,
	GATHER_US = 1000,
	BUSY_US = 2 * GATHER_US,
	/* How often half a line is looked at, should we not be woken. */
	PARTIAL_US = 1000 * 1000,
	PARTIAL_UNWOKEN_US = 20 * 1000,
	DROP_CHECK_US = 10 * 1000,
	AGAIN_US = 5 * 1000,
	TAP_MS = 10 * 1000,	/* who waits for a line is to miss none */
	REST_US = 1000 * 1000,
	LAST_TRY_US = 5 * 1000 * 1000,
};

int
feed_open(struct feed *feed, const struct log *log, enum log_stream stream,
    struct sink *sinks, int *tap_fd)
{
	*feed = (struct feed){
		.log = log, .stream = stream, .sinks = sinks,
		.is_over = log->input[stream] == -1, .tap_fd = tap_fd,
	};
	if (feed->is_over)
		return 0;
	feed->batch.stream = stream;
	stamp_init(&feed->stamp, log);
	feed->has_text = stamp_is_wanted(log);
	return intake_open(&feed->intake, log->input[stream]);
}

static bool
has_batch(const struct feed *feed)
{
	return feed->batch.lines_len > 0;
}

int
feed_wait_fd(const struct feed *feed, int64_t now_us)
{
	if (feed->is_over || has_batch(feed))
		return -1;
	if (feed->is_partial)
		return feed->intake.edge;
	return now_us < feed->look_at ? -1 : feed->intake.fd;
}

int64_t
feed_due(const struct feed *feed, int64_t now_us)
{
	if (feed->is_over)
		return -1;
	/* The sinks know when they go on; but the pipe may fill up. */
	if (has_batch(feed))
		return feed->log->drops ? now_us + DROP_CHECK_US : -1;
	if (feed->look_at > now_us)
		return feed->look_at;
	return feed->rest_at != 0 ? feed->rest_at : -1;
}

void
feed_woken(struct feed *feed, short events)
{
	if (events != 0 && feed->is_partial)
		os_edge_clear(feed->intake.edge);
	feed->is_ready = (events & (POLLIN | POLLHUP | POLLERR)) != 0;
	feed->is_hung_up = (events & POLLHUP) != 0;
}

static bool
is_wanted(const struct feed *feed, const struct sink *sink)
{
	return (sink->target->streams & 1U << feed->stream) != 0;
}

/*
 * Some bytes, but no newline: they stay in the pipe until it comes, for who
 * takes them out answers for them. A line that would fill the pipe, or the one
 * through which it is looked at, is held.
 */
static void
keep_partial(struct feed *feed, int64_t now_us)
{
	struct intake *intake = &feed->intake;

	if (intake->seen == 0)
		return;		/* in memory, and the pipe is empty */
	if (intake_must_hold(intake)) {
		if (intake_hold(intake) == -1)
			feed->is_over = true;
		return;
	}
	feed->is_partial = true;
	feed->look_at = now_us + (intake->edge != -1 ? PARTIAL_US :
	    PARTIAL_UNWOKEN_US);
}

/* How much text the sinks take; the end of a line takes no other along. */
static size_t
find_room(struct feed *feed, size_t need)
{
	size_t i, room = feed->is_midline ? need : SIZE_MAX;

	for (i = 0; i < feed->log->target_count; i++)
		if (is_wanted(feed, &feed->sinks[i])) {
			size_t one = sink_room(&feed->sinks[i], need);

			room = one < room ? one : room;
		}
	return room;
}

/* Room for a first line of NEED bytes, and many more. 0, or -1. */
static int
make_text_room(struct feed *feed, size_t need)
{
	size_t size = need > TEXT_SIZE ? need + STAMP_MAX : TEXT_SIZE;
	char *grown;

	if (feed->text_size >= size)
		return 0;
	grown = realloc(feed->text, size);
	if (grown == NULL)
		return -1;
	feed->text = grown;
	feed->text_size = size;
	return 0;
}

/* Makes LINES, with or without stamps, as many of them as go. */
static int
make_batch(struct feed *feed, const char *lines, size_t len)
{
	struct batch *batch = &feed->batch;
	size_t prefix_len = 0, need = text_first_line(lines, len), room;
	const char *prefix = "";
	struct timespec now = clock_wall();

	if (feed->has_text)
		prefix = stamp_prefix(&feed->stamp, feed->stream, &now,
		    &prefix_len);
	need += prefix_len;
	room = find_room(feed, need);
	batch->lines = lines;
	if (!feed->has_text) {
		batch->lines_len = len > room ? text_whole_lines(lines, room) :
		    len;
		if (batch->lines_len == 0)	/* cut inside its last line */
			batch->lines_len = need;
		batch->text = lines;
		batch->text_len = batch->lines_len;
		return 0;
	}
	if (make_text_room(feed, need) == -1)
		return -1;
	batch->text = feed->text;
	batch->lines_len = stamp_lines(feed->text,
	    room < feed->text_size ? room : feed->text_size,
	    &batch->text_len, lines, len, prefix, prefix_len,
	    feed->is_midline);
	return 0;
}

/* How soon the daemon would have to wait, where it must not. */
static enum sink_haste
pipe_haste(const struct feed *feed)
{
	if (!feed->log->drops || !intake_is_full(&feed->intake, 4))
		return SINK_WAITS;
	return intake_is_full(&feed->intake, 7) ? SINK_ENDS : SINK_ENDS_STUCK;
}

/*
 * A batch under way of the other stream comes first where both go. Its feed is
 * told when that has to make haste.
 */
static bool
is_blocked(const struct feed *feed)
{
	bool result = false;
	size_t i;

	for (i = 0; i < feed->log->target_count; i++)
		if (is_wanted(feed, &feed->sinks[i]) &&
		    sink_is_busy(&feed->sinks[i], &feed->batch)) {
			feed->sinks[i].awaited = pipe_haste(feed);
			result = true;
		}
	return result;
}

/* Looks what there is. Returns its length; *IS_LAST: nothing will follow. */
static size_t
look(struct feed *feed, bool *is_last, int64_t now_us)
{
	struct intake *intake = &feed->intake;
	/* Asked before: what is there afterwards is everything. */
	bool is_final = (feed->is_partial || feed->is_hung_up) &&
	    intake_is_abandoned(intake);
	enum intake_result result = intake_look(intake);
	size_t len = intake->held + intake->seen;

	feed->look_at = 0;
	feed->is_partial = false;
	*is_last = result == INTAKE_END || (is_final && intake->is_all);
	if (result == INTAKE_NOTHING)
		return 0;
	if (result == INTAKE_FAILED) {
		feed->look_at = now_us + AGAIN_US;
		return 0;
	}
	if (len == 0)
		feed->is_over = true;
	return len;
}

/* Looks for the next batch. */
static void
load(struct feed *feed, int64_t now_us)
{
	struct intake *intake = &feed->intake;
	size_t len, whole;
	bool is_last;

	if (is_blocked(feed)) {
		feed->look_at = now_us + AGAIN_US;
		return;
	}
	len = look(feed, &is_last, now_us);
	if (len == 0)
		return;
	whole = is_last || len >= INTAKE_LINE_MAX ? len :
	    text_whole_lines(intake->bytes, len);
	if (whole == 0)
		keep_partial(feed, now_us);
	else if (make_batch(feed, intake->bytes, whole) == -1)
		feed->look_at = now_us + AGAIN_US;
	feed->is_last = is_last && feed->batch.lines_len == len;
}

/* The caller, as long as it listens, reads the lines as well. */
static void
copy_to_tap(struct feed *feed, const char *bytes, size_t len)
{
	struct pollfd can = { .fd = *feed->tap_fd, .events = POLLOUT };
	ssize_t n;

	while (len > 0 && *feed->tap_fd != -1) {
		n = write(can.fd, bytes, len);
		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		} else if (errno != EAGAIN || poll(&can, 1, TAP_MS) != 1) {
			/* Gone, or not interested: the log comes first. */
			(void)close(can.fd);
			*feed->tap_fd = -1;
		}
	}
}

/* BATCH has arrived everywhere. */
static void
finish_batch(struct feed *feed, int64_t now_us)
{
	struct batch *batch = &feed->batch;
	bool is_small;
	size_t i;

	copy_to_tap(feed, batch->lines, batch->lines_len);
	feed->is_midline = batch->lines[batch->lines_len - 1] != '\n';
	for (i = 0; i < feed->log->target_count; i++)
		if (is_wanted(feed, &feed->sinks[i]))
			sink_next(&feed->sinks[i]);
	/* After a large batch a small one is only its tail. */
	is_small = batch->lines_len < GATHER_BELOW;
	if (is_small && feed->was_small && now_us - feed->last_us < BUSY_US)
		feed->look_at = now_us + GATHER_US;
	feed->was_small = is_small;
	feed->last_us = now_us;
	feed->rest_at = now_us + REST_US;
	if (intake_take(&feed->intake, batch->lines_len) == -1 ||
	    feed->is_last)
		feed->is_over = true;
	batch->lines_len = 0;
}

/*
 * What to do with what cannot be delivered now. It is dropped if the daemon
 * would have to wait, or is gone and would be outlived by its logger.
 */
static enum sink_haste
find_haste(const struct feed *feed, int64_t now_us)
{
	enum sink_haste haste = pipe_haste(feed);
	size_t i;

	if (haste == SINK_WAITS && feed->log->drops &&
	    feed->stuck_since != 0 &&
	    now_us - feed->stuck_since >= LAST_TRY_US &&
	    intake_is_abandoned(&feed->intake))
		haste = SINK_ENDS_STUCK;
	for (i = 0; i < feed->log->target_count; i++)
		if (feed->sinks[i].batch == &feed->batch &&
		    feed->sinks[i].awaited > haste)
			haste = feed->sinks[i].awaited;
	return haste;
}

/* Is BATCH through in all sinks? */
static bool
put_all(struct feed *feed, enum sink_haste haste, int64_t now_us)
{
	bool is_done = true;
	size_t i;

	for (i = 0; i < feed->log->target_count; i++)
		if (is_wanted(feed, &feed->sinks[i]) &&
		    !sink_put(&feed->sinks[i], &feed->batch, haste, now_us))
			is_done = false;
	return is_done;
}

static void
deliver(struct feed *feed, int64_t now_us)
{
	bool is_done = put_all(feed, SINK_WAITS, now_us);

	/* From one batch to the next, until one has arrived. */
	if (is_done)
		feed->stuck_since = 0;
	else if (feed->stuck_since == 0)
		feed->stuck_since = now_us;
	if (is_done || put_all(feed, find_haste(feed, now_us), now_us))
		finish_batch(feed, now_us);
}

/*
 * Hands over to a successor: what is in the pipe stays there; half a line that
 * is in memory goes as it is.
 */
static void
leave(struct feed *feed)
{
	struct intake *intake = &feed->intake;

	if (intake->held > 0 && make_batch(feed, intake->bytes,
	    intake->held) == 0) {
		intake->seen = 0;
		feed->is_last = true;
	} else {
		feed->is_over = true;
	}
}

/* Nothing has come for a while: a quiet daemon's logger is a small one. */
static void
rest(struct feed *feed)
{
	feed->rest_at = 0;
	intake_rest(&feed->intake);
	free(feed->text);
	feed->text = NULL;
	feed->text_size = 0;
}

void
feed_work(struct feed *feed, bool is_leaving, int64_t now_us)
{
	if (feed->is_over)
		return;
	if (feed->rest_at != 0 && now_us >= feed->rest_at && !has_batch(feed))
		rest(feed);
	if (!has_batch(feed) && !is_leaving && (feed->is_ready ||
	    (feed->look_at != 0 && now_us >= feed->look_at)))
		load(feed, now_us);
	feed->is_ready = false;
	if (!has_batch(feed) && is_leaving)
		leave(feed);
	if (has_batch(feed))
		deliver(feed, now_us);
	if (feed->is_over)
		intake_close(&feed->intake);
}
