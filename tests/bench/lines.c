/*
 * lines: a daemon that has much to say, as fast as its output takes it.
 *
 *	lines [-1mn] REPORT BYTES LENGTH
 *
 * Writes BYTES bytes to the standard output, in lines of LENGTH: 64 KiB at a
 * time, wherever that falls in a line, or (-1) one write(2) a line.  With -n
 * every line begins with its number, of 12 digits.  Nothing else is written;
 * what does not fit into the words above is told by the exit status.
 * REPORT gets one line: the nanoseconds (CLOCK_MONOTONIC) at the beginning and
 * behind the last write, our processor time in microseconds and, with -m, how
 * many KiB the process that reads the pipe takes when it has read everything:
 * at most, and then.
 */
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	WRITE_LEN = 64 * 1024,
	LENGTH_MAX = 16 * 1024,
	DIGITS = 12,
	POLL_NS = 1000 * 1000,
	POLL_MAX = 20000,
};

static int64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return ((int64_t)now.tv_sec * 1000000000 + now.tv_nsec);
}

static int64_t
cpu_us(void)
{
	struct rusage used;

	(void)getrusage(RUSAGE_SELF, &used);	/* cannot fail */
	return ((int64_t)1000000 *
	    (used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
	    used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

/* Every line in BYTES gets its number, from FIRST on. */
static void
lines_number(char *bytes, size_t len, size_t length, uint64_t first)
{
	uint64_t rest;
	size_t at;
	int i;

	for (at = 0; at < len; at += length) {
		rest = first++;
		for (i = DIGITS - 1; i >= 0; i--) {
			bytes[at + (size_t)i] = (char)('0' + rest % 10);
			rest /= 10;
		}
	}
}

static int
lines_write(uint64_t total, size_t length, size_t each, int is_numbered)
{
	static char bytes[WRITE_LEN + 3 * LENGTH_MAX];
	size_t whole = (each / length + 2) * length, want, i;
	uint64_t done = 0;
	ssize_t n;

	for (i = 0; i < whole; i++)
		bytes[i] = (i + 1) % length == 0 ? '\n' :
		    (char)('a' + i % length % 26);
	while (done < total) {
		if (is_numbered)
			lines_number(bytes, whole, length, done / length);
		want = total - done < each ? (size_t)(total - done) : each;
		if ((n = write(STDOUT_FILENO, bytes + done % length, want)) < 0)
			return (-1);
		done += (uint64_t)n;
	}
	return (0);
}

static void
pipe_await_empty(void)
{
	const struct timespec moment = { .tv_nsec = POLL_NS };
	int polls, waiting = 0;

	for (polls = 0; polls < POLL_MAX; polls++) {
		if (ioctl(STDOUT_FILENO, FIONREAD, &waiting) == -1 ||
		    waiting == 0)
			return;
		(void)nanosleep(&moment, NULL);
	}
}

/* Has process PID our pipe open for reading? */
static int
is_reader(const char *pid, const struct stat *pipe)
{
	char path[512];
	struct dirent *entry;
	struct stat sb, link;
	int found = 0;
	DIR *fds;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	if ((fds = opendir(path)) == NULL)
		return (0);
	while (!found && (entry = readdir(fds)) != NULL)
		found = fstatat(dirfd(fds), entry->d_name, &sb, 0) == 0 &&
		    sb.st_dev == pipe->st_dev && sb.st_ino == pipe->st_ino &&
		    fstatat(dirfd(fds), entry->d_name, &link,
		    AT_SYMLINK_NOFOLLOW) == 0 && (link.st_mode & S_IRUSR) != 0;
	closedir(fds);
	return (found);
}

/* A number of /proc/PID/status, or 0. */
static long
status_value(const char *pid, const char *key)
{
	char path[512], line[256];
	long value = 0;
	FILE *status;

	snprintf(path, sizeof(path), "/proc/%s/status", pid);
	if ((status = fopen(path, "r")) == NULL)
		return (0);
	while (value == 0 && fgets(line, sizeof(line), status) != NULL)
		if (strncmp(line, key, strlen(key)) == 0)
			value = strtol(line + strlen(key), NULL, 10);
	fclose(status);
	return (value);
}

static void
reader_measure(long *most_kib, long *now_kib)
{
	struct dirent *entry;
	struct stat pipe;
	DIR *processes;

	if (fstat(STDOUT_FILENO, &pipe) == -1 || !S_ISFIFO(pipe.st_mode) ||
	    (processes = opendir("/proc")) == NULL)
		return;
	pipe_await_empty();
	while (*most_kib == 0 && (entry = readdir(processes)) != NULL) {
		if (entry->d_name[0] < '1' || entry->d_name[0] > '9' ||
		    !is_reader(entry->d_name, &pipe))
			continue;
		*most_kib = status_value(entry->d_name, "VmHWM:");
		*now_kib = status_value(entry->d_name, "VmRSS:");
	}
	closedir(processes);
}

int
main(int argc, char *argv[])
{
	int opt, is_numbered = 0, is_single = 0, has_memory = 0;
	long length, most_kib = 0, now_kib = 0;
	int64_t begin, end, used_us;
	uint64_t total;
	FILE *report;

	begin = now_ns();
	while ((opt = getopt(argc, argv, "1mn")) != -1) {
		is_single |= opt == '1';
		has_memory |= opt == 'm';
		is_numbered |= opt == 'n';
		if (opt == '?')
			return (2);
	}
	if (argc - optind != 3)
		return (2);
	total = strtoull(argv[optind + 1], NULL, 10);
	length = strtol(argv[optind + 2], NULL, 10);
	if (length <= DIGITS || length > LENGTH_MAX ||
	    (report = fopen(argv[optind], "we")) == NULL)
		return (2);
	if (lines_write(total, (size_t)length,
	    is_single ? (size_t)length : WRITE_LEN, is_numbered) == -1)
		return (1);
	end = now_ns();
	used_us = cpu_us();
	if (has_memory)
		reader_measure(&most_kib, &now_kib);
	fprintf(report, "%lld %lld %lld %ld %ld\n", (long long)begin,
	    (long long)end, (long long)used_us, most_kib, now_kib);
	return (fclose(report) == 0 ? 0 : 1);
}
