/*
 * parse.h: text to values, strictly: the whole text must fit the form.
 *
 * All of them return 0, or -1 with errno EINVAL (not of the form), ERANGE
 * (out of range) or ENOMEM, and leave the result alone on failure.
 */
#ifndef BASE_PARSE_H
#define BASE_PARSE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Decimal integer, optionally signed, from MIN to MAX. */
int parse_number(const char *text, long long min, long long max,
    long long *result);

/* Octal digits only, at most MAX (umask, modes). */
int parse_octal(const char *text, mode_t max, mode_t *result);

/* User or group id: digits only, 0 to 4294967294 (-1 means "none"). */
int parse_id(const char *text, uint32_t *result);

/*
 * Duration with unit ms, s, m, h or d; seconds without one. In ms, and at most
 * a hundred years, so that it can be added to any time.
 */
int parse_duration(const char *text, int64_t *result_ms);

/* And back, to be read by a person: "1500 ms" or "60 s". */
void parse_show_duration(int64_t duration_ms, char *text, size_t size);

/* Size with unit K, M or G (powers of 1024); bytes without one. */
int parse_size(const char *text, uint64_t *result);

/*
 * List of numbers and ranges, "0,2-3", each at most MAX: calls EACH for every
 * number in it. EACH returns 0, or -1 with errno, which ends the walk.
 */
int parse_list(const char *text, int max, int (*each)(int, void *),
    void *context);

/*
 * Splits TEXT into words as a shell would, with quotes and backslashes but
 * without any expansion. The result is one allocation that ends with a NULL
 * pointer; the caller frees it. EINVAL: a quote is not closed.
 */
int parse_words(const char *text, char ***result);

/* Removes quotes and backslashes from TEXT in place, not splitting it. */
int parse_unquote(char *text);

#endif
