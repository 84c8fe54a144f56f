/*
 * What the sinks that send datagrams have in common: their receiver is full,
 * slow, or away.
 */
#include "scene.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "tap.h"

/*
 * Everything of LINES into a reader that takes one message at a time.
 * Returns how many arrived in order, or -1 when one is missing or double.
 */
static int
put_slowly(struct scene *scene, const char *lines, size_t len)
{
	size_t done = 0;
	int next = 0;

	do {
		done += put(scene, lines + done, len - done, LOG_STDOUT);
		while (receive(scene->receiver) != -1) {
			if (line_number(message) != next++)
				return -1;
			if (done < len && next % 3 == 0)
				break;
		}
	} while (done < len);
	return next;
}

void
check_full(const struct sink_kind *kind)
{
	struct scene scene;
	char *lines = make_lines(3000, 12);
	size_t done;
	int next, other;

	scene_open(&scene, kind, SOCK_DGRAM);
	done = put(&scene, lines, 36000, LOG_STDOUT);
	if (done == 36000) {
		printf("# the queue takes 3000 messages\n");
	} else {
		ok(errno == EAGAIN && scene.sink.wait_fd != -1 &&
		    done % 12 == 0, "a full queue is to be waited for");
		ok(!is_writable(scene.sink.wait_fd), "it is full");
		receive(scene.receiver);
		ok(is_writable(scene.sink.wait_fd),
		    "until a message is taken");
	}
	while (receive(scene.receiver) != -1)
		continue;
	next = kind == &sink_syslog ? put_slowly(&scene, lines, 36000) : 3000;
	ok(next == 3000, "a slow reader gets each line once, in order");
	done = put(&scene, lines, 36000, LOG_STDOUT);
	other = scene.receiver;
	scene.receiver = make_socket(scene.path, SOCK_DGRAM);
	close(other);
	ok(done == 36000 || is_writable(scene.sink.wait_fd),
	    "a full reader that ends is no reason to wait any more");
	ok(put_text(&scene, "line 000007\n") &&
	    receive(scene.receiver) != -1, "the next one gets what follows");
	scene_close(&scene);
	free(lines);
}

void
check_restart(const struct sink_kind *kind)
{
	struct scene scene;

	scene_open(&scene, kind, 0);
	ok(put(&scene, "line 1\n", 7, LOG_STDOUT) == 0 && errno == ENOENT,
	    "without a socket nothing is put");
	scene.receiver = make_socket(scene.path, SOCK_DGRAM);
	ok(put_text(&scene, "line 1\n") && receive(scene.receiver) != -1,
	    "when it comes, it arrives");
	close(scene.receiver);
	ok(put(&scene, "line 2\n", 7, LOG_STDOUT) == 0 &&
	    errno == ECONNREFUSED && scene.sink.wait_fd == -1,
	    "a socket that nobody has takes nothing");
	ok(put(&scene, "line 2\n", 7, LOG_STDOUT) == 0, "nor later");
	unlink(scene.path);
	ok(put(&scene, "line 2\n", 7, LOG_STDOUT) == 0 && errno == ENOENT,
	    "nor when its name has gone");
	scene.receiver = make_socket(scene.path, SOCK_DGRAM);
	ok(put_text(&scene, "line 2\nline 3\n") &&
	    receive(scene.receiver) != -1 && strstr(message, "line 2") &&
	    receive(scene.receiver) != -1 && strstr(message, "line 3") &&
	    receive(scene.receiver) == -1,
	    "when it comes back, it gets each line once");
	close(scene.receiver);
	scene.receiver = make_socket(scene.path, SOCK_DGRAM);
	ok(put_text(&scene, "line 4\n") && receive(scene.receiver) != -1 &&
	    receive(scene.receiver) == -1,
	    "that it was away meanwhile is not noticed");
	close(make_socket(scene.path, SOCK_DGRAM));
	close(scene.receiver);
	scene.receiver = make_socket(scene.path, SOCK_DGRAM);
	scene.sink.kind->reopen(&scene.sink);
	ok(put_text(&scene, "line 5\n") && receive(scene.receiver) != -1,
	    "it can be opened anew");
	scene_close(&scene);
}
