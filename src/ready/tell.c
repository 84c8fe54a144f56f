/*
 * tell.c: see tell.h.
 */
#include "ready/tell.h"

#include <stdio.h>
#include <string.h>

#include "base/message.h"

void
tell_terminal(struct ready *ready, int64_t now_ms)
{
	char text[256];

	if (now_ms < ready->told_ms + TELL_TICK_MS)
		return;
	ready->told_ms = now_ms;
	(void)snprintf(text, sizeof(text), "waiting for %.24s: %.24s, %lld s",
	    ready->plan->command, ready->plan->ready.is_job ? "exit" :
	    probes_unmet(&ready->probes),
	    (long long)(now_ms - ready->started_ms) / 1000);
	message_progress(text);
}

void
tell_progress(struct ready *ready)
{
	struct notify_message *said = &ready->notify.said;
	size_t i;

	if (said->has_status && strcmp(said->status,
	    ready->notify.told_status) != 0) {
		message_step("status of %s: %s", ready->plan->command,
		    said->status);
		memcpy(ready->notify.told_status, said->status,
		    sizeof(said->status));
	}
	for (i = 0; i < ready->probes.count; i++) {
		struct probe *probe = &ready->probes.probe[i];

		if (probe->is_met && !probe->is_told)
			message_step("%s holds", probe->condition->text);
		probe->is_told = probe->is_met;
	}
}
