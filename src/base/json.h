/*
 * json.h: values as JSON text (RFC 8259) on standard output.
 *
 * A writer remembers whether a comma is due; what could not be written is
 * told at the end. Bytes that are no UTF-8 become U+FFFD.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stdio.h>

struct json {
	FILE *file;
	bool needs_comma;
};

/* KEY is NULL inside of an array and at the top. */
void json_open(struct json *json, const char *key, char bracket);
void json_close(struct json *json, char bracket);
void json_string(struct json *json, const char *key, const char *text);
void json_number(struct json *json, const char *key, long long number);
void json_bool(struct json *json, const char *key, bool value);

/* Ends the line. Returns 0, or -1 with errno if not all could be written. */
int json_end(struct json *json);

#endif
