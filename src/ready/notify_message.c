/*
 * notify_message.c: see notify_message.h.
 */
#include "ready/notify_message.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/parse.h"

enum { ERRNO_MAX = 4095 };	/* what the kernel can return */

/* VALUE as a number without sign from MIN to MAX, or OTHERWISE. */
static int64_t
number(const char *value, int64_t min, int64_t max, int64_t otherwise)
{
	long long result;

	if (!isdigit((unsigned char)*value) ||
	    parse_number(value, min, max, &result) == -1)
		return otherwise;
	return result;
}

/* A time without sign; one that is too long is the longest. */
static int64_t
extension(const char *value, int64_t otherwise)
{
	long long result;

	if (!isdigit((unsigned char)*value))
		return otherwise;
	if (parse_number(value, 0, INT64_MAX, &result) == 0)
		return result;
	return errno == ERANGE ? INT64_MAX : otherwise;
}

static void
take(struct notify_message *message, const char *name, const char *value)
{
	size_t len;

	if (strcmp(name, "READY") == 0) {
		message->is_ready |= strcmp(value, "1") == 0;
	} else if (strcmp(name, "STATUS") == 0) {
		len = strlen(value);
		if (len >= sizeof(message->status))
			len = sizeof(message->status) - 1;
		memcpy(message->status, value, len);
		message->status[len] = '\0';
		message->has_status = true;
	} else if (strcmp(name, "ERRNO") == 0) {
		message->error = (int)number(value, 1, ERRNO_MAX,
		    message->error);
	} else if (strcmp(name, "EXTEND_TIMEOUT_USEC") == 0) {
		message->extend_us = extension(value, message->extend_us);
	} else if (strcmp(name, "MAINPID") == 0) {
		message->main_pid = (pid_t)number(value, 1, INT32_MAX,
		    message->main_pid);
	}
}

/* One line of LEN bytes, without its end. */
static void
take_line(struct notify_message *message, const char *bytes, size_t len)
{
	char line[NOTIFY_STATUS_MAX + 32];
	char *equals;

	/* A text with a NUL is none; of a long one the beginning counts. */
	if (memchr(bytes, '\0', len) != NULL)
		return;
	if (len >= sizeof(line))
		len = sizeof(line) - 1;
	memcpy(line, bytes, len);
	line[len] = '\0';
	equals = strchr(line, '=');
	if (equals == NULL)
		return;
	*equals = '\0';
	take(message, line, equals + 1);
}

void
notify_message_parse(struct notify_message *message, const char *bytes,
    size_t len)
{
	const char *end;

	*message = (struct notify_message){ .extend_us = -1, .main_pid = -1 };
	while ((end = memchr(bytes, '\n', len)) != NULL) {
		take_line(message, bytes, (size_t)(end - bytes));
		len -= (size_t)(end + 1 - bytes);
		bytes = end + 1;
	}
	take_line(message, bytes, len);
}

int64_t
notify_extend(int64_t deadline_ms, int64_t started_ms, int64_t now_ms,
    int64_t extend_us)
{
	int64_t latest_ms = started_ms + NOTIFY_WAIT_MAX_MS;
	int64_t extend_ms = extend_us / 1000;
	int64_t wanted_ms = extend_ms > latest_ms - now_ms ? latest_ms :
	    now_ms + extend_ms;

	return wanted_ms > deadline_ms ? wanted_ms : deadline_ms;
}
