/*
 * text.c: see text.h.
 */
#include "log/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

size_t
text_cut(const char *bytes, size_t len, size_t max)
{
	size_t back;

	if (len <= max)
		return len;
	for (back = 1; back < 4 && back <= max; back++) {
		const char *first = bytes + max - back;
		char copy[5] = { 0 };	/* utf8_length looks at four */

		if ((*first & 0xc0) == 0x80)
			continue;
		(void)memcpy(copy, first, len - max + back < 4 ?
		    len - max + back : 4);
		return utf8_length(copy) > back ? max - back : max;
	}
	return max;
}

size_t
text_first_line(const char *bytes, size_t len)
{
	const char *newline = memchr(bytes, '\n', len);

	return newline == NULL ? len : (size_t)(newline - bytes) + 1;
}

size_t
text_whole_lines(const char *bytes, size_t len)
{
	const char *newline = memrchr(bytes, '\n', len);

	return newline == NULL ? 0 : (size_t)(newline - bytes) + 1;
}

static bool
is_control(char byte)
{
	return ((unsigned char)byte < 0x20 && byte != '\t') || byte == 0x7f;
}

/* May there be a control character among the eight bytes at BYTES? */
static bool
has_control(const char *bytes)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	const uint64_t tops = ones << 7;
	uint64_t word, deleted;

	(void)memcpy(&word, bytes, sizeof(word));
	deleted = word ^ ones * 0x7f;
	/* A byte below N borrows from the top bit that it does not have. */
	return (((word - ones * 0x20) & ~word) |
	    ((deleted - ones) & ~deleted)) & tops;
}

size_t
text_plain(const char *bytes, size_t len)
{
	size_t n = 0;

	while (n < len) {
		if (len - n >= 8 && !has_control(bytes + n))
			n += 8;
		else if (!is_control(bytes[n]))
			n++;
		else
			break;
	}
	return n;
}

void
text_word(char *word, const char *name, size_t max, const char *banned)
{
	size_t i, len = text_cut(name, strlen(name), max);

	for (i = 0; i < len; i++)
		if (is_control(name[i]) || name[i] == '\t' ||
		    strchr(banned, name[i]) != NULL)
			word[i] = '_';
		else
			word[i] = name[i];
	word[len] = '\0';
}
