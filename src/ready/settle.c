/*
 * settle.c: see settle.h.
 */
#include "ready/settle.h"

#include <unistd.h>

#include "base/os.h"
#include "process/process.h"
#include "process/tree.h"
#include "ready/bury.h"

enum {
	BUSY_MS = 20,		/* for one that is alone, but runs */
	OTHERS_MS = 100,	/* for one that is not alone */
	AGAIN_MS = 2,
};

/* Is there a condition that others may see before the daemon is done? */
static bool
is_seen_early(const struct probes *probes)
{
	size_t i;

	for (i = 0; i < probes->count; i++)
		switch (probes->probe[i].condition->kind) {
		case CONDITION_FILE:
		case CONDITION_UNIX:
		case CONDITION_TCP:
		case CONDITION_LOG:
		case CONDITION_COMMAND:
			return true;
		case CONDITION_EXEC:
		case CONDITION_ALIVE:
		case CONDITION_NOTIFY:
		case CONDITION_FD:
		case CONDITION_EXIT:
		case N_CONDITIONS:
			break;
		}
	return false;
}

static int
is_some(pid_t pid, void *context)
{
	(void)pid;
	(void)context;
	return 1;
}

static int
is_other(pid_t pid, void *context)
{
	return bury_is_asked_for(context, pid) ? 0 : 1;
}

/* Whose parent has ended is our child by then: we are a subreaper. */
static bool
has_others(struct ready *ready)
{
	int its = os_each_child(ready->pid, is_some, NULL);
	int ours = its == 0 ? os_each_child(getpid(), is_other, ready) : its;
	struct tree tree;
	bool has = false;
	size_t i;

	if (ours >= 0)
		return ours > 0;
	/* Without such lists everybody must be looked at. */
	if (tree_find_born(&tree, &ready->before) == -1)
		return false;
	for (i = 0; i < tree.count; i++)
		has |= tree.member[i].pid != ready->pid;
	tree_release(&tree);
	return has;
}

bool
settle_is_over(struct ready *ready, int64_t now_ms)
{
	int64_t held_ms;

	if (ready->held_since_ms == 0)
		ready->held_since_ms = now_ms;
	held_ms = now_ms - ready->held_since_ms;
	if (held_ms >= OTHERS_MS || now_ms >= ready->deadline_ms ||
	    !is_seen_early(&ready->probes))
		return true;
	if (held_ms < BUSY_MS && process_is_busy(ready->pid)) {
		ready->settle_at_ms = now_ms + AGAIN_MS;
		return false;
	}
	if (!has_others(ready))
		return true;
	ready->settle_at_ms = ready->held_since_ms + OTHERS_MS;
	return false;
}
