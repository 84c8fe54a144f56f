/*
 * option_limit.c: the value of --limit; see option_limit.h.
 */
#include "plan/option_limit.h"

#include <string.h>

#include "base/parse.h"

/* Names as in prlimit(1) and systemd.exec(5), in lower case. */
static const struct {
	const char *name;
	int resource;
} resources[] = {
	{ "as", RLIMIT_AS },
	{ "core", RLIMIT_CORE },
	{ "cpu", RLIMIT_CPU },
	{ "data", RLIMIT_DATA },
	{ "fsize", RLIMIT_FSIZE },
#ifdef RLIMIT_LOCKS
	{ "locks", RLIMIT_LOCKS },
#endif
	{ "memlock", RLIMIT_MEMLOCK },
#ifdef RLIMIT_MSGQUEUE
	{ "msgqueue", RLIMIT_MSGQUEUE },
#endif
#ifdef RLIMIT_NICE
	{ "nice", RLIMIT_NICE },
#endif
	{ "nofile", RLIMIT_NOFILE },
	{ "nproc", RLIMIT_NPROC },
	{ "rss", RLIMIT_RSS },
#ifdef RLIMIT_RTPRIO
	{ "rtprio", RLIMIT_RTPRIO },
#endif
#ifdef RLIMIT_RTTIME
	{ "rttime", RLIMIT_RTTIME },
#endif
#ifdef RLIMIT_SIGPENDING
	{ "sigpending", RLIMIT_SIGPENDING },
#endif
	{ "stack", RLIMIT_STACK },
};

static int
parse_limit(const char *text, size_t len, rlim_t *limit)
{
	char number[32];
	uint64_t size;

	if (len >= sizeof(number))
		return -1;
	memcpy(number, text, len);
	number[len] = '\0';
	if (strcmp(number, "unlimited") == 0 ||
	    strcmp(number, "infinity") == 0) {
		*limit = RLIM_INFINITY;
		return 0;
	}
	if (parse_size(number, &size) == -1)
		return -1;
	*limit = (rlim_t)size;
	return 0;
}

int
option_set_limit(struct options *options, const char *value, const char **why)
{
	size_t len = strcspn(value, "=");
	const char *soft = value + len + 1, *hard;
	struct limit limit = { .name = NULL };
	size_t i, n = sizeof(resources) / sizeof(resources[0]);

	for (i = 0; i < n; i++)
		if (strlen(resources[i].name) == len &&
		    strncmp(resources[i].name, value, len) == 0)
			break;
	*why = "must begin with a resource: as core cpu data fsize locks "
	    "memlock msgqueue nice nofile nproc rss rtprio rttime "
	    "sigpending stack";
	if (i == n)
		return -1;
	*why = "must be NAME=SOFT[:HARD], numbers or unlimited";
	if (value[len] == '\0')
		return -1;
	hard = strchr(soft, ':');
	if (parse_limit(soft, strcspn(soft, ":"), &limit.value.rlim_cur) == -1)
		return -1;
	limit.value.rlim_max = limit.value.rlim_cur;
	if (hard != NULL && parse_limit(hard + 1, strlen(hard + 1),
	    &limit.value.rlim_max) == -1)
		return -1;
	*why = "has a soft limit above the hard one";
	if (limit.value.rlim_cur > limit.value.rlim_max)
		return -1;
	limit.name = resources[i].name;
	limit.resource = resources[i].resource;
	/* The last one for a resource wins. */
	for (i = 0; i < options->limit_count; i++)
		if (options->limit[i].resource == limit.resource)
			break;
	options->limit[i] = limit;
	if (i == options->limit_count)
		options->limit_count++;
	return 0;
}
