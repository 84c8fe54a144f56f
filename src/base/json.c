/*
 * json.c: see json.h.
 */
#include "base/json.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/utf8.h"

static void
put_text(FILE *file, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	size_t len;

	(void)fputc('"', file);
	for (; *at != '\0'; at += len == 0 ? 1 : len) {
		len = utf8_length((const char *)at);
		if (len == 0)
			(void)fputs("\\ufffd", file);
		else if (*at < ' ' || *at == 0x7f)
			(void)fprintf(file, "\\u%04x", *at);
		else if (*at == '"' || *at == '\\')
			(void)fprintf(file, "\\%c", *at);
		else
			(void)fwrite(at, 1, len, file);
	}
	(void)fputc('"', file);
}

/* Errors stay in the stream; json_end tells them. */
static void
put_key(struct json *json, const char *key)
{
	if (json->needs_comma)
		(void)fputc(',', json->file);
	json->needs_comma = true;
	if (key != NULL) {
		put_text(json->file, key);
		(void)fputc(':', json->file);
	}
}

void
json_open(struct json *json, const char *key, char bracket)
{
	put_key(json, key);
	(void)fputc(bracket, json->file);
	json->needs_comma = false;
}

void
json_close(struct json *json, char bracket)
{
	(void)fputc(bracket, json->file);
	json->needs_comma = true;
}

void
json_string(struct json *json, const char *key, const char *text)
{
	put_key(json, key);
	put_text(json->file, text);
}

void
json_number(struct json *json, const char *key, long long number)
{
	put_key(json, key);
	(void)fprintf(json->file, "%lld", number);
}

void
json_bool(struct json *json, const char *key, bool value)
{
	put_key(json, key);
	(void)fputs(value ? "true" : "false", json->file);
}

int
json_end(struct json *json)
{
	json->needs_comma = false;
	errno = 0;
	(void)fputc('\n', json->file);
	if (fflush(json->file) == 0 && !ferror(json->file))
		return 0;
	if (errno == 0)
		errno = EIO;
	return -1;
}
