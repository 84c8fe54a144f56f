/*
 * option_ready.c: see option_ready.h.
 */
#include "plan/option_ready.h"

#include "base/parse.h"

enum { JITTER_MAX_MS = INT32_MAX };

void
option_ready_begin(struct options *options)
{
	options->are_conditions_older = true;
}

int
option_set_ready(struct options *options, const char *value, const char **why)
{
	if (options->are_conditions_older)
		options->condition_count = 0;
	options->are_conditions_older = false;
	if (options->condition_count == CONDITIONS_MAX)
		return option_refuse(why, "is one condition too many");
	if (condition_parse(&options->condition[options->condition_count],
	    value, why) == -1)
		return -1;
	options->condition_count++;
	return 0;
}

/* A time that is not nothing. */
static int
set_time(int64_t *field, const char *value, const char **why)
{
	int64_t time_ms;

	if (parse_duration(value, &time_ms) == -1 || time_ms == 0)
		return option_refuse(why,
		    "must be a time above 0 (10s, 2m, ...)");
	*field = time_ms;
	return 0;
}

int
option_set_timeout(struct options *options, const char *value,
    const char **why)
{
	return set_time(&options->timeout_ms, value, why);
}

int
option_set_max_runtime(struct options *options, const char *value,
    const char **why)
{
	return set_time(&options->max_runtime_ms, value, why);
}

int
option_set_jitter(struct options *options, const char *value, const char **why)
{
	int64_t time_ms;

	if (parse_duration(value, &time_ms) == -1 || time_ms > JITTER_MAX_MS)
		return option_refuse(why,
		    "must be a time (10s, 2m, ...), at most 24d");
	options->jitter_ms = time_ms;
	return 0;
}
