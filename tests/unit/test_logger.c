/*
 * Unit test of the whole logger, between a pipe that is filled in unusual ways
 * and a file. What the pipe took must be in the file, and nobody waits.
 */
#include "log/logger.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"

#include "tap.h"

enum {
	DEADLINE_US = 60000000,
	STEP_MS = 5,
	PIPES_MAX = 2000,
	UID = 54321,
};

static char directory[64] = "/tmp/test_logger.XXXXXX";

struct scene {
	char path[100];
	pid_t pid;		/* the logger's */
	int fd;			/* what the daemon writes to */
	int file;
};

static void
nap(void)
{
	poll(NULL, 0, STEP_MS);
}

/* Has PID ended by itself? */
static int
ends(pid_t pid)
{
	int64_t deadline = clock_now_us() + DEADLINE_US;
	int status;

	do {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFEXITED(status) && WEXITSTATUS(status) == 0;
		nap();
	} while (clock_now_us() < deadline);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return 0;
}

/* Takes pipes until there are only small ones left. */
static int
crowd(void)
{
	int ends[2], i, size = 0;

	for (i = 0; i < PIPES_MAX; i++) {
		if (pipe(ends) == -1)
			return 0;
		size = fcntl(ends[0], F_GETPIPE_SZ);
		if (size <= 8192) {
			close(ends[0]);
			close(ends[1]);
			return 1;
		}
		/* Larger ones come to the limit with fewer descriptors. */
		(void)fcntl(ends[0], F_SETPIPE_SZ, 1024 * 1024);
	}
	return 0;
}

/* Is there a limit on pipes, and is it ours? */
static int
can_crowd(void)
{
	int status = 1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(crowd() ? 0 : 1);
	waitpid(pid, &status, 0);
	return status == 0;
}

/* The logger's process; IS_CROWDED: it gets no large pipe any more. */
static void
be_logger(struct scene *scene, int input, struct log_target *target,
    bool drops, bool is_crowded)
{
	struct log log = {
		.name = "nap", .target_count = 1, .stamp = LOG_STAMP_NONE,
		.input = { -1, -1 }, .pid_fd = -1, .tap_fd = -1,
		.ready_fd = -1, .mode = 0640, .drops = drops,
	};
	sigset_t all;

	close(scene->fd);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	if (is_crowded && !crowd())
		_exit(99);
	log.target[0] = *target;
	log.input[LOG_STDOUT] = input;
	_exit(logger_run(&log));
}

/* KIND of file: 0: a regular one; otherwise a FIFO that nobody reads. */
static void
scene_open(struct scene *scene, mode_t kind, bool drops, bool is_crowded)
{
	struct log_target target = {
		.kind = LOG_TO_FILE, .streams = 1U << LOG_STDOUT,
	};
	int ends[2];

	snprintf(scene->path, sizeof(scene->path), "%s/log", directory);
	unlink(scene->path);
	if (kind == S_IFIFO && mkfifo(scene->path, 0600) == -1)
		perror("mkfifo");
	scene->file = open(scene->path, O_RDWR | O_CREAT | O_APPEND |
	    O_NONBLOCK | O_CLOEXEC, 0600);
	if (scene->file == -1 || pipe2(ends, O_CLOEXEC) == -1)
		perror("scene");
	target.path = scene->path;
	target.fd = scene->file;
	scene->fd = ends[1];
	fcntl(scene->fd, F_SETFL, O_NONBLOCK);
	scene->pid = fork();
	if (scene->pid == 0)
		be_logger(scene, ends[0], &target, drops, is_crowded);
	close(ends[0]);
}

/* Does the logger end with its daemon? */
static int
scene_ends(struct scene *scene)
{
	close(scene->fd);
	return ends(scene->pid);
}

static void
scene_close(struct scene *scene)
{
	close(scene->file);
	unlink(scene->path);
}

/* Writes all of it, as a daemon that waits. Returns whether it did. */
static int
says(int fd, const char *bytes, size_t len)
{
	int64_t deadline = clock_now_us() + DEADLINE_US;
	ssize_t n;

	while (len > 0 && clock_now_us() < deadline) {
		n = write(fd, bytes, len);
		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		} else {
			nap();
		}
	}
	return len == 0;
}

/* The same by N bytes that have a page of the pipe each. */
static int
says_in_pages(int fd, int from, int n)
{
	int64_t deadline = clock_now_us() + DEADLINE_US;
	off_t at = 0;

	while (n > 0 && clock_now_us() < deadline) {
		if (splice(from, &at, fd, NULL, 1, SPLICE_F_NONBLOCK) == 1) {
			n--;
			at = 0;
		} else {
			nap();
		}
	}
	return n == 0;
}

static int
is_in_file(const struct scene *scene, const char *bytes, size_t len)
{
	int64_t deadline = clock_now_us() + DEADLINE_US;
	char *got = malloc(len + 1);
	ssize_t n;

	do {
		n = pread(scene->file, got, len + 1, 0);
		if (n == (ssize_t)len)
			break;
		nap();
	} while (clock_now_us() < deadline);
	if (n != (ssize_t)len)
		printf("# %zd bytes, not %zu\n", n, len);
	n = n == (ssize_t)len && memcmp(got, bytes, len) == 0;
	free(got);
	return (int)n;
}

/* Does ps show PID as a logger, now or soon? */
static int
is_titled(pid_t pid)
{
	int64_t deadline = clock_now_us() + DEADLINE_US;
	char path[64], text[256];

	snprintf(path, sizeof(path), "/proc/%ld/cmdline", (long)pid);
	do {
		if (fd_read_path(path, text, sizeof(text)) != -1 &&
		    strncmp(text, "daemonize: log of nap", 21) == 0)
			return 1;
		nap();
	} while (clock_now_us() < deadline);
	printf("# it is called %s\n", text);
	return 0;
}

/*
 * Who is told that it has begun, and daemonctl behind him, looks for its
 * title. Nobody hears it yet: then it waits to tell.
 */
static void
check_title(int argc, char **argv)
{
	struct log log = {
		.name = "nap", .argc = argc, .argv = argv,
		.input = { -1, -1 }, .pid_fd = -1, .tap_fd = -1,
	};
	char bytes[4096] = "";
	int ends_of[2];
	pid_t pid;

	if (pipe2(ends_of, O_CLOEXEC | O_NONBLOCK) == -1)
		perror("pipe");
	while (write(ends_of[1], bytes, sizeof(bytes)) > 0)
		continue;
	fcntl(ends_of[1], F_SETFL, 0);
	log.ready_fd = ends_of[1];
	pid = fork();
	if (pid == 0) {
		close(ends_of[0]);
		_exit(logger_run(&log));
	}
	close(ends_of[1]);
	ok(is_titled(pid), "its title is there before it says it has begun");
	while (read(ends_of[0], bytes, sizeof(bytes)) > 0)
		continue;
	ok(ends(pid), "then it says so");
	close(ends_of[0]);
}

/* A user who has many pipes gets small ones (pipe(7), pipe-user-pages-soft). */
static void
check_crowd(void)
{
	enum { LONG = 30000 };
	static char text[LONG + 7];
	struct scene scene;

	memset(text, 'x', LONG);
	memcpy(text + LONG, "\nafter\n", 7);
	scene_open(&scene, 0, false, true);
	ok(says(scene.fd, text, LONG + 1), "a long line into a small pipe");
	ok(is_in_file(&scene, text, LONG + 1),
	    "arrives while the daemon lives");
	ok(says(scene.fd, text + LONG + 1, 6), "so does one more");
	ok(scene_ends(&scene) && is_in_file(&scene, text, LONG + 7),
	    "and nothing but the two");
	scene_close(&scene);

	scene_open(&scene, 0, false, true);
	ok(says(scene.fd, text, LONG), "a long line without an end");
	ok(scene_ends(&scene) && is_in_file(&scene, text, LONG),
	    "arrives when the daemon has gone");
	scene_close(&scene);
}

/* So does one whose parts take a page each, however short they are. */
static void
check_pages(void)
{
	enum { PARTS = 400 };
	static char text[PARTS + 1];
	struct scene scene;
	char path[100];
	int from;

	snprintf(path, sizeof(path), "%s/x", directory);
	from = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (write(from, "x", 1) != 1)
		perror(path);
	memset(text, 'x', PARTS);
	text[PARTS] = '\n';
	scene_open(&scene, 0, false, false);
	ok(says_in_pages(scene.fd, from, PARTS),
	    "a short line that fills the pipe");
	ok(says(scene.fd, "\n", 1) && is_in_file(&scene, text, PARTS + 1),
	    "arrives while the daemon lives");
	ok(scene_ends(&scene), "the logger ends with it");
	scene_close(&scene);

	/* The daemon makes its pipe smaller than it was. */
	scene_open(&scene, 0, false, false);
	ok(says(scene.fd, text, 1), "half a line in a pipe");
	fcntl(scene.fd, F_SETPIPE_SZ, 4096);
	ok(says_in_pages(scene.fd, from, PARTS - 1) &&
	    says(scene.fd, "\n", 1) && is_in_file(&scene, text, PARTS + 1),
	    "that the daemon makes smaller arrives");
	ok(scene_ends(&scene), "the logger ends with it");
	scene_close(&scene);
	close(from);
	unlink(path);
}

/*
 * A FIFO that nobody reads: the logger waits for it like for any target, and
 * where it drops, the daemon does not wait, whether the pipe is full of bytes
 * or of pieces.
 */
static void
check_fifo(void)
{
	static char text[1024 * 1024];
	enum { PARTS = 1000, TIMES = 3 };
	struct scene scene;
	char path[100];
	int from, i, is_through = 1;

	snprintf(path, sizeof(path), "%s/newline", directory);
	from = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (write(from, "\n", 1) != 1)
		perror(path);
	memset(text, '\n', sizeof(text));
	scene_open(&scene, S_IFIFO, true, false);
	for (i = 0; i < TIMES; i++)
		is_through &= says(scene.fd, text, sizeof(text));
	ok(is_through, "drop: a FIFO that nobody reads holds nobody up");
	ok(says_in_pages(scene.fd, from, PARTS),
	    "nor where the pipe is full of single bytes");
	ok(scene_ends(&scene), "the logger ends with its daemon");
	scene_close(&scene);
	close(from);
	unlink(path);
}

int
main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	if (mkdtemp(directory) == NULL) {
		perror(directory);
		return 1;
	}
	/* Limits on pipes are not root's. */
	if (geteuid() == 0 && (chown(directory, UID, (gid_t)-1) == -1 ||
	    setgid(UID) == -1 || setuid(UID) == -1))
		printf("# still root: %s\n", strerror(errno));
	check_title(argc, argv);
	if (can_crowd())
		check_crowd();
	else
		printf("# any number of large pipes is to be had\n");
	check_pages();
	check_fifo();
	(void)rmdir(directory);
	return done_testing();
}
