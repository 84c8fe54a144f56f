/*
 * Unit test of the sink for the journal: fields and length of its messages, and
 * what becomes of them without a reader.
 */
#include "scene.h"

#include <stdlib.h>
#include <unistd.h>

#include "tap.h"

static void
check_journal_form(void)
{
	static const char head[] = "PRIORITY=6\nSYSLOG_IDENTIFIER=nap\n"
	    "SYSLOG_PID=77\nDAEMONIZE_STREAM=stdout\n";
	static const char with_nul[] = "MESSAGE\n\5\0\0\0\0\0\0\0a\0\1b\x7f\n";
	struct scene scene;
	char want[4096];
	ssize_t n;

	scene_open(&scene, &sink_journal, SOCK_DGRAM);
	ok(put_text(&scene, "hello\n\n\twide \xc3\xa9\xff=\n"),
	    "lines are put");
	receive(scene.receiver);
	snprintf(want, sizeof(want), "%sMESSAGE=hello\n", head);
	is_str(message, want, "a line is an entry, field by field");
	receive(scene.receiver);
	snprintf(want, sizeof(want), "%sMESSAGE=\twide \xc3\xa9\xff=\n",
	    head);
	is_str(message, want, "its bytes are as they are");
	ok(receive(scene.receiver) == -1, "empty lines are left out");
	put(&scene, "a\0\1b\x7f\n", 6, LOG_STDOUT);
	n = receive(scene.receiver);
	ok((size_t)n == strlen(head) + sizeof(with_nul) - 1 &&
	    memcmp(message, head, strlen(head)) == 0 &&
	    memcmp(message + strlen(head), with_nul,
	    sizeof(with_nul) - 1) == 0,
	    "control characters come with their length");
	scene.sink.daemon = 0;
	put(&scene, "x", 1, LOG_STDERR);
	receive(scene.receiver);
	is_str(message, "PRIORITY=3\nSYSLOG_IDENTIFIER=nap\n"
	    "DAEMONIZE_STREAM=stderr\nMESSAGE=x\n",
	    "stderr, no pid, no newline");
	scene_close(&scene);
	scene_init(&scene, &sink_journal, SOCK_DGRAM);
	scene.log.name = "a b[c]:\nMESSAGE=d";
	scene.sink.kind->open(&scene.sink);
	put_text(&scene, "x\n");
	receive(scene.receiver);
	ok(strstr(message, "\nSYSLOG_IDENTIFIER=a b[c]:_MESSAGE=d\n") != NULL,
	    "a name cannot make a field");
	scene_close(&scene);
}

/* Receives pieces of LINE, LEN bytes. Returns the longest; 0: not the line. */
static size_t
receive_pieces(int fd, const char *line, size_t len, int *count)
{
	size_t at = 0, longest = 0, text;
	ssize_t n;

	for (*count = 0; (n = receive(fd)) != -1; ++*count) {
		const char *field = strstr(message, "\nMESSAGE=");

		if (field == NULL || message[n - 1] != '\n')
			return 0;
		field += strlen("\nMESSAGE=");
		text = (size_t)(message + n - 1 - field);
		if (text > len - at || memcmp(line + at, field, text) != 0)
			return 0;
		at += text;
		if (text > longest)
			longest = text;
	}
	return at == len ? longest : 0;
}

static void
check_journal_split(void)
{
	enum { LINE_MAX_KEPT = 48 * 1024, LEN = 100 * 1024 };
	struct scene scene;
	char *line = malloc(LEN + 1);
	size_t done, n, longest;
	int count, fd, size = 4096;

	memset(line, 'a', LEN);
	line[LEN] = '\n';
	scene_open(&scene, &sink_journal, SOCK_DGRAM);
	/* The number that the sink's socket is about to get. */
	fd = dup(0);
	close(fd);
	ok(put(&scene, line, LEN + 1, LOG_STDOUT) == LEN + 1 &&
	    receive_pieces(scene.receiver, line, LEN, &count) ==
	    LINE_MAX_KEPT && count == 3, "a line over 48 KiB is split");
	line[LINE_MAX_KEPT] = '\n';
	ok(put(&scene, line, LINE_MAX_KEPT + 1, LOG_STDOUT) ==
	    LINE_MAX_KEPT + 1 && receive_pieces(scene.receiver, line,
	    LINE_MAX_KEPT, &count) == LINE_MAX_KEPT && count == 1,
	    "one of 48 KiB is not");
	memcpy(line + LINE_MAX_KEPT - 1, "\xc3\xa9", 2);
	ok(put(&scene, line, LEN + 1, LOG_STDOUT) == LEN + 1 &&
	    receive_pieces(scene.receiver, line, LEN, &count) ==
	    LINE_MAX_KEPT && count == 3, "a character is not split");
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	for (done = 0; done < LEN; done += n) {
		n = put(&scene, line + done, LEN - done, LOG_STDOUT);
		longest = receive_pieces(scene.receiver, line + done, n,
		    &count);
		if (longest == 0 || longest > 2 * (size_t)size)
			break;
	}
	ok(done == LEN, "pieces are no larger than the socket takes");
	scene_close(&scene);
	free(line);
}

int
main(void)
{
	if (scenes_begin() == -1)
		return 1;
	check_journal_form();
	check_journal_split();
	check_full(&sink_journal);
	check_restart(&sink_journal);
	scenes_end();
	return done_testing();
}
