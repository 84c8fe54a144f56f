/*
 * streams.c: see streams.h.
 */
#include "start/streams.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/directory.h"
#include "base/os.h"
#include "exitcode.h"
#include "start/identity.h"

/* Opens a log; *IS_NEW tells whether we made it. */
static int
open_log(const char *path, mode_t mode, bool *is_new)
{
	const int flags = O_WRONLY | O_APPEND | O_NOFOLLOW | O_NOCTTY |
	    O_NONBLOCK | O_CLOEXEC;
	int fd;

	do {
		*is_new = false;
		fd = open(path, flags);
		if (fd == -1 && errno == ENOENT) {
			*is_new = true;
			fd = open(path, flags | O_CREAT | O_EXCL, mode);
		}
	} while (fd == -1 && (errno == EINTR || (*is_new && errno == EEXIST)));
	return fd;
}

/*
 * Standard input from a FIFO is opened for writing as well: it then neither
 * waits for a writer nor ends when the last one leaves (fifo(7)).
 */
static int
open_input(const char *path)
{
	const int flags = O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
	struct stat st;

	if (stat(path, &st) == -1)
		return -1;
	if (S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return -1;
	}
	return open(path, (S_ISFIFO(st.st_mode) ? O_RDWR : O_RDONLY) | flags);
}

/* Undoes what O_NONBLOCK was needed for. */
static int
make_blocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags == -1 ? -1 : fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
}

static int
open_file(struct streams *streams, int number, const struct stream *stream,
    mode_t mode)
{
	bool is_new = false;
	int fd;

	fd = number == STDIN_FILENO ? open_input(stream->path) :
	    open_log(stream->path, mode, &is_new);
	if (fd == -1)
		return -1;
	streams->fd[number] = fd;
	if (is_new)
		streams->created[number] = stream->path;
	return make_blocking(fd);
}

/* Opens a file with our rights or the daemon's; see the head of streams.h. */
static int
open_with_rights(struct streams *streams, int number,
    const struct stream *stream, const struct plan *plan,
    struct failure *failure)
{
	const struct account *account = &plan->account;
	bool is_theirs = account->is_change && account->uid != 0 &&
	    !directory_is_roots(stream->path);
	struct identity_saved saved;
	int result, error;

	if (is_theirs && identity_assume(account, &saved) == -1)
		return failure_set(failure, EXITCODE_FAILED,
		    "cannot open %s as user %lu: %s", stream->path,
		    (unsigned long)account->uid, strerror(errno));
	result = open_file(streams, number, stream, plan->options->log_mode);
	error = errno;
	if (is_theirs && identity_resume(&saved) == -1)
		return failure_set(failure, EXITCODE_FAILED,
		    "cannot become root again: %s", strerror(errno));
	streams->is_theirs[number] = is_theirs;
	if (result == 0)
		return 0;
	return failure_set(failure, EXITCODE_FAILED, "cannot open %s%s: %s",
	    stream->path, is_theirs ? " as the daemon's user" : "",
	    error == ELOOP ? "it is a symbolic link" :
	    error == ENXIO ? "nobody reads it" : strerror(error));
}

static int
open_stream(struct streams *streams, int number, const struct stream *stream,
    const struct plan *plan, struct failure *failure)
{
	static const char *const names[] = { "stdin", "stdout", "stderr" };
	int *fd = &streams->fd[number];

	switch (stream->kind) {
	case STREAM_NULL:
		*fd = open("/dev/null", O_CLOEXEC | O_NOCTTY |
		    (number == STDIN_FILENO ? O_RDONLY : O_WRONLY));
		break;
	case STREAM_FILE:
		return open_with_rights(streams, number, stream, plan,
		    failure);
	case STREAM_HOLD:
		*fd = os_open_hold();
		break;
	case STREAM_INHERIT:
		*fd = fcntl(stream->inherited, F_DUPFD_CLOEXEC, 3);
		break;
	case STREAM_SAME:
		*fd = streams->fd[STDOUT_FILENO];
		break;
	case STREAM_SCRATCH:
		*fd = os_open_scratch();
		break;
	}
	if (*fd == -1)
		return failure_set(failure, EXITCODE_FAILED,
		    "cannot open %s for %s: %s",
		    stream->kind == STREAM_NULL ? "/dev/null" :
		    stream->kind == STREAM_HOLD ? "a pipe" :
		    stream->kind == STREAM_SCRATCH ? "a scratch file" :
		    "the caller's descriptor", names[number],
		    strerror(errno));
	return 0;
}

/* Two names of one file are one description, as one name is. */
static void
share_output(struct streams *streams, const struct plan *plan)
{
	int *out = &streams->fd[STDOUT_FILENO];
	int *err = &streams->fd[STDERR_FILENO];
	struct stat out_stat, err_stat;

	if (plan->out.kind != STREAM_FILE || plan->err.kind != STREAM_FILE ||
	    fstat(*out, &out_stat) == -1 || fstat(*err, &err_stat) == -1 ||
	    out_stat.st_dev != err_stat.st_dev ||
	    out_stat.st_ino != err_stat.st_ino)
		return;
	(void)close(*err);	/* nothing was written */
	*err = *out;
}

int
streams_open(struct streams *streams, const struct plan *plan,
    struct failure *failure)
{
	const struct stream *wanted[N_STREAMS] = {
		&plan->in, &plan->out, &plan->err
	};
	int i;

	*streams = (struct streams){ .fd = { -1, -1, -1 }, .tap_fd = -1 };
	for (i = 0; i < N_STREAMS; i++) {
		/* One description of /dev/null serves both outputs. */
		if (i == STDERR_FILENO && plan->err.kind == STREAM_NULL &&
		    plan->out.kind == STREAM_NULL)
			streams->fd[i] = streams->fd[STDOUT_FILENO];
		else if (open_stream(streams, i, wanted[i], plan,
		    failure) == -1) {
			streams_abandon(streams, plan);
			return -1;
		}
	}
	share_output(streams, plan);
	return 0;
}

int
streams_connect(const struct streams *streams)
{
	int i;

	/* The sources are 3 or more: none is overwritten, none is cloexec. */
	for (i = 0; i < N_STREAMS; i++)
		if (dup2(streams->fd[i], i) == -1)
			return -1;
	return 0;
}

int
streams_truncate(const struct streams *streams, int number)
{
	struct stat st;

	if (fstat(streams->fd[number], &st) == -1)
		return -1;
	/* What is no file, or empty, stays as it is. */
	if (!S_ISREG(st.st_mode) || st.st_size == 0)
		return 0;
	return ftruncate(streams->fd[number], 0);
}

/* Removes the file of FD at PATH while it is that very file, and empty. */
static void
remove_created(int fd, const char *path)
{
	struct stat ours, theirs;

	if (fstat(fd, &ours) == 0 && ours.st_size == 0 &&
	    fstatat(AT_FDCWD, path, &theirs, AT_SYMLINK_NOFOLLOW) == 0 &&
	    ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino)
		(void)unlink(path);
}

void
streams_abandon(struct streams *streams, const struct plan *plan)
{
	struct identity_saved saved;
	int i;

	for (i = 0; i < N_STREAMS; i++) {
		if (streams->created[i] == NULL)
			continue;
		if (!streams->is_theirs[i]) {
			remove_created(streams->fd[i], streams->created[i]);
		} else if (identity_assume(&plan->account, &saved) == 0) {
			remove_created(streams->fd[i], streams->created[i]);
			/* We are about to end: what fails changes nothing. */
			(void)identity_resume(&saved);
		}
		streams->created[i] = NULL;
	}
}
