/*
 * hear.c: see hear.h.
 */
#include "ready/hear.h"

#include <poll.h>
#include <unistd.h>

#include "base/message.h"
#include "base/os.h"
#include "process/holder.h"

enum {
	READS_AT_ONCE = 32,	/* so that a flood starves nobody */
	DEAF_MS = 200,		/* a death is seen a little later, too */
};

/* Has PID every lock that was claimed? */
static bool
has_locks(pid_t pid, const struct instance *instance)
{
	int pidfile = instance->pidfile.fd, lockfile = instance->lockfile.fd;

	return (pidfile == -1 || holder_is(pid, pidfile)) &&
	    (lockfile == -1 || holder_is(pid, lockfile));
}

/* The daemon names another process; that one must be its own. */
static void
follow_main(struct ready *ready, struct instance *instance, pid_t pid)
{
	struct pollfd gone = { .events = POLLIN };
	const struct pidfile *pidfile = &instance->pidfile;

	if (pid == -1 || pid == ready->pid)
		return;
	/* The pidfd first: what is seen after it is of that very process. */
	gone.fd = os_pidfd_open(pid);
	if (gone.fd != -1 && tree_is_born(pid, &ready->before) &&
	    has_locks(pid, instance) &&
	    poll(&gone, 1, 0) == 0 && (pidfile->fd == -1 ||
	    pidfile_rewrite_pid(pidfile, pid) == 0)) {
		if (ready->pidfd != -1)
			(void)close(ready->pidfd);	/* nothing written */
		ready->pidfd = gone.fd;
		ready->pid = pid;
		return;
	}
	if (gone.fd != -1)
		(void)close(gone.fd);
	if (ready->plan->options->is_verbose)
		message_step("ignored MAINPID=%ld: not of this daemon, or "
		    "without its lock", (long)pid);
}

void
hear_messages(struct ready *ready, struct instance *instance,
    unsigned int count, int64_t now_ms)
{
	struct notify_message *said = &ready->notify.said;
	size_t i;

	if (ready->notify.fd == -1)
		return;
	notify_hear(&ready->notify, &ready->before, ready->pid, count, now_ms);
	if (said->extend_us != -1)
		ready->deadline_ms = notify_extend(ready->deadline_ms,
		    ready->started_ms, now_ms, said->extend_us);
	follow_main(ready, instance, said->main_pid);
	for (i = 0; i < ready->probes.count; i++)
		if (ready->probes.probe[i].condition->kind ==
		    CONDITION_NOTIFY)
			ready->probes.probe[i].is_met |= said->is_ready;
}

/* --- what it writes --- */

static void
match(const char *line, void *context)
{
	struct ready *ready = context;
	size_t i;

	for (i = 0; i < ready->probes.count; i++) {
		struct probe *probe = &ready->probes.probe[i];

		if (probe->condition->kind == CONDITION_LOG &&
		    !probe->is_met && regexec(&probe->condition->regex, line,
		    0, NULL, 0) == 0)
			probe->is_met = true;
	}
}

/* No condition "log:" that does not hold by now ever will. */
static void
be_deaf(struct ready *ready, int64_t now_ms)
{
	size_t i;

	output_close(&ready->output);
	for (i = 0; i < ready->probes.count; i++)
		if (ready->probes.probe[i].condition->kind == CONDITION_LOG &&
		    !ready->probes.probe[i].is_met)
			ready->deaf_to = ready->probes.probe[i].condition;
	if (ready->deaf_to != NULL && ready->deadline_ms > now_ms + DEAF_MS)
		ready->deadline_ms = now_ms + DEAF_MS;
}

bool
hear_has_log(const struct ready *ready)
{
	size_t i;

	for (i = 0; i < ready->probes.count; i++)
		if (ready->probes.probe[i].condition->kind == CONDITION_LOG)
			return true;
	return false;
}

void
hear_output(struct ready *ready, int64_t now_ms)
{
	bool has_tap = ready->output.tap_fd != -1;
	bool is_matched = hear_has_log(ready);
	char bytes[8192];
	ssize_t n = 0;
	int reads;
	size_t i;

	ready->has_more_output = false;
	if (!has_tap && !is_matched)
		return;
	for (i = 0; i < output_sources(&ready->output); i++) {
		for (reads = 0; reads < READS_AT_ONCE; reads++) {
			n = output_read(&ready->output, i, bytes,
			    sizeof(bytes));
			if (n <= 0)
				break;
			if (is_matched && lines_feed(&ready->lines[i], bytes,
			    (size_t)n, match, ready) == -1) {
				n = 0;	/* no memory: not at once again */
				break;
			}
		}
		ready->has_more_output |= n > 0;
	}
	/* A logger that has ended tells no more. */
	if (has_tap && n == -1)
		be_deaf(ready, now_ms);
}
