/*
 * probes.h: the conditions of a plan, each with what is needed to see whether
 * it holds.
 *
 * In order: reserve, before any other file is opened; prepare, when the
 * instance is claimed and nothing is started; begin, when the daemon has been
 * executed; look, as often as something happens; end.
 */
#ifndef READY_PROBES_H
#define READY_PROBES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/failure.h"
#include "plan/plan.h"
#include "ready/appear.h"
#include "ready/connect.h"

struct probe {
	const struct condition *condition;
	bool is_met;
	bool is_told;		/* on stdout, with -v */
	int fd;			/* to be polled; -1: none */
	bool is_for_writing;	/* FD is */
	bool is_due;		/* something happened: look at it */
	int64_t next_ms;	/* when to look in any case; INT64_MAX: never */
	int64_t delay_ms;	/* until the next attempt after this one */
	struct appear appear;	/* FILE */
	struct connect connect;	/* UNIX and TCP */
	pid_t pid;		/* COMMAND that runs, or 0 */
};

struct probes {
	const struct plan *plan;
	struct probe probe[CONDITIONS_MAX];
	size_t count;
	int watch;		/* of os_watch_open; -1: none */
};

/*
 * Takes the numbers of "fd:N", and nothing else, so that nothing else gets
 * them. Returns 0, or -1 with FAILURE.
 */
int probes_reserve(struct probes *probes, const struct plan *plan,
    struct failure *failure);

/*
 * Remembers what is there before the start, and refuses an address at which
 * somebody else answers. Returns 0, or -1 with FAILURE.
 */
int probes_prepare(struct probes *probes, struct failure *failure);

/* The daemon runs since NOW_MS. */
void probes_begin(struct probes *probes, int64_t now_ms);

/*
 * Looks at those that are due. LOG and NOTIFY are not looked at: who hears
 * that they hold sets is_met.
 */
void probes_look(struct probes *probes, int64_t now_ms);

bool probes_are_met(const struct probes *probes);

/* The first condition that does not hold, as it was typed; or "". */
const char *probes_unmet(const struct probes *probes);

/* Ends what they do, and closes what they have. */
void probes_end(struct probes *probes);

#endif
