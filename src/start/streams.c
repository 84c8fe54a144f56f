/*
 * streams.c: see streams.h.
 */
#include "start/streams.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/os.h"
#include "exitcode.h"
#include "plan/plan_streams.h"

/*
 * Standard input from a FIFO is opened for writing as well: it then neither
 * waits for a writer nor ends when the last one leaves (fifo(7)).
 */
static int
open_input_file(const char *path)
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

static int
open_file(struct streams *streams, int number, const struct stream *stream,
    const struct plan *plan, struct failure *failure)
{
	int *fd = &streams->fd[number];

	if (number != STDIN_FILENO) {
		if (logfile_open(&streams->file[number], stream->path, plan,
		    failure) == -1)
			return -1;
		*fd = streams->file[number].fd;
		if (logfile_make_blocking(*fd) == -1)
			return failure_set(failure, EXITCODE_FAILED,
			    "cannot open %s: %s", stream->path,
			    strerror(errno));
		return 0;
	}
	*fd = open_input_file(stream->path);
	if (*fd == -1 || logfile_make_blocking(*fd) == -1)
		return failure_set(failure, EXITCODE_FAILED,
		    "cannot open %s: %s", stream->path, strerror(errno));
	return 0;
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
		return open_file(streams, number, stream, plan, failure);
	case STREAM_HOLD:
		*fd = os_open_hold();
		break;
	case STREAM_INHERIT:
		*fd = fcntl(stream->inherited, F_DUPFD_CLOEXEC, 3);
		break;
	case STREAM_SAME:
		*fd = streams->fd[STDOUT_FILENO];
		break;
	case STREAM_LOGGER:
		*fd = streams->logging.write_fd[number];
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
	streams->file[STDERR_FILENO].fd = -1;
}

static int
open_all(struct streams *streams, const struct plan *plan,
    struct failure *failure)
{
	const struct stream *wanted[N_STREAMS] = {
		&plan->in, &plan->out, &plan->err
	};
	int i;

	if (plan_has_logger(plan) &&
	    logging_open(&streams->logging, plan, failure) == -1)
		return -1;
	for (i = 0; i < N_STREAMS; i++) {
		/* One description of /dev/null serves both outputs. */
		if (i == STDERR_FILENO && plan->err.kind == STREAM_NULL &&
		    plan->out.kind == STREAM_NULL)
			streams->fd[i] = streams->fd[STDOUT_FILENO];
		else if (open_stream(streams, i, wanted[i], plan,
		    failure) == -1)
			return -1;
	}
	share_output(streams, plan);
	if (!plan_has_logger(plan))
		return 0;
	if (logging_start(&streams->logging, plan, failure) == -1)
		return -1;
	streams->tap_fd = logging_take_tap(&streams->logging);
	return 0;
}

int
streams_open(struct streams *streams, const struct plan *plan,
    struct failure *failure)
{
	int i;

	*streams = (struct streams){ .fd = { -1, -1, -1 }, .tap_fd = -1 };
	for (i = 0; i < N_STREAMS; i++)
		streams->file[i].fd = -1;
	logging_init(&streams->logging);
	if (open_all(streams, plan, failure) == 0)
		return 0;
	streams_abandon(streams, plan);
	return -1;
}

const char *
streams_find(const struct streams *streams, int fd)
{
	const struct logging *logging = &streams->logging;
	struct stat st;
	size_t i;

	if (fd == -1 || fstat(fd, &st) == -1)
		return NULL;
	for (i = 0; i < N_STREAMS; i++)
		if (logfile_is(&streams->file[i], &st))
			return streams->file[i].path;
	for (i = 0; i < logging->log.target_count; i++)
		if (logfile_is(&logging->file[i], &st))
			return logging->file[i].path;
	return NULL;
}

int
streams_connect(const struct streams *streams)
{
	int i;

	/* The sources are 3 or more: none is overwritten, none is cloexec. */
	for (i = 0; i < N_STREAMS; i++)
		if (dup2(streams->fd[i], i) == -1)
			return -1;
	return logging_tell_pid(&streams->logging, getpid());
}

int
streams_truncate(const struct streams *streams, int number)
{
	if (streams->file[number].fd != -1)
		return logfile_truncate(streams->file[number].fd);
	return logging_truncate(&streams->logging, number);
}

int
streams_check(const struct streams *streams, struct failure *failure)
{
	return logging_check(&streams->logging, failure);
}

void
streams_release(struct streams *streams)
{
	logging_release(&streams->logging);
}

void
streams_finish(struct streams *streams)
{
	logging_finish(&streams->logging);
}

void
streams_abandon(struct streams *streams, const struct plan *plan)
{
	int i;

	logging_abandon(&streams->logging, plan);
	for (i = 0; i < N_STREAMS; i++)
		logfile_abandon(&streams->file[i], plan);
}
