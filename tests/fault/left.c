/*
 * What a start left: processes, reports, messages and files, held against what
 * an unharmed start makes and what was there before.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"

#define SETTLE_MS	3000	/* for what the command left to itself */

/* The first reason is the best one. */
void
verdict_bad(struct verdict *verdict, const char *format, ...)
{
	va_list args;

	if (verdict->kind == VERDICT_BAD)
		return;
	verdict->kind = VERDICT_BAD;
	va_start(args, format);
	vsnprintf(verdict->why, sizeof(verdict->why), format, args);
	va_end(args);
}

/*
 * Wait until nothing of the start is left, or the target alone, complete.
 * Return the target's pid, 0 for nothing, -1 for anything else.
 */
pid_t
left_settle(const struct judge *judge, char **report)
{
	int64_t deadline = now_ms() + SETTLE_MS;
	pid_t pids[2];
	char *text;
	int n;

	*report = NULL;
	while ((n = children_of_us(pids, 2)) > 0) {
		text = n == 1 ? text_read(judge->place->report) : NULL;
		if (text != NULL && strtol(text, NULL, 10) == pids[0]) {
			*report = text;
			return (pids[0]);
		}
		free(text);
		if (now_ms() > deadline)
			return (-1);
		nap_ms(1);
	}
	return (0);
}

/* Compare only the pidfile's lines: all else may still be on its way. */
void
left_pidfile(const struct judge *judge, struct verdict *verdict)
{
	const char *want = strstr(judge->files, ".pid ");
	char *files;
	pid_t pid;

	if (want == NULL || judge->is_peer)
		return;
	if (children_of_us(&pid, 1) != 1) {
		verdict_bad(verdict, "exit status 0, and no process");
		return;
	}
	files = tree_describe(judge->place, pid);
	if (strstr(files, ".pid ") == NULL)
		verdict_bad(verdict, "exit status 0, and no pidfile");
	else if (strncmp(strstr(files, ".pid "), want, (size_t)
	    (text_next_line(want) - want)) != 0)
		verdict_bad(verdict, "exit status 0, and the pidfile: %.*s",
		    (int)strcspn(strstr(files, ".pid "), "\n"),
		    strstr(files, ".pid "));
	free(files);
}

void
left_daemon(const struct judge *judge, bool is_first, struct verdict *verdict)
{
	char *report, *files, differ[400];
	pid_t pid = left_settle(judge, &report);

	if (pid == 0)
		verdict_bad(verdict, "nothing runs");
	if (pid == -1)
		verdict_bad(verdict, "what runs is not the target");
	if (pid <= 0)
		return;
	files = tree_describe(judge->place, pid);
	if (strcmp(text_next_line(report), judge->report) != 0) {
		text_differ(differ, sizeof(differ), judge->report,
		    text_next_line(report));
		verdict_bad(verdict, "it runs otherwise than asked: %s", differ);
	} else if (is_first && strcmp(files, judge->files) != 0) {
		text_differ(differ, sizeof(differ), judge->files, files);
		verdict_bad(verdict, "its files are not as asked: %s", differ);
	}
	free(files);
	free(report);
}

/* What was there stays; a pidfile may have become empty. */
static bool
is_tolerable(const char *was, size_t was_len, const char *is, size_t is_len)
{
	const char *content = memchr(was, '"', was_len);
	size_t head = content == NULL ? 0 : (size_t)(content - was);

	return (memmem(was, was_len, ".pid ", 5) != NULL && head > 0 &&
	    is_len == head + 2 && memcmp(was, is, head) == 0 &&
	    memcmp(is + head, "\"\"", 2) == 0);
}

void
left_files(const struct judge *judge, struct verdict *verdict)
{
	char *files = tree_describe(judge->place, 0);
	const char *was = judge->before, *is = files;

	while (*was != '\0' || *is != '\0') {
		size_t was_len = strcspn(was, "\n");
		size_t is_len = strcspn(is, "\n");

		if ((was_len != is_len || memcmp(was, is, is_len) != 0) &&
		    !is_tolerable(was, was_len, is, is_len)) {
			verdict_bad(verdict, "it leaves '%.*s' where '%.*s' was",
			    (int)is_len, is, (int)was_len, was);
			break;
		}
		was = text_next_line(was);
		is = text_next_line(is);
	}
	free(files);
}

void
left_message(const struct judge *judge, struct verdict *verdict)
{
	char *err = text_read(judge->place->err);

	if (err == NULL || err[0] == '\0')
		verdict_bad(verdict, "it says nothing");
	else if (!judge->is_peer && (strncmp(err, "daemonize: ", 11) != 0 ||
	    strchr(err, '\n') != err + strlen(err) - 1))
		verdict_bad(verdict, "not one line of message: %.200s", err);
	free(err);
}

void
left_nobody(struct verdict *verdict)
{
	int64_t deadline = now_ms() + SETTLE_MS;
	char path[64], *name;
	pid_t pid;

	while (children_of_us(&pid, 1) > 0) {
		if (now_ms() > deadline) {
			snprintf(path, sizeof(path), "/proc/%ld/comm",
			    (long)pid);
			name = text_read(path);
			verdict_bad(verdict, "it leaves a process: %s",
			    name == NULL ? "" : strtok(name, "\n"));
			free(name);
			return;
		}
		nap_ms(1);
	}
}

