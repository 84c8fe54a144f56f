/*
 * ready.c: the wait; see ready.h.
 *
 * One poll for everything: the end of the daemon, signals to us, what it says,
 * what it writes, what a condition waits for. There is a time out only where
 * the kernel has no event.
 */
#include "ready/ready.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/caller.h"
#include "base/message.h"
#include "base/os.h"
#include "control/end.h"
#include "exitcode.h"
#include "process/process.h"
#include "ready/bury.h"
#include "ready/hear.h"
#include "ready/job.h"
#include "ready/settle.h"
#include "ready/tell.h"
#include "ready/verdict.h"
#include "start/streams.h"

enum {
	POLL_MS = 50,		/* where the system cannot wake us */
	MESSAGES_AT_ONCE = 64,	/* so that a flood starves nobody */
	MESSAGES_LEFT_MAX = 4096,	/* what the dead have said */
	OUTPUT_LINES = 10,
};

int
ready_reserve(struct ready *ready, const struct plan *plan,
    struct failure *failure)
{
	*ready = (struct ready){
		.plan = plan, .notify = NOTIFY_NONE, .pid = -1, .pidfd = -1,
		.signals = -1, .output = { .tap_fd = -1 },
	};
	return probes_reserve(&ready->probes, plan, failure);
}

int
ready_prepare(struct ready *ready, struct failure *failure)
{
	const struct readiness *wanted = &ready->plan->ready;

	if (!readiness_is_awaited(wanted))
		return 0;
	if (wanted->is_job && job_check(ready->plan, failure) == -1)
		return -1;
	if (probes_prepare(&ready->probes, failure) == -1)
		return -1;
	if (wanted->address != NULL &&
	    notify_open(&ready->notify, ready->plan, failure) == -1)
		return -1;
	ready->signals = caller_hear_signals();
	if (ready->signals == -1)
		return failure_set(failure, EXITCODE_FAILED,
		    "cannot wait for signals: %s", strerror(errno));
	return 0;
}

int
ready_follow(struct ready *ready, struct failure *failure)
{
	if (!readiness_is_awaited(&ready->plan->ready))
		return 0;
	/* Without /proc nobody is found, then or later. */
	if (tree_find_own(&ready->before) == -1 && errno != ENOSYS &&
	    errno != ENOENT)
		return failure_set(failure, EXITCODE_FAILED,
		    "cannot look at processes: %s", strerror(errno));
	return hear_has_log(ready) ? output_follow(&ready->output,
	    ready->probes.watch, failure) : 0;
}

/* --- the wait itself --- */

static bool
is_dead(const struct ready *ready)
{
	struct pollfd gone = { .fd = ready->pidfd, .events = POLLIN };

	return ready->pidfd != -1 ? poll(&gone, 1, 0) == 1 :
	    process_is_dead(ready->pid);
}

/* When to look again, whatever happens. */
static int64_t
next_ms(const struct ready *ready, bool is_terminal, int64_t now_ms)
{
	int64_t next = ready->deadline_ms;
	size_t i;

	for (i = 0; i < ready->probes.count; i++)
		if (!ready->probes.probe[i].is_met &&
		    ready->probes.probe[i].next_ms < next)
			next = ready->probes.probe[i].next_ms;
	if (notify_next_ms(&ready->notify, now_ms) < next)
		next = notify_next_ms(&ready->notify, now_ms);
	if (ready->held_since_ms != 0 && ready->settle_at_ms < next)
		next = ready->settle_at_ms;
	if (is_terminal && ready->told_ms + TELL_TICK_MS < next)
		next = ready->told_ms + TELL_TICK_MS;
	if ((ready->pidfd == -1 || (hear_has_log(ready) &&
	    !ready->output.is_watched)) && now_ms + POLL_MS < next)
		next = now_ms + POLL_MS;
	return ready->has_more_output ? now_ms : next;
}

/* Waits until something happens, and tells the probes what. */
static void
wait_for_more(struct ready *ready, bool is_terminal)
{
	enum { DAEMON, SIGNALS, NOTIFY, HELPER, TAP, WATCH, PROBES };
	struct probes *probes = &ready->probes;
	struct pollfd fds[PROBES + CONDITIONS_MAX] = {
		[DAEMON] = { .fd = ready->pidfd, .events = POLLIN },
		[SIGNALS] = { .fd = ready->signals, .events = POLLIN },
		[NOTIFY] = { .fd = ready->notify.fd, .events = POLLIN },
		[HELPER] = { .fd = ready->notify.helper, .events = POLLIN },
		[TAP] = { .fd = ready->output.tap_fd, .events = POLLIN },
		[WATCH] = { .fd = probes->watch, .events = POLLIN },
	};
	int64_t now_ms = caller_now_ms();
	int64_t wait_ms = next_ms(ready, is_terminal, now_ms) - now_ms;
	size_t i;

	for (i = 0; i < probes->count; i++)
		fds[PROBES + i] = (struct pollfd){
			.fd = probes->probe[i].is_met ? -1 :
			    probes->probe[i].fd,
			.events = probes->probe[i].is_for_writing ? POLLOUT :
			    POLLIN,
		};
	if (poll(fds, PROBES + probes->count, wait_ms > INT32_MAX ?
	    INT32_MAX : wait_ms < 0 ? 0 : (int)wait_ms) <= 0)
		return;
	if (fds[WATCH].revents != 0)
		os_watch_drain(probes->watch);
	for (i = 0; i < probes->count; i++)
		probes->probe[i].is_due = fds[PROBES + i].revents != 0 ||
		    (probes->probe[i].condition->kind == CONDITION_FILE &&
		    fds[WATCH].revents != 0);
}

enum event {
	EVENT_READY,
	EVENT_DEATH,
	EVENT_SIGNAL,
	EVENT_DEADLINE,
};

/* Waits for one of these; *SIGNAL is set for a signal. */
static enum event
wait_for_event(struct ready *ready, struct instance *instance, int *signal)
{
	bool is_terminal = isatty(STDERR_FILENO) == 1;
	int64_t now_ms;

	for (;;) {
		now_ms = caller_now_ms();
		hear_messages(ready, instance, MESSAGES_AT_ONCE, now_ms);
		hear_output(ready, now_ms);
		probes_look(&ready->probes, now_ms);
		if (ready->plan->options->is_verbose)
			tell_progress(ready);
		if (is_dead(ready)) {
			/* Perhaps it has named its successor. */
			hear_messages(ready, instance, MESSAGES_LEFT_MAX,
			    now_ms);
			if (is_dead(ready))
				return EVENT_DEATH;
		}
		bury_others(ready);
		do {
			*signal = os_signal_next(ready->signals);
		} while (*signal == SIGCHLD);
		if (*signal != -1)
			return EVENT_SIGNAL;
		if ((notify_is_settled(&ready->notify, now_ms) ||
		    now_ms >= ready->deadline_ms) &&
		    !ready->plan->ready.is_job &&
		    probes_are_met(&ready->probes) &&
		    settle_is_over(ready, caller_now_ms()))
			return EVENT_READY;
		if (now_ms >= ready->deadline_ms)
			return EVENT_DEADLINE;
		if (is_terminal)
			tell_terminal(ready, now_ms);
		wait_for_more(ready, is_terminal);
	}
}

/*
 * Ends all that came from the daemon; and PID, the daemon, unless it is dead
 * (-1).
 */
static enum ready_result
end(struct ready *ready, pid_t pid, struct failure *failure)
{
	int error = 0;

	if (end_born(pid, ready->pidfd, &ready->before,
	    &ready->plan->options->stop) == -1)
		error = errno;
	if (pid != -1 || error != 0)
		verdict_add_end(failure, error);
	/* Its pidfile and lock must not be given to another. */
	return error != 0 && !is_dead(ready) ? READY_LEFT : READY_FAILED;
}

/* Is anybody left of what the daemon has started? */
static bool
has_left(const struct ready *ready)
{
	struct tree tree;
	bool is_left;

	if (tree_find_born(&tree, &ready->before) == -1)
		return false;
	is_left = tree.count > 0;
	tree_release(&tree);
	return is_left;
}

static enum ready_result
after_death(struct ready *ready, struct instance *instance, int *status,
    struct failure *failure)
{
	pid_t group = ready->plan->ready.is_job ? -1 : end_left(ready->pid);

	if (waitpid(ready->pid, status, WNOHANG) != ready->pid)
		*status = -1;	/* it is not our child, but its parent's */
	end_bury(group);
	if (ready->plan->ready.is_job && *status != -1) {
		instance_finish(instance, ready->pid);
		return READY_ENDED;
	}
	if (*status != -1 && WIFEXITED(*status) &&
	    WEXITSTATUS(*status) == 0 && has_left(ready))
		verdict_backgrounded(ready, failure);
	else
		verdict_died(ready, *status, failure);
	return end(ready, -1, failure);
}

static void
begin(struct ready *ready, pid_t daemon)
{
	const struct options *options = ready->plan->options;
	int64_t limit_ms = ready->plan->ready.timeout_ms;

	if (options->max_runtime_ms >= 0 &&
	    (limit_ms < 0 || options->max_runtime_ms < limit_ms))
		limit_ms = options->max_runtime_ms;
	ready->pid = daemon;
	ready->pidfd = os_pidfd_open(daemon);
	ready->started_ms = ready->told_ms = caller_now_ms();
	ready->deadline_ms = limit_ms < 0 ||
	    limit_ms > INT64_MAX - ready->started_ms ? INT64_MAX :
	    ready->started_ms + limit_ms;
	probes_begin(&ready->probes, ready->started_ms);
}

/* From the beginning to the verdict; RAW as waitpid(2) has it. */
static enum ready_result
await(struct ready *ready, struct instance *instance, pid_t daemon, int *raw,
    struct failure *failure)
{
	int signal = 0;

	begin(ready, daemon);
	switch (wait_for_event(ready, instance, &signal)) {
	case EVENT_READY:
		return READY_REACHED;
	case EVENT_DEATH:
		/* What asks about the daemon is not what it has left. */
		probes_end(&ready->probes);
		return after_death(ready, instance, raw, failure);
	case EVENT_SIGNAL:
		verdict_interrupted(ready, signal, failure);
		break;
	case EVENT_DEADLINE:
		verdict_late(ready, failure);
		if (!ready->plan->options->is_kept_on_timeout)
			break;
		verdict_add_left(failure, ready);
		return READY_LEFT;
	}
	return end(ready, ready->pid, failure);
}

enum ready_result
ready_wait(struct ready *ready, struct instance *instance,
    const struct streams *streams, pid_t *daemon, int *status,
    struct failure *failure)
{
	enum ready_result result;
	int raw = -1;

	if (!readiness_is_awaited(&ready->plan->ready))
		return READY_REACHED;
	result = await(ready, instance, *daemon, &raw, failure);
	if (result == READY_REACHED && streams_check(streams, failure) == -1)
		result = end(ready, ready->pid, failure);
	if (ready->told_ms > ready->started_ms)
		message_progress("");
	if (ready->plan->options->is_verbose && ready->notify.strangers > 0)
		message_step("ignored %lu notifications of strangers",
		    ready->notify.strangers);
	*daemon = ready->pid;
	job_end_output(ready->plan, streams, raw != 0);
	if (result == READY_ENDED)
		*status = job_status(ready->plan, raw);
	ready_close(ready);
	return result;
}

void
ready_show_output(struct ready *ready)
{
	const char *name = strrchr(ready->plan->command, '/');
	char text[OUTPUT_TAIL_MAX + 1], *rest = text, *line;

	name = name == NULL ? ready->plan->command : name + 1;
	if (output_last(&ready->output, OUTPUT_LINES, text,
	    sizeof(text)) == 0)
		return;
	while ((line = strsep(&rest, "\n")) != NULL)
		message_error("output of %s: %s", name, line);
}

void
ready_close(struct ready *ready)
{
	size_t i;

	probes_end(&ready->probes);
	notify_close(&ready->notify);
	tree_release(&ready->before);
	for (i = 0; i < OUTPUT_FILES; i++)
		lines_release(&ready->lines[i]);
	if (ready->signals != -1)
		(void)close(ready->signals);	/* nothing was written */
	if (ready->pidfd != -1)
		(void)close(ready->pidfd);
	ready->signals = ready->pidfd = -1;
}
