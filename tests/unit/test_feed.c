/*
 * Unit test of a stream on its way to two sinks: which of them loses lines
 * when the daemon must not wait.
 */
#include "log/feed.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "tap.h"

enum { LINE = 64, SECOND_US = 1000 * 1000 };

/* What a sink takes with one call, and what it has taken. */
struct fake {
	size_t some;		/* 0: nothing */
	int error;		/* when it takes no more for now */
	size_t taken;
	int is_full;
};

static ssize_t
fake_put(struct sink *sink, const char *bytes, size_t len,
    enum log_stream stream)
{
	struct fake *fake = sink->state;
	size_t n = len < fake->some ? len : fake->some;

	(void)bytes;
	(void)stream;
	if (n == 0 || fake->is_full) {
		errno = fake->error;
		fake->is_full = 0;
		return -1;
	}
	fake->is_full = 1;
	fake->taken += n;
	return (ssize_t)n;
}

static const struct sink_kind fake_kind = { .put = fake_put };

struct stage {
	struct log log;
	struct sink sink[2];
	struct fake fake[2];
	struct feed feed;
	int writer, tap;
	int64_t now;
};

static int
stage_open(struct stage *stage)
{
	int ends[2], i;

	*stage = (struct stage){
		.log = { .target_count = 2, .drops = true }, .tap = -1,
		.now = 100 * SECOND_US,
	};
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) == -1)
		return -1;
	stage->writer = ends[1];
	stage->log.input[LOG_STDOUT] = ends[0];
	for (i = 0; i < 2; i++) {
		stage->log.target[i].streams = 1U << LOG_STDOUT;
		stage->sink[i] = (struct sink){
			.kind = &fake_kind, .log = &stage->log,
			.target = &stage->log.target[i],
			.state = &stage->fake[i], .wait_fd = -1,
		};
	}
	return feed_open(&stage->feed, &stage->log, LOG_STDOUT, stage->sink,
	    &stage->tap);
}

static void
stage_close(struct stage *stage)
{
	(void)close(stage->writer);
	intake_close(&stage->feed.intake);
}

/* The daemon writes whole lines, EIGHTHS of what the pipe holds. */
static void
fill(const struct stage *stage, size_t eighths)
{
	char line[LINE];
	size_t len;

	(void)memset(line, 'x', sizeof(line) - 1);
	line[LINE - 1] = '\n';
	for (len = 0; len < stage->feed.intake.capacity / 8 * eighths;
	    len += LINE)
		if (write(stage->writer, line, LINE) != LINE)
			break;
}

/* One turn of the logger, US later, in which both sinks may be tried. */
static void
turn(struct stage *stage, int64_t us)
{
	stage->now += us;
	stage->sink[0].retry_at = stage->sink[1].retry_at = 0;
	feed_woken(&stage->feed, POLLIN);
	feed_work(&stage->feed, false, stage->now);
}

static void
check_slow(void)
{
	struct stage stage;

	if (stage_open(&stage) == -1)
		perror("open");
	stage.fake[0] = (struct fake){ .error = ENOSPC };
	stage.fake[1] = (struct fake){ .some = LINE, .error = EAGAIN };
	fill(&stage, 5);
	turn(&stage, 0);
	ok(stage.sink[0].dropped > 0, "a full disk loses lines");
	ok(stage.fake[1].taken == LINE && stage.sink[1].dropped == 0,
	    "a command that is only slow loses none for it");
	turn(&stage, 2 * SECOND_US);
	ok(stage.fake[1].taken == 2 * LINE && stage.sink[1].dropped == 0,
	    "it may take its time");
	stage.fake[1].some = 0;
	turn(&stage, 2 * SECOND_US);
	ok(stage.sink[1].dropped > 0, "when it takes nothing any more it does");
	stage_close(&stage);
}

static void
check_full(void)
{
	struct stage stage;

	if (stage_open(&stage) == -1)
		perror("open");
	stage.fake[0] = stage.fake[1] =
	    (struct fake){ .some = LINE, .error = EAGAIN };
	fill(&stage, 8);
	turn(&stage, 0);
	ok(stage.sink[0].dropped > 0 && stage.sink[1].dropped > 0,
	    "when the daemon would have to wait slow ones lose lines, too");
	stage_close(&stage);
}

int
main(void)
{
	check_slow();
	check_full();
	return done_testing();
}
