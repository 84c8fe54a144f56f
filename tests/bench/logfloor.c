/*
 * The least that can be called logging: what comes in goes into a file.
 *
 *	logfloor copy FILE [gather]
 *	logfloor stamp FILE [gather]
 *	logfloor rotate FILE SIZE
 *
 * copy reads and writes, through a pipe of 1 MiB.  stamp also looks for every
 * newline and copies each line behind a prefix of 28 bytes that never changes.
 * rotate copies, and goes on in a file with a new number, FILE.N, when SIZE
 * bytes are in the last one; five of these stay.  With gather, half a
 * millisecond passes after every read, so that a producer of small writes
 * wakes nobody.  Lines are torn at a rotation, nobody looks at a clock or a
 * signal, and what fails is not tried again.  No logger can be much faster,
 * and none should be this careless.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	PIPE_LEN = 1024 * 1024,
	READ_LEN = 512 * 1024,	/* large folios of the file */
	TEXT_LEN = 768 * 1024,
	KEEP = 5,
	GATHER_NS = 500 * 1000,
	PATH_LEN = 4096,
};

static const char prefix[] = "2000-01-01T00:00:00.000000Z ";
enum { PREFIX_LEN = sizeof(prefix) - 1 };

static int
file_open(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);

	if (fd == -1)
		err(1, "cannot open %s", path);
	return (fd);
}

static void
file_write(int fd, const char *bytes, size_t len)
{
	ssize_t n;

	for (; len > 0; bytes += n, len -= (size_t)n)
		if ((n = write(fd, bytes, len)) == -1)
			err(1, "cannot write");
}

static void
pause_for(long ns)
{
	const struct timespec moment = { .tv_nsec = ns };

	if (ns > 0)
		(void)nanosleep(&moment, NULL);	/* woken early: no harm */
}

static void
copy(int fd, long pause_ns)
{
	static char bytes[READ_LEN];
	ssize_t n;

	while ((n = read(STDIN_FILENO, bytes, sizeof(bytes))) > 0) {
		file_write(fd, bytes, (size_t)n);
		pause_for(pause_ns);
	}
}

static void
stamp(int fd, long pause_ns)
{
	static char bytes[READ_LEN], text[TEXT_LEN];
	const char *line, *end, *newline;
	int is_begin = 1;
	size_t used = 0, len;
	ssize_t n;

	while ((n = read(STDIN_FILENO, bytes, sizeof(bytes))) > 0) {
		for (line = bytes, end = bytes + n; line < end; line += len) {
			newline = memchr(line, '\n', (size_t)(end - line));
			len = (size_t)((newline ? newline + 1 : end) - line);
			if (used + PREFIX_LEN + len > sizeof(text)) {
				file_write(fd, text, used);
				used = 0;
			}
			if (is_begin) {
				memcpy(text + used, prefix, PREFIX_LEN);
				used += PREFIX_LEN;
			}
			memcpy(text + used, line, len);
			used += len;
			is_begin = newline != NULL;
		}
		file_write(fd, text, used);
		used = 0;
		pause_for(pause_ns);
	}
}

static int
file_next(const char *path, int number, int fd)
{
	char name[PATH_LEN];

	if (fd != -1)
		close(fd);
	snprintf(name, sizeof(name), "%s.%d", path, number - KEEP - 1);
	if (number > KEEP && unlink(name) == -1)
		err(1, "cannot remove %s", name);
	snprintf(name, sizeof(name), "%s.%d", path, number);
	return (file_open(name));
}

static void
rotate(const char *path, size_t size)
{
	static char bytes[READ_LEN];
	int number = 0, fd = file_next(path, number, -1);
	size_t used = 0;
	ssize_t n;

	for (; (n = read(STDIN_FILENO, bytes, sizeof(bytes))) > 0;
	    used += (size_t)n) {
		if (used + (size_t)n > size) {
			fd = file_next(path, ++number, fd);
			used = 0;
		}
		file_write(fd, bytes, (size_t)n);
	}
}

int
main(int argc, char *argv[])
{
	long pause_ns = argc == 4 && strcmp(argv[3], "gather") == 0 ?
	    GATHER_NS : 0;

	if (argc < 3)
		errx(2, "usage: logfloor copy|stamp|rotate FILE [WORD]");
	/* Without privilege there may be a lower limit: smaller, then. */
	(void)fcntl(STDIN_FILENO, F_SETPIPE_SZ, PIPE_LEN);
	if (strcmp(argv[1], "copy") == 0)
		copy(file_open(argv[2]), pause_ns);
	else if (strcmp(argv[1], "stamp") == 0)
		stamp(file_open(argv[2]), pause_ns);
	else if (strcmp(argv[1], "rotate") == 0 && argc == 4)
		rotate(argv[2], strtoul(argv[3], NULL, 10));
	else
		errx(2, "not a floor: %s", argv[1]);
	return (0);
}
