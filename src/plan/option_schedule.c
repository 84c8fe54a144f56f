/*
 * option_schedule.c: see option_schedule.h.
 */
#include "plan/option_schedule.h"

#include <string.h>

#include "base/os.h"
#include "base/parse.h"

int
option_set_nice(struct options *options, const char *value,
    const char **why)
{
	long long number;

	if (parse_number(value, -20, 19, &number) == -1)
		return option_refuse(why, "must be a number from -20 to 19");
	options->has_nice = true;
	options->nice = (int)number;
	return 0;
}

int
option_set_io_priority(struct options *options, const char *value,
    const char **why)
{
	/* In the order of the class numbers 1, 2, 3 of ioprio_set(2). */
	static const char *const classes[] = {
		"realtime", "best-effort", "idle"
	};
	size_t len = strcspn(value, ":"), i;
	long long level = 4;

	for (i = 0; i < 3; i++)
		if (strlen(classes[i]) == len &&
		    strncmp(classes[i], value, len) == 0)
			break;
	if (i == 3)
		return option_refuse(why,
		    "must be realtime, best-effort or idle");
	if (value[len] == ':' &&
	    (i == 2 || parse_number(value + len + 1, 0, 7, &level) == -1))
		return option_refuse(why,
		    "may have a level from 0 to 7, idle none");
	options->has_io_priority = true;
	options->io_class = (int)i + 1;
	options->io_level = i == 2 ? 0 : (int)level;
	options->io_priority_text = value;
	return 0;
}

static int
add_cpu(int cpu, void *context)
{
	struct options *options = context;

	options->cpus[cpu / 8] |= (unsigned char)(1U << cpu % 8);
	return 0;
}

int
option_set_cpu_affinity(struct options *options, const char *value,
    const char **why)
{
	memset(options->cpus, 0, sizeof(options->cpus));
	if (parse_list(value, OPTIONS_CPUS_MAX - 1, add_cpu, options) == -1)
		return option_refuse(why, "must be a list such as 0,2-3");
	options->has_cpus = true;
	options->cpus_text = value;
	return 0;
}

static const char not_a_policy[] = "must be other, batch, idle, fifo or rr";

int
option_set_scheduler(struct options *options, const char *value,
    const char **why)
{
	size_t len = strcspn(value, ":");
	long long priority = 0;
	char name[16];

	if (len >= sizeof(name))
		return option_refuse(why, not_a_policy);
	memcpy(name, value, len);
	name[len] = '\0';
	options->scheduler = os_scheduler_policy(name);
	if (options->scheduler == -1)
		return option_refuse(why, not_a_policy);
	if (strcmp(name, "fifo") == 0 || strcmp(name, "rr") == 0)
		priority = 1;
	if (value[len] == ':' && (priority == 0 ||
	    parse_number(value + len + 1, 1, 99, &priority) == -1))
		return option_refuse(why,
		    "has a priority from 1 to 99 with fifo and rr only");
	options->has_scheduler = true;
	options->scheduler_priority = (int)priority;
	options->scheduler_text = value;
	return 0;
}

int
option_set_oom_score(struct options *options, const char *value,
    const char **why)
{
	long long number;

	if (parse_number(value, -1000, 1000, &number) == -1)
		return option_refuse(why,
		    "must be a number from -1000 to 1000");
	options->has_oom_score = true;
	options->oom_score = (int)number;
	return 0;
}
