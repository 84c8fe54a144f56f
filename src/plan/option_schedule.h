/*
 * option_schedule.h: the values of --nice, --io-priority, --cpu-affinity,
 * --scheduler and --oom-score. Contract: struct option_rule.
 */
#ifndef PLAN_OPTION_SCHEDULE_H
#define PLAN_OPTION_SCHEDULE_H

#include "plan/options.h"

int option_set_nice(struct options *options, const char *value,
    const char **why);
int option_set_io_priority(struct options *options, const char *value,
    const char **why);
int option_set_cpu_affinity(struct options *options, const char *value,
    const char **why);
int option_set_scheduler(struct options *options, const char *value,
    const char **why);
int option_set_oom_score(struct options *options, const char *value,
    const char **why);

#endif
