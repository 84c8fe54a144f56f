/*
 * steps_logger.h: what a logger will do, in words.
 */
#ifndef PLAN_STEPS_LOGGER_H
#define PLAN_STEPS_LOGGER_H

#include "plan/plan.h"

/* "start a logger: FILE, stderr to syslog:...; timestamps iso; mode 0640" */
void steps_describe_logger(const struct plan *plan, char *text, size_t size);

#endif
