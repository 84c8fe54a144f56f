/*
 * What a start left: processes, reports, messages and files, held against what
 * an unharmed start makes and what was there before.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fault.h"

#define SETTLE_MS	10000	/* for what the command left to itself */

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
		nap();
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
		verdict_bad(verdict, "it runs otherwise than asked: %s",
		    differ);
	} else if (is_first && strcmp(files, judge->files) != 0) {
		text_differ(differ, sizeof(differ), judge->files, files);
		verdict_bad(verdict, "its files are not as asked: %s", differ);
	}
	free(files);
	free(report);
}

/* Did the target get to run, be it for a moment? */
static bool
has_run(const struct judge *judge)
{
	char unfinished[PATH_MAX + 8];

	snprintf(unfinished, sizeof(unfinished), "%s.part",
	    judge->place->report);
	return (access(judge->place->report, F_OK) == 0 ||
	    access(unfinished, F_OK) == 0);
}

/* The line about the same file in another description; NULL: none. */
static const char *
line_of(const char *text, const char *line)
{
	size_t name = strcspn(line, " ") + 1;

	while (*text != '\0' && strncmp(text, line, name) != 0)
		text = text_next_line(text);
	return (*text == '\0' ? NULL : text);
}

static bool
is_same_line(const char *a, const char *b)
{
	size_t len = strcspn(a, "\n");

	return (len == strcspn(b, "\n") && memcmp(a, b, len) == 0);
}

/* A pidfile that was there may have become empty. */
static bool
is_emptied(const char *was, const char *is)
{
	size_t head = strcspn(was, "\"\n");

	return (memmem(was, head, ".pid ", 5) != NULL &&
	    strncmp(was, is, head) == 0 &&
	    strncmp(is + head, "\"\"\n", 3) == 0);
}

/*
 * May this line be there although it was not before?  When the target was
 * already running, what it said is in its log, and that may stay.
 */
static bool
is_tolerable(const struct judge *judge, const char *was, const char *is)
{
	size_t name = strcspn(is, " ");

	if (was != NULL && (is_same_line(was, is) || is_emptied(was, is)))
		return (true);
	if (!has_run(judge))
		return (false);
	return (memmem(is, name, ".log", 4) != NULL ||
	    (was == NULL && strncmp(is + name, " 40", 3) == 0));
}

void
left_files(const struct judge *judge, struct verdict *verdict)
{
	char *files = tree_describe(judge->place, 0);
	const char *line;

	for (line = files; *line != '\0'; line = text_next_line(line)) {
		const char *was = line_of(judge->before, line);

		if (!is_tolerable(judge, was, line))
			verdict_bad(verdict, "it leaves '%.*s'%s",
			    (int)strcspn(line, "\n"), line,
			    was == NULL ? "" : ", which was otherwise");
	}
	for (line = judge->before; *line != '\0'; line = text_next_line(line)) {
		if (line_of(files, line) == NULL)
			verdict_bad(verdict, "it removed '%.*s'",
			    (int)strcspn(line, "\n"), line);
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
		nap();
	}
}

