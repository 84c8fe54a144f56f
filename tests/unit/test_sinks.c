/*
 * Unit test of the sinks that are not files: syslog, journal and command,
 * against sockets and programs of our own; and of base/child.
 */
#include "log/kinds.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/fd.h"

#include "tap.h"

enum {
	DEADLINE_MS = 20000,
	STEP_MS = 5,
	MESSAGE_SIZE = 256 * 1024,
	/* So long that one system call of them is more than a page. */
	N_LONG = 5000,
	LONG_SIZE = 1500,
	LONG_LEN = N_LONG * LONG_SIZE,
};

static char directory[64] = "/tmp/test_sinks.XXXXXX";
static struct log default_log = { .name = "nap", .tap_fd = -1, .pid_fd = -1 };

/* A sink, and the socket that its lines should come to. */
struct scene {
	struct log log;
	struct log_target target;
	struct sink sink;
	char path[100];
	int receiver;
};

static char message[MESSAGE_SIZE + 1];

/* --- helpers --- */

/* Lets a moment pass that nothing announces the end of. */
static void
pass(void)
{
	poll(NULL, 0, STEP_MS);
}

static int
make_socket(const char *path, int type)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	unlink(path);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == -1)
		perror(path);
	if (type == SOCK_STREAM)
		listen(fd, 5);
	return fd;
}

/* The next message into message[]. Returns its length, or -1. */
static ssize_t
receive(int fd)
{
	ssize_t n = recv(fd, message, MESSAGE_SIZE, 0);

	message[n < 0 ? 0 : n] = '\0';
	return n;
}

static void
scene_init(struct scene *scene, const struct sink_kind *kind, int type)
{
	*scene = (struct scene){ .log = default_log, .receiver = -1 };
	snprintf(scene->path, sizeof(scene->path), "%s/socket", directory);
	if (type != 0)
		scene->receiver = make_socket(scene->path, type);
	scene->target.path = scene->path;
	scene->target.priority[LOG_STDOUT] = LOG_DAEMON | LOG_INFO;
	scene->target.priority[LOG_STDERR] = LOG_DAEMON | LOG_ERR;
	scene->sink = (struct sink){
		.kind = kind, .log = &scene->log, .target = &scene->target,
		.wait_fd = -1, .daemon = 77,
	};
}

static void
scene_open(struct scene *scene, const struct sink_kind *kind, int type)
{
	scene_init(scene, kind, type);
	if (kind->open(&scene->sink) == -1)
		perror("open");
}

static void
scene_close(struct scene *scene)
{
	ok(scene->sink.kind->close(&scene->sink), "it closes at once");
	if (scene->receiver != -1)
		close(scene->receiver);
	unlink(scene->path);
}

/* As sink.c does it: until all of it is through or it does not go on. */
static size_t
put(struct scene *scene, const char *bytes, size_t len, enum log_stream stream)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = scene->sink.kind->put(&scene->sink, bytes + done,
		    len - done, stream);
		if (n == -1)
			return done;
		done += (size_t)n;
	}
	return done;
}

static int
put_text(struct scene *scene, const char *text)
{
	return put(scene, text, strlen(text), LOG_STDOUT) == strlen(text);
}

static int
is_writable(int fd)
{
	struct pollfd can = { .fd = fd, .events = POLLOUT };

	return poll(&can, 1, 0) == 1;
}

/* N lines "line 000000 ..." of SIZE bytes, to be freed. */
static char *
make_lines(int n, size_t size)
{
	char *lines = malloc((size_t)n * size + 1);
	int i;

	memset(lines, '.', (size_t)n * size);
	for (i = 0; i < n; i++) {
		snprintf(lines + (size_t)i * size, 13, "line %06d ", i);
		lines[(size_t)i * size + 12] = '.';
		lines[(size_t)(i + 1) * size - 1] = '\n';
	}
	lines[(size_t)n * size] = '\0';
	return lines;
}

/* The number in the line of a message, or -1. */
static int
line_number(const char *text)
{
	const char *line = strstr(text, ": line ");

	return line == NULL ? -1 : (int)strtol(line + 7, NULL, 10);
}

/* --- syslog --- */

/* Is message[] what syslog(3) would have sent, now or a second ago? */
static int
is_message(const char *priority, const char *rest)
{
	char want[4096], when[64];
	time_t now = time(NULL);
	int ago;

	for (ago = 0; ago < 3; ago++) {
		time_t then = now - ago;

		strftime(when, sizeof(when), "%b %e %H:%M:%S",
		    localtime(&then));
		snprintf(want, sizeof(want), "%s%s %s", priority, when, rest);
		if (strcmp(message, want) == 0)
			return 1;
	}
	printf("# got %.200s\n# want %.200s\n", message, want);
	return 0;
}

static void
check_syslog_form(void)
{
	struct scene scene;

	scene_open(&scene, &sink_syslog, SOCK_DGRAM);
	ok(put_text(&scene, "hello\n\n\nwide world\n"), "lines are put");
	receive(scene.receiver);
	ok(is_message("<30>", "nap[77]: hello"), "the first as syslog(3) has "
	    "it, in local time");
	receive(scene.receiver);
	ok(is_message("<30>", "nap[77]: wide world"), "then the second");
	ok(receive(scene.receiver) == -1, "empty lines are left out");
	ok(put_text(&scene, "\n\n"), "also where there are no others");
	put(&scene, "no\n", 3, LOG_STDERR);
	receive(scene.receiver);
	ok(is_message("<27>", "nap[77]: no"),
	    "stderr has a priority of its own");
	put_text(&scene, "the end");
	receive(scene.receiver);
	ok(is_message("<30>", "nap[77]: the end"),
	    "a line without an end arrives as well");
	scene.sink.daemon = 0;
	put_text(&scene, "nobody\n");
	receive(scene.receiver);
	ok(is_message("<30>", "nap: nobody"), "a pid that is not known is "
	    "left out");
	put_text(&scene, "a\tb \\ \xc3\xa9\xff\x01\x1f\x7f\r\n");
	receive(scene.receiver);
	ok(is_message("<30>", "nap: a\tb \\ \xc3\xa9\xff\\001\\037\\177\\015"),
	    "control characters but tab are octal");
	put(&scene, "a\0b long enough for words\0\n", 27, LOG_STDOUT);
	receive(scene.receiver);
	ok(is_message("<30>", "nap: a\\000b long enough for words\\000"),
	    "and so is NUL");
	scene_close(&scene);
}

static void
check_syslog_ident(void)
{
	static const char *const names[][2] = {
		{ "a b[c]:d\ne\x7f", "a_b_c]_d_e_" },
		{ "abcdefghijklmnopqrstuvwxyz0123456789",
		    "abcdefghijklmnopqrstuvwxyz012345" },
		{ "abcdefghijklmnopqrstuvwxyz01234\xc3\xa9",
		    "abcdefghijklmnopqrstuvwxyz01234" },
		{ "", "daemonize" },
	};
	struct scene scene;
	char want[80];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		scene_init(&scene, &sink_syslog, SOCK_DGRAM);
		scene.log.name = names[i][0];
		scene.sink.kind->open(&scene.sink);
		put_text(&scene, "x\n");
		receive(scene.receiver);
		snprintf(want, sizeof(want), "%s[77]: x", names[i][1]);
		ok(is_message("<30>", want), "a name cannot break the form");
		scene_close(&scene);
	}
}

/* Puts COUNT times 'a' and END; the texts must have the lengths in WANT. */
static void
check_split(struct scene *scene, int count, const char *end,
    const int *want, const char *name)
{
	size_t len = (size_t)count + strlen(end);
	char *line = malloc(len + 1);
	int i, is_right = 1;

	memset(line, 'a', (size_t)count);
	memcpy(line + count, end, strlen(end) + 1);
	is_right = put(scene, line, len, LOG_STDOUT) == len;
	for (i = 0; want[i] != 0; i++) {
		if (receive(scene->receiver) == -1 ||
		    (int)strlen(strstr(message, ": ") + 2) != want[i])
			is_right = 0;
	}
	ok(is_right && receive(scene->receiver) == -1, name);
	free(line);
}

static void
check_syslog_split(void)
{
	struct scene scene;

	scene_open(&scene, &sink_syslog, SOCK_DGRAM);
	check_split(&scene, 2000, "\n", (int[]){ 2000, 0 },
	    "2000 bytes are one message");
	check_split(&scene, 2001, "\n", (int[]){ 2000, 1, 0 },
	    "2001 are two");
	check_split(&scene, 4000, "", (int[]){ 2000, 2000, 0 },
	    "so is the end of the stream");
	check_split(&scene, 1999, "\xc3\xa9\n", (int[]){ 1999, 2, 0 },
	    "no character of two bytes is split");
	check_split(&scene, 1997, "\xf0\x9f\x98\x80\n",
	    (int[]){ 1997, 4, 0 }, "nor one of four");
	check_split(&scene, 1996, "\xf0\x9f\x98\x80\n", (int[]){ 2000, 0 },
	    "which is whole where it fits");
	check_split(&scene, 1999, "\xc3xyz\n", (int[]){ 2000, 3, 0 },
	    "but what is no character is");
	check_split(&scene, 1995, "\x80\x80\x80\x80\x80\x80\x80\n",
	    (int[]){ 2000, 2, 0 }, "and so are stray bytes");
	check_split(&scene, 1997, "\x01\n", (int[]){ 1997, 4, 0 },
	    "no escape is split");
	check_split(&scene, 1996, "\x01\n", (int[]){ 2000, 0 },
	    "which is whole where it fits");
	scene_close(&scene);
}

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

static void
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

static void
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

/* --- syslog over a stream --- */

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
	int next = 0, reader;

	scene_open(&scene, &sink_syslog, SOCK_STREAM);
	done = put(&scene, lines, LONG_LEN, LOG_STDOUT);
	reader = accept(scene.receiver, NULL, NULL);
	fcntl(reader, F_SETFL, O_NONBLOCK);
	if (scene.sink.kind->close(&scene.sink))
		printf("# no message went in part\n");
	else
		ok(scene.sink.retry_at > clock_now_us(),
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

/* --- journal --- */

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

/* --- child --- */

/* What argv, or else command, writes to its standard output. */
static int
run_child(struct child *child, char *text, size_t size)
{
	int ends[2], status;
	ssize_t n;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) == -1)
		return -1;
	child->out = ends[1];
	pid = child_start(child);
	close(ends[1]);
	n = pid == -1 ? -1 : fd_read_all(ends[0], text, size - 1);
	text[n < 0 ? 0 : n] = '\0';
	close(ends[0]);
	if (pid == -1)
		return -1;
	waitpid(pid, &status, 0);
	return status;
}

static int
refuse(void *context)
{
	(void)context;
	errno = EOWNERDEAD;
	return -1;
}

/* Stands for a change of ids: it can be seen from inside. */
static int
move(void *context)
{
	return chdir(context);
}

static void
check_child(void)
{
	static const char *const argv[] = { "echo", "a b", "c", NULL };
	static const char *const missing[] = { "no-such-program", NULL };
	static const char *const absent[] = { "/nowhere/program", NULL };
	static const char *const text[] = { "/etc/passwd", NULL };
	char *const env[] = { (char[]){ "GREETING=moin" }, NULL };
	char got[256];
	struct child child = { .argv = argv, .in = -1, .out = -1 };

	ok(run_child(&child, got, sizeof(got)) == 0, "a program is started");
	is_str(got, "a b c\n", "with its arguments");
	child = (struct child){ .in = -1, .env = env,
		.command = "echo $GREETING; cat; echo x >&2" };
	ok(run_child(&child, got, sizeof(got)) == 0, "a command is started");
	is_str(got, "moin\n", "with its environment, and nothing to read");
	child = (struct child){ .in = -1, .command = "pwd", .drop = move,
		.context = directory };
	ok(run_child(&child, got, sizeof(got)) == 0 &&
	    strncmp(got, directory, strlen(directory)) == 0,
	    "the drop is done in the child");
	child.drop = refuse;
	ok(run_child(&child, got, sizeof(got)) == -1 && errno == EOWNERDEAD,
	    "when it fails, so does the start");
	child = (struct child){ .in = -1, .argv = missing };
	ok(run_child(&child, got, sizeof(got)) == -1 && errno == ENOENT,
	    "a program that is not there fails");
	child.argv = absent;
	ok(run_child(&child, got, sizeof(got)) == -1 && errno == ENOENT,
	    "so does an absolute one, at exec");
	child.argv = text;
	ok(run_child(&child, got, sizeof(got)) == -1 && errno == EACCES,
	    "or one that is no program");
	ok(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD,
	    "and nothing is left to be waited for");
	ok(child_is_available("cat") && child_is_available("/bin/sh") &&
	    !child_is_available("no-such-program") &&
	    !child_is_available("/etc/passwd") &&
	    !child_is_available("/etc") && !child_is_available(""),
	    "it is known what is available");
}

static void
check_child_world(void)
{
	struct child child = { .in = -1, .command = "kill -INT $$; echo" };
	char got[256], want[32];
	sigset_t term, before;
	int status, fd;
	pid_t pid;

	sigemptyset(&term);
	sigaddset(&term, SIGINT);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, &before);
	sigaction(SIGINT, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
	status = run_child(&child, got, sizeof(got));
	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT,
	    "signals are neither blocked nor ignored");
	child.command = "kill -TERM $$; echo";
	status = run_child(&child, got, sizeof(got));
	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM, "none is");
	sigprocmask(SIG_SETMASK, NULL, &term);
	ok(sigismember(&term, SIGINT) && sigismember(&term, SIGTERM) &&
	    !sigismember(&term, SIGHUP), "ours are as they were");
	sigaction(SIGINT, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
	sigprocmask(SIG_SETMASK, &before, NULL);
	fd = dup2(STDIN_FILENO, 9);
	child.command = "(exec <&9) 2>/dev/null && echo open || echo closed";
	ok(fd == 9 && run_child(&child, got, sizeof(got)) == 0 &&
	    strcmp(got, "closed\n") == 0, "other descriptors are closed");
	close(fd);
	child.command = "nice";
	run_child(&child, got, sizeof(got));
	snprintf(want, sizeof(want), "%ld\n", strtol(got, NULL, 10) + 10);
	child.is_low_priority = true;
	ok(run_child(&child, got, sizeof(got)) == 0 &&
	    (strcmp(got, want) == 0 || strcmp(got, "19\n") == 0),
	    "low priority is 10 nicer");
	child = (struct child){ .in = -1, .out = -1, .command = "exit 3" };
	pid = child_start(&child);
	ok(pid > 0 && getpgid(pid) == pid, "it has a group of its own");
	ok(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 3,
	    "its status is for us");
}

/* --- command --- */

/* The file NAME in our directory, into message[]. */
static const char *
contents(const char *name)
{
	char path[200];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	if (fd_read_path(path, message, sizeof(message)) == -1)
		message[0] = '\0';
	return message;
}

static void
command_start(struct scene *scene, const char *command)
{
	scene_init(scene, &sink_command, 0);
	scene->log.rights.drop = move;
	scene->log.rights.context = directory;
	scene->target.path = command;
	ok(sink_command.open(&scene->sink) == 0, command);
}

/* Waits for the command that is at work, and tells the sink. */
static void
command_bury(struct scene *scene)
{
	int status;
	pid_t pid = waitpid(-1, &status, 0);

	sink_command.bury(&scene->sink, pid, status);
}

static void
command_end(struct scene *scene)
{
	while (!sink_command.close(&scene->sink))
		command_bury(scene);
	ok(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD,
	    "nobody is left");
}

/* Puts TEXT as soon as the command is there to take it. */
static int
put_later(struct scene *scene, const char *text)
{
	size_t done = 0, len = strlen(text);
	int waited_ms;

	for (waited_ms = 0; waited_ms < DEADLINE_MS; waited_ms += STEP_MS) {
		done += put(scene, text + done, len - done, LOG_STDOUT);
		if (done == len)
			return 1;
		if (errno != EPIPE && errno != EAGAIN)
			return 0;
		pass();
	}
	return 0;
}

static void
check_command(void)
{
	struct scene scene;

	command_start(&scene, "cat >>lines; exec sleep 0.2");
	ok(put_text(&scene, "one\ntwo\n") && put_text(&scene, "\n\1three"),
	    "lines are put");
	ok(!sink_command.close(&scene.sink), "closing waits for the end");
	ok(!sink_command.close(&scene.sink), "also when asked again");
	command_bury(&scene);
	ok(sink_command.close(&scene.sink), "until it has come");
	ok(sink_command.close(&scene.sink), "which stays so");
	is_str(contents("lines"), "one\ntwo\n\n\1three",
	    "every byte has arrived, with the drop done");
	scene_init(&scene, &sink_command, 0);
	scene.log.rights.drop = refuse;
	scene.target.path = "cat >lines";
	ok(sink_command.open(&scene.sink) == -1 && errno == EOWNERDEAD,
	    "with the wrong ids it is not started");
}

static void
check_command_restart(void)
{
	struct scene scene;
	char gone[100];
	int64_t started_us = clock_now_us();

	command_start(&scene, "head -c 6 >>again");
	ok(put_text(&scene, "one\ntw"), "half a line is put");
	command_bury(&scene);
	ok(put(&scene, "o\n", 2, LOG_STDOUT) == 0 && errno == EPIPE &&
	    scene.sink.wait_fd == -1, "a dead command takes nothing");
	sink_command.bury(&scene.sink, 1, 0);
	ok(put_later(&scene, "o\n"), "it is started again");
	ok(clock_now_us() - started_us >= 1000000, "but not at once");
	command_end(&scene);
	is_str(contents("again"), "one\ntwtwo\n",
	    "and the line that was under way begins again");

	command_start(&scene, "exec <&-; touch gone; exec sleep 0.3");
	snprintf(gone, sizeof(gone), "%s/gone", directory);
	while (access(gone, F_OK) == -1)
		pass();
	ok(put(&scene, "one\n", 4, LOG_STDOUT) == 0 && errno == EPIPE,
	    "a command that closes its input gets nothing");
	ok(put(&scene, "one\n", 4, LOG_STDOUT) == 0 && errno == EPIPE,
	    "and is not started beside itself");
	command_end(&scene);
}

/* A line longer than what is kept of one, for a command that dies in it. */
static void
check_command_headless(void)
{
	struct scene scene;
	char *line = malloc(70001);

	memset(line, 'x', 70000);
	line[70000] = '\0';
	command_start(&scene, "test -e first || { : >first; "
	    "exec head -c 70000 >long; }; cat >>rest");
	ok(put_later(&scene, line + 35000) && put_later(&scene, line + 35000),
	    "a long line is begun");
	command_bury(&scene);
	ok(put_later(&scene, "yz\nnext\n"), "it is started again");
	command_end(&scene);
	is_str(contents("rest"), "yz\nnext\n", "a line that is too long to be "
	    "kept goes on where it was");
	free(line);
}

static void
check_command_full(void)
{
	struct scene scene;
	char gate[100], *lines = make_lines(100000, 12);
	size_t len = 100000 * 12, done;
	struct pollfd can = { .events = POLLOUT };
	int fd;

	snprintf(gate, sizeof(gate), "%s/gate", directory);
	if (mkfifo(gate, 0600) == -1)
		perror(gate);
	command_start(&scene, "read go <gate; cat >all");
	done = put(&scene, lines, len, LOG_STDOUT);
	ok(done > 0 && done < len && errno == EAGAIN &&
	    scene.sink.wait_fd != -1 && !is_writable(scene.sink.wait_fd),
	    "a command that does not read is to be waited for");
	fd = open(gate, O_WRONLY | O_CLOEXEC);
	ok(write(fd, "go\n", 3) == 3, "it reads");
	close(fd);
	while (done < len) {
		can.fd = scene.sink.wait_fd;
		if (poll(&can, 1, DEADLINE_MS) != 1)
			break;
		done += put(&scene, lines + done, len - done, LOG_STDOUT);
	}
	command_end(&scene);
	ok(done == len, "all of it is put");
	contents("all");
	ok(strncmp(message, lines, MESSAGE_SIZE) == 0,
	    "and arrives in order");
	free(lines);
}

/* Removes our directory, which has nothing but files in it. */
static void
clean_up(void)
{
	static const char *const argv[] = {
		"rm", "-rf", "--", directory, NULL
	};
	pid_t pid = child_start(&(struct child){
		.argv = argv, .in = -1, .out = -1 });

	waitpid(pid, NULL, 0);
}

int
main(void)
{
	sigaction(SIGPIPE, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
	/* Half an hour off, so that it cannot be the time of here. */
	setenv("TZ", "XYZ-5:30", 1);
	tzset();
	fd_reserve_standard();
	if (mkdtemp(directory) == NULL) {
		perror(directory);
		return 1;
	}
	check_syslog_form();
	check_syslog_ident();
	check_syslog_split();
	check_full(&sink_syslog);
	check_restart(&sink_syslog);
	check_stream();
	check_stream_close();
	check_journal_form();
	check_journal_split();
	check_full(&sink_journal);
	check_restart(&sink_journal);
	check_child();
	check_child_world();
	check_command();
	check_command_restart();
	check_command_headless();
	check_command_full();
	clean_up();
	return done_testing();
}
