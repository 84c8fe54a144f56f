/*
 * option_instance.c: see option_instance.h.
 */
#include "plan/option_instance.h"

#include <limits.h>
#include <string.h>

#include "base/parse.h"
#include "base/signals.h"

int
option_set_name(struct options *options, const char *value,
    const char **why)
{
	const unsigned char *at;

	if (*value == '\0' || *value == '.')
		return option_refuse(why,
		    "must not be empty or begin with a dot");
	for (at = (const unsigned char *)value; *at != '\0'; at++)
		if (*at == '/' || *at < ' ' || *at == 0x7f)
			return option_refuse(why,
			    "must not hold a slash or control character");
	if (strlen(value) > NAME_MAX - strlen(".pid"))
		return option_refuse(why, "is too long");
	options->name = value;
	return 0;
}

/* What may follow a word of --if-running after a colon. */
static int
set_if_running_time(struct options *options, const char *value,
    const char **why)
{
	if (options->if_running == IF_RUNNING_WAIT)
		return parse_duration(value, &options->if_running_ms) == 0 ?
		    0 : option_refuse(why, "has a bad time (10s, 2m, ...)");
	if (parse_duration(value, &options->stop.step[0].timeout_ms) == 0 ||
	    schedule_parse(&options->stop, value) == 0)
		return 0;
	return option_refuse(why, "has a bad time or schedule (10s, "
	    "TERM/10/KILL/5, ...)");
}

int
option_set_if_running(struct options *options, const char *value,
    const char **why)
{
	static const char *const words[] = {
		[IF_RUNNING_FAIL] = "fail", [IF_RUNNING_OK] = "ok",
		[IF_RUNNING_WAIT] = "wait", [IF_RUNNING_REPLACE] = "replace",
	};
	size_t len = strcspn(value, ":");
	enum if_running what;

	for (what = 0; what <= IF_RUNNING_REPLACE; what++)
		if (strlen(words[what]) == len &&
		    strncmp(words[what], value, len) == 0)
			break;
	if (what > IF_RUNNING_REPLACE || (value[len] == ':' &&
	    what < IF_RUNNING_WAIT))
		return option_refuse(why,
		    "must be fail, ok, wait[:TIME] or replace[:TIME]");
	options->if_running = what;
	options->if_running_ms = -1;
	return value[len] == '\0' ? 0 :
	    set_if_running_time(options, value + len + 1, why);
}

int
option_set_stop_signal(struct options *options, const char *value,
    const char **why)
{
	options->stop.step[0].signal = signal_number(value);
	return options->stop.step[0].signal == -1 ?
	    option_refuse(why, "must be the name or number of a signal") : 0;
}

int
option_set_stop_timeout(struct options *options, const char *value,
    const char **why)
{
	if (parse_duration(value, &options->stop.step[0].timeout_ms) == -1)
		return option_refuse(why, "must be a time (10s, 500ms, ...)");
	return 0;
}
