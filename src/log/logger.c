/*
 * logger.c: see logger.h.
 *
 * One loop over the two streams. A feed is one of them: what it has brought
 * is made into a batch, the batch goes to every sink that wants the stream,
 * and when all of them have it, and only then, it is taken out of the pipe.
 */
#include "log/logger.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/os.h"
#include "log/feed.h"
#include "log/sink.h"
#include "log/title.h"

enum { TAP = 1 + N_LOG_STREAMS, FIRST_SINK };

struct logger {
	const struct log *log;
	struct feed feed[N_LOG_STREAMS];
	struct sink sink[LOG_TARGETS_MAX];
	struct title title;
	int signal_fd;
	int pid_fd;		/* -1: the daemon's pid is known, or never */
	int tap_fd;		/* -1: nobody listens any more */
	bool is_leaving;	/* somebody else will go on */
	bool is_closing;	/* no more lines come */
};

/* Compressors and commands that have ended. */
static void
bury(struct logger *logger)
{
	int status;
	size_t i;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (i = 0; i < logger->log->target_count; i++)
			if (logger->sink[i].kind != NULL &&
			    logger->sink[i].kind->bury != NULL)
				logger->sink[i].kind->bury(&logger->sink[i],
				    pid, status);
}

static void
reopen(struct logger *logger)
{
	size_t i;

	for (i = 0; i < logger->log->target_count; i++)
		if (logger->sink[i].kind != NULL &&
		    logger->sink[i].kind->reopen != NULL)
			logger->sink[i].kind->reopen(&logger->sink[i]);
}

static void
answer_signals(struct logger *logger)
{
	int sig;

	while ((sig = os_signal_next(logger->signal_fd)) != -1) {
		if (sig == SIGCHLD)
			bury(logger);
		else if (sig == SIGTERM)
			logger->is_leaving = logger->log->is_replaceable;
		else
			reopen(logger);
	}
}

/* When the next thing is due; -1: only when something happens. */
static int64_t
next_due(const struct logger *logger, int64_t now)
{
	int64_t due = -1, at;
	size_t i;

	for (i = 0; i < N_LOG_STREAMS; i++) {
		at = feed_due(&logger->feed[i], now);
		if (at != -1 && (due == -1 || at < due))
			due = at;
	}
	for (i = 0; i < logger->log->target_count; i++) {
		at = logger->is_closing ? logger->sink[i].retry_at :
		    sink_due(&logger->sink[i]);
		if (at != 0 && (due == -1 || at < due))
			due = at;
	}
	return due;
}

/* The daemon has told its pid before it writes anything else. */
static void
learn_pid(struct logger *logger)
{
	pid_t pid = 0;
	size_t i;

	if (logger->pid_fd == -1)
		return;
	if (fd_read_all(logger->pid_fd, &pid, sizeof(pid)) == sizeof(pid))
		for (i = 0; i < logger->log->target_count; i++)
			logger->sink[i].daemon = pid;
	(void)close(logger->pid_fd);	/* nothing was written */
	logger->pid_fd = -1;
}

/* What to wait for, FIRST_SINK and one for each target. */
static void
list_events(const struct logger *logger, struct pollfd *fds, int64_t now)
{
	size_t i;

	fds[0] = (struct pollfd){ .fd = logger->signal_fd, .events = POLLIN };
	for (i = 0; i < N_LOG_STREAMS; i++)
		fds[1 + i] = (struct pollfd){
			.fd = feed_wait_fd(&logger->feed[i], now),
			.events = POLLIN,
		};
	/* Only that its other end is closed: it is never full for long. */
	fds[TAP] = (struct pollfd){ .fd = logger->tap_fd };
	for (i = 0; i < logger->log->target_count; i++)
		fds[FIRST_SINK + i] = (struct pollfd){
			.fd = sink_due(&logger->sink[i]) != 0 &&
			    logger->sink[i].error == EAGAIN ?
			    logger->sink[i].wait_fd : -1,
			.events = POLLOUT,
		};
}

/* Waits until something happens or is due. */
static void
wait_for_work(struct logger *logger)
{
	struct pollfd fds[FIRST_SINK + LOG_TARGETS_MAX];
	size_t i, count = logger->log->target_count;
	int64_t now = clock_now_us(), due = next_due(logger, now);
	struct timespec time = { 0 };

	if (due > now) {
		time.tv_sec = (time_t)((due - now) / 1000000);
		time.tv_nsec = (long)((due - now) % 1000000) * 1000;
	}
	list_events(logger, fds, now);
	if (ppoll(fds, FIRST_SINK + count, due == -1 ? NULL : &time,
	    NULL) == -1)
		return;
	if (fds[0].revents != 0)
		answer_signals(logger);
	for (i = 0; i < N_LOG_STREAMS; i++) {
		if (fds[1 + i].revents != 0)
			learn_pid(logger);
		feed_woken(&logger->feed[i], fds[1 + i].revents);
	}
	if (fds[TAP].revents != 0) {
		(void)close(logger->tap_fd);	/* nobody reads it */
		logger->tap_fd = -1;
	}
	for (i = 0; i < count; i++)
		if (fds[FIRST_SINK + i].revents != 0)
			logger->sink[i].retry_at = 1;
}

static bool
is_over(const struct logger *logger)
{
	size_t i;

	for (i = 0; i < N_LOG_STREAMS; i++)
		if (!logger->feed[i].is_over)
			return false;
	return true;
}

/* Has every sink finished? Asked again when a child has ended. */
static bool
close_sinks(struct logger *logger)
{
	bool is_done = true;
	size_t i;

	for (i = 0; i < logger->log->target_count; i++) {
		struct sink *sink = &logger->sink[i];

		sink->retry_at = 0;
		if (sink->kind == NULL)
			continue;
		if (sink->kind->close(sink))
			sink->kind = NULL;
		else
			is_done = false;
	}
	return is_done;
}

static int
open_all(struct logger *logger)
{
	const struct log *log = logger->log;
	sigset_t signals;
	size_t i;

	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGCHLD);
	(void)sigaddset(&signals, SIGHUP);
	(void)sigaddset(&signals, SIGTERM);
	logger->signal_fd = os_signal_open(&signals);
	if (logger->signal_fd == -1)
		return -1;
	for (i = 0; i < log->target_count; i++)
		if (sink_open(&logger->sink[i], log, &log->target[i]) == -1)
			return -1;
	for (i = 0; i < N_LOG_STREAMS; i++)
		if (feed_open(&logger->feed[i], log, (enum log_stream)i,
		    logger->sink, &logger->tap_fd) == -1)
			return -1;
	return 0;
}

void
logger_tell(const struct log *log, int error)
{
	if (log->ready_fd == -1)
		return;
	/* Nobody there: then nobody waits for it. */
	(void)fd_write_all(log->ready_fd, &error, sizeof(error));
	(void)close(log->ready_fd);
}

int
logger_run(const struct log *log)
{
	struct logger logger = {
		.log = log, .pid_fd = log->pid_fd, .tap_fd = log->tap_fd,
	};
	size_t i;

	/* A limit on file sizes is an errno (setrlimit(2), RLIMIT_FSIZE). */
	(void)sigaction(SIGXFSZ, &(struct sigaction){
		.sa_handler = SIG_IGN }, NULL);
	if (open_all(&logger) == -1) {
		logger_tell(log, errno);
		return 1;
	}
	/* Who hears of it may look for it by its title. */
	title_init(&logger.title, log);
	logger_tell(log, 0);
	while (!is_over(&logger)) {
		wait_for_work(&logger);
		for (i = 0; i < N_LOG_STREAMS; i++)
			feed_work(&logger.feed[i], logger.is_leaving,
			    clock_now_us());
		title_update(&logger.title, logger.sink);
	}
	logger.is_closing = true;
	while (!close_sinks(&logger))
		wait_for_work(&logger);
	return 0;
}
