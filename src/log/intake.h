/*
 * intake.h: the daemon's end of a pipe, read so that nothing can be lost.
 *
 * Bytes are looked at first (tee(2), Linux 2.6.17) and taken out of the pipe
 * only when they have arrived where they belong. The pipe is the memory: a
 * logger that is killed leaves what it has not delivered to the next one, and
 * the one that has delivered it takes it out. What is no pipe (a terminal) is
 * read into memory.
 */
#ifndef LOG_INTAKE_H
#define LOG_INTAKE_H

#include <stdbool.h>
#include <stddef.h>

enum {
	/* What is looked at in one go; in step with a processor's cache. */
	INTAKE_LOOK = 128 * 1024,
	/* The longest line that is kept whole. */
	INTAKE_LINE_MAX = 1024 * 1024,
	INTAKE_PIPE_SIZE = 1024 * 1024,
};

struct intake {
	int fd;
	int peek[2];		/* -1: this is no pipe that can be looked at */
	int null_fd;
	int edge;		/* of os_edge_open; -1: none */
	char *bytes;		/* held, then seen; NULL: at rest */
	size_t size;		/* of the allocation, now or next */
	size_t held;		/* out of the pipe already */
	size_t seen;		/* still in it */
	size_t capacity;	/* of the pipe, about */
	size_t peek_capacity;	/* the same or, where a user has many, less */
	bool is_all;		/* no more was there than what was seen */
};

enum intake_result {
	INTAKE_BYTES,		/* there are some in BYTES */
	INTAKE_NOTHING,		/* not yet */
	INTAKE_END,		/* no more will come; HELD may be left */
	INTAKE_FAILED,		/* errno says why */
};

/*
 * Takes over FD, a pipe or terminal, and makes the pipe as large as may be.
 * Returns 0, or -1 with errno (ENOMEM, EMFILE).
 */
int intake_open(struct intake *intake, int fd);

/* Looks at what is there; never waits. */
enum intake_result intake_look(struct intake *intake);

/* The first LEN bytes have been delivered. Returns 0, or -1 with errno. */
int intake_take(struct intake *intake, size_t len);

/*
 * Takes what was seen out of the pipe into memory, for a line that does not
 * fit in the pipe. Returns 0, or -1 with errno.
 */
int intake_hold(struct intake *intake);

/*
 * Could the daemon, or we, be waiting for room with nothing more than what
 * was seen? What is left in the pipe then stays there for ever.
 */
bool intake_must_hold(const struct intake *intake);

/*
 * Is so much undelivered, EIGHTHS of what the pipe holds or a bit in each of
 * its pages, that the daemon may have to wait?
 */
bool intake_is_full(const struct intake *intake, size_t eighths);

/* Has everybody closed the other end? What is in the pipe is the rest. */
bool intake_is_abandoned(const struct intake *intake);

/* Gives memory back that nothing is in; it is taken again when needed. */
void intake_rest(struct intake *intake);

void intake_close(struct intake *intake);

#endif
