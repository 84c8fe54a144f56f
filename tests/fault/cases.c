/*
 * Every case of a start: learn what it looks like unharmed, record its calls,
 * and have a few workers fail or kill it in each way, each in its own place.
 */
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fault.h"

#define TRIES	4	/* for a call that is not always reached */

struct work {
	const struct settings *settings;
	struct judge	 judge;
	struct totals	*totals;
	unsigned	 number;	/* of this case */
	int		 worker;
	bool		 is_kill;
};

static void
fault_name(const struct fault *fault, char *name, size_t size)
{
	int len = snprintf(name, size, "%d:%d:%s:", fault->task, fault->index,
	    call_name(fault->nr));

	name += len;
	size -= (size_t)len;
	switch (fault->kind) {
	case FAULT_ERROR:
	case FAULT_AFTER:
	case FAULT_BREAK:
		snprintf(name, size, "%s", error_name((int)fault->value));
		break;
	case FAULT_SHORT:
		snprintf(name, size, "short-%ld", fault->value);
		break;
	case FAULT_KILL_ENTRY:
		snprintf(name, size, "kill-%d-before", fault->victim);
		break;
	case FAULT_KILL_EXIT:
		snprintf(name, size, "kill-%d-after", fault->victim);
		break;
	}
}

static void
judge_case(const struct work *work, const struct point *point,
    const struct fault *fault, struct verdict *verdict)
{
	int try;

	for (try = 0; try < TRIES; try++) {
		if (work->is_kill)
			judge_kill(&work->judge, fault, verdict);
		else
			judge_fault(&work->judge, fault,
			    work->judge.scenario->status != 0 &&
			    call_is_cleanup(point, fault), verdict);
		if (verdict->kind != VERDICT_UNREACHED)
			return;
	}
}

/* Where a start is tried for its logger's sake: is this about the logger? */
static bool
is_wanted(const struct work *work, const struct point *point,
    const struct fault *fault)
{
	return (!work->judge.scenario->is_about_logger || point->is_logger ||
	    (work->is_kill && fault->victim == LOGGER_TASK));
}

static void
try_case(const struct point *point, const struct fault *fault, void *state)
{
	struct work *work = state;
	struct count *count = work->is_kill ? &work->totals->kills :
	    &work->totals->faults;
	struct verdict verdict;
	char name[128];

	if (!is_wanted(work, point, fault))
		return;
	if ((int)(work->number++ % (unsigned)work->settings->jobs) !=
	    work->worker)
		return;
	if (work->judge.scenario->cure != 0 && fault->kind == FAULT_ERROR &&
	    fault->nr == SYS_execve &&
	    fault->value == work->judge.scenario->cure)
		return;
	fault_name(fault, name, sizeof(name));
	if (work->settings->only != NULL &&
	    strcmp(work->settings->only, name) != 0)
		return;
	judge_case(work, point, fault, &verdict);
	__atomic_add_fetch(&count->cases, 1, __ATOMIC_SEQ_CST);
	if (verdict.kind == VERDICT_GOOD)
		__atomic_add_fetch(&count->handled, 1, __ATOMIC_SEQ_CST);
	if (verdict.kind == VERDICT_UNREACHED)
		__atomic_add_fetch(&count->unreached, 1, __ATOMIC_SEQ_CST);
	if (verdict.kind == VERDICT_BAD)
		dprintf(1, "# %s -c %s: %s\n", work->judge.scenario->name,
		    name, verdict.why);
	else if (work->settings->is_verbose)
		dprintf(1, "# %s -c %s: %s\n", work->judge.scenario->name,
		    name, verdict.kind == VERDICT_GOOD ? "good" :
		    "not reached");
}

/* In a process of its own: its orphans come to it, its mounts end with it. */
static void
work_there(struct work *work, struct place *place, const struct trace *trace)
{
	struct verdict verdict;

	work->judge.place = place;
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) == -1)
		give_up("cannot become a subreaper: %s", strerror(errno));
	place_enter(place, work->judge.scenario);
	judge_learn(&work->judge, &verdict);
	if (verdict.kind != VERDICT_GOOD)
		give_up("%s: %s", work->judge.scenario->name, verdict.why);
	work->is_kill = false;
	if (work->settings->want_faults)
		calls_each_fault(trace, try_case, work);
	work->is_kill = true;
	if (work->settings->want_kills)
		kills_each(trace, try_case, work);
	exit(0);
}

/* All cases of a start, by so many workers; true when none gave up. */
static bool
work_all(const struct judge *judge, const struct settings *settings,
    struct totals *totals, const struct trace *trace)
{
	struct place places[16];
	pid_t pids[16];
	bool is_whole = true;
	int i, status;

	for (i = 0; i < settings->jobs; i++) {
		struct work work = {
			.settings = settings,
			.judge = *judge,
			.totals = totals,
			.worker = i,
		};

		places[i] = *judge->place;
		place_make(&places[i], settings->base, i + 1);
		if ((pids[i] = fork()) == -1)
			give_up("cannot fork: %s", strerror(errno));
		if (pids[i] == 0)
			work_there(&work, &places[i], trace);
	}
	for (i = 0; i < settings->jobs; i++) {
		if (waitpid(pids[i], &status, 0) != pids[i] || status != 0)
			is_whole = false;
		place_remove(&places[i]);
	}
	return (is_whole);
}

static void
list_calls(const struct trace *trace)
{
	size_t i;

	for (i = 0; i < trace->n; i++) {
		const struct point *point = &trace->points[i];

		printf("# %d:%d %s(%#llx, %#llx, %#llx) = %lld%s\n",
		    point->task, point->index, call_name(point->nr),
		    (unsigned long long)point->args[0],
		    (unsigned long long)point->args[1],
		    (unsigned long long)point->args[2],
		    (long long)point->result, point->is_exec ?
		    " (the target)" : "");
	}
}

static void
print_result(struct totals *totals, const char *name, const char *what,
    const struct count *count, bool is_whole)
{
	bool is_good = is_whole &&
	    count->handled + count->unreached == count->cases;

	printf("%sok %u - %s: %u of %u %s handled\n", is_good ? "" : "not ",
	    ++totals->tests, name, count->handled,
	    count->cases - count->unreached, what);
	if (count->unreached != 0)
		printf("# %s: %u %s came too late to be tried\n", name,
		    count->unreached, what);
	if (!is_good)
		totals->failed++;
}

/* In a process of its own, too: learn, record, and have the cases done. */
void
cases_all(const struct scenario *scenario,
    const struct settings *settings, struct place *place,
    struct totals *totals)
{
	struct judge judge = {
		.place = place,
		.scenario = scenario,
		.is_peer = settings->is_peer,
	};
	struct totals before = *totals;
	struct trace trace = { .n = 0 };
	struct verdict verdict;
	struct count count;
	bool is_whole;

	if (prctl(PR_SET_CHILD_SUBREAPER, 1) == -1)
		give_up("cannot become a subreaper: %s", strerror(errno));
	place_enter(place, scenario);
	judge_learn(&judge, &verdict);
	if (verdict.kind == VERDICT_GOOD)
		judge_record(&judge, &trace, &verdict);
	if (verdict.kind != VERDICT_GOOD)
		give_up("%s: %s", scenario->name, verdict.why);
	if (settings->is_listing) {
		list_calls(&trace);
		exit(0);
	}
	is_whole = work_all(&judge, settings, totals, &trace);
	count = (struct count){
		totals->faults.cases - before.faults.cases,
		totals->faults.handled - before.faults.handled,
		totals->faults.unreached - before.faults.unreached,
	};
	if (settings->want_faults)
		print_result(totals, scenario->name, "faults", &count,
		    is_whole);
	count = (struct count){
		totals->kills.cases - before.kills.cases,
		totals->kills.handled - before.kills.handled,
		totals->kills.unreached - before.kills.unreached,
	};
	if (settings->want_kills)
		print_result(totals, scenario->name, "kills", &count,
		    is_whole);
	exit(0);
}
