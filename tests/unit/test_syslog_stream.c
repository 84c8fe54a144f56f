/*
 * Unit test of the sink for syslog over a stream, where a message may go in
 * part.
 */
#include "scene.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"

#include "tap.h"

enum {
	/* So long that one system call of them is more than a page. */
	N_LONG = 5000,
	LONG_SIZE = 1500,
	LONG_LEN = N_LONG * LONG_SIZE,
	CLOSE_MS = 5000,
};

/*
 * What has come over FD: every message must end in a NUL and carry the next
 * number from *NEXT. Returns whether that is so; what is left of a message at
 * the end stays in REST.
 */
static int
read_stream(int fd, int *next, char *rest, size_t size)
{
	size_t len = strlen(rest);
	ssize_t n;
	char *end;

	while ((n = recv(fd, rest + len, size - 1 - len, 0)) > 0) {
		len += (size_t)n;
		while ((end = memchr(rest, '\0', len)) != NULL) {
			if (line_number(rest) != *next || *rest != '<')
				return 0;
			++*next;
			len -= (size_t)(end + 1 - rest);
			memmove(rest, end + 1, len);
		}
	}
	rest[len] = '\0';
	return 1;
}

static void
check_stream(void)
{
	static char rest[65536];
	struct scene scene;
	char *lines = make_lines(N_LONG, LONG_SIZE);
	size_t done = 0, len = LONG_LEN;
	int next = 0, reader, is_right = 1;

	scene_open(&scene, &sink_syslog, SOCK_STREAM);
	done = put(&scene, lines, len, LOG_STDOUT);
	reader = accept(scene.receiver, NULL, NULL);
	fcntl(reader, F_SETFL, O_NONBLOCK);
	ok(done > 0 && done < len && errno == EAGAIN &&
	    scene.sink.wait_fd != -1 && !is_writable(scene.sink.wait_fd),
	    "a stream is full when it is not read");
	is_right = read_stream(reader, &next, rest, sizeof(rest));
	ok(is_right && next > 0, "what was put has NULs at its ends");
	ok(is_writable(scene.sink.wait_fd), "read, it is not full any more");
	/* Twice more, and the reader ends in the middle of a message. */
	done += put(&scene, lines + done, len - done, LOG_STDOUT);
	is_right = read_stream(reader, &next, rest, sizeof(rest));
	done += put(&scene, lines + done, len - done, LOG_STDOUT);
	is_right = is_right && read_stream(reader, &next, rest, sizeof(rest));
	ok(is_right, "messages that went in part are completed");
	printf("# it ends behind line %d and %zu bytes\n", next,
	    strlen(rest));
	close(reader);
	rest[0] = '\0';
	done += put(&scene, lines + done, len - done, LOG_STDOUT);
	reader = accept(scene.receiver, NULL, NULL);
	fcntl(reader, F_SETFL, O_NONBLOCK);
	ok(reader != -1, "the next connection is made");
	while (is_right && (is_right = read_stream(reader, &next, rest,
	    sizeof(rest))) && done < len)
		done += put(&scene, lines + done, len - done, LOG_STDOUT);
	/* The last one may have gone in part. */
	while (!scene.sink.kind->close(&scene.sink))
		is_right = read_stream(reader, &next, rest, sizeof(rest));
	is_right = is_right && read_stream(reader, &next, rest, sizeof(rest));
	ok(is_right && next == N_LONG, "it begins with a whole message, and "
	    "each line is there once");
	close(reader);
	close(scene.receiver);
	free(lines);
}

static void
check_stream_close(void)
{
	static char rest[65536];
	struct scene scene;
	char *lines = make_lines(N_LONG, LONG_SIZE);
	size_t done;
	int64_t asked_us;
	int next = 0, reader;

	scene_open(&scene, &sink_syslog, SOCK_STREAM);
	done = put(&scene, lines, LONG_LEN, LOG_STDOUT);
	reader = accept(scene.receiver, NULL, NULL);
	fcntl(reader, F_SETFL, O_NONBLOCK);
	asked_us = clock_now_us();
	if (scene.sink.kind->close(&scene.sink))
		printf("# no message went in part\n");
	else
		ok(scene.sink.retry_at > asked_us,
		    "closing waits for the rest of a message");
	ok(read_stream(reader, &next, rest, sizeof(rest)),
	    "the reader goes on");
	ok(scene.sink.kind->close(&scene.sink), "then it closes");
	ok(read_stream(reader, &next, rest, sizeof(rest)) &&
	    rest[0] == '\0' && (size_t)next == done / LONG_SIZE,
	    "and all that counted as delivered is there");
	close(reader);
	close(scene.receiver);
	free(lines);
}

/* Does it close within MS? As the logger asks, when it is due. */
static int
closes(struct scene *scene, int64_t ms)
{
	int64_t deadline = clock_now_us() + ms * 1000;

	while (!scene->sink.kind->close(&scene->sink)) {
		if (clock_now_us() >= deadline)
			return 0;
		poll(NULL, 0, STEP_MS);
	}
	return 1;
}

/* The reader never goes on. */
static void
check_stuck(bool drops)
{
	struct scene scene;
	char *lines = make_lines(N_LONG, LONG_SIZE);
	int64_t begin_us = clock_now_us();
	int reader;

	scene_open(&scene, &sink_syslog, SOCK_STREAM);
	scene.log.drops = drops;
	/* Any message that goes in part will do. */
	(void)put(&scene, lines, LONG_LEN, LOG_STDOUT);
	reader = accept(scene.receiver, NULL, NULL);
	if (drops) {
		ok(closes(&scene, DEADLINE_MS), "drop: it is given up");
		ok(clock_now_us() - begin_us >= CLOSE_MS * 1000,
		    "but not at once");
		ok(scene.sink.dropped == 1, "and what was cut is counted");
	} else {
		ok(!closes(&scene, CLOSE_MS + 1500), "block: it is not");
	}
	close(reader);
	close(scene.receiver);
	unlink(scene.path);
	free(lines);
}

int
main(void)
{
	if (scenes_begin() == -1)
		return 1;
	check_stream();
	check_stream_close();
	check_stuck(true);
	check_stuck(false);
	scenes_end();
	return done_testing();
}
