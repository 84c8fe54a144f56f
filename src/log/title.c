/*
 * title.c: see title.h.
 */
#include "log/title.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static void
show(const struct title *title)
{
	char lines[64] = "", wait[128] = "";

	if (title->dropped > 0)
		(void)snprintf(lines, sizeof(lines), ", %llu line%s dropped",
		    (unsigned long long)title->dropped,
		    title->dropped == 1 ? "" : "s");
	if (title->error != 0)
		(void)snprintf(wait, sizeof(wait), ", waiting: %s",
		    strerror(title->error));
	setproctitle("-daemonize: log of %s%s%s", title->log->name, lines,
	    wait);
}

void
title_init(struct title *title, const struct log *log)
{
	*title = (struct title){ .log = log };
	if (log->argv == NULL)
		return;
	setproctitle_init(log->argc, log->argv, environ);
	show(title);
}

void
title_update(struct title *title, const struct sink *sinks)
{
	uint64_t dropped = 0;
	int error = 0;
	size_t i;

	if (title->log->argv == NULL)
		return;
	for (i = 0; i < title->log->target_count; i++) {
		dropped += sinks[i].dropped;
		/* A queue that is full for a moment is nothing to tell. */
		if (sinks[i].error != 0 && sinks[i].error != EAGAIN)
			error = sinks[i].error;
	}
	if (dropped == title->dropped && error == title->error)
		return;
	title->dropped = dropped;
	title->error = error;
	show(title);
}
