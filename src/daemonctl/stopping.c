/*
 * stopping.c: the verbs stop, wait and those that send a signal; see work.h.
 */
#include "daemonctl/work.h"

#include "control/act.h"
#include "exitcode.h"

/* How many are stopped at once: each needs a descriptor. */
enum { STOP_BATCH = 128 };

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
 * they take no longer than the slowest.
 */
static int
do_stop_batch(struct work *work, struct target *targets, size_t count)
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
		(void)work_finish(status[i], &failure);
	}
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
	int worst = CONTROL_OK, status;
	size_t some;

	for (; count > 0; count -= some, targets += some) {
		some = count < STOP_BATCH ? count : STOP_BATCH;
		status = do_stop_batch(work, targets, some);
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
