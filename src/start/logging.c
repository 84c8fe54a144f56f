/*
 * logging.c: see logging.h.
 */
#include "start/logging.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/child.h"
#include "base/os.h"
#include "base/terminal.h"
#include "exitcode.h"
#include "log/name.h"
#include "start/logger_process.h"

enum { FINISH_MS = 5000 };

void
logging_init(struct logging *logging)
{
	size_t i;

	*logging = (struct logging){
		.log.input = { -1, -1 }, .log.pid_fd = -1, .log.tap_fd = -1,
		.log.ready_fd = -1,
		.write_fd = { -1, -1, -1 }, .pid_fd = -1, .tap_fd = -1,
	};
	for (i = 0; i < LOG_TARGETS_MAX; i++)
		logging->file[i].fd = -1;
}

static int
fail(struct failure *failure, const char *what)
{
	return failure_set(failure, EXITCODE_FAILED, "cannot %s: %s", what,
	    strerror(errno));
}

/* Is the file just opened another name of one that is open? Then that one. */
static bool
is_known_file(struct logging *logging, const struct stream_target *target)
{
	struct log *log = &logging->log;
	size_t index = log->target_count, i;
	struct stat ours, theirs;

	for (i = 0; i < index; i++) {
		if (logging->file[i].fd == -1 ||
		    fstat(logging->file[i].fd, &theirs) == -1 ||
		    fstat(logging->file[index].fd, &ours) == -1 ||
		    ours.st_dev != theirs.st_dev ||
		    ours.st_ino != theirs.st_ino)
			continue;
		log->target[i].streams |= target->streams;
		logging->truncated[i] |= logging->truncated[index];
		(void)close(logging->file[index].fd);	/* nothing written */
		logging->file[index].fd = -1;
		logging->truncated[index] = 0;
		return true;
	}
	return false;
}

static int
open_file(struct logging *logging, const struct stream_target *target,
    const struct plan *plan, struct failure *failure)
{
	struct log *log = &logging->log;
	size_t index = log->target_count;
	struct log_target *made = &log->target[index];
	char path[4096];	/* PATH_MAX */
	const char *kept;

	if (log_name(path, sizeof(path), target->path, target->is_pattern,
	    time(NULL)) == -1 || (kept = strdup(path)) == NULL)
		return fail(failure, "name the log");
	if (logfile_open(&logging->file[index], kept, plan, failure) == -1)
		return -1;
	if (!target->is_append)
		logging->truncated[index] = target->streams;
	if (is_known_file(logging, target))
		return 0;
	made->kind = LOG_TO_FILE;
	made->path = target->path;
	made->is_pattern = target->is_pattern;
	made->is_theirs = logging->file[index].is_theirs;
	made->fd = logging->file[index].fd;
	log->target_count++;
	return 0;
}

/* The caller's stdout and stderr, which may be two targets. */
static int
add_inherited(struct log *log, const struct stream_target *target,
    struct failure *failure)
{
	int fd;

	for (fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++) {
		struct log_target *made = &log->target[log->target_count];
		unsigned int streams = target->streams;

		if (target->inherited == 0)
			streams &= fd == STDOUT_FILENO ? TARGET_STDOUT :
			    TARGET_STDERR;
		else if (target->inherited != fd)
			continue;
		if (streams == 0)
			continue;
		made->kind = LOG_TO_DESCRIPTOR;
		made->streams = streams;
		made->fd = terminal_duplicate(fd);
		if (made->fd == -1)
			return fail(failure, "use the caller's descriptor");
		log->target_count++;
	}
	return 0;
}

static int
add_target(struct logging *logging, const struct stream_target *target,
    const struct plan *plan, struct failure *failure)
{
	struct log *log = &logging->log;
	struct log_target *made = &log->target[log->target_count];

	made->streams = target->streams;
	made->priority[LOG_STDOUT] = target->priority;
	made->priority[LOG_STDERR] = target->priority;
	switch (target->kind) {
	case TARGET_FILE:
		return open_file(logging, target, plan, failure);
	case TARGET_INHERIT:
		return add_inherited(log, target, failure);
	case TARGET_SYSLOG:
		made->kind = LOG_TO_SYSLOG;
		break;
	case TARGET_JOURNAL:
		made->kind = LOG_TO_JOURNAL;
		break;
	case TARGET_COMMAND:
		made->kind = LOG_TO_COMMAND;
		made->path = target->command;
		break;
	case TARGET_NULL:
		return 0;
	}
	log->target_count++;
	return 0;
}

/* A pipe or terminal for stream NUMBER, which is descriptor NUMBER + 1. */
static int
open_channel(struct logging *logging, const struct plan *plan,
    enum log_stream number)
{
	int *reads = &logging->log.input[number];
	int *writes = &logging->write_fd[number + 1];
	int ends[2];

	if (plan->options->wants_pty) {
		/* One terminal for both, as a user has it. */
		if (number == LOG_STDERR &&
		    logging->write_fd[STDOUT_FILENO] != -1) {
			*writes = logging->write_fd[STDOUT_FILENO];
			return 0;
		}
		return terminal_open(reads, writes,
		    plan->account.is_change ? plan->account.uid : (uid_t)-1);
	}
	if (pipe2(ends, O_CLOEXEC) == -1)
		return -1;
	*reads = ends[0];
	*writes = ends[1];
	/* For a daemon that opens /dev/stdout by name (proc(5)). */
	return plan->account.is_change ?
	    fchown(*writes, plan->account.uid, (gid_t)-1) : 0;
}

static int
open_channels(struct logging *logging, const struct plan *plan)
{
	int ends[2];

	if (plan->out.kind == STREAM_LOGGER &&
	    open_channel(logging, plan, LOG_STDOUT) == -1)
		return -1;
	if (plan->err.kind == STREAM_LOGGER &&
	    open_channel(logging, plan, LOG_STDERR) == -1)
		return -1;
	if (pipe2(ends, O_CLOEXEC) == -1)
		return -1;
	logging->log.pid_fd = ends[0];
	logging->pid_fd = ends[1];
	if (pipe2(ends, O_CLOEXEC) == -1)
		return -1;
	logging->tap_fd = ends[0];
	logging->log.tap_fd = ends[1];
	return fcntl(ends[1], F_SETFL, O_NONBLOCK) == -1 ? -1 : 0;
}

int
logging_open(struct logging *logging, const struct plan *plan,
    struct failure *failure)
{
	const struct options *options = plan->options;
	size_t i;

	if (options->log_compress != NULL &&
	    !child_is_available(options->log_compress))
		return failure_set(failure, EXITCODE_FAILED,
		    "cannot compress logs: %s is not installed",
		    options->log_compress);
	for (i = 0; i < plan->target_count; i++)
		if (add_target(logging, &plan->target[i], plan,
		    failure) == -1)
			return -1;
	if (open_channels(logging, plan) == -1)
		return fail(failure, options->wants_pty ?
		    "open a terminal for the daemon's output" :
		    "open a pipe for the daemon's output");
	return 0;
}

int
logging_start(struct logging *logging, const struct plan *plan,
    struct failure *failure)
{
	logging->pid = logger_process_start(&logging->log, plan);
	if (logging->pid == -1) {
		logging->pid = 0;
		return fail(failure, "start the logger");
	}
	return 0;
}

int
logging_tell_pid(const struct logging *logging, pid_t pid)
{
	if (logging->pid_fd == -1)
		return 0;
	return write(logging->pid_fd, &pid, sizeof(pid)) ==
	    (ssize_t)sizeof(pid) ? 0 : -1;
}

int
logging_truncate(const struct logging *logging, int number)
{
	unsigned int stream = number == STDOUT_FILENO ? TARGET_STDOUT :
	    TARGET_STDERR;
	size_t i;

	for (i = 0; i < logging->log.target_count; i++)
		if ((logging->truncated[i] & stream) != 0 &&
		    logfile_truncate(logging->file[i].fd) == -1)
			return -1;
	return 0;
}

int
logging_check(const struct logging *logging, struct failure *failure)
{
	siginfo_t info = { .si_pid = 0 };

	/* It ends well where nobody can write to it any more. */
	if (logging->pid == 0 ||
	    waitid(P_PID, (id_t)logging->pid, &info,
	    WEXITED | WNOHANG | WNOWAIT) == -1 || info.si_pid == 0 ||
	    (info.si_code == CLD_EXITED && info.si_status == 0))
		return 0;
	if (info.si_code == CLD_EXITED)
		return failure_set(failure, EXITCODE_FAILED,
		    "cannot keep the log: the logger exited with status %d",
		    info.si_status);
	return failure_set(failure, EXITCODE_FAILED,
	    "cannot keep the log: the logger was killed by signal %d (%s)",
	    info.si_status, strsignal(info.si_status));
}

static void
close_end(int *fd)
{
	if (*fd != -1)
		(void)close(*fd);	/* a pipe has nothing to lose */
	*fd = -1;
}

void
logging_release(struct logging *logging)
{
	int *out = &logging->write_fd[STDOUT_FILENO];
	int *err = &logging->write_fd[STDERR_FILENO];

	if (*err == *out)
		*err = -1;
	close_end(out);
	close_end(err);
	close_end(&logging->log.input[LOG_STDOUT]);
	close_end(&logging->log.input[LOG_STDERR]);
	close_end(&logging->log.pid_fd);
	close_end(&logging->log.tap_fd);
	close_end(&logging->pid_fd);
}

int
logging_take_tap(struct logging *logging)
{
	int fd = logging->tap_fd;

	logging->tap_fd = -1;
	return fd;
}

void
logging_finish(struct logging *logging)
{
	struct pollfd gone = { .events = POLLIN };
	int status;

	if (logging->pid == 0)
		return;
	gone.fd = os_pidfd_open(logging->pid);
	if (gone.fd != -1) {
		(void)poll(&gone, 1, FINISH_MS);
		(void)close(gone.fd);	/* nothing was written */
	}
	if (waitpid(logging->pid, &status, WNOHANG) == logging->pid)
		logging->pid = 0;
}

void
logging_abandon(struct logging *logging, const struct plan *plan)
{
	size_t i;

	logging_release(logging);
	close_end(&logging->tap_fd);
	logging_finish(logging);
	/* It has had its time, and nothing may be left behind. */
	if (logging->pid != 0)
		logger_process_end(logging->pid);
	logging->pid = 0;
	/* The last one may have been made and be no target yet. */
	for (i = 0; i < LOG_TARGETS_MAX; i++)
		logfile_abandon(&logging->file[i], plan);
}
