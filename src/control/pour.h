/*
 * pour.h: a log's bytes on standard output.
 *
 * They go out as they are; on a terminal what could steer it is escaped by
 * the rule of message.h, but for newlines and tabs.
 */
#ifndef CONTROL_POUR_H
#define CONTROL_POUR_H

#include <stdbool.h>
#include <stddef.h>

enum { POUR_LINE_MAX = 16384 };

/* All zero, but for IS_TERMINAL and TAG, to begin with. */
struct pour {
	bool is_terminal;
	const char *tag;	/* only a syslog's lines of this; NULL: all */

	/* A character of UTF-8 that is not whole yet. */
	char part[5];
	size_t part_len;

	/* With TAG: a line that has no end yet; of one too long the start. */
	char line[POUR_LINE_MAX];
	size_t line_len;
	bool is_decided, is_wanted;	/* the rest of a long line */
};

/* All of them return 0, or -1 with errno. */
int pour_bytes(struct pour *pour, const char *bytes, size_t len);

/* Nothing more comes: a line without an end and half a character go out. */
int pour_end(struct pour *pour);

/* The name of what follows, as tail(1) has it. */
int pour_heading(struct pour *pour, const char *path, bool is_first);

#endif
