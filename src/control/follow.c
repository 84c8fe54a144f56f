/*
 * follow.c: see follow.h.
 *
 * Not tail(1): "tail -F" goes on with the new file when the name has moved,
 * whatever is left in the old one, and knows nothing of those in between.
 */
#include "control/follow.h"

#include <errno.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/past.h"

enum {
	TICK_MS = 100,
	PATTERN_TICKS = 5,	/* looking for a new name lists a directory */
};

struct follow {
	struct trail *trails;
	int headed;
	struct pour *pour;
};

/* Is there something in INDEX's file that has not been read? */
static bool
has_more(struct trail *trail)
{
	struct stat st;

	if (trail->fd == -1 || fstat(trail->fd, &st) == -1)
		return false;
	if (st.st_size < trail->offset)
		trail->offset = 0;	/* truncated, as by logrotate */
	return st.st_size > trail->offset;
}

/* Returns 0, or -1 with FAILURE. */
static int
head(struct follow *follow, int index, struct failure *failure)
{
	if (follow->headed == -1 || follow->headed == index)
		return 0;
	follow->headed = index;
	return pour_heading(follow->pour, follow->trails[index].target.path,
	    false) == -1 ? past_fail_output(failure) : 0;
}

static int
pour_more(struct follow *follow, int index, struct failure *failure)
{
	struct trail *trail = &follow->trails[index];

	if (!has_more(trail))
		return 0;
	return head(follow, index, failure) == -1 ? -1 :
	    past_pour_now(trail, -1, follow->pour, failure);
}

/*
 * Pours the files of NEXT that TRAIL has never had open. The first that is
 * new may be TRAIL's own, compressed since.
 */
static int
pour_missed(struct follow *follow, int index, const struct trail *next,
    struct failure *failure)
{
	const struct trail *trail = &follow->trails[index];
	size_t i, count = next->is_listed ? next->rotated.count : 0;
	size_t own = count;

	for (i = count; i-- > 0;)
		if (trail_is_new(trail, next, i))
			own = i;
	if (own < count && !trail_is_source(trail, next, own))
		own = count;
	for (i = 0; i < count; i++)
		if (trail_is_open(trail, next, i))
			own = i;
	for (i = 0; i < count; i++)
		if (i != own && trail_is_new(trail, next, i) &&
		    (head(follow, index, failure) == -1 ||
		    past_pour_piece(next, i, follow->pour, failure) == -1))
			return -1;
	return 0;
}

/* The log is in another file now. */
static int
move_on(struct follow *follow, int index, struct failure *failure)
{
	struct trail *trail = &follow->trails[index], next;
	const struct source_file file = {
		.path = trail->target.path,
		.is_pattern = trail->target.is_pattern,
	};

	/* It may be moving on as we look: next time, then. */
	if (trail_open(&next, &file) == -1)
		return 0;
	/* Its writer has done with the old one before it began this one. */
	if (pour_more(follow, index, failure) == -1 ||
	    pour_missed(follow, index, &next, failure) == -1) {
		trail_close(&next);
		return -1;
	}
	trail_close(trail);
	next.offset = 0;
	*trail = next;
	return pour_more(follow, index, failure);
}

int
follow_trails(struct trail *trails, size_t count, int headed,
    struct pour *pour, struct failure *failure)
{
	struct follow follow = {
		.trails = trails, .headed = headed, .pour = pour,
	};
	struct pollfd out = { .fd = STDOUT_FILENO };
	unsigned int tick;
	size_t i;

	for (tick = 0;; tick++) {
		for (i = 0; i < count; i++) {
			if (pour_more(&follow, (int)i, failure) == -1)
				return -1;
			if (trails[i].target.is_pattern &&
			    tick % PATTERN_TICKS != 0)
				continue;
			if (trail_has_moved(&trails[i]) &&
			    move_on(&follow, (int)i, failure) == -1)
				return -1;
		}
		/* Only that nobody reads it can be told of it. */
		if (poll(&out, 1, TICK_MS) == 1)
			return 0;
	}
}
