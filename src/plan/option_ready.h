/*
 * option_ready.h: the values of the options on readiness and jobs.
 * Contracts: struct option_rule.
 */
#ifndef PLAN_OPTION_READY_H
#define PLAN_OPTION_READY_H

#include "plan/options.h"

/*
 * Adds a condition. The first one of the command line, or of a file, replaces
 * those of what was read before (option_ready_begin).
 */
int option_set_ready(struct options *options, const char *value,
    const char **why);

/* Another file, or the command line, begins. */
void option_ready_begin(struct options *options);

int option_set_timeout(struct options *options, const char *value,
    const char **why);
int option_set_max_runtime(struct options *options, const char *value,
    const char **why);
int option_set_jitter(struct options *options, const char *value,
    const char **why);

#endif
