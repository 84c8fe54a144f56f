/*
 * target.c: reads a TARGET; see stream.h.
 */
#define SYSLOG_NAMES		/* facilitynames, prioritynames */
#include "plan/stream.h"

#include <stdlib.h>
#include <string.h>
#include <sys/syslog.h>
#include <unistd.h>

#include "exitcode.h"
#include "plan/path.h"

/* The words that may stand before a colon. */
static const struct {
	const char *word;
	enum target_kind kind;
} schemes[] = {
	{ "file:", TARGET_FILE }, { "null:", TARGET_NULL },
	{ "inherit:", TARGET_INHERIT }, { "syslog:", TARGET_SYSLOG },
	{ "journal:", TARGET_JOURNAL }, { "pipe:", TARGET_COMMAND },
};

/* The number of the word of LEN bytes in a table of syslog.h, or -1. */
static int
find_code(const CODE *codes, const char *word, size_t len)
{
	for (; codes->c_name != NULL; codes++)
		if (strlen(codes->c_name) == len &&
		    strncmp(codes->c_name, word, len) == 0)
			return codes->c_val;
	return -1;
}

static int
find_level(const char *word)
{
	int level = find_code(prioritynames, word, strlen(word));

	/* "none" is in the table as well. */
	return level < 0 || level > LOG_DEBUG ? -1 : level;
}

static int
find_facility(const char *word, size_t len)
{
	int facility = find_code(facilitynames, word, len);

	/* The kernel's is not for programs; "mark" is syslogd's own. */
	return facility <= LOG_KERN || facility > LOG_LOCAL7 ? -1 : facility;
}

/* [FACILITY.]LEVEL. Returns NULL, or what is wrong. */
static const char *
read_priority(struct stream_target *target, const char *text)
{
	const char *dot = strchr(text, '.');
	const char *level_text = dot == NULL ? text : dot + 1;
	int facility = LOG_DAEMON, level = LOG_INFO;

	if (dot != NULL && target->kind == TARGET_JOURNAL)
		return "journal: takes a level only";
	if (dot != NULL)
		facility = find_facility(text, (size_t)(dot - text));
	if (facility == -1)
		return "unknown facility (daemon, local0, ...)";
	if (*text != '\0')
		level = find_level(level_text);
	if (level == -1)
		return "unknown level (info, notice, warning, err, ...)";
	target->priority = facility | level;
	return NULL;
}

static int
refuse(const char *option, const char *text, const char *why,
    struct failure *failure)
{
	return failure_set(failure, EXITCODE_USAGE, "invalid --%s '%s': %s",
	    option, text, why);
}

/* A bare PATH is taken literally; one after "file:" may be a pattern. */
static int
read_path(struct stream_target *target, const char *option, const char *text,
    const char *path, struct failure *failure)
{
	const char *percent;

	if (*path == '\0')
		return refuse(option, text, "no file named", failure);
	if (strcmp(path, "/dev/stdout") == 0 ||
	    strcmp(path, "/dev/stderr") == 0) {
		target->kind = TARGET_INHERIT;
		target->inherited = strcmp(path, "/dev/stderr") == 0 ?
		    STDERR_FILENO : STDOUT_FILENO;
		return 0;
	}
	target->path = path_absolute(path, NULL, failure);
	if (target->path == NULL)
		return -1;
	percent = path == text ? NULL : strchr(target->path, '%');
	if (percent != NULL && strchr(percent, '/') != NULL)
		return refuse(option, text,
		    "only the file's name may hold a %", failure);
	target->is_pattern = percent != NULL;
	return 0;
}

int
target_parse(struct stream_target *target, const char *option, const char *text,
    struct failure *failure)
{
	size_t i, n = sizeof(schemes) / sizeof(schemes[0]);
	const char *rest = text, *why = NULL;

	*target = (struct stream_target){ .kind = TARGET_FILE, .text = text };
	for (i = 0; i < n; i++) {
		size_t len = strlen(schemes[i].word);

		if (strncmp(text, schemes[i].word, len) == 0) {
			target->kind = schemes[i].kind;
			rest = text + len;
			break;
		}
	}
	switch (target->kind) {
	case TARGET_FILE:
		return read_path(target, option, text, rest, failure);
	case TARGET_NULL:
	case TARGET_INHERIT:
		if (*rest != '\0')
			why = "nothing may follow the colon";
		break;
	case TARGET_SYSLOG:
	case TARGET_JOURNAL:
		why = read_priority(target, rest);
		break;
	case TARGET_COMMAND:
		target->command = rest;
		if (rest[strspn(rest, " \t")] == '\0')
			why = "no command named";
		break;
	}
	return why == NULL ? 0 : refuse(option, text, why, failure);
}
