/*
 * file.c: a sink that is a file.
 *
 * The file is always appended to. It is followed by name: renamed under us
 * (logrotate) or removed, it is opened anew; truncated (copytruncate), the
 * next line is its first. It is rotated between two batches only, when all
 * that was taken out of the daemon's pipe is in it, and always at the end of
 * a line: to be killed there loses nothing and doubles nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/caller.h"
#include "base/clock.h"
#include "base/directory.h"
#include "base/fd.h"
#include "base/os.h"
#include "log/compress.h"
#include "log/kinds.h"
#include "log/leave.h"
#include "log/name.h"
#include "log/part.h"
#include "log/rotate.h"

enum { ROTATE_RETRY_MS = 10000 };

struct file {
	int fd;
	char path[4096];	/* PATH_MAX: with its pattern expanded */
	time_t second;		/* of the expansion */
	dev_t device;
	ino_t inode;
	uint64_t size;
	int64_t born_ms;	/* since the epoch */
	int64_t retry_ms;	/* rotating failed: not before this, */
	int rotate_error;	/* for this reason; 0: it has not */
	int open_error;		/* the path could not be opened anew; 0: it is
				   that of the file */
	bool is_regular;
	bool is_rotated;	/* ROTATED is in use */
	bool is_tidy;		/* what was left before us is put right */
	bool has_failed;	/* the last write(2) */
	int lost_error;		/* nobody would find what is written; why */
	struct rotated rotated;
	struct compressor compressor;
};

static int
assume(const struct sink *sink)
{
	const struct log_rights *rights = &sink->log->rights;

	return sink->target->is_theirs && rights->assume != NULL ?
	    rights->assume(rights->context) : 0;
}

static void
resume(const struct sink *sink)
{
	const struct log_rights *rights = &sink->log->rights;

	/* Root again, or never more than they: it cannot go wrong unsafely. */
	if (sink->target->is_theirs && rights->resume != NULL)
		(void)rights->resume(rights->context);
}

/* Takes note of what FD is. Returns 0, or -1 with errno: FD serves as it is. */
static int
adopt(struct file *file, int fd)
{
	struct stat st;
	int64_t born;

	file->fd = fd;
	file->lost_error = file->open_error = file->rotate_error = 0;
	if (fstat(fd, &st) == -1)
		return -1;
	born = os_file_born_ms(fd);
	file->device = st.st_dev;
	file->inode = st.st_ino;
	file->size = (uint64_t)st.st_size;
	file->is_regular = S_ISREG(st.st_mode);
	file->born_ms = born == -1 || st.st_size == 0 ? clock_wall_ms() : born;
	return 0;
}

/*
 * Opens the file of the path, or makes it: as --log-mode says or, without, with
 * the mode and group of the one before, which somebody may have chosen.
 */
static int
open_path(const struct sink *sink)
{
	const int flags = O_WRONLY | O_APPEND | O_NOFOLLOW | O_NOCTTY |
	    O_NONBLOCK | O_CLOEXEC;
	const struct file *file = sink->state;
	struct stat before;
	bool is_carried = !sink->log->has_mode &&
	    fstat(file->fd, &before) == 0 && S_ISREG(before.st_mode);
	int fd = open(file->path, flags | O_CREAT | O_EXCL,
	    is_carried ? 0600 : sink->log->mode);

	if (fd == -1)
		return errno == EEXIST ?
		    directory_open_there(file->path, flags) : -1;
	/* If it cannot be, nobody but the owner reads it. */
	if (is_carried)
		(void)fd_copy_rights(fd, &before);
	return fd;
}

/* Opens the file of the path anew; as long as that fails the old one serves. */
static int
open_anew(struct sink *sink)
{
	struct file *file = sink->state;
	int fd = open_path(sink);

	if (fd == -1) {
		file->open_error = errno;
		return -1;
	}
	if (file->fd != -1)
		(void)close(file->fd);	/* write(2) has said what failed */
	(void)adopt(file, fd);
	return 0;
}

/* What does not work beside writing, for the title. */
static void
tell_trouble(struct sink *sink)
{
	const struct file *file = sink->state;
	const char *trouble = file->compressor.trouble;

	*sink->trouble = '\0';
	if (file->rotate_error != 0)
		(void)snprintf(sink->trouble, sizeof(sink->trouble),
		    "to rotate: %s", strerror(file->rotate_error));
	else if (*trouble != '\0')
		(void)snprintf(sink->trouble, sizeof(sink->trouble),
		    "to compress: %s", trouble);
}

static void
tidy(struct file *file)
{
	rotated_prune(&file->rotated);
	compress_begin(&file->compressor);
}

/* A pattern may name another file now. */
static void
follow_time(struct sink *sink)
{
	struct file *file = sink->state;
	char path[sizeof(file->path)], old[sizeof(file->path)];
	time_t now = clock_wall().tv_sec;

	if (!sink->target->is_pattern || now == file->second ||
	    log_name(path, sizeof(path), sink->target->path, true,
	    now) == -1)
		return;
	file->second = now;
	if (strcmp(path, file->path) == 0 || assume(sink) == -1)
		return;
	(void)memcpy(old, file->path, sizeof(old));
	(void)memcpy(file->path, path, sizeof(path));
	if (open_anew(sink) == -1) {
		(void)memcpy(file->path, old, sizeof(old));
		file->second = 0;
		file->open_error = 0;
	} else {
		/* It may have been the log before, and goes on. */
		leave_forget(&file->rotated, path);
		leave_enter(&file->rotated, old);
		tidy(file);
	}
	resume(sink);
}

/* The file may have been renamed, removed or truncated. */
static void
follow_name(struct sink *sink)
{
	struct file *file = sink->state;
	struct stat st;

	if (!file->is_regular)
		return;
	/* A link to the file is none that could be renamed for it. */
	if (lstat(file->path, &st) == 0 && st.st_dev == file->device &&
	    st.st_ino == file->inode) {
		file->open_error = 0;
		file->size = (uint64_t)st.st_size;
		return;
	}
	if (assume(sink) == -1)
		return;
	/* A file that was only renamed serves until there is another one. */
	if (open_anew(sink) == -1)
		file->lost_error = fstat(file->fd, &st) == 0 &&
		    st.st_nlink == 0 ? file->open_error : 0;
	resume(sink);
}

/* Goes on in a new file. Returns 0, or -1 with errno: in the old one. */
static int
change_files(struct sink *sink)
{
	struct file *file = sink->state;
	char *left;
	int error;

	/* What has the name is not the file. */
	if (file->open_error != 0) {
		errno = file->open_error;
		return -1;
	}
	left = leave_log(&file->rotated, file->path);
	if (left == NULL)
		return -1;
	if (open_anew(sink) == 0) {
		leave_enter(&file->rotated, left);
		free(left);
		return 0;
	}
	/* In the list it would be compressed while it is written to. */
	error = file->open_error;
	if (os_rename_new(left, file->path) == 0)
		file->open_error = 0;
	free(left);
	errno = error;
	return -1;
}

static void
rotate(struct sink *sink)
{
	struct file *file = sink->state;
	int64_t now = caller_now_ms();

	if (now < file->retry_ms || assume(sink) == -1)
		return;
	if (change_files(sink) == -1) {
		file->rotate_error = errno;
		file->retry_ms = now + ROTATE_RETRY_MS;
	} else {
		tidy(file);
	}
	resume(sink);
}

/* Once there is something to write: a start that fails changes nothing. */
static void
tidy_first(struct sink *sink)
{
	struct file *file = sink->state;

	if (file->is_tidy || !file->is_rotated || assume(sink) == -1)
		return;
	file->is_tidy = true;
	part_tidy(&file->rotated);
	leave_tidy(&file->rotated, file->path);
	tidy(file);
	resume(sink);
}

static size_t
file_room(struct sink *sink, size_t need)
{
	struct file *file = sink->state;
	uint64_t max = sink->log->size_max;
	int64_t age = sink->log->age_max_ms;

	tidy_first(sink);
	follow_time(sink);
	follow_name(sink);
	if (!file->is_regular || (max == 0 && age == 0)) {
		tell_trouble(sink);
		return SIZE_MAX;
	}
	if (file->size > 0 && ((max > 0 && file->size + need > max) ||
	    (age > 0 && clock_wall_ms() - file->born_ms >= age)))
		rotate(sink);
	tell_trouble(sink);
	if (max != 0 && file->size + need <= max)
		return max - file->size;
	/* Where it cannot rotate it would not for one line after another. */
	return max == 0 || (file->size > 0 && file->rotate_error != 0) ?
	    SIZE_MAX : need;
}

static int
file_open(struct sink *sink)
{
	struct file *file = calloc(1, sizeof(*file));

	if (file == NULL)
		return -1;
	sink->state = file;
	file->second = clock_wall().tv_sec;
	file->fd = -1;
	if (log_name(file->path, sizeof(file->path), sink->target->path,
	    sink->target->is_pattern, file->second) == -1)
		return -1;
	/* What is no file would never be rotated, or opened anew. */
	if (adopt(file, sink->target->fd) == -1)
		return -1;
	if (!sink->target->is_pattern && sink->log->size_max == 0 &&
	    sink->log->age_max_ms == 0)
		return 0;
	if (assume(sink) == -1)
		return -1;
	/* Without a list of them there is nothing to prune or compress. */
	file->is_rotated = rotated_open(&file->rotated, sink->log,
	    sink->target, file->path) == 0;
	if (file->is_rotated)
		file->compressor.rotated = &file->rotated;
	resume(sink);
	return 0;
}

static ssize_t
file_put(struct sink *sink, const char *bytes, size_t len,
    enum log_stream stream)
{
	struct file *file = sink->state;
	ssize_t n;

	(void)stream;
	/* Full: somebody may have made room by removing this very file. */
	if (file->has_failed)
		follow_name(sink);
	errno = file->lost_error;
	n = file->lost_error != 0 ? -1 : write(file->fd, bytes, len);
	file->has_failed = n == -1;
	/* A FIFO or terminal that is full. */
	sink->wait_fd = n == -1 && errno == EAGAIN ? file->fd : -1;
	if (n > 0)
		file->size += (uint64_t)n;
	return n;
}

static void
file_reopen(struct sink *sink)
{
	if (assume(sink) == -1)
		return;
	(void)open_anew(sink);	/* the old one serves until it works */
	/* What was waited for may be closed now. */
	sink->wait_fd = -1;
	sink->retry_at = 0;
	resume(sink);
}

static void
file_bury(struct sink *sink, pid_t pid, int status)
{
	struct file *file = sink->state;

	if (!file->is_rotated || pid != file->compressor.pid ||
	    assume(sink) == -1)
		return;
	compress_bury(&file->compressor, pid, status);
	resume(sink);
	tell_trouble(sink);
}

/* What was rotated is compressed before we go. */
static bool
file_close(struct sink *sink)
{
	struct file *file = sink->state;

	if (file->compressor.pid != 0)
		return false;
	if (file->is_rotated)
		rotated_close(&file->rotated);
	(void)close(file->fd);	/* write(2) has said what failed */
	free(file);
	sink->state = NULL;
	return true;
}

const struct sink_kind sink_file = {
	.wants_text = true,
	.open = file_open,
	.room = file_room,
	.put = file_put,
	.reopen = file_reopen,
	.bury = file_bury,
	.close = file_close,
};
