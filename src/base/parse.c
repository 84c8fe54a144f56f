/*
 * parse.c: text to values; see parse.h.
 */
#include "base/parse.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
parse_fail(int error)
{
	errno = error;
	return -1;
}

int
parse_number(const char *text, long long min, long long max, long long *result)
{
	const char *digits = text + (*text == '-' || *text == '+');
	long long value;
	char *end;

	/* strtoll(3) would skip leading white space. */
	if (!isdigit((unsigned char)*digits))
		return parse_fail(EINVAL);
	errno = 0;
	value = strtoll(text, &end, 10);
	if (*end != '\0')
		return parse_fail(EINVAL);
	if (errno == ERANGE || value < min || value > max)
		return parse_fail(ERANGE);
	*result = value;
	return 0;
}

int
parse_octal(const char *text, mode_t max, mode_t *result)
{
	unsigned long value;

	if (*text == '\0' || text[strspn(text, "01234567")] != '\0')
		return parse_fail(EINVAL);
	errno = 0;
	value = strtoul(text, NULL, 8);
	if (errno == ERANGE || value > max)
		return parse_fail(ERANGE);
	*result = (mode_t)value;
	return 0;
}

int
parse_id(const char *text, uint32_t *result)
{
	long long value;

	if (!isdigit((unsigned char)*text))
		return parse_fail(EINVAL);
	if (parse_number(text, 0, UINT32_MAX - 1LL, &value) == -1)
		return -1;
	*result = (uint32_t)value;
	return 0;
}

struct unit {
	const char *name;
	long long factor;
};

/* Digits and then one of UNITS, the last of which has the name NULL. */
static int
parse_with_unit(const char *text, const struct unit *units, long long *result)
{
	long long value;
	char *end;

	if (!isdigit((unsigned char)*text))
		return parse_fail(EINVAL);
	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno == ERANGE)
		return -1;
	while (units->name != NULL && strcmp(end, units->name) != 0)
		units++;
	if (units->name == NULL)
		return parse_fail(EINVAL);
	if (value > LLONG_MAX / units->factor)
		return parse_fail(ERANGE);
	*result = value * units->factor;
	return 0;
}

static const long long duration_max_ms = 100LL * 366 * 24 * 60 * 60 * 1000;

int
parse_duration(const char *text, int64_t *result_ms)
{
	static const struct unit units[] = {
		{ "", 1000 }, { "ms", 1 }, { "s", 1000 }, { "m", 60000 },
		{ "h", 3600000 }, { "d", 86400000 }, { NULL, 0 },
	};
	long long value;

	if (parse_with_unit(text, units, &value) == -1)
		return -1;
	if (value > duration_max_ms)
		return parse_fail(ERANGE);
	*result_ms = value;
	return 0;
}

void
parse_show_duration(int64_t duration_ms, char *text, size_t size)
{
	bool is_whole = duration_ms % 1000 == 0;

	(void)snprintf(text, size, "%lld %s", (long long)(is_whole ?
	    duration_ms / 1000 : duration_ms), is_whole ? "s" : "ms");
}

int
parse_size(const char *text, uint64_t *result)
{
	static const struct unit units[] = {
		{ "", 1 }, { "K", 1LL << 10 }, { "M", 1LL << 20 },
		{ "G", 1LL << 30 }, { NULL, 0 },
	};
	long long value;

	if (parse_with_unit(text, units, &value) == -1)
		return -1;
	*result = (uint64_t)value;
	return 0;
}

/* One number at *TEXT, which is moved behind it. */
static int
parse_list_number(const char **text, int max, int *result)
{
	char *end;
	long value;

	if (!isdigit((unsigned char)**text))
		return parse_fail(EINVAL);
	errno = 0;
	value = strtol(*text, &end, 10);
	if (errno == ERANGE || value > max)
		return parse_fail(ERANGE);
	*text = end;
	*result = (int)value;
	return 0;
}

int
parse_list(const char *text, int max, int (*each)(int, void *), void *context)
{
	int first, last;

	for (;;) {
		if (parse_list_number(&text, max, &first) == -1)
			return -1;
		last = first;
		if (*text == '-') {
			text++;
			if (parse_list_number(&text, max, &last) == -1)
				return -1;
		}
		if (last < first)
			return parse_fail(EINVAL);
		for (; first <= last; first++)
			if (each(first, context) == -1)
				return -1;
		if (*text == '\0')
			return 0;
		if (*text++ != ',')
			return parse_fail(EINVAL);
	}
}

/*
 * Copies one word from FROM to *TO (which may be the same place) without its
 * quotes. Stops at white space unless WHOLE. Returns where it stopped, or NULL
 * with errno where a quote or backslash is left open.
 */
static const char *
parse_word(const char *from, char **to, bool whole)
{
	char quote = '\0';
	char *out = *to;

	for (; *from != '\0'; from++) {
		if (quote == '\0' && !whole && isspace((unsigned char)*from))
			break;
		if (quote == '\0' && (*from == '\'' || *from == '"')) {
			quote = *from;
		} else if (*from == quote) {
			quote = '\0';
		} else if (*from == '\\' && quote != '\'' &&
		    (quote == '\0' || strchr("\"\\$`", from[1]) != NULL)) {
			if (*++from == '\0') {
				errno = EINVAL;
				return NULL;
			}
			*out++ = *from;
		} else {
			*out++ = *from;
		}
	}
	*out = '\0';
	*to = out + 1;
	if (quote != '\0') {
		errno = EINVAL;
		return NULL;
	}
	return from;
}

int
parse_words(const char *text, char ***result)
{
	size_t len = strlen(text), count = 0;
	/* Every word but the last takes at least two bytes of TEXT. */
	size_t slots = len / 2 + 2;
	char **words, *bytes;

	words = calloc(1, slots * sizeof(*words) + len + 2);
	if (words == NULL)
		return -1;
	bytes = (char *)(words + slots);
	for (;;) {
		while (isspace((unsigned char)*text))
			text++;
		if (*text == '\0')
			break;
		words[count++] = bytes;
		text = parse_word(text, &bytes, false);
		if (text == NULL) {
			free(words);
			return parse_fail(EINVAL);
		}
	}
	words[count] = NULL;
	*result = words;
	return 0;
}

int
parse_unquote(char *text)
{
	char *to = text;

	return parse_word(text, &to, true) == NULL ? -1 : 0;
}
