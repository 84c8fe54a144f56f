/*
 * command.c: a sink that is the standard input of a shell command.
 *
 * The command is started at once, and again when there are lines for it and
 * it has died, at most once a second. A line that was written to its pipe
 * counts as delivered: what a command had not read when it died is lost. But
 * the next one begins with a whole line: the part of a line that the dead one
 * got is written again, if it is no more than HEAD_MAX bytes. A command that
 * closes its input and lives on is waited for: two are never at work.
 *
 * SIGPIPE must be blocked or ignored.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "log/kinds.h"

enum {
	RESTART_US = 1000 * 1000,
	/* As much as a pipe holds (pipe(7)): more, and it has read of it. */
	HEAD_MAX = 64 * 1024,
};

struct command {
	pid_t pid;		/* 0: none is at work */
	int fd;			/* our end of its pipe; -1: it has none */
	int error;		/* why it is not at work */
	int64_t started_us;	/* the last one */
	/* What was put of a line that has not ended yet. */
	char head[HEAD_MAX];
	size_t head_len;
	size_t head_sent;	/* to the command now at work */
	bool is_headless;	/* the line is too long for that */
};

static int
make_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags == -1 ? -1 : fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

/* Starts the command. Returns 0, or -1 with errno. */
static int
start(struct command *command, const struct sink *sink)
{
	const struct log_rights *rights = &sink->log->rights;
	int ends[2];
	pid_t pid = -1;

	command->started_us = clock_now_us();
	if (pipe2(ends, O_CLOEXEC) == -1) {
		command->error = errno;
		return -1;
	}
	if (make_nonblocking(ends[1]) == 0)
		pid = child_start(&(struct child){
			.command = sink->target->path,
			.in = ends[0], .out = -1,
			.env = sink->log->command_env,
			.drop = rights->drop, .context = rights->context,
		});
	command->error = errno;
	(void)close(ends[0]);	/* the command has its own */
	if (pid == -1) {
		(void)close(ends[1]);	/* nothing was written */
		errno = command->error;
		return -1;
	}
	command->pid = pid;
	command->fd = ends[1];
	command->head_sent = 0;
	return 0;
}

/* No more can be written; ERROR says why. */
static void
hang_up(struct command *command, int error)
{
	if (command->fd != -1)
		(void)close(command->fd);	/* what is lost is lost */
	command->fd = -1;
	command->error = error;
}

static int
command_open(struct sink *sink)
{
	struct command *command = calloc(1, sizeof(*command));

	if (command == NULL)
		return -1;
	command->fd = -1;
	if (start(command, sink) == -1) {
		free(command);
		return -1;
	}
	sink->state = command;
	return 0;
}

/* Sees to it that one is at work. Returns 0, or -1 with errno. */
static int
revive(struct command *command, const struct sink *sink)
{
	if (command->fd != -1)
		return 0;
	if (command->pid == 0 &&
	    clock_now_us() - command->started_us >= RESTART_US)
		return start(command, sink);
	errno = command->error;
	return -1;
}

/* write(2) that goes on after EINTR. */
static ssize_t
write_some(int fd, const char *bytes, size_t len)
{
	ssize_t n;

	do {
		n = write(fd, bytes, len);
	} while (n == -1 && errno == EINTR);
	return n;
}

/* Tells a new command how its first line begins. 0, or -1 with errno. */
static int
repeat_head(struct command *command)
{
	ssize_t n;

	while (command->head_sent < command->head_len) {
		n = write_some(command->fd, command->head +
		    command->head_sent, command->head_len -
		    command->head_sent);
		if (n == -1)
			return -1;
		command->head_sent += (size_t)n;
	}
	return 0;
}

/* LEN BYTES were written: keeps what is behind the last newline. */
static void
keep_head(struct command *command, const char *bytes, size_t len)
{
	size_t end = len;

	while (end > 0 && bytes[end - 1] != '\n')
		end--;
	if (end > 0) {
		command->head_len = 0;
		command->is_headless = false;
	}
	len -= end;
	if (command->is_headless || len > HEAD_MAX - command->head_len) {
		command->is_headless = true;
		command->head_len = 0;
	} else {
		(void)memcpy(command->head + command->head_len, bytes + end,
		    len);
		command->head_len += len;
	}
	command->head_sent = command->head_len;
}

static ssize_t
command_put(struct sink *sink, const char *bytes, size_t len,
    enum log_stream stream)
{
	struct command *command = sink->state;
	ssize_t n = -1;

	(void)stream;
	sink->wait_fd = -1;
	if (revive(command, sink) == -1)
		return -1;
	if (repeat_head(command) == 0)
		n = write_some(command->fd, bytes, len);
	if (n > 0)
		keep_head(command, bytes, (size_t)n);
	else if (n == -1 && errno == EAGAIN)
		sink->wait_fd = command->fd;
	else if (n == -1 && errno == EPIPE) {
		hang_up(command, EPIPE);
		errno = EPIPE;
	}
	return n;
}

/* What it had started may still be reading: that sees the end. */
static void
command_bury(struct sink *sink, pid_t pid, int status)
{
	struct command *command = sink->state;

	(void)status;
	if (command == NULL || pid != command->pid)
		return;
	command->pid = 0;
	hang_up(command, EPIPE);
	/* What was waited for does not come any more. */
	sink->wait_fd = -1;
	sink->retry_at = 0;
}

static bool
command_close(struct sink *sink)
{
	struct command *command = sink->state;

	if (command == NULL)
		return true;
	sink->wait_fd = -1;
	hang_up(command, EPIPE);
	if (command->pid != 0)
		return false;
	free(command);
	sink->state = NULL;
	return true;
}

const struct sink_kind sink_command = {
	.wants_text = true,
	.open = command_open,
	.put = command_put,
	.bury = command_bury,
	.close = command_close,
};
