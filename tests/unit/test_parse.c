/*
 * Unit test of base/parse: what is accepted, with its value, and what is
 * refused, with its errno.
 */
#include "base/parse.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "tap.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

struct sample {
	const char	*text;
	int		 error;		/* 0: accepted */
	long long	 value;
};

static const struct sample numbers[] = {
	{ "0", 0, 0 }, { "7", 0, 7 }, { "-20", 0, -20 }, { "100", 0, 100 },
	{ "", EINVAL, 0 }, { "4foo", EINVAL, 0 }, { " 4", EINVAL, 0 },
	{ "4 ", EINVAL, 0 }, { "0x4", EINVAL, 0 }, { "-", EINVAL, 0 },
	{ "--4", EINVAL, 0 }, { "4.0", EINVAL, 0 }, { "101", ERANGE, 0 },
	{ "-21", ERANGE, 0 }, { "99999999999999999999", ERANGE, 0 },
};

static const struct sample octals[] = {
	{ "0", 0, 0 }, { "022", 0, 022 }, { "22", 0, 022 }, { "777", 0, 0777 },
	{ "", EINVAL, 0 }, { "99", EINVAL, 0 }, { "08", EINVAL, 0 },
	{ "-22", EINVAL, 0 }, { "u=rw", EINVAL, 0 }, { "0x1", EINVAL, 0 },
	{ "1000", ERANGE, 0 }, { "7777777777777777777777777", ERANGE, 0 },
};

static const struct sample ids[] = {
	{ "0", 0, 0 }, { "65534", 0, 65534 }, { "4294967294", 0, 4294967294 },
	{ "", EINVAL, 0 }, { "-1", EINVAL, 0 }, { "+1", EINVAL, 0 },
	{ "4foo", EINVAL, 0 }, { "4294967295", ERANGE, 0 },
	{ "18446744073709551616", ERANGE, 0 },
};

static const struct sample durations[] = {
	{ "0", 0, 0 }, { "10", 0, 10000 }, { "250ms", 0, 250 },
	{ "3s", 0, 3000 }, { "2m", 0, 120000 }, { "1h", 0, 3600000 },
	{ "1d", 0, 86400000 }, { "", EINVAL, 0 }, { "s", EINVAL, 0 },
	{ "-1", EINVAL, 0 }, { "1x", EINVAL, 0 }, { "1 s", EINVAL, 0 },
	{ "1sm", EINVAL, 0 }, { "9223372036854775807d", ERANGE, 0 },
	{ "36600d", 0, 3162240000000 }, { "36601d", ERANGE, 0 },
	{ "9223372036854775807ms", ERANGE, 0 },
};

static const struct sample sizes[] = {
	{ "0", 0, 0 }, { "512", 0, 512 }, { "4K", 0, 4096 },
	{ "3M", 0, 3145728 }, { "2G", 0, 2147483648 }, { "", EINVAL, 0 },
	{ "K", EINVAL, 0 }, { "-1", EINVAL, 0 }, { "1KB", EINVAL, 0 },
	{ "99999999999999999G", ERANGE, 0 },
};

static int
number(const char *text, long long *value)
{
	return parse_number(text, -20, 100, value);
}

static int
octal(const char *text, long long *value)
{
	mode_t mode = 0;
	int result = parse_octal(text, 0777, &mode);

	*value = mode;
	return result;
}

static int
id(const char *text, long long *value)
{
	uint32_t parsed = 0;
	int result = parse_id(text, &parsed);

	*value = parsed;
	return result;
}

static int
duration(const char *text, long long *value)
{
	int64_t parsed = 0;
	int result = parse_duration(text, &parsed);

	*value = parsed;
	return result;
}

static int
size(const char *text, long long *value)
{
	uint64_t parsed = 0;
	int result = parse_size(text, &parsed);

	*value = (long long)parsed;
	return result;
}

static void
check_samples(const char *kind, int (*parse)(const char *, long long *),
    const struct sample *samples, size_t count)
{
	char name[128];
	size_t i;

	for (i = 0; i < count; i++) {
		const struct sample *sample = &samples[i];
		long long value = 0;
		int result, error;

		errno = 0;
		result = parse(sample->text, &value);
		error = result == -1 ? errno : 0;
		snprintf(name, sizeof(name), "%s '%s' is %s", kind,
		    sample->text, sample->error == 0 ? "read" : "refused");
		ok(error == sample->error &&
		    (error != 0 || value == sample->value), name);
	}
}

static int
add_bit(int number_, void *bits)
{
	*(unsigned *)bits |= 1U << number_;
	return 0;
}

static void
check_lists(void)
{
	unsigned bits = 0;

	ok(parse_list("0,2-4,9", 15, add_bit, &bits) == 0 && bits == 0x21d,
	    "a list has single numbers and ranges");
	ok(parse_list("16", 15, add_bit, &bits) == -1,
	    "a number above the maximum is refused");
	ok(parse_list("4-2", 15, add_bit, &bits) == -1,
	    "a range that runs backwards is refused");
	ok(parse_list("", 15, add_bit, &bits) == -1,
	    "an empty list is refused");
	ok(parse_list("1,", 15, add_bit, &bits) == -1,
	    "a comma at the end is refused");
	ok(parse_list("1-", 15, add_bit, &bits) == -1,
	    "a range without an end is refused");
}

static void
check_words(void)
{
	char **words = NULL;
	char quoted[] = "a' b'\\ c\"d \\\" e\"";

	ok(parse_words(" one 't w o' \"th\\\"ree\" f\\ our '' ", &words) == 0,
	    "words are split");
	is_str(words[0], "one", "a plain word");
	is_str(words[1], "t w o", "single quotes");
	is_str(words[2], "th\"ree", "double quotes and a backslash");
	is_str(words[3], "f our", "a backslash before a blank");
	is_str(words[4], "", "an empty word");
	ok(words[5] == NULL, "the end is marked");
	free(words);
	ok(parse_words("$HOME *", &words) == 0 &&
	    strcmp(words[0], "$HOME") == 0 && strcmp(words[1], "*") == 0,
	    "nothing is expanded");
	free(words);
	ok(parse_words("don't", &words) == -1 && errno == EINVAL,
	    "an open quote is refused");
	ok(parse_unquote(quoted) == 0, "quotes are removed");
	is_str(quoted, "a b cd \" e", "and nothing is split");
}

int
main(void)
{
	check_samples("number", number, numbers, COUNT(numbers));
	check_samples("octal number", octal, octals, COUNT(octals));
	check_samples("id", id, ids, COUNT(ids));
	check_samples("duration", duration, durations, COUNT(durations));
	check_samples("size", size, sizes, COUNT(sizes));
	check_lists();
	check_words();
	return done_testing();
}
