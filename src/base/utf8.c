/*
 * utf8.c: see utf8.h.
 */
#include "base/utf8.h"

#include <stdbool.h>
#include <string.h>
#include <vis.h>

size_t
utf8_length(const char *bytes)
{
	const unsigned char *text = (const unsigned char *)bytes;
	unsigned char first = text[0];
	unsigned char low = 0x80, high = 0xbf;
	size_t len, i;

	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first > 0xf4)
		return 0;
	len = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	if (first == 0xe0)
		low = 0xa0;
	else if (first == 0xed)
		high = 0x9f;
	else if (first == 0xf0)
		low = 0x90;
	else if (first == 0xf4)
		high = 0x8f;
	for (i = 1; i < len; i++) {
		if (text[i] < low || text[i] > high)
			return 0;
		low = 0x80;
		high = 0xbf;
	}
	return len;
}

char *
utf8_escape(char *to, char byte, int flags, char next)
{
	bool is_plain = byte >= ' ' && byte <= '~';
	char text[8], *end;

	end = is_plain ? NULL : vis(text, byte, flags, next);
	if (end == NULL) {
		*to = byte;
		if (!is_plain)
			*to = '?';
		return to + 1;
	}
	(void)memcpy(to, text, (size_t)(end - text));
	return to + (end - text);
}
