/*
 * stop.c: see stop.h.
 */
#include "control/stop.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/caller.h"
#include "base/os.h"
#include "base/parse.h"
#include "base/signals.h"

void
stop_schedule_init(struct stop_schedule *schedule, int signal,
    int64_t timeout_ms)
{
	*schedule = (struct stop_schedule){
		.step = {
			{ signal, timeout_ms },
			{ SIGKILL, STOP_KILL_TIMEOUT_MS },
		},
		.count = 2,
	};
}

int
stop_schedule_parse(struct stop_schedule *schedule, const char *text)
{
	char word[32];
	size_t len, i;

	*schedule = (struct stop_schedule){ .count = 0 };
	for (i = 0; i < 2 * STOP_STEPS_MAX; i++) {
		len = strcspn(text, "/");
		if (len >= sizeof(word))
			break;
		memcpy(word, text, len);
		word[len] = '\0';
		if (i % 2 == 0) {
			int signal = signal_number(word);

			if (signal == -1)
				return -1;
			schedule->step[i / 2].signal = signal;
			schedule->step[i / 2].timeout_ms =
			    STOP_KILL_TIMEOUT_MS;
			schedule->count++;
		} else if (parse_duration(word,
		    &schedule->step[i / 2].timeout_ms) == -1) {
			return -1;
		}
		if (text[len] == '\0')
			return 0;
		text += len + 1;
	}
	errno = EINVAL;
	return -1;
}

int
stop_process(int pidfd, const struct stop_schedule *schedule)
{
	size_t i;

	for (i = 0; i < schedule->count; i++) {
		if (os_pidfd_signal(pidfd, schedule->step[i].signal) == -1)
			return errno == ESRCH ? 0 : -1;
		if (os_pidfd_signal(pidfd, SIGCONT) == -1 && errno != ESRCH)
			return -1;
		if (caller_wait(pidfd, schedule->step[i].timeout_ms))
			return 0;
	}
	errno = ETIMEDOUT;
	return -1;
}
