/*
 * holder_verify.c: is every line in the log, once, whole, in order?
 *
 * The lines are made a second time and compared byte by byte. A cursor stands
 * on the line that comes next, for each stream. Where loggers were killed it
 * may be set back by no more than a batch, and then has to come along the same
 * lines again. Where files were pruned it begins on the first line that is
 * left, and is never set before that one.
 */
#include "holder.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct verifier {
	const struct run *run;
	size_t target;
	struct findings *findings;
	const char *at, *end;
	uint32_t cursor[N_LOG_STREAMS];
	uint32_t furthest[N_LOG_STREAMS];
	uint32_t first[N_LOG_STREAMS];	/* that is left */
	bool has_first[N_LOG_STREAMS];
	size_t again[N_LOG_STREAMS];	/* bytes since it was set back */
	bool is_killed;
	char expected[LINE_SIZE];
};

static void
complain(struct verifier *verifier, const char *what, const char *at)
{
	size_t i, len = strlen(verifier->findings->why);
	char *why = verifier->findings->why;

	if (len > 0)
		return;
	len = (size_t)snprintf(why, sizeof(verifier->findings->why),
	    "%s%s, after o %lu and e %lu: ",
	    verifier->target > 0 ? "second target: " : "", what,
	    (unsigned long)verifier->cursor[LOG_STDOUT],
	    (unsigned long)verifier->cursor[LOG_STDERR]);
	for (i = 0; i < 100 && at + i < verifier->end; i++)
		why[len++] = isprint((unsigned char)at[i]) ? at[i] : '?';
	why[len] = '\0';
}

/*
 * Reads "o 00000017 " at AT, with the stamp before it where stamps are wanted:
 * "2026-11-22T00:54:29.123456Z out: ". Returns where the line begins, or NULL.
 */
static const char *
read_head(const struct verifier *verifier, const char *at, int *stream,
    uint32_t *number)
{
	static const char stamp[] = "dddd-dd-ddTdd:dd:dd.ddddddZ ";
	const char *tag = NULL;
	size_t i, len = sizeof(stamp) - 1;

	if (verifier->run->log.stamp != LOG_STAMP_NONE) {
		if ((size_t)(verifier->end - at) < len + 5)
			return NULL;
		for (i = 0; i < len; i++)
			if (stamp[i] == 'd' ? !isdigit((unsigned char)at[i]) :
			    stamp[i] != at[i])
				return NULL;
		tag = at + len;
		at = tag + 5;
	}
	if (verifier->end - at < 11 || at[1] != ' ' || at[10] != ' ' ||
	    (*at != 'o' && *at != 'e'))
		return NULL;
	*stream = *at == 'o' ? LOG_STDOUT : LOG_STDERR;
	if (tag != NULL && memcmp(tag, *at == 'o' ? "out: " : "err: ", 5) != 0)
		return NULL;
	*number = 0;
	for (i = 2; i < 10; i++) {
		if (!isdigit((unsigned char)at[i]))
			return NULL;
		*number = *number * 10 + (uint32_t)(at[i] - '0');
	}
	return at;
}

/* How many bytes at AT are those of the line? Length, if all: *IS_WHOLE. */
static size_t
match(struct verifier *verifier, const char *at, int stream, uint32_t number,
    bool *is_whole)
{
	size_t i, rest = (size_t)(verifier->end - at);
	size_t len = line_make(verifier->run, stream, number,
	    verifier->expected);

	if (verifier->run->is_partial &&
	    number + 1 == verifier->run->shared->made[stream])
		len--;
	for (i = 0; i < len && i < rest; i++)
		if (at[i] != verifier->expected[i])
			break;
	*is_whole = i == len;
	return i;
}

/* May the oldest lines of this target be missing? */
static bool
is_pruned(const struct verifier *verifier)
{
	return verifier->run->is_pruned &&
	    verifier->run->log.target[verifier->target].kind == LOG_TO_FILE;
}

/* NUMBER is the first line of STREAM that is left. */
static void
begin_at(struct verifier *verifier, int stream, uint32_t number)
{
	if (verifier->has_first[stream])
		return;
	verifier->has_first[stream] = true;
	verifier->first[stream] = number;
	verifier->cursor[stream] = number;
	verifier->furthest[stream] = number;
}

/* The cursor of STREAM is not on NUMBER: may it be set there? */
static bool
set_back(struct verifier *verifier, int stream, uint32_t number,
    const char *at)
{
	if (number > verifier->cursor[stream]) {
		complain(verifier, "lines are missing", at);
		return false;
	}
	if (!verifier->is_killed || number < verifier->first[stream]) {
		complain(verifier, "a line came twice", at);
		return false;
	}
	verifier->findings->repeats++;
	verifier->cursor[stream] = number;
	verifier->again[stream] = 0;
	return true;
}

/* A whole line at AT? Returns the next one, or NULL. */
static const char *
take_line(struct verifier *verifier, const char *at)
{
	const char *line;
	uint32_t number;
	bool is_whole;
	size_t len;
	int stream;

	line = read_head(verifier, at, &stream, &number);
	if (line == NULL || number >= verifier->run->shared->made[stream])
		return NULL;
	len = match(verifier, line, stream, number, &is_whole);
	if (!is_whole)
		return NULL;
	begin_at(verifier, stream, number);
	if (number != verifier->cursor[stream] &&
	    !set_back(verifier, stream, number, at))
		return NULL;
	verifier->cursor[stream]++;
	if (number < verifier->furthest[stream]) {
		verifier->findings->repeated_lines++;
		verifier->again[stream] += len;
		if (verifier->again[stream] > BATCH_MAX)
			complain(verifier, "more than a batch again", at);
	} else {
		verifier->furthest[stream]++;
	}
	return line + len;
}

/* Where a line could begin that comes next in the log, or again. */
static bool
is_boundary(const struct verifier *verifier, const char *at)
{
	uint32_t number;
	int stream;

	return read_head(verifier, at, &stream, &number) != NULL &&
	    (number <= verifier->cursor[stream] ||
	    !verifier->has_first[stream]);
}

/* How much at AT is the beginning of that line, up to another line? */
static size_t
find_seam(struct verifier *verifier, int stream, uint32_t number)
{
	bool is_whole;
	size_t len = match(verifier, verifier->at, stream, number, &is_whole);

	/* The first bytes of the other line may go on as this one does. */
	while (len > 0 && !is_boundary(verifier, verifier->at + len))
		len--;
	return len;
}

/*
 * Has a killed write left the beginning of a line here, and does another line
 * follow it? Returns that, or NULL.
 */
static const char *
take_seam(struct verifier *verifier)
{
	uint32_t number;
	size_t len = 0;
	int stream;

	if (!verifier->is_killed || verifier->run->mode != MODE_KILL)
		return NULL;
	if (read_head(verifier, verifier->at, &stream, &number) != NULL) {
		begin_at(verifier, stream, number);
		len = find_seam(verifier, stream, number);
		if (len > 0 && number != verifier->cursor[stream] &&
		    !set_back(verifier, stream, number, verifier->at))
			return NULL;
	} else {		/* cut inside its head */
		for (stream = 0; stream < N_LOG_STREAMS && len == 0; stream++)
			len = find_seam(verifier, stream,
			    verifier->cursor[stream]);
	}
	if (len == 0)
		return NULL;
	verifier->findings->seams++;
	return verifier->at + len;
}

static void
judge_end(struct verifier *verifier, unsigned int killed)
{
	struct findings *findings = verifier->findings;
	int i;

	for (i = 0; i < N_LOG_STREAMS; i++) {
		findings->lines += verifier->furthest[i] - verifier->first[i];
		findings->pruned += verifier->first[i];
		if (verifier->cursor[i] != verifier->run->shared->made[i])
			complain(verifier, "the end is missing",
			    verifier->end);
	}
	if (findings->repeats > killed)
		complain(verifier, "more repeats than kills", verifier->end);
	if (findings->seams > killed)
		complain(verifier, "more seams than kills", verifier->end);
	/* No more than that was taken away, and no less. */
	if (findings->pruned > 0 &&
	    findings->files != verifier->run->log.keep + 1UL)
		complain(verifier, "not so many files as are kept",
		    verifier->end);
}

/*
 * The newline before a line in the middle that is of the stream of the one
 * before: where files were pruned nobody misses the first of a stream.
 */
static char *
find_middle(char *bytes, size_t len)
{
	char *line = memchr(bytes + len / 2, '\n', len / 2), *before;

	while (line != NULL && line + 1 < bytes + len) {
		before = memrchr(bytes, '\n', (size_t)(line - bytes));
		if (line[1] == (before == NULL ? *bytes : before[1]))
			return line;
		line = memchr(line + 1, '\n',
		    (size_t)(bytes + len - line) - 1);
	}
	return NULL;
}

/* Does to a line in the middle what must not happen to any. */
static void
spoil(const struct run *run, char *bytes, size_t *len)
{
	char *line = find_middle(bytes, *len), *end = NULL;
	size_t size;

	if (line != NULL)
		end = memchr(line + 1, '\n',
		    (size_t)(bytes + *len - line) - 1);
	if (strcmp(run->spoil, "cut") == 0) {
		end = memrchr(bytes, '\n', *len - 1);
		*len = end == NULL ? 0 : (size_t)(end - bytes) + 1;
		return;
	}
	if (end == NULL)
		give_up("there are no two lines to spoil");
	size = (size_t)(end - line);
	if (strcmp(run->spoil, "lose") == 0) {
		(void)memmove(line, end, (size_t)(bytes + *len - end));
		*len -= size;
	} else if (strcmp(run->spoil, "double") == 0) {
		(void)memmove(end, line, (size_t)(bytes + *len - end));
	} else if (strcmp(run->spoil, "tear") == 0) {
		line[size / 2] = '\n';
	} else if (strcmp(run->spoil, "change") == 0) {
		line[size / 2] ^= 1;
	} else {
		give_up("no way to spoil: %s", run->spoil);
	}
}

/* Reads all lines of a target. */
static void
walk(struct verifier *verifier)
{
	const char *next;
	int i;

	for (i = 0; i < N_LOG_STREAMS; i++)
		if (!is_pruned(verifier))
			begin_at(verifier, i, 0);
	while (verifier->at < verifier->end &&
	    verifier->findings->why[0] == '\0') {
		next = take_line(verifier, verifier->at);
		if (next == NULL)
			next = take_seam(verifier);
		if (next == NULL)
			complain(verifier, "no line of ours", verifier->at);
		else
			verifier->at = next;
	}
}

static void
verify_target(const struct run *run, size_t target, unsigned int killed,
    struct findings *findings)
{
	static struct verifier verifier;
	char *bytes;
	size_t len;

	(void)memset(findings, 0, sizeof(*findings));
	bytes = files_read(run->directory[target], findings, &len);
	if (run->spoil != NULL && target + 1 == run->log.target_count)
		spoil(run, bytes, &len);
	verifier = (struct verifier){
		.run = run, .target = target, .findings = findings,
		.at = bytes, .end = bytes + len, .is_killed = killed > 0,
	};
	walk(&verifier);
	if (findings->why[0] == '\0')
		judge_end(&verifier, killed);
	free(bytes);
}

void
log_verify(const struct run *run, unsigned int killed,
    struct findings *findings)
{
	struct findings one;
	size_t i;

	(void)memset(findings, 0, sizeof(*findings));
	for (i = 0; i < run->log.target_count &&
	    findings->why[0] == '\0'; i++) {
		verify_target(run, i, killed, &one);
		findings->lines += one.lines;
		findings->pruned += one.pruned;
		findings->files += one.files;
		findings->repeats += one.repeats;
		findings->repeated_lines += one.repeated_lines;
		findings->seams += one.seams;
		(void)memcpy(findings->why, one.why, sizeof(one.why));
	}
}
