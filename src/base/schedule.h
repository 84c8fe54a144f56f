/*
 * schedule.h: which signals end a process, and how long each is given.
 */
#ifndef BASE_SCHEDULE_H
#define BASE_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

enum {
	SCHEDULE_STEPS_MAX = 16,
	SCHEDULE_TIMEOUT_MS = 10000,	/* unless something else is asked for */
	SCHEDULE_KILL_MS = 5000,	/* the kernel needs no longer */
};

/* What is sent, and how long its effect is awaited, one after another. */
struct schedule {
	struct {
		int signal;
		int64_t timeout_ms;
	} step[SCHEDULE_STEPS_MAX];
	size_t count;
};

/* TERM/10/KILL/5. */
void schedule_init(struct schedule *schedule);

/*
 * "TERM/10/KILL/5": signals and times in turn, beginning with a signal. After
 * a last signal without a time, five seconds are given.
 * Returns 0, or -1 with errno EINVAL; the schedule is then not to be used.
 */
int schedule_parse(struct schedule *schedule, const char *text);

#endif
