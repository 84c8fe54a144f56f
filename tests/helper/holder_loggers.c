/*
 * holder_loggers.c: starts loggers and replaces them under the daemon.
 */
#include "holder.h"

#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log/logger.h"

enum {
	CAP_MS = 120 * 1000,		/* for a run, whatever is missing */
	LINES_MIN = 200,
	FILES_MIN = 6,			/* so many that old ones are removed */
	LINE_MEAN = 256,		/* bytes of one, about */
	LIFE_US = 40 * 1000,		/* of a logger, at most, */
	LONG_LIFE_US = 400 * 1000,	/* if it has to wait for a line */
};

void
pipes_open(struct run *run)
{
	int i;

	for (i = 0; i < N_LOG_STREAMS; i++) {
		run->ends[i][0] = run->ends[i][1] = -1;
		if (run->is_partial && i != LOG_STDOUT)
			continue;
		if (pipe2(run->ends[i], O_CLOEXEC) == -1)
			give_up("cannot make a pipe: %s", strerror(errno));
	}
}

void
pipes_close(struct run *run, int end)
{
	int i;

	for (i = 0; i < N_LOG_STREAMS; i++) {
		if (run->ends[i][end] != -1)
			(void)close(run->ends[i][end]);
		run->ends[i][end] = -1;
	}
}

bool
pipes_are_empty(const struct run *run)
{
	int i, waiting;

	for (i = 0; i < N_LOG_STREAMS; i++)
		if (run->ends[i][0] != -1 && (ioctl(run->ends[i][0],
		    FIONREAD, &waiting) == -1 || waiting > 0))
			return false;
	return true;
}

/* Who is left alone must not stay. */
static void
die_with_parent(pid_t parent)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
}

/* As start/logging does. [child] */
static void
open_files(const struct run *run, struct log *log)
{
	size_t i;

	for (i = 0; i < log->target_count; i++) {
		if (log->target[i].kind != LOG_TO_FILE)
			continue;
		log->target[i].fd = open(run->path[i], O_WRONLY | O_APPEND |
		    O_CREAT | O_CLOEXEC, log->mode);
		if (log->target[i].fd == -1)
			_exit(2);
	}
}

/* As start/logger_process has it, as far as it matters here. [child] */
static _Noreturn void
become_logger(struct run *run, bool is_traced)
{
	struct log log = run->log;
	int i;

	for (i = 0; i < N_LOG_STREAMS; i++)
		log.input[i] = run->ends[i][0];
	pipes_close(run, 1);
	open_files(run, &log);
	if (is_traced && (ptrace(PTRACE_TRACEME, 0, 0, 0) == -1 ||
	    raise(SIGSTOP) != 0))
		_exit(3);
	_exit(logger_run(&log));
}

pid_t
logger_start(struct run *run, bool is_traced)
{
	pid_t parent = getpid(), pid;
	sigset_t all, before;

	/* From birth: a signal may come before its first call. */
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == -1)
		give_up("cannot fork: %s", strerror(errno));
	if (pid == 0) {
		die_with_parent(parent);
		become_logger(run, is_traced);
	}
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return pid;
}

int
logger_await(pid_t pid)
{
	int64_t deadline = now_ms() + LOGGER_MS;
	int status;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (now_ms() > deadline) {
			(void)kill(pid, SIGKILL);
			give_up("a logger did not end");
		}
		nap_us(500);
	}
	return status;
}

static void
expect_success(int status)
{
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		give_up("a process ended with status %#x",
		    (unsigned int)status);
}

void
loggers_drain(struct run *run, pid_t pid)
{
	pipes_close(run, 1);
	expect_success(logger_await(pid));
	pipes_close(run, 0);
}

void
loggers_finish(struct run *run)
{
	pipes_open(run);
	producer_fill(run, 1);
	loggers_drain(run, logger_start(run, false));
}

bool
loggers_have_command(const struct run *run)
{
	size_t i;

	for (i = 0; i < run->log.target_count; i++)
		if (run->log.target[i].kind == LOG_TO_COMMAND)
			return true;
	return false;
}

void
orphans_bury(const struct run *run, bool must_die)
{
	char path[64];
	FILE *file;
	long pid;

	(void)snprintf(path, sizeof(path), "/proc/self/task/%ld/children",
	    (long)getpid());
	file = fopen(path, "re");
	if (file == NULL)
		not_possible("cannot read %s: %s", path, strerror(errno));
	while (fscanf(file, "%ld", &pid) == 1) {
		if (pid == run->producer)
			continue;
		if (must_die)
			(void)kill((pid_t)pid, SIGKILL);
		(void)logger_await((pid_t)pid);
	}
	(void)fclose(file);
}

/* Once there were as many old files as are kept, so many there are. */
static void
look_at_files(struct run *run)
{
	unsigned int keep = run->log.keep, count;
	size_t i;

	for (i = 0; run->is_pruned && i < run->log.target_count; i++) {
		count = files_count(run->directory[i]);
		/* Who was killed may have had one to remove. */
		if (count < run->rotated[i] ||
		    (count > keep && run->mode != MODE_KILL))
			give_up("%u old files are left, after %u", count,
			    run->rotated[i]);
		run->rotated[i] = count < keep ? count : keep;
	}
}

static pid_t
replace(struct run *run, pid_t pid)
{
	(void)kill(pid, run->mode == MODE_KILL ? SIGKILL : SIGTERM);
	if (run->mode == MODE_KILL) {
		(void)logger_await(pid);
		if (loggers_have_command(run))
			orphans_bury(run, false);
	} else {
		expect_success(logger_await(pid));
	}
	look_at_files(run);
	run->replaced++;
	return logger_start(run, false);
}

/* Until a logger is at work, or has been idle for some time. */
static void
await_moment(struct run *run)
{
	int tries;

	switch (random_below(&run->random, 4)) {
	case 0:			/* some never come so far as to write */
		break;
	case 1:
		nap_us(random_below(&run->random, run->has_pauses ?
		    LONG_LIFE_US : LIFE_US));
		break;
	default:
		for (tries = 0; tries < 1000 && pipes_are_empty(run); tries++)
			nap_us(1);
		nap_us(random_below(&run->random, 200));
	}
}

/* As logrotate does, with and without create, with and without postrotate. */
static void
rename_log(struct run *run, pid_t pid)
{
	char name[sizeof(run->path[0]) + 16];
	int fd;

	(void)snprintf(name, sizeof(name), "%s.%06u", run->path[0],
	    run->renamed);
	if (rename(run->path[0], name) == -1)
		return;		/* nothing was written meanwhile */
	run->renamed++;
	if (random_below(&run->random, 2) == 0) {
		fd = open(run->path[0], O_WRONLY | O_CREAT | O_EXCL |
		    O_CLOEXEC, run->log.mode);
		if (fd != -1)
			(void)close(fd);
	}
	if (random_below(&run->random, 2) == 0) {
		(void)kill(pid, SIGHUP);
		run->hung_up++;
	}
}

static pid_t
start_producer(struct run *run)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == -1)
		give_up("cannot fork: %s", strerror(errno));
	if (pid == 0) {
		die_with_parent(parent);
		pipes_close(run, 0);
		producer_run(run);
	}
	return pid;
}

/* However slow the machine is: lines to look for, and files of them. */
static bool
have_written_enough(const struct run *run)
{
	uint64_t lines = run->shared->made[LOG_STDOUT] +
	    (uint64_t)run->shared->made[LOG_STDERR];

	return lines >= LINES_MIN &&
	    lines * LINE_MEAN >= run->log.size_max * FILES_MIN;
}

static bool
is_enough(const struct run *run, int64_t began)
{
	int64_t now = now_ms();

	if (now - began > CAP_MS)
		give_up("only %u replacements, %u renames in %d s",
		    run->replaced, run->renamed, CAP_MS / 1000);
	return now - began >= run->seconds * 1000 &&
	    have_written_enough(run) &&
	    run->replaced >= run->replacements &&
	    (!run->has_renames || run->renamed >= run->replacements);
}

void
loggers_replace(struct run *run)
{
	int64_t began = now_ms();
	pid_t logger;

	pipes_open(run);
	run->producer = start_producer(run);
	logger = logger_start(run, false);
	while (!is_enough(run, began)) {
		await_moment(run);
		if (run->has_renames)
			rename_log(run, logger);
		if (!run->has_renames || random_below(&run->random, 2) == 0)
			logger = replace(run, logger);
	}
	run->shared->must_stop = true;
	expect_success(logger_await(run->producer));
	loggers_drain(run, logger);
	loggers_finish(run);
}
