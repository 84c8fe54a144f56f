/*
 * title.h: what ps(1) shows of a logger: "daemonize: log of NAME", and what
 * is wrong with it. `daemonctl status` reads it there: the process itself is
 * the record of its state, and no file has to be kept in step with it.
 */
#ifndef LOG_TITLE_H
#define LOG_TITLE_H

#include "log/log.h"
#include "log/sink.h"

struct title {
	const struct log *log;
	uint64_t dropped;
	int error;
};

/* Writes over the program's arguments; nothing may refer to them any more. */
void title_init(struct title *title, const struct log *log);

/* Says what is new about SINKS, if anything is. */
void title_update(struct title *title, const struct sink *sinks);

#endif
