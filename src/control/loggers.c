/*
 * loggers.c: see loggers.h.
 */
#include "control/loggers.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

/* Reads the title of PID. Returns whether it is a logger's. */
static bool
read_title(pid_t pid, struct title_facts *facts)
{
	char text[2 * TITLE_MAX];
	ssize_t len = os_process_command(pid, text, sizeof(text));

	return len > 0 && title_read(facts, text);
}

static int
add_end(pid_t pid, int fd, void *context)
{
	struct loggers *loggers = context;
	struct os_descriptor found;
	struct logger_end *grown;

	if (os_descriptor_read(pid, fd, &found) == -1) {
		loggers->has_hidden |= errno == EACCES || errno == EPERM;
		return 0;
	}
	if ((found.kind != OS_DESCRIPTOR_PIPE &&
	    found.kind != OS_DESCRIPTOR_MASTER) || !found.is_read)
		return 0;
	grown = realloc(loggers->end, (loggers->count + 1) *
	    sizeof(*loggers->end));
	if (grown == NULL)
		return -1;
	loggers->end = grown;
	grown[loggers->count++] = (struct logger_end){
		.pid = pid, .kind = found.kind, .device = found.device,
		.inode = found.inode, .terminal = found.terminal,
	};
	return 0;
}

static int
add_process(pid_t pid, void *context)
{
	struct loggers *loggers = context;
	struct title_facts facts;

	if (read_title(pid, &facts) && os_each_descriptor(pid, add_end,
	    loggers) == -1 && (errno == EACCES || errno == EPERM))
		loggers->has_hidden = true;
	return 0;
}

/* A master without a device may be of any file system of terminals. */
static bool
is_other_end(const struct logger_end *end, const struct os_descriptor *writer)
{
	if (writer->kind == OS_DESCRIPTOR_PIPE)
		return end->kind == OS_DESCRIPTOR_PIPE &&
		    end->device == writer->device &&
		    end->inode == writer->inode;
	return writer->kind == OS_DESCRIPTOR_TERMINAL &&
	    end->kind == OS_DESCRIPTOR_MASTER &&
	    end->terminal == writer->terminal &&
	    (end->device == 0 || end->device == writer->device);
}

pid_t
loggers_find(struct loggers *loggers, const struct os_descriptor *writer,
    struct title_facts *facts)
{
	size_t i;

	if (!loggers->is_scanned) {
		loggers->is_scanned = true;
		/* Where it fails, none is seen. */
		(void)os_each_process(add_process, loggers);
	}
	for (i = 0; i < loggers->count; i++)
		if (is_other_end(&loggers->end[i], writer) &&
		    read_title(loggers->end[i].pid, facts))
			return loggers->end[i].pid;
	return -1;
}

/* One of the daemon's two streams. Returns whether there is more to know. */
static bool
read_stream(struct log_health *health, pid_t pid, int fd,
    struct loggers *loggers)
{
	struct os_descriptor stream;
	pid_t logger;

	if (os_descriptor_read(pid, fd, &stream) == -1 ||
	    (stream.kind != OS_DESCRIPTOR_PIPE &&
	    stream.kind != OS_DESCRIPTOR_TERMINAL) || !stream.is_written)
		return true;
	logger = loggers_find(loggers, &stream, &health->facts);
	if (logger != -1)
		health->logger = logger;
	else if (stream.kind == OS_DESCRIPTOR_PIPE &&
	    os_pipe_is_deserted(pid, fd) == 1)
		health->is_gone = true;
	return health->logger == 0 && !health->is_gone;
}

void
log_health_read(struct log_health *health, const struct daemon *daemon,
    struct loggers *loggers)
{
	struct pollfd gone = { .fd = daemon->pidfd, .events = POLLIN };

	*health = (struct log_health){ .logger = 0 };
	if (daemon->pidfd == -1)
		return;
	if (read_stream(health, daemon->pid, STDOUT_FILENO, loggers))
		(void)read_stream(health, daemon->pid, STDERR_FILENO,
		    loggers);
	/* Of a process that has ended meanwhile it would mean nothing. */
	if (poll(&gone, 1, 0) != 0)
		*health = (struct log_health){ .logger = 0 };
}

void
loggers_release(struct loggers *loggers)
{
	free(loggers->end);
	*loggers = (struct loggers){ .is_scanned = false };
}
