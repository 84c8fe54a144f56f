/*
 * past.c: see past.h.
 *
 * The beginning is looked for from the end: backwards through plain files,
 * block by block, and through all of those that are compressed.
 */
#include "control/past.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/message.h"
#include "control/piece.h"
#include "control/syslog.h"
#include "exitcode.h"

enum { BLOCK = 65536 };

/* How many newlines there must be between the beginning and the end. */
struct search {
	uint64_t want;
	bool has_end;		/* the last byte has been seen */
};

/*
 * Is the newline that is still wanted the one before what has been looked at?
 * A file ends with one, so the one before need not be opened for that.
 */
static bool
is_enough(const struct search *search)
{
	return search->has_end && search->want == 1;
}

/* Where to begin. */
struct begin {
	size_t index;		/* of the file; the count of them: now */
	off_t offset;		/* in a plain file, */
	uint64_t lines;		/* or so many lines into it */
};

int
past_fail_output(struct failure *failure)
{
	/* "logs | head": who reads no more wants no more. */
	if (errno == EPIPE)
		return failure_set(failure, CONTROL_OK, "%s", "");
	return failure_set(failure, CONTROL_FAILED,
	    "cannot write standard output: %s", strerror(errno));
}

static int
fail_read(const char *path, struct failure *failure)
{
	return failure_set(failure, CONTROL_FAILED, "cannot read %s: %s",
	    path, strerror(errno));
}

/* The newline at the very end is none between lines. */
static void
note_end(struct search *search, char last)
{
	if (search->has_end)
		return;
	search->has_end = true;
	if (last == '\n')
		search->want++;
}

/* Reads up to LEN bytes at OFFSET, as pread(2), going on after EINTR. */
static ssize_t
read_at(int fd, char *bytes, size_t len, off_t offset)
{
	ssize_t n;

	while ((n = pread(fd, bytes, len, offset)) == -1 && errno == EINTR)
		continue;
	return n;
}

/*
 * Where the wanted lines begin in the first END bytes of a plain file. Returns
 * -1 where they begin before it (then fewer are wanted), -2 with errno.
 */
static off_t
search_plain(int fd, off_t end, struct search *search)
{
	static char block[BLOCK];

	while (end > 0) {
		size_t len = end < BLOCK ? (size_t)end : BLOCK;
		ssize_t n = read_at(fd, block, len, end - (off_t)len);
		const char *newline;

		if (n == -1)
			return -2;
		/* It was truncated meanwhile: what is left is the end. */
		if ((size_t)n < len)
			return 0;
		note_end(search, block[len - 1]);
		end -= (off_t)len;
		while ((newline = memrchr(block, '\n', len)) != NULL) {
			len = (size_t)(newline - block);
			if (--search->want == 0)
				return end + (off_t)len + 1;
		}
	}
	return -1;
}

/* The same for lines with a tag: END moves from line to line. */
static off_t
search_tag(int fd, off_t end, const char *tag, uint64_t want)
{
	static char block[BLOCK];
	size_t len, last;
	ssize_t n;

	while (end > 0) {
		const char *newline;

		len = end < BLOCK ? (size_t)end : BLOCK;
		n = read_at(fd, block, len, end - (off_t)len);
		if (n == -1)
			return -2;
		if ((size_t)n < len)
			return 0;
		/* Lines that are whole; of one too long, what is there. */
		for (last = len; last > 0;) {
			newline = memrchr(block, '\n', last - 1);
			if (newline == NULL && end > (off_t)len && last < len)
				break;
			n = newline == NULL ? 0 : newline + 1 - block;
			if (syslog_is_of(block + n, last - (size_t)n, tag) &&
			    --want == 0)
				return end - (off_t)len + n;
			last = (size_t)n;
		}
		end -= (off_t)(len - last);
	}
	return 0;
}

/*
 * Counts the lines of a compressed file, of a damaged one those that can be
 * read: what is wrong with it is said when they are poured.
 */
static void
count_lines(struct piece *piece, struct search *search, uint64_t *lines)
{
	static char block[BLOCK];
	struct failure unsaid;
	char last = '\0';
	ssize_t n;

	*lines = 0;
	while ((n = piece_read(piece, block, sizeof(block), &unsaid)) > 0) {
		const char *at = block, *end = block + n;

		last = end[-1];
		while (at < end && (at = memchr(at, '\n',
		    (size_t)(end - at))) != NULL) {
			at++;
			++*lines;
		}
	}
	if (*lines > 0 || last != '\0')
		note_end(search, last);
}

/*
 * Looks into file INDEX. Returns 1 where the lines begin in it, 0 where they
 * begin before it or it cannot be read, 2 where it has been removed.
 */
static int
search_piece(const struct trail *trail, size_t index, struct search *search,
    struct begin *begin)
{
	struct failure unsaid;
	struct piece piece;
	struct stat st;
	uint64_t lines;
	int result = 0;

	*begin = (struct begin){ .index = index };
	if (piece_open(&piece, &trail->rotated, index, &unsaid) == -1)
		return unsaid.status == CONTROL_OK ? 2 : 0;
	if (piece.program != NULL) {
		count_lines(&piece, search, &lines);
		if (lines >= search->want) {
			begin->lines = lines - search->want + 1;
			result = 1;
		} else {
			search->want -= lines;
		}
	} else if (fstat(piece.fd, &st) == 0) {
		begin->offset = search_plain(piece.fd, st.st_size, search);
		result = begin->offset >= 0;
		if (result == 0)
			begin->offset = 0;
	}
	(void)piece_close(&piece, false, &unsaid);	/* pour_piece asks */
	return result == 0 && is_enough(search) ? 1 : result;
}

/* Fills in BEGIN. Returns 0, or -1 with FAILURE. */
static int
find_begin(const struct trail *trail, uint64_t count, const char *tag,
    struct begin *begin, struct failure *failure)
{
	struct search search = { .want = count };
	size_t left = trail->is_listed ? trail->rotated.count : 0;
	int result;

	*begin = (struct begin){ .index = left, .offset = trail->offset };
	if (count == 0)
		return 0;
	if (trail->fd != -1) {
		begin->offset = tag != NULL ?
		    search_tag(trail->fd, trail->offset, tag, count) :
		    search_plain(trail->fd, trail->offset, &search);
		if (begin->offset >= 0)
			return 0;
		if (begin->offset == -2)
			return fail_read(trail->path, failure);
	}
	while (left > 0 && !is_enough(&search)) {
		result = search_piece(trail, left - 1, &search, begin);
		if (result == 1)
			return 0;
		/* 2: the oldest files have just been removed. */
		if (result == 2)
			break;
		left--;
	}
	*begin = (struct begin){ .index = left };
	return 0;
}

/* How many of LEN bytes SKIP lines take; SKIP becomes what is left of it. */
static size_t
skip_lines(const char *bytes, size_t len, uint64_t *skip)
{
	const char *at = bytes, *end = bytes + len;

	for (; *skip > 0; --*skip) {
		at = memchr(at, '\n', (size_t)(end - at));
		if (at == NULL)
			return len;
		at++;
	}
	return (size_t)(at - bytes);
}

/* Pours an open piece but for the beginning. Returns as pour_piece. */
static int
pour_open(struct piece *piece, const struct begin *begin, struct pour *pour,
    struct failure *failure)
{
	static char block[BLOCK];
	uint64_t skip = begin->lines;
	off_t offset = begin->offset;
	struct failure unread;
	char last = '\n';
	ssize_t n;
	size_t from;

	if (piece->program == NULL && lseek(piece->fd, offset, SEEK_SET) != -1)
		offset = 0;
	while ((n = piece_read(piece, block, sizeof(block), &unread)) > 0) {
		from = offset > n ? (size_t)n : (size_t)offset;
		offset -= (off_t)from;
		from += skip_lines(block + from, (size_t)n - from, &skip);
		last = block[n - 1];
		if (pour_bytes(pour, block + from, (size_t)n - from) == 0)
			continue;
		(void)past_fail_output(failure);
		(void)piece_close(piece, false, &unread);	/* not read */
		return -1;
	}
	if (piece_close(piece, n == 0, &unread) == 0 && n == 0)
		return 0;
	message_error("%s", unread.text);
	/* What comes from the next file is no end of this line. */
	return last == '\n' || pour_bytes(pour, "\n", 1) == 0 ? 1 :
	    past_fail_output(failure);
}

/*
 * Pours file INDEX but for the beginning. Returns 0, 1 after a message where
 * not all of it can be read, or -1 with FAILURE.
 */
static int
pour_piece(const struct trail *trail, const struct begin *begin,
    struct pour *pour, struct failure *failure)
{
	struct failure unread;
	struct piece piece;

	if (piece_open(&piece, &trail->rotated, begin->index, &unread) == 0)
		return pour_open(&piece, begin, pour, failure);
	if (unread.status == CONTROL_OK)
		return 0;
	message_error("%s", unread.text);
	return 1;
}

int
past_pour_piece(const struct trail *trail, size_t index, struct pour *pour,
    struct failure *failure)
{
	struct begin begin = { .index = index };

	return pour_piece(trail, &begin, pour, failure);
}

int
past_pour_now(struct trail *trail, off_t limit, struct pour *pour,
    struct failure *failure)
{
	static char block[BLOCK];
	size_t len = BLOCK;
	ssize_t n;

	while (trail->fd != -1 && (limit == -1 || trail->offset < limit)) {
		if (limit != -1 && limit - trail->offset < BLOCK)
			len = (size_t)(limit - trail->offset);
		n = read_at(trail->fd, block, len, trail->offset);
		if (n == -1)
			return fail_read(trail->path, failure);
		if (n == 0)
			break;
		trail->offset += n;
		if (pour_bytes(pour, block, (size_t)n) == -1)
			return past_fail_output(failure);
	}
	return 0;
}

int
past_pour(struct trail *trail, uint64_t count, struct pour *pour,
    struct failure *failure)
{
	size_t left = trail->is_listed ? trail->rotated.count : 0;
	off_t end = trail->offset;
	struct begin begin;
	int result = 0, poured;

	if (find_begin(trail, count, pour->tag, &begin, failure) == -1)
		return -1;
	trail->offset = begin.index == left ? begin.offset : 0;
	while (begin.index < left) {
		poured = pour_piece(trail, &begin, pour, failure);
		if (poured == -1)
			return -1;
		result = poured == 1 ? 1 : result;
		begin = (struct begin){ .index = begin.index + 1 };
	}
	return past_pour_now(trail, end, pour, failure) == -1 ? -1 : result;
}
