/*
 * option_limit.h: the value of --limit.
 */
#ifndef PLAN_OPTION_LIMIT_H
#define PLAN_OPTION_LIMIT_H

#include "plan/options.h"

/*
 * NAME=SOFT[:HARD]; both are numbers (sizes take K, M, G) or "unlimited".
 * Without HARD, both limits become SOFT. Contract: struct option_rule.
 */
int option_set_limit(struct options *options, const char *value,
    const char **why);

#endif
