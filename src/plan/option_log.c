/*
 * option_log.c: see option_log.h.
 */
#include "plan/option_log.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/parse.h"

enum {
	SIZE_MIN = 4096,
	KEEP_MAX = 100000,
	FORMAT_MAX = 48,
	/* The logger has room for 255: for zones of a longer name. */
	EXPANDED_MAX = 240,
};

/*
 * A Wednesday in September: no day has longer names, so no other one makes a
 * format longer.
 */
static const time_t long_second = 1601467200;

static int
is_one_of(const char *value, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strcmp(value, *words) == 0)
			return 1;
	return 0;
}

int
option_set_log(struct options *options, const char *value, const char **why)
{
	if (*value == '\0')
		return option_refuse(why, "must not be empty");
	if (options->is_log_of_config) {
		options->log.count = 0;
		options->is_log_of_config = false;
	}
	if (options->log.count == OPTIONS_LOGS_MAX)
		return option_refuse(why, "is one too many");
	if (string_list_add(&options->log, value) == -1)
		return option_refuse(why, strerror(errno));
	return 0;
}

int
option_set_log_mode(struct options *options, const char *value,
    const char **why)
{
	if (parse_octal(value, 0777, &options->log_mode) == -1)
		return option_refuse(why, "must be octal, 0 to 0777");
	return 0;
}

int
option_set_log_timestamp(struct options *options, const char *value,
    const char **why)
{
	static const char *const words[] = { "iso", "unix", "tai64n", NULL };
	char expanded[EXPANDED_MAX + 1];

	if (value == NULL)
		value = words[0];
	if (strcmp(value, "no") == 0) {
		options->log_timestamp = NULL;
		return 0;
	}
	if (!is_one_of(value, words) && strchr(value, '%') == NULL)
		return option_refuse(why, "must be iso, unix, tai64n, no or "
		    "a format with a %");
	if (strlen(value) > FORMAT_MAX)
		return option_refuse(why, "is too long");
	if (!is_one_of(value, words) && clock_format(expanded,
	    sizeof(expanded), value, long_second) == 0)
		return option_refuse(why, "must become 1 to 240 bytes");
	options->log_timestamp = value;
	return 0;
}

int
option_set_log_size(struct options *options, const char *value,
    const char **why)
{
	uint64_t size;

	if (parse_size(value, &size) == -1)
		return option_refuse(why, "must be a size (100K, 10M, ...)");
	if (size < SIZE_MIN)
		return option_refuse(why, "must be 4K or more");
	options->log_size = size;
	return 0;
}

int
option_set_log_age(struct options *options, const char *value,
    const char **why)
{
	int64_t age_ms;

	if (parse_duration(value, &age_ms) == -1 || age_ms <= 0)
		return option_refuse(why, "must be a time (1d, 12h, ...)");
	options->log_age_ms = age_ms;
	return 0;
}

int
option_set_log_keep(struct options *options, const char *value,
    const char **why)
{
	long long keep;

	if (parse_number(value, 0, KEEP_MAX, &keep) == -1)
		return option_refuse(why, "must be a number, 0 to 100000");
	options->has_log_keep = true;
	options->log_keep = (unsigned int)keep;
	return 0;
}

int
option_set_log_compress(struct options *options, const char *value,
    const char **why)
{
	static const char *const words[] = { "gzip", "zstd", "xz", NULL };

	if (!is_one_of(value, words))
		return option_refuse(why, "must be gzip, zstd or xz");
	options->log_compress = value;
	return 0;
}

int
option_set_log_full(struct options *options, const char *value,
    const char **why)
{
	static const char *const words[] = { "block", "drop", NULL };

	if (!is_one_of(value, words))
		return option_refuse(why, "must be block or drop");
	options->is_log_dropping = strcmp(value, "drop") == 0;
	return 0;
}
