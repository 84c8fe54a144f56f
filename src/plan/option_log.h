/*
 * option_log.h: the values of the --log options. Contract: struct option_rule.
 */
#ifndef PLAN_OPTION_LOG_H
#define PLAN_OPTION_LOG_H

#include "plan/options.h"

int option_set_log(struct options *options, const char *value,
    const char **why);
int option_set_log_mode(struct options *options, const char *value,
    const char **why);

/* iso (also for NULL), unix, tai64n, no, or a format with a % in it. */
int option_set_log_timestamp(struct options *options, const char *value,
    const char **why);
int option_set_log_size(struct options *options, const char *value,
    const char **why);
int option_set_log_age(struct options *options, const char *value,
    const char **why);
int option_set_log_keep(struct options *options, const char *value,
    const char **why);
int option_set_log_compress(struct options *options, const char *value,
    const char **why);
int option_set_log_full(struct options *options, const char *value,
    const char **why);

#endif
