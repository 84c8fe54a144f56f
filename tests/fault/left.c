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

#define SETTLE_MS	30000	/* for what the command left to itself */

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

static pid_t
find_logger(const struct judge *judge, const pid_t *pids, int n)
{
	int i;

	for (i = 0; i < n && judge->scenario->has_logger; i++) {
		if (launch_is_still(pids[i], judge->place->tool))
			return (pids[i]);
	}
	return (0);
}

/*
 * The child that has become the target; 0: there is none.  Whoever made it may
 * be about to end, and so its parent still.
 */
pid_t
left_target(const struct judge *judge)
{
	int64_t deadline = now_ms() + SETTLE_MS;
	pid_t pids[4], logger;
	int i, n;

	do {
		n = children_of_us(pids, 4);
		logger = find_logger(judge, pids, n);
		for (i = 0; i < n; i++) {
			if (launch_has_become(pids[i], judge->place->tool))
				return (pids[i]);
		}
		if (n == (logger == 0 ? 0 : 1))
			return (0);
		nap();
	} while (now_ms() <= deadline);
	return (0);
}

/* Is this the target, with its logger beside it, and nobody else? */
static bool
is_whole(const struct judge *judge, const pid_t *pids, int n, pid_t target)
{
	pid_t logger = find_logger(judge, pids, n);

	if (judge->scenario->has_logger)
		return (n == 2 && logger != 0 && logger != target &&
		    (pids[0] == target || pids[1] == target));
	return (n == 1 && pids[0] == target);
}

/*
 * Wait until nothing of the start is left, or the target alone, complete, with
 * its logger.  Return the target's pid, 0 for nothing, -1 for anything else.
 */
pid_t
left_settle(const struct judge *judge, char **report)
{
	int64_t deadline = now_ms() + SETTLE_MS;
	pid_t pids[3], target;
	char *text;
	int n;

	*report = NULL;
	while ((n = children_of_us(pids, 3)) > 0) {
		text = text_read(judge->place->report);
		target = text == NULL ? 0 : (pid_t)strtol(text, NULL, 10);
		if (target > 0 && is_whole(judge, pids, n, target)) {
			*report = text;
			return (target);
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
	if ((pid = left_target(judge)) == 0) {
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

/* What the logger runs as; NULL: there is none. */
char *
left_logger(const struct judge *judge)
{
	pid_t pids[3], logger;
	int n = children_of_us(pids, 3);

	logger = find_logger(judge, pids, n);
	return (logger == 0 ? NULL : tree_process(logger));
}

/* The files, once they satisfy: what a logger has to write takes its time. */
char *
left_await_files(const struct judge *judge, pid_t target,
    bool (*satisfy)(const struct judge *, const char *))
{
	int64_t deadline = now_ms() + SETTLE_MS;
	char *files;

	for (;;) {
		files = tree_describe(judge->place, target);
		if (!judge->scenario->has_logger || satisfy(judge, files) ||
		    now_ms() > deadline)
			return (files);
		free(files);
		nap();
	}
}

static bool
are_as_asked(const struct judge *judge, const char *files)
{
	return (strcmp(files, judge->files) == 0);
}

static bool
is_right_logger(const struct judge *judge, const char *logger)
{
	return (logger != NULL && strcmp(logger, judge->logger) == 0);
}

/* For a moment it may be about to start a command, or to open a file. */
static char *
await_logger(const struct judge *judge)
{
	int64_t deadline = now_ms() + SETTLE_MS;
	char *logger;

	while (!is_right_logger(judge, logger = left_logger(judge)) &&
	    now_ms() <= deadline) {
		free(logger);
		nap();
	}
	return (logger);
}

static void
check_logger(const struct judge *judge, struct verdict *verdict)
{
	char *logger = await_logger(judge), differ[400];

	if (logger == NULL) {
		verdict_bad(verdict, "there is no logger");
	} else if (!is_right_logger(judge, logger)) {
		text_differ(differ, sizeof(differ), judge->logger, logger);
		verdict_bad(verdict, "the logger runs otherwise: %s", differ);
	}
	free(logger);
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
	files = is_first ? left_await_files(judge, pid, are_as_asked) : NULL;
	if (strcmp(text_next_line(report), judge->report) != 0) {
		text_differ(differ, sizeof(differ), judge->report,
		    text_next_line(report));
		verdict_bad(verdict, "it runs otherwise than asked: %s",
		    differ);
	} else if (is_first && !are_as_asked(judge, files)) {
		text_differ(differ, sizeof(differ), judge->files, files);
		verdict_bad(verdict, "its files are not as asked: %s", differ);
	} else if (judge->scenario->has_logger) {
		check_logger(judge, verdict);
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

/*
 * Has this file got a longer name?  A logger that is killed while it rotates
 * may not have come to make the new log.
 */
static bool
is_renamed(const struct judge *judge, const char *files, const char *was)
{
	size_t name = strcspn(was, " "), rest = strcspn(was, "\n") - name;

	for (; *files != '\0'; files = text_next_line(files)) {
		size_t longer = strcspn(files, " ");

		if (longer > name && strncmp(files, was, name) == 0 &&
		    strcspn(files, "\n") == longer + rest &&
		    memcmp(files + longer, was + name, rest) == 0)
			return (judge->scenario->has_logger && has_run(judge));
	}
	return (false);
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
		if (line_of(files, line) == NULL &&
		    !is_renamed(judge, files, line))
			verdict_bad(verdict, "it removed '%.*s'",
			    (int)strcspn(line, "\n"), line);
	}
	free(files);
}

/* One line, and after that what the target has said, for one that died. */
static bool
is_message(const char *err)
{
	static const char first[] = "daemonize: ";
	static const char more[] = "daemonize: output of ";

	if (strncmp(err, first, strlen(first)) != 0 ||
	    err[strlen(err) - 1] != '\n')
		return (false);
	while (*(err = text_next_line(err)) != '\0') {
		if (strncmp(err, more, strlen(more)) != 0)
			return (false);
	}
	return (true);
}

void
left_message(const struct judge *judge, struct verdict *verdict)
{
	char *err = text_read(judge->place->err);

	if (err == NULL || err[0] == '\0')
		verdict_bad(verdict, "it says nothing");
	else if (!judge->is_peer && !is_message(err))
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

