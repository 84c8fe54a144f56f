/*
 * verdict.c: see verdict.h.
 */
#include "ready/verdict.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/caller.h"
#include "base/parse.h"
#include "exitcode.h"

/* Appends to the text of FAILURE. */
static void add(struct failure *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

static void
add(struct failure *failure, const char *format, ...)
{
	size_t len = strlen(failure->text);
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(failure->text + len, sizeof(failure->text) - len,
	    format, ap);
	va_end(ap);
}

/* What the daemon itself has said about it (sd_notify(3)). */
static void
add_said(struct failure *failure, const struct ready *ready)
{
	const struct notify_message *said = &ready->notify.said;

	if (ready->notify.fd == -1)
		return;
	if (said->error != 0)
		add(failure, ": %s", strerror(said->error));
	if (said->has_status && said->status[0] != '\0')
		add(failure, "; its status: %s", said->status);
}

void
verdict_died(const struct ready *ready, int status, struct failure *failure)
{
	if (ready->plan->ready.is_job) {
		(void)failure_set(failure, EXITCODE_DIED, "cannot finish "
		    "%.2000s: it ended, and nobody tells how",
		    ready->plan->command);
		return;
	}
	(void)failure_set(failure, EXITCODE_DIED, "cannot start %.2000s: ",
	    ready->plan->command);
	if (status == -1)
		add(failure, "it ended");
	else if (WIFSIGNALED(status))
		add(failure, "killed by signal %d (%s)", WTERMSIG(status),
		    strsignal(WTERMSIG(status)));
	else
		add(failure, "it exited with status %d", WEXITSTATUS(status));
	add(failure, " before it was ready");
	add_said(failure, ready);
}

void
verdict_backgrounded(const struct ready *ready, struct failure *failure)
{
	(void)failure_set(failure, EXITCODE_DIED, "cannot keep watch over "
	    "%.2000s: it put itself in the background; use its foreground "
	    "option", ready->plan->command);
}

void
verdict_late(const struct ready *ready, struct failure *failure)
{
	char after[32];

	if (ready->deaf_to != NULL) {
		(void)failure_set(failure, EXITCODE_NOT_READY, "cannot start "
		    "%.2000s: its output has ended, waiting for %.1000s",
		    ready->plan->command, ready->deaf_to->text);
		add_said(failure, ready);
		return;
	}
	parse_show_duration(ready->deadline_ms - ready->started_ms, after,
	    sizeof(after));
	if (ready->plan->ready.is_job) {
		(void)failure_set(failure, EXITCODE_NOT_READY,
		    "cannot finish %.2000s: still running after %s",
		    ready->plan->command, after);
		return;
	}
	(void)failure_set(failure, EXITCODE_NOT_READY, "cannot start %.2000s: "
	    "not ready within %s, waiting for %.1000s", ready->plan->command,
	    after, probes_unmet(&ready->probes));
	add_said(failure, ready);
}

void
verdict_interrupted(const struct ready *ready, int signal,
    struct failure *failure)
{
	(void)failure_set(failure, 128 + signal, "cannot %s %.2000s: "
	    "interrupted by signal %d (%s)",
	    ready->plan->ready.is_job ? "finish" : "start",
	    ready->plan->command, signal, strsignal(signal));
}

void
verdict_add_end(struct failure *failure, int error)
{
	if (error == 0)
		add(failure, "; it was stopped");
	else
		add(failure, "; it cannot be stopped: %s",
		    error == ETIMEDOUT ? "it does not end" : strerror(error));
}

void
verdict_add_left(struct failure *failure, const struct ready *ready)
{
	add(failure, "; left running as pid %ld", (long)ready->pid);
}
