/*
 * readiness.h: what a plan says about the wait after the start.
 */
#ifndef PLAN_READINESS_H
#define PLAN_READINESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/failure.h"
#include "plan/condition.h"

struct plan;

struct readiness {
	struct condition *condition;	/* but for "exec" and "exit" */
	size_t count;
	bool is_job;		/* wait until the command has ended */
	int64_t timeout_ms;	/* -1: none */
	const char *address;	/* of "notify", or NULL; as sd_notify(3) has
				   it: '@' stands for an abstract one */
};

/*
 * Fills in PLAN's readiness from its options: resolves the conditions and
 * refuses what does not fit the streams and descriptors, which are planned.
 * Returns 0, or -1 with FAILURE.
 */
int readiness_plan(struct plan *plan, struct failure *failure);

/* Is there anything to wait for after the start? Async-signal-safe. */
bool readiness_is_awaited(const struct readiness *readiness);

/* The conditions as they were typed, such as "tcp:80 and notify". */
void readiness_describe(const struct readiness *readiness, char *text,
    size_t size);

#endif
