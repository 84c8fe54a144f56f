/*
 * output.c: see output.h.
 */
#include "start/output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/os.h"
#include "exitcode.h"

/* How long a logger may take over what a dead daemon has left to it. */
enum { TAP_QUIET_MS = 100 };

/* Adds the file behind FD, if it is one: PATH was opened for STREAM. */
static void
add_file(struct output *output, const struct stream *stream, int fd)
{
	struct output_file *file = &output->file[output->count];
	struct stat st;

	if (stream->kind != STREAM_FILE)
		return;
	*file = (struct output_file){
		.path = stream->path, .write_fd = fd, .fd = -1,
	};
	/* The rest is truncated by the daemon's process. */
	if (stream->is_append && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		file->from = st.st_size;
	file->at = file->from;
	output->count++;
}

void
output_begin(struct output *output, const struct streams *streams,
    const struct plan *plan)
{
	output->count = output->tail_len = 0;
	output->tap_fd = streams->tap_fd;
	if (streams->tap_fd != -1)
		return;
	if (streams->fd[STDERR_FILENO] != streams->fd[STDOUT_FILENO])
		add_file(output, &plan->err, streams->fd[STDERR_FILENO]);
	add_file(output, &plan->out, streams->fd[STDOUT_FILENO]);
}

/* A second way to the very file that is written to; never another one. */
static int
open_for_reading(struct output_file *file)
{
	struct stat written, opened;

	if (file->fd != -1)
		return 0;
	if (fstat(file->write_fd, &written) == -1)
		return -1;
	if (!S_ISREG(written.st_mode)) {
		errno = ESPIPE;
		return -1;
	}
	file->fd = open(file->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_NOCTTY | O_CLOEXEC);
	if (file->fd == -1)
		return -1;
	if (fstat(file->fd, &opened) == 0 &&
	    opened.st_dev == written.st_dev && opened.st_ino == written.st_ino)
		return 0;
	(void)close(file->fd);	/* nothing was written */
	file->fd = -1;
	errno = ESTALE;
	return -1;
}

int
output_follow(struct output *output, int watch, struct failure *failure)
{
	size_t i;

	output->is_watched = true;
	for (i = 0; i < output->count; i++) {
		if (open_for_reading(&output->file[i]) == -1)
			return failure_set(failure, EXITCODE_FAILED,
			    "cannot read %s: %s", output->file[i].path,
			    errno == ESPIPE ? "not a regular file" :
			    strerror(errno));
		output->is_watched &= watch != -1 &&
		    os_watch_file(watch, output->file[i].fd) == 0;
	}
	return 0;
}

size_t
output_sources(const struct output *output)
{
	return output->tap_fd != -1 ? 1 : output->count;
}

/* Keeps the end of what has come from the tap. */
static void
keep_tail(struct output *output, const char *bytes, size_t len)
{
	size_t drop;

	if (len > sizeof(output->tail)) {
		bytes += len - sizeof(output->tail);
		len = sizeof(output->tail);
	}
	if (output->tail_len + len > sizeof(output->tail)) {
		drop = output->tail_len + len - sizeof(output->tail);
		memmove(output->tail, output->tail + drop,
		    output->tail_len - drop);
		output->tail_len -= drop;
	}
	memcpy(output->tail + output->tail_len, bytes, len);
	output->tail_len += len;
}

static ssize_t
read_tap(struct output *output, char *bytes, size_t size)
{
	struct pollfd tap = { .fd = output->tap_fd, .events = POLLIN };
	ssize_t n;

	if (poll(&tap, 1, 0) != 1)
		return 0;
	n = read(output->tap_fd, bytes, size);
	if (n > 0)
		keep_tail(output, bytes, (size_t)n);
	return n > 0 ? n : -1;
}

ssize_t
output_read(struct output *output, size_t source, char *bytes, size_t size)
{
	struct output_file *file = &output->file[source];
	struct stat st;
	ssize_t n;

	if (output->tap_fd != -1)
		return read_tap(output, bytes, size);
	/* Somebody has rotated it by truncation (logrotate, copytruncate). */
	if (fstat(file->fd, &st) == 0 && st.st_size < file->at)
		file->at = 0;
	n = pread(file->fd, bytes, size, file->at);
	if (n > 0)
		file->at += n;
	return n;
}

/* What the logger still passes on: until it is quiet, or has ended. */
static void
drain_tap(struct output *output)
{
	struct pollfd tap = { .fd = output->tap_fd, .events = POLLIN };
	char bytes[4096];

	while (poll(&tap, 1, TAP_QUIET_MS) == 1 &&
	    read_tap(output, bytes, sizeof(bytes)) > 0)
		continue;
}

/* The end of FILE, of the daemon's part. Returns its length. */
static size_t
read_end(struct output_file *file, char *text, size_t size)
{
	struct stat st;
	off_t from;
	ssize_t n;

	if (open_for_reading(file) == -1 || fstat(file->fd, &st) == -1)
		return 0;
	from = st.st_size < file->from ? 0 : file->from;
	if (st.st_size - from > (off_t)size)
		from = st.st_size - (off_t)size;
	n = pread(file->fd, text, size, from);
	return n > 0 ? (size_t)n : 0;
}

/* Moves the last LINES lines of TEXT to its beginning. */
static size_t
cut(char *text, size_t len, size_t lines)
{
	size_t from, i;

	while (len > 0 && text[len - 1] == '\n')
		len--;
	for (from = len; from > 0; from--)
		if (text[from - 1] == '\n' && --lines == 0)
			break;
	memmove(text, text + from, len - from);
	len -= from;
	text[len] = '\0';
	for (i = 0; i < len; i++)
		if (text[i] == '\0')
			text[i] = '?';
	return len;
}

size_t
output_last(struct output *output, size_t lines, char *text, size_t size)
{
	size_t len = 0, i;

	if (output->tap_fd != -1)
		drain_tap(output);
	if (output->tail_len > 0) {
		len = output->tail_len < size ? output->tail_len : size - 1;
		memcpy(text, output->tail + output->tail_len - len, len);
	}
	for (i = 0; len == 0 && i < output->count; i++)
		len = read_end(&output->file[i], text, size - 1);
	return cut(text, len, lines);
}

void
output_close(struct output *output)
{
	size_t i;

	for (i = 0; i < output->count; i++)
		if (output->file[i].fd != -1)
			(void)close(output->file[i].fd);
	if (output->tap_fd != -1)
		(void)close(output->tap_fd);
	output->count = 0;
	output->tap_fd = -1;
}
