/*
 * lines.c: see lines.h.
 */
#include "ready/lines.h"

#include <stdlib.h>
#include <string.h>

static void
add(struct lines *lines, const char *bytes, size_t len)
{
	size_t i;

	if (len > LINES_LENGTH_MAX - lines->len)
		len = LINES_LENGTH_MAX - lines->len;
	for (i = 0; i < len; i++) {
		lines->text[lines->len] = bytes[i];
		if (bytes[i] == '\0')
			lines->text[lines->len] = '?';
		lines->len++;
	}
}

int
lines_feed(struct lines *lines, const char *bytes, size_t len,
    void (*each)(const char *line, void *context), void *context)
{
	const char *end;

	if (lines->text == NULL)
		lines->text = malloc(LINES_LENGTH_MAX + 1);
	if (lines->text == NULL)
		return -1;
	while ((end = memchr(bytes, '\n', len)) != NULL) {
		add(lines, bytes, (size_t)(end - bytes));
		if (lines->len > 0 && lines->text[lines->len - 1] == '\r')
			lines->len--;
		lines->text[lines->len] = '\0';
		each(lines->text, context);
		lines->len = 0;
		len -= (size_t)(end + 1 - bytes);
		bytes = end + 1;
	}
	add(lines, bytes, len);
	return 0;
}

void
lines_release(struct lines *lines)
{
	free(lines->text);
	*lines = (struct lines){ .text = NULL };
}
