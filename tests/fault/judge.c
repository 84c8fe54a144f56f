/*
 * Two ends are good: the command said 0 and what runs now is in every detail
 * what an unharmed start makes of it; or it said anything else, with one line
 * that says why, and everything is as it was before.
 */
#include <sys/wait.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fault.h"

#define ALREADY_RUNNING	3

static void
start(const struct judge *judge, const struct fault *fault,
    struct trace *record, struct outcome *out)
{
	const struct scenario *scenario = judge->scenario;
	char **argv = scenario_words(judge->place, judge->place->tool,
	    scenario->args);
	char **envp = scenario_env(judge->place, scenario);
	struct launch launch = {
		.argv = argv,
		.envp = envp,
		.out = judge->place->out,
		.err = judge->place->err,
		.closed = scenario->closed,
		.keep = scenario->keep,
		.has_logger = scenario->has_logger,
	};

	(void)trace_run(&launch, fault, record, out);
	words_free(argv);
	words_free(envp);
}

static bool
is_known_status(int status)
{
	return ((status >= 1 && status <= 4) || status == 124 ||
	    status == 126 || status == 127);
}

/* The command has returned.  `is_lame`: it could not have tidied up. */
static void
judge_outcome(const struct judge *judge, const struct outcome *out,
    bool is_lame, struct verdict *verdict)
{
	int status = WEXITSTATUS(out->status);

	if (out->has_hung) {
		verdict_bad(verdict, "it hangs");
	} else if (!WIFEXITED(out->status)) {
		verdict_bad(verdict, "it dies of signal %d",
		    WTERMSIG(out->status));
	} else if (status == 0 && judge->scenario->status != 0) {
		verdict_bad(verdict,
		    "exit status 0 from a start that cannot work");
	} else if (status == 0 && out->was_target) {
		left_nobody(verdict);
	} else if (status == 0) {
		left_pidfile(judge, verdict);
		left_daemon(judge, true, verdict);
	} else {
		if (!judge->is_peer && !is_known_status(status))
			verdict_bad(verdict, "unknown exit status %d", status);
		left_nobody(verdict);
		if (!is_lame) {
			left_message(judge, verdict);
			left_files(judge, verdict);
		}
	}
}

/* With everything ended, nothing may be locked by anybody. */
static void
end_all(const struct judge *judge, struct verdict *verdict)
{
	children_end();
	if (judge->scenario->has_lock && tree_has_locks(judge->place))
		verdict_bad(verdict, "a lock outlives the daemon");
}

/* What is not there although the scenario says so; NULL: all is there. */
static const char *
lacking(const struct judge *judge, const char *files)
{
	const char *const *expect = judge->scenario->expect;
	int i;

	for (i = 0; i < EXPECT_MAX && expect[i] != NULL; i++) {
		if (!judge->is_peer && strstr(files, expect[i]) == NULL &&
		    strstr(judge->report, expect[i]) == NULL)
			return (expect[i]);
	}
	return (NULL);
}

static bool
lacks_nothing(const struct judge *judge, const char *files)
{
	return (lacking(judge, files) == NULL);
}

/* Start once, unharmed and untraced, and keep what it looks like. */
void
judge_learn(struct judge *judge, struct verdict *verdict)
{
	const struct scenario *scenario = judge->scenario;
	struct outcome out;
	char *report;
	pid_t pid;

	*verdict = (struct verdict){ .kind = VERDICT_GOOD };
	place_clean(judge->place, scenario);
	judge->before = tree_describe(judge->place, 0);
	start(judge, NULL, NULL, &out);
	if (out.has_hung || !WIFEXITED(out.status) ||
	    WEXITSTATUS(out.status) != scenario->status) {
		report = text_read(judge->place->err);
		verdict_bad(verdict, "the unharmed start ends with wait "
		    "status %#x: %s", out.status, report == NULL ? "" : report);
		free(report);
		children_end();
		return;
	}
	if (scenario->status != 0) {
		judge_outcome(judge, &out, false, verdict);
		return;
	}
	pid = left_settle(judge, &report);
	if (pid <= 0) {
		verdict_bad(verdict, "the unharmed start leaves no daemon");
		children_end();
		return;
	}
	judge->report = strdup(text_next_line(report));
	judge->files = left_await_files(judge, pid, lacks_nothing);
	judge->logger = left_logger(judge);
	if (!lacks_nothing(judge, judge->files))
		verdict_bad(verdict, "the unharmed start lacks: %s",
		    lacking(judge, judge->files));
	free(report);
	end_all(judge, verdict);
}

/* Start once, unharmed, and note every system call. */
void
judge_record(const struct judge *judge, struct trace *trace,
    struct verdict *verdict)
{
	struct outcome out;

	*verdict = (struct verdict){ .kind = VERDICT_GOOD };
	place_clean(judge->place, judge->scenario);
	start(judge, NULL, trace, &out);
	if (judge->scenario->status == 0 || judge->is_peer)
		judge_outcome(judge, &out, false, verdict);
	end_all(judge, verdict);
}

void
judge_fault(const struct judge *judge, const struct fault *fault,
    bool is_lame, struct verdict *verdict)
{
	struct outcome out;

	*verdict = (struct verdict){ .kind = VERDICT_GOOD };
	place_clean(judge->place, judge->scenario);
	start(judge, fault, NULL, &out);
	if (!out.was_hit && !out.has_hung)
		verdict->kind = VERDICT_UNREACHED;
	else
		judge_outcome(judge, &out, is_lame, verdict);
	end_all(judge, verdict);
}

/* A second start, where the first daemon still holds its lock. */
static void
must_be_refused(const struct judge *judge, pid_t holder,
    struct verdict *verdict)
{
	struct outcome out;
	char number[32], *err;

	start(judge, NULL, NULL, &out);
	if (out.has_hung || !WIFEXITED(out.status) ||
	    WEXITSTATUS(out.status) != ALREADY_RUNNING)
		verdict_bad(verdict, "the next start: wait status %#x, not "
		    "exit 3", out.status);
	left_message(judge, verdict);
	err = text_read(judge->place->err);
	snprintf(number, sizeof(number), " %ld ", (long)holder);
	if (err == NULL || strstr(err, number) == NULL)
		verdict_bad(verdict, "the next start does not name the holder");
	free(err);
}

/* After whatever happened the next start works, or has a reason. */
static void
next_must_work(const struct judge *judge, struct verdict *verdict)
{
	const struct scenario *scenario = judge->scenario;
	struct outcome out;
	pid_t pid = left_target(judge);

	if (pid != 0 && scenario->has_lock && !judge->is_peer)
		must_be_refused(judge, pid, verdict);
	end_all(judge, verdict);
	(void)unlink(judge->place->report);
	start(judge, NULL, NULL, &out);
	if (out.has_hung || !WIFEXITED(out.status) ||
	    WEXITSTATUS(out.status) != scenario->status)
		verdict_bad(verdict, "the next start: wait status %#x, not "
		    "exit %d", out.status, scenario->status);
	else if (scenario->status == 0) {
		left_pidfile(judge, verdict);
		left_daemon(judge, false, verdict);
	} else {
		left_nobody(verdict);
	}
	end_all(judge, verdict);
}

void
judge_kill(const struct judge *judge, const struct fault *fault,
    struct verdict *verdict)
{
	struct outcome out;
	char *report;
	pid_t pid;

	*verdict = (struct verdict){ .kind = VERDICT_GOOD };
	place_clean(judge->place, judge->scenario);
	start(judge, fault, NULL, &out);
	if (!out.was_hit && !out.has_hung) {
		verdict->kind = VERDICT_UNREACHED;
		end_all(judge, verdict);
		return;
	}
	if (fault->victim != 0 || out.has_hung) {
		judge_outcome(judge, &out, false, verdict);
	} else {
		pid = left_settle(judge, &report);
		free(report);
		if (pid == -1)
			verdict_bad(verdict,
			    "it leaves what is not the target");
		/* Who would have ended it in time has been killed. */
		if (pid > 0 && judge->scenario->status == 0)
			left_daemon(judge, true, verdict);
	}
	next_must_work(judge, verdict);
}
