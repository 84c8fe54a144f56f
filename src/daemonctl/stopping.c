/*
 * stopping.c: the verbs stop, wait and those that send a signal; see work.h.
 */
#include "daemonctl/work.h"

#include <sys/resource.h>

#include "control/act.h"
#include "exitcode.h"

/*
 * How many are stopped at once: each needs a descriptor, and with --tree as
 * many as it has processes.
 */
enum { STOP_BATCH = 128, STOP_TREE_BATCH = 16 };

/*
 * As many descriptors as we may have. Only for verbs that start nobody, who
 * would inherit the limit.
 */
static void
raise_limit(void)
{
	struct rlimit limit;

	/* Where it fails, there are as many as before. */
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* How this request, or else the daemon's configuration, wants it ended. */
static void
choose_schedule(const struct request *request, struct target *target)
{
	if (request->schedule_text != NULL)
		target->options.stop = request->schedule;
	else if (request->timeout_ms >= 0)
		target->options.stop.step[0].timeout_ms = request->timeout_ms;
}

/*
 * All of a batch are told to end before the first is waited for: together
 * they take no longer than the slowest. Stops some of COUNT, but one at least:
 * when there is no descriptor for the next, that is left for later. Returns
 * the worst status, and how many it has dealt with in *DONE.
 */
static int
do_stop_batch(struct work *work, struct target *targets, size_t count,
    size_t *done)
{
	static struct act_stopping stopping[STOP_BATCH];
	int status[STOP_BATCH], worst = CONTROL_OK;
	size_t i;

	for (i = 0; i < count; i++) {
		struct failure failure = { .status = CONTROL_OK };

		choose_schedule(work->request, &targets[i]);
		status[i] = act_stop_begin(&stopping[i], &targets[i],
		    &targets[i].options.stop, work->request->is_tree,
		    &failure);
		if (stopping[i].is_shortage && i > 0)
			break;
		(void)work_finish(status[i], &failure);
	}
	*done = count = i;
	for (i = 0; i < count; i++) {
		struct failure failure = { .status = CONTROL_OK };

		if (status[i] == CONTROL_OK)
			status[i] = work_finish(act_stop_end(&stopping[i],
			    &failure), &failure);
		work_tell(work, &targets[i], status[i]);
		worst = status[i] > worst ? status[i] : worst;
	}
	return worst;
}

int
work_stop(struct work *work, struct target *targets, size_t count)
{
	size_t most = work->request->is_tree ? STOP_TREE_BATCH : STOP_BATCH;
	int worst = CONTROL_OK, status;
	size_t some;

	raise_limit();
	for (; count > 0; count -= some, targets += some) {
		status = do_stop_batch(work, targets,
		    count < most ? count : most, &some);
		worst = status > worst ? status : worst;
	}
	return worst;
}

int
work_signal(struct work *work, struct target *target, struct failure *failure)
{
	return act_signal(target, work->verb, work->signal, failure);
}

int
work_wait(struct work *work, struct target *target, struct failure *failure)
{
	return act_wait(target, work->request->timeout_ms, failure);
}
