/*
 * stamp.c: see stamp.h.
 */
#include "log/stamp.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

enum {
	PREFIX_COPY = 64,	/* a copy of fixed length is a fast one */
	SECOND_MAX = STAMP_MAX - 64,	/* the rest is fraction and tag */
};

void
stamp_init(struct stamp *stamp, const struct log *log)
{
	*stamp = (struct stamp){ .log = log, .second = -1 };
}

int
stamp_is_wanted(const struct log *log)
{
	return log->stamp != LOG_STAMP_NONE || log->has_tags;
}

/* The part that changes once a second. */
static void
format_second(struct stamp *stamp, time_t second)
{
	char *text = stamp->text;
	struct tm tm;
	int len = 0;

	switch (stamp->log->stamp) {
	case LOG_STAMP_NONE:
		break;
	case LOG_STAMP_ISO:
		(void)gmtime_r(&second, &tm);
		len = (int)strftime(text, SECOND_MAX, "%Y-%m-%dT%H:%M:%S",
		    &tm);
		break;
	case LOG_STAMP_UNIX:
		len = snprintf(text, SECOND_MAX, "%lld",
		    (long long)second);
		break;
	case LOG_STAMP_TAI64N:
		/* TAI is 10 s ahead of 1970's UTC; leap seconds as others. */
		len = snprintf(text, SECOND_MAX, "@%016" PRIx64,
		    (uint64_t)second + UINT64_C(0x400000000000000a));
		break;
	case LOG_STAMP_FORMAT:
		/* Too long for the room, which was looked at: nothing. */
		len = (int)clock_format(text, SECOND_MAX,
		    stamp->log->stamp_format, second);
		break;
	}
	stamp->second = second;
	stamp->second_len = len > 0 ? (size_t)len : 0;
}

/* COUNT digits of NUMBER in BASE, at most 16. */
static void
put_digits(char *at, size_t count, unsigned long number, unsigned int base)
{
	while (count-- > 0) {
		at[count] = "0123456789abcdef"[number % base];
		number /= base;
	}
}

static size_t
format_fraction(const struct stamp *stamp, char *at, unsigned long ns)
{
	switch (stamp->log->stamp) {
	case LOG_STAMP_ISO:
		*at = '.';
		put_digits(at + 1, 6, ns / 1000, 10);
		at[7] = 'Z';
		at[8] = ' ';
		return 9;
	case LOG_STAMP_UNIX:
		*at = '.';
		put_digits(at + 1, 6, ns / 1000, 10);
		at[7] = ' ';
		return 8;
	case LOG_STAMP_TAI64N:
		put_digits(at, 8, ns, 16);
		at[8] = ' ';
		return 9;
	case LOG_STAMP_FORMAT:
		*at = ' ';
		return 1;
	case LOG_STAMP_NONE:
		break;
	}
	return 0;
}

const char *
stamp_prefix(struct stamp *stamp, enum log_stream stream,
    const struct timespec *now, size_t *len)
{
	static const char tags[N_LOG_STREAMS][6] = { "out: ", "err: " };
	char *text = stamp->text;
	size_t at;

	if (now->tv_sec != stamp->second)
		format_second(stamp, now->tv_sec);
	at = stamp->second_len;
	at += format_fraction(stamp, text + at, (unsigned long)now->tv_nsec);
	if (stamp->log->has_tags) {
		(void)memcpy(text + at, tags[stream], 5);
		at += 5;
	}
	*len = at;
	return text;
}

size_t
stamp_lines(char *text, size_t size, size_t *text_len, const char *lines,
    size_t len, const char *prefix, size_t prefix_len, int is_continued)
{
	char *out = text, *out_end = text + size;
	const char *at = lines, *end = lines + len;
	char padded[STAMP_MAX] = "";

	(void)memcpy(padded, prefix, prefix_len);
	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t line = newline == NULL ? (size_t)(end - at) :
		    (size_t)(newline - at) + 1;
		size_t room = (size_t)(out_end - out);

		if (prefix_len + line > room)
			break;
		if (is_continued) {
			is_continued = 0;
		} else {
			if (prefix_len <= PREFIX_COPY && room >= PREFIX_COPY)
				(void)memcpy(out, padded, PREFIX_COPY);
			else
				(void)memcpy(out, padded, prefix_len);
			out += prefix_len;
		}
		(void)memcpy(out, at, line);
		out += line;
		at += line;
	}
	*text_len = (size_t)(out - text);
	return (size_t)(at - lines);
}
