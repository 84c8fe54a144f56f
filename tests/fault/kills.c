/*
 * Which process can be killed at which system call.
 */
#include <sys/syscall.h>
#include <sys/wait.h>

#include "fault.h"

/* Does the caller look here whether the logger lives? */
static bool
is_look(const struct trace *trace, const struct point *point)
{
	return (point->task == 0 && ((point->nr == SYS_waitid &&
	    point->args[0] == P_PID &&
	    point->args[1] == (uint64_t)trace->logger) ||
	    (point->nr == SYS_wait4 &&
	    point->args[0] == (uint64_t)trace->logger)));
}

/*
 * How many points there are at which a logger's death must be seen: those
 * before the command looks for the last time.  After that it is nobody's to
 * see, and the daemon's own fate.
 */
static size_t
count_seen(const struct trace *trace)
{
	size_t i;

	for (i = trace->n; i > 0; i--) {
		if (is_look(trace, &trace->points[i - 1]))
			return (i - 1);
	}
	return (trace->n);
}

/*
 * Beside a logger the actions of the signals, set one by one, are one place:
 * starts without a logger are killed at each of them.
 */
static bool
is_again(const struct trace *trace, size_t i)
{
	const struct point *point = &trace->points[i];

	if (trace->logger == 0 || point->nr != SYS_rt_sigaction)
		return (false);
	while (i-- > 0) {
		if (trace->points[i].task == point->task)
			return (trace->points[i].nr == point->nr);
	}
	return (false);
}

/*
 * SIGKILL to every task that is alive, before and after every call of every
 * task.  After the call that became the target there is no caller's view.
 */
void
kills_each(const struct trace *trace, fault_fn *fn, void *state)
{
	size_t i, seen = count_seen(trace);
	int victim;

	for (i = 0; i < trace->n; i++) {
		const struct point *point = &trace->points[i];
		struct fault fault = {
			.task = point->task,
			.index = point->index,
			.nr = point->nr,
		};

		if (is_again(trace, i))
			continue;
		for (victim = 0; victim < TASK_MAX; victim++) {
			if ((point->alive & 1U << victim) == 0)
				continue;
			if (trace->logger != 0 && victim == LOGGER_TASK &&
			    i >= seen)
				continue;
			fault.victim = victim;
			fault.kind = FAULT_KILL_ENTRY;
			fn(point, &fault, state);
			if (!point->returned)
				continue;
			fault.kind = FAULT_KILL_EXIT;
			fn(point, &fault, state);
		}
	}
}
