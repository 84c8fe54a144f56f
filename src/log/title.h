/*
 * title.h: what ps(1) shows of a logger: whose log it takes, where it goes,
 * and what is wrong with it. `daemonctl status` reads it there: the process
 * itself is the record of its state, and no file has to be kept in step.
 *
 *	daemonize: log of NAME to TARGET, ...; 12 lines dropped; waiting: CAUSE
 *
 * or, where a target will never take a line again, "; ended: CAUSE".
 * A TARGET is a path, "file:" and the pattern of one, or one of the words
 * journal, syslog, command and inherit. There is not much room (less than 256
 * bytes, and no more than arguments and environment took): targets that do
 * not fit are "...", a NAME that is cut ends in ",...", and what is wrong
 * stays. Blanks, commas, semicolons, backslashes and control characters in a
 * NAME or path are written \ooo, so that the text means one thing only.
 */
#ifndef LOG_TITLE_H
#define LOG_TITLE_H

#include "log/log.h"
#include "log/sink.h"

struct title {
	const struct log *log;
	size_t room;		/* bytes that can be shown */
	uint64_t dropped;
	int error;		/* 0: nothing is waited for */
	int end_error;		/* of a target that is over; 0: none is */
};

/* Writes over the program's arguments; nothing may refer to them any more. */
void title_init(struct title *title, const struct log *log);

/* Says what is new about SINKS, if anything is. */
void title_update(struct title *title, const struct sink *sinks);

/*
 * Writes the title's text, with its NUL, to TEXT; SIZE is at most 256. The
 * text takes SIZE - 1 bytes or less.
 */
void title_write(const struct title *title, char *text, size_t size);

enum { TITLE_MAX = 256 };

/* What a title says. */
struct title_facts {
	char name[TITLE_MAX];
	bool is_name_cut;
	const char *pattern[LOG_TARGETS_MAX];	/* in BYTES */
	size_t pattern_count;
	bool has_file, has_journal, has_syslog, has_command, is_inherited;
	bool is_cut;		/* and more */
	uint64_t dropped;
	char waiting[TITLE_MAX];	/* "": it is not */
	char ended[TITLE_MAX];		/* "": no target is over */
	char bytes[TITLE_MAX];
};

/* Reads TEXT. Returns whether it is the title of a logger. */
bool title_read(struct title_facts *facts, const char *text);

#endif
