/*
 * probes.c: see probes.h.
 */
#include "ready/probes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/os.h"
#include "control/end.h"
#include "exitcode.h"
#include "start/probe.h"

enum {
	CONNECT_FIRST_MS = 5,
	CONNECT_LAST_MS = 250,
	CONNECT_PATIENCE_MS = 1000,
	COMMAND_FIRST_MS = 100,
	COMMAND_LAST_MS = 1000,
	POLL_MS = 20,		/* where the system cannot wake us */
	WATCHED_MS = 2000,	/* where it can: but not for what other
				   machines do to a shared file system */
};

/* When to try again, and longer the next time. */
static void
retry(struct probe *probe, int64_t now_ms, int64_t last_ms)
{
	probe->next_ms = now_ms + probe->delay_ms;
	probe->delay_ms = 2 * probe->delay_ms < last_ms ?
	    2 * probe->delay_ms : last_ms;
}

/* --- alive:TIME --- */

static void
begin_alive(struct probe *probe, int64_t now_ms)
{
	probe->next_ms = now_ms + probe->condition->time_ms;
}

static void
look_alive(struct probe *probe, const struct probes *probes, int64_t now_ms)
{
	(void)probes;
	/* That it lives is seen by who waits. */
	probe->is_met = now_ms >= probe->next_ms;
}

/* --- fd:N --- */

static void
begin_fd(struct probe *probe, int64_t now_ms)
{
	(void)now_ms;
	/* From here on the pipe ends with the daemon's own copies. */
	(void)close(probe->condition->fd);
}

static void
look_fd(struct probe *probe, const struct probes *probes, int64_t now_ms)
{
	char bytes[512];
	ssize_t n;

	(void)probes;
	(void)now_ms;
	n = read(probe->fd, bytes, sizeof(bytes));
	if (n == -1)
		return;		/* poll says when there is more */
	if (n > 0 && memchr(bytes, '\n', (size_t)n) != NULL)
		probe->is_met = true;
	if (n > 0 && !probe->is_met)
		return;
	/* At its end without a newline it cannot hold any more. */
	(void)close(probe->fd);
	probe->fd = -1;
}

/* --- file:PATH --- */

static void
begin_file(struct probe *probe, int64_t now_ms)
{
	probe->next_ms = now_ms;
}

static void
look_file(struct probe *probe, const struct probes *probes, int64_t now_ms)
{
	bool is_watched = appear_watch(&probe->appear, probes->watch);
	/* After the watch is there: nothing is missed in between. */
	int result = appear_look(&probe->appear);

	probe->is_met = result == 1;
	probe->next_ms = now_ms + (is_watched && result != -1 ? WATCHED_MS :
	    POLL_MS);
}

/* --- unix:PATH and tcp:[HOST:]PORT --- */

static void
begin_connect(struct probe *probe, int64_t now_ms)
{
	probe->next_ms = now_ms;
	probe->delay_ms = CONNECT_FIRST_MS;
}

static void
look_connect(struct probe *probe, const struct probes *probes, int64_t now_ms)
{
	struct connect *connect = &probe->connect;
	enum connect_state state;

	(void)probes;
	state = probe->fd == -1 ? connect_begin(connect, probe->condition) :
	    connect_go_on(connect, now_ms >= probe->next_ms);
	probe->fd = connect->fd;
	probe->is_for_writing = true;
	probe->is_met = state == CONNECT_ACCEPTED;
	if (state == CONNECT_PENDING)
		probe->next_ms = now_ms + CONNECT_PATIENCE_MS;
	else
		retry(probe, now_ms, CONNECT_LAST_MS);
}

/* --- command:CMD --- */

static void
begin_command(struct probe *probe, int64_t now_ms)
{
	probe->next_ms = now_ms;
	probe->delay_ms = COMMAND_FIRST_MS;
}

static void
look_command(struct probe *probe, const struct probes *probes, int64_t now_ms)
{
	int status;

	if (probe->pid == 0) {
		/* A fork that fails now may succeed later. */
		probe->pid = probe_start(probes->plan,
		    probe->condition->value);
		if (probe->pid == -1) {
			probe->pid = 0;
			retry(probe, now_ms, COMMAND_LAST_MS);
			return;
		}
		probe->fd = os_pidfd_open(probe->pid);
	}
	if (waitpid(probe->pid, &status, WNOHANG) == 0) {
		probe->next_ms = probe->fd != -1 ? INT64_MAX :
		    now_ms + POLL_MS;
		return;
	}
	probe->pid = 0;
	if (probe->fd != -1)
		(void)close(probe->fd);	/* nothing was written */
	probe->fd = -1;
	probe->is_met = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	retry(probe, now_ms, COMMAND_LAST_MS);
}

/* What is done for each kind; where there is nothing, nothing. */
static const struct {
	void (*begin)(struct probe *, int64_t now_ms);
	void (*look)(struct probe *, const struct probes *, int64_t now_ms);
} deeds[N_CONDITIONS] = {
	[CONDITION_ALIVE] = { begin_alive, look_alive },
	[CONDITION_FD] = { begin_fd, look_fd },
	[CONDITION_FILE] = { begin_file, look_file },
	[CONDITION_UNIX] = { begin_connect, look_connect },
	[CONDITION_TCP] = { begin_connect, look_connect },
	[CONDITION_COMMAND] = { begin_command, look_command },
};

/* Puts something on descriptor FD, which is free. Returns 0, or -1. */
static int
occupy(int fd)
{
	int got = open("/dev/null", O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int result = 0;

	if (got == -1 || got == fd)
		return got == -1 ? -1 : 0;
	if (dup3(got, fd, O_CLOEXEC) == -1)
		result = -1;
	(void)close(got);	/* nothing was written */
	return result;
}

/* A pipe whose writing end has the number that was promised. */
static int
make_pipe(struct probe *probe)
{
	int ends[2], error = 0;

	if (os_open_promise(ends) == -1)
		return -1;
	if (dup3(ends[1], probe->condition->fd, O_CLOEXEC) == -1 ||
	    fcntl(ends[0], F_SETFL, O_NONBLOCK) == -1)
		error = errno;
	(void)close(ends[1]);	/* nothing was written */
	probe->fd = ends[0];
	errno = error;
	return error == 0 ? 0 : -1;
}

/* First all numbers, so that no pipe's other end takes one of them. */
static int
reserve(struct probes *probes, int (*take)(struct probe *),
    struct failure *failure)
{
	size_t i;

	for (i = 0; i < probes->count; i++) {
		struct probe *probe = &probes->probe[i];
		int fd = probe->condition->fd;

		if (probe->condition->kind != CONDITION_FD)
			continue;
		if ((take == NULL ? occupy(fd) : take(probe)) == -1)
			return failure_set(failure, EXITCODE_FAILED,
			    "cannot use descriptor %d: %s", fd,
			    errno == EBADF ? "the limit of open files is "
			    "lower" : strerror(errno));
	}
	return 0;
}

int
probes_reserve(struct probes *probes, const struct plan *plan,
    struct failure *failure)
{
	size_t i;

	*probes = (struct probes){
		.plan = plan, .count = plan->ready.count, .watch = -1,
	};
	for (i = 0; i < probes->count; i++)
		probes->probe[i] = (struct probe){
			.condition = &plan->ready.condition[i], .fd = -1,
			.next_ms = INT64_MAX, .connect = { .fd = -1 },
		};
	if (reserve(probes, NULL, failure) == -1)
		return -1;
	return reserve(probes, make_pipe, failure);
}

static int
prepare(struct probes *probes, struct probe *probe, struct failure *failure)
{
	const struct condition *condition = probe->condition;

	switch (condition->kind) {
	case CONDITION_UNIX:
	case CONDITION_TCP:
		if (!connect_is_accepted(condition))
			return 0;
		return failure_set(failure, EXITCODE_FAILED,
		    "cannot start %s: %s %s is already in use by another "
		    "program", probes->plan->command,
		    condition->kind == CONDITION_TCP ? "port" : "socket",
		    condition->value);
	case CONDITION_FILE:
		appear_begin(&probe->appear, condition->path);
		break;
	case CONDITION_LOG:
		break;
	case CONDITION_EXEC:
	case CONDITION_ALIVE:
	case CONDITION_NOTIFY:
	case CONDITION_FD:
	case CONDITION_COMMAND:
	case CONDITION_EXIT:
	case N_CONDITIONS:
		return 0;
	}
	/* Without it, one looks now and then. */
	if (probes->watch == -1)
		probes->watch = os_watch_open();
	return 0;
}

int
probes_prepare(struct probes *probes, struct failure *failure)
{
	size_t i;

	for (i = 0; i < probes->count; i++)
		if (prepare(probes, &probes->probe[i], failure) == -1)
			return -1;
	return 0;
}

void
probes_begin(struct probes *probes, int64_t now_ms)
{
	size_t i;

	for (i = 0; i < probes->count; i++) {
		struct probe *probe = &probes->probe[i];

		if (deeds[probe->condition->kind].begin != NULL)
			deeds[probe->condition->kind].begin(probe, now_ms);
	}
}

void
probes_look(struct probes *probes, int64_t now_ms)
{
	size_t i;

	for (i = 0; i < probes->count; i++) {
		struct probe *probe = &probes->probe[i];
		enum condition_kind kind = probe->condition->kind;

		if (!probe->is_met && deeds[kind].look != NULL &&
		    (probe->is_due || now_ms >= probe->next_ms))
			deeds[kind].look(probe, probes, now_ms);
		probe->is_due = false;
	}
}

bool
probes_are_met(const struct probes *probes)
{
	return *probes_unmet(probes) == '\0';
}

const char *
probes_unmet(const struct probes *probes)
{
	size_t i;

	for (i = 0; i < probes->count; i++)
		if (!probes->probe[i].is_met)
			return probes->probe[i].condition->text;
	return "";
}

void
probes_end(struct probes *probes)
{
	size_t i;

	for (i = 0; i < probes->count; i++) {
		struct probe *probe = &probes->probe[i];

		if (probe->pid > 0)
			end_session(probe->pid, probe->fd);
		probe->pid = 0;
		if (probe->fd != -1)
			(void)close(probe->fd);	/* nothing was written */
		probe->fd = probe->connect.fd = -1;
	}
	if (probes->watch != -1)
		(void)close(probes->watch);
	probes->watch = -1;
}
