/*
 * option_instance.h: the values of --name, --if-running, --stop-signal and
 * --stop-timeout. Contract: struct option_rule.
 */
#ifndef PLAN_OPTION_INSTANCE_H
#define PLAN_OPTION_INSTANCE_H

#include "plan/options.h"

int option_set_name(struct options *options, const char *value,
    const char **why);
int option_set_if_running(struct options *options, const char *value,
    const char **why);
int option_set_stop_signal(struct options *options, const char *value,
    const char **why);
int option_set_stop_timeout(struct options *options, const char *value,
    const char **why);

#endif
