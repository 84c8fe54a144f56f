/*
 * plan_streams.h: the part of a plan that is about streams.
 */
#ifndef PLAN_PLAN_STREAMS_H
#define PLAN_PLAN_STREAMS_H

#include "plan/plan.h"

/*
 * Fills in what becomes of stdin, stdout and stderr, and the targets of the
 * logger where one is needed: for more than one target of a stream, for what
 * is no file, and for everything that changes lines or files.
 * Returns 0, or -1 with FAILURE.
 */
int plan_streams(struct plan *plan, struct failure *failure);

/* Does PLAN have a logger? */
bool plan_has_logger(const struct plan *plan);

/*
 * The log files of PLAN: how many, and the path of each (where its name is a
 * pattern, that).
 */
size_t plan_log_count(const struct plan *plan);
const char *plan_log_path(const struct plan *plan, size_t index);

#endif
