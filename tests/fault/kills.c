/*
 * Which process can be killed at which system call.
 */
#include <sys/syscall.h>
#include <sys/wait.h>

#include "fault.h"

/* Does the caller look here whether the logger lives? */
bool
call_is_look(int task, long nr, const uint64_t *args, pid_t logger)
{
	return (task == 0 && ((nr == SYS_waitid && args[0] == P_PID &&
	    args[1] == (uint64_t)logger) ||
	    (nr == SYS_wait4 && args[0] == (uint64_t)logger)));
}

/*
 * How many points there are at which a logger's death must be seen: those
 * before the command looks for the last time.  After that it is nobody's to
 * see, and the daemon's own fate.
 */
static size_t
count_seen(const struct trace *trace, int *looks)
{
	size_t i, seen = trace->n;

	*looks = 0;
	for (i = 0; i < trace->n; i++) {
		const struct point *point = &trace->points[i];

		if (call_is_look(point->task, point->nr, point->args,
		    trace->logger)) {
			(*looks)++;
			seen = i;
		}
	}
	return (seen);
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
	int victim, looks;
	size_t i, seen = count_seen(trace, &looks);

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
			fault.looks = trace->logger != 0 &&
			    victim == LOGGER_TASK ? looks : 0;
			fault.kind = FAULT_KILL_ENTRY;
			fn(point, &fault, state);
			if (!point->returned)
				continue;
			fault.kind = FAULT_KILL_EXIT;
			fn(point, &fault, state);
		}
	}
}
