/*
 * stop.h: ending a process that was proved to be the right one.
 */
#ifndef CONTROL_STOP_H
#define CONTROL_STOP_H

#include <stddef.h>
#include <stdint.h>

enum {
	STOP_STEPS_MAX = 16,
	STOP_TIMEOUT_MS = 10000,	/* unless something else is asked for */
	STOP_KILL_TIMEOUT_MS = 5000,	/* the kernel needs no longer */
};

/* What is sent, and how long its effect is awaited, one after another. */
struct stop_schedule {
	struct {
		int signal;
		int64_t timeout_ms;
	} step[STOP_STEPS_MAX];
	size_t count;
};

/* SIGNAL/TIMEOUT_MS/KILL/5s. */
void stop_schedule_init(struct stop_schedule *schedule, int signal,
    int64_t timeout_ms);

/*
 * "TERM/10/KILL/5": signals and times in turn, beginning with a signal. After
 * a last signal without a time, five seconds are given.
 * Returns 0, or -1 with errno EINVAL.
 */
int stop_schedule_parse(struct stop_schedule *schedule, const char *text);

/*
 * Sends the signals of SCHEDULE through PIDFD until the process has ended. One
 * that is stopped goes on, so that it sees them. A zombie counts as dead.
 * Returns 0, or -1 with errno (EPERM: not allowed; ETIMEDOUT: still there).
 */
int stop_process(int pidfd, const struct stop_schedule *schedule);

#endif
