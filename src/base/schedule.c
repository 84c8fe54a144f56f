/*
 * schedule.c: see schedule.h.
 */
#include "base/schedule.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/parse.h"
#include "base/signals.h"

void
schedule_init(struct schedule *schedule)
{
	*schedule = (struct schedule){
		.step = {
			{ SIGTERM, SCHEDULE_TIMEOUT_MS },
			{ SIGKILL, SCHEDULE_KILL_MS },
		},
		.count = 2,
	};
}

int
schedule_parse(struct schedule *schedule, const char *text)
{
	char word[32];
	size_t len, i;

	*schedule = (struct schedule){ .count = 0 };
	for (i = 0; i / 2 < SCHEDULE_STEPS_MAX; i++) {
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
			    SCHEDULE_KILL_MS;
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
