/*
 * title.c: see title.h.
 */
#include "log/title.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define START "daemonize: log of "
#define CUT ",..."
#define MORE "..."
#define PATTERN "file:"
#define DROPPED " dropped"
#define WAITING "waiting: "
#define ENDED "ended: "

extern char **environ;

/* The words of targets that are no files. */
static const char *const words[N_LOG_KINDS] = {
	[LOG_TO_SYSLOG] = "syslog", [LOG_TO_JOURNAL] = "journal",
	[LOG_TO_COMMAND] = "command", [LOG_TO_DESCRIPTOR] = "inherit",
};

/* A text that grows up to a size. */
struct text {
	char *bytes;
	size_t len, size;
	bool is_full;		/* something did not fit */
};

/* Adds all of WHAT, or nothing. */
static void
add(struct text *text, const char *what)
{
	size_t len = strlen(what);

	if (text->is_full || len >= text->size - text->len) {
		text->is_full = true;
		return;
	}
	(void)memcpy(text->bytes + text->len, what, len + 1);
	text->len += len;
}

static bool
is_plain(char byte)
{
	return (unsigned char)byte > ' ' && byte != 0x7f && byte != ',' &&
	    byte != ';' && byte != '\\';
}

/* BYTE as it is shown; ONE holds 5 bytes. Returns their number. */
static size_t
escape(char *one, char byte)
{
	return (size_t)snprintf(one, 5, is_plain(byte) ? "%c" : "\\%03o",
	    (unsigned char)byte);
}

static void
add_escaped(struct text *text, const char *what)
{
	char one[5];

	for (; *what != '\0'; what++) {
		(void)escape(one, *what);
		add(text, one);
	}
}

/* NAME; cut, if otherwise fewer than KEPT bytes would be left behind it. */
static void
add_name(struct text *text, const char *name, size_t kept)
{
	size_t len = 0, taken = text->len + kept + 1, room, i;
	char one[5];

	room = text->size > taken ? text->size - taken : 0;
	for (i = 0; name[i] != '\0'; i++)
		len += escape(one, name[i]);
	if (len <= room) {
		add_escaped(text, name);
		return;
	}
	if (room < strlen(CUT))
		return;
	room -= strlen(CUT);
	for (; *name != '\0' && escape(one, *name) <= room; name++) {
		add(text, one);
		room -= strlen(one);
	}
	add(text, CUT);
}

/* Is there a target before INDEX that is shown by the same word? */
static bool
is_said(const struct log *log, size_t index)
{
	size_t i;

	for (i = 0; i < index; i++)
		if (log->target[i].kind == log->target[index].kind)
			return log->target[i].kind != LOG_TO_FILE;
	return false;
}

static void
add_targets(struct text *text, const struct log *log, bool with_files)
{
	const char *between = " to ";
	size_t i;

	for (i = 0; i < log->target_count; i++) {
		const struct log_target *target = &log->target[i];
		bool is_file = target->kind == LOG_TO_FILE;

		if (is_file ? !with_files : is_said(log, i))
			continue;
		add(text, between);
		between = ", ";
		if (is_file && target->is_pattern)
			add(text, PATTERN);
		if (is_file)
			add_escaped(text, target->path);
		else
			add(text, words[target->kind]);
	}
	if (!with_files) {
		add(text, between);
		add(text, MORE);
	}
}

/* What is wrong, and of that as much as fits. */
static void
write_state(const struct title *title, char *state, size_t size)
{
	char lines[64] = "", wait[96] = "", end[96] = "";

	if (title->dropped > 0)
		(void)snprintf(lines, sizeof(lines), "; %llu line%s" DROPPED,
		    (unsigned long long)title->dropped,
		    title->dropped == 1 ? "" : "s");
	if (title->error != 0)
		(void)snprintf(wait, sizeof(wait), "; " WAITING "%s",
		    strerror(title->error));
	if (title->end_error != 0)
		(void)snprintf(end, sizeof(end), "; " ENDED "%s",
		    strerror(title->end_error));
	(void)snprintf(state, size, "%s%s%s", lines, wait, end);
}

void
title_write(const struct title *title, char *text, size_t size)
{
	char state[TITLE_MAX];
	struct text head = { .bytes = text, .size = size }, whole;
	int files;

	write_state(title, state, sizeof(state));
	*text = '\0';
	add(&head, START);
	add_name(&head, title->log->name, strlen(state));
	head.size = size > strlen(state) ? size - strlen(state) : 1;
	for (files = 1; files >= 0; files--) {
		whole = head;
		add_targets(&whole, title->log, files == 1);
		if (!whole.is_full)
			break;
	}
	if (!whole.is_full)
		head = whole;
	text[head.len] = '\0';
	head.size = size;
	head.is_full = false;
	add(&head, state);
}

static void
show(const struct title *title)
{
	char text[TITLE_MAX];

	title_write(title, text, title->room + 1 < sizeof(text) ?
	    title->room + 1 : sizeof(text));
	setproctitle("-%s", text);
}

/*
 * Where every argument was when the program was started: one behind the
 * other, whatever ARGV names by now. The room ends with the environment.
 */
static size_t
find_room(int argc, char **argv, char **found)
{
	char *at = argv[0];
	int i;

	for (i = 0; i < argc; i++) {
		found[i] = at;
		at += strlen(at) + 1;
	}
	found[argc] = NULL;
	for (i = 0; environ[i] != NULL; i++)
		if (environ[i] == at)
			at += strlen(at) + 1;
	return (size_t)(at - argv[0]);
}

void
title_init(struct title *title, const struct log *log)
{
	char **found;

	*title = (struct title){ .log = log };
	if (log->argv == NULL || log->argc < 1)
		return;
	found = calloc((size_t)log->argc + 1, sizeof(*found));
	if (found == NULL)
		return;
	/* setproctitle(3bsd) takes 254 bytes, and one less than there are. */
	title->room = find_room(log->argc, log->argv, found) - 1;
	if (title->room > TITLE_MAX - 2)
		title->room = TITLE_MAX - 2;
	setproctitle_init(log->argc, found, environ);
	free(found);
	show(title);
}

void
title_update(struct title *title, const struct sink *sinks)
{
	uint64_t dropped = 0;
	int error = 0, end_error = 0;
	size_t i;

	if (title->room == 0)
		return;
	for (i = 0; i < title->log->target_count; i++) {
		dropped += sinks[i].dropped;
		/* A queue that is full for a moment is nothing to tell. */
		if (sinks[i].is_over)
			end_error = sinks[i].error;
		else if (sinks[i].error != 0 && sinks[i].error != EAGAIN)
			error = sinks[i].error;
	}
	if (dropped == title->dropped && error == title->error &&
	    end_error == title->end_error)
		return;
	title->dropped = dropped;
	title->error = error;
	title->end_error = end_error;
	show(title);
}

/* Takes "\ooo" out of what is at TEXT, in place. */
static void
unescape(char *text)
{
	char *to = text;

	for (; *text != '\0'; to++) {
		if (text[0] == '\\' && text[1] != '\0' && text[2] != '\0' &&
		    text[3] != '\0') {
			*to = (char)((text[1] - '0') << 6 |
			    (text[2] - '0') << 3 | (text[3] - '0'));
			text += 4;
		} else {
			*to = *text++;
		}
	}
	*to = '\0';
}

static void
read_target(struct title_facts *facts, char *word)
{
	size_t len = strlen(PATTERN);

	if (strcmp(word, MORE) == 0) {
		facts->is_cut = true;
	} else if (strcmp(word, words[LOG_TO_SYSLOG]) == 0) {
		facts->has_syslog = true;
	} else if (strcmp(word, words[LOG_TO_JOURNAL]) == 0) {
		facts->has_journal = true;
	} else if (strcmp(word, words[LOG_TO_COMMAND]) == 0) {
		facts->has_command = true;
	} else if (strcmp(word, words[LOG_TO_DESCRIPTOR]) == 0) {
		facts->is_inherited = true;
	} else {
		facts->has_file = true;
		if (strncmp(word, PATTERN, len) != 0 ||
		    facts->pattern_count == LOG_TARGETS_MAX)
			return;
		unescape(word + len);
		facts->pattern[facts->pattern_count++] = word + len;
	}
}

/* "NAME to TARGET, ..." */
static void
read_head(struct title_facts *facts, char *head)
{
	char *targets = strstr(head, " to "), *cut, *word;

	if (targets == NULL)
		facts->is_cut = true;
	else
		*targets = '\0';
	cut = strstr(head, CUT);
	facts->is_name_cut = cut != NULL;
	if (cut != NULL)
		*cut = '\0';
	unescape(head);
	(void)snprintf(facts->name, sizeof(facts->name), "%s", head);
	if (targets == NULL)
		return;
	targets += strlen(" to ");
	while ((word = strsep(&targets, ",")) != NULL)
		read_target(facts, word + (*word == ' '));
}

/* LEN bytes of STATE: a number of lines, or a word and a cause. */
static void
read_state(struct title_facts *facts, const char *state, size_t len)
{
	if (strncmp(state, WAITING, strlen(WAITING)) == 0) {
		(void)snprintf(facts->waiting, sizeof(facts->waiting), "%.*s",
		    (int)(len - strlen(WAITING)), state + strlen(WAITING));
	} else if (strncmp(state, ENDED, strlen(ENDED)) == 0) {
		(void)snprintf(facts->ended, sizeof(facts->ended), "%.*s",
		    (int)(len - strlen(ENDED)), state + strlen(ENDED));
	} else {
		facts->dropped = strtoull(state, NULL, 10);
	}
}

bool
title_read(struct title_facts *facts, const char *text)
{
	char *state, *next;
	size_t len;

	*facts = (struct title_facts){ .is_cut = false };
	if (strncmp(text, START, strlen(START)) != 0)
		return false;
	(void)snprintf(facts->bytes, sizeof(facts->bytes), "%s",
	    text + strlen(START));
	/* setproctitle(3bsd) may leave a blank at the end. */
	len = strlen(facts->bytes);
	if (len > 0 && facts->bytes[len - 1] == ' ')
		facts->bytes[len - 1] = '\0';
	state = strchr(facts->bytes, ';');
	while (state != NULL) {
		*state++ = '\0';
		state += *state == ' ';
		next = strchr(state, ';');
		read_state(facts, state, next == NULL ? strlen(state) :
		    (size_t)(next - state));
		state = next;
	}
	read_head(facts, facts->bytes);
	return true;
}
