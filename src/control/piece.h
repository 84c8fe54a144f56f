/*
 * piece.h: a file of a log, which may be compressed.
 */
#ifndef CONTROL_PIECE_H
#define CONTROL_PIECE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/failure.h"
#include "log/rotate.h"

struct piece {
	char *path;
	int fd;			/* gives its bytes */
	const char *program;	/* that decompresses it; NULL: a plain file */
	pid_t pid;		/* of that */
};

/*
 * Opens a file of a log, and no other kind of file, for reading. Returns a
 * descriptor, or -1 with errno (EINVAL: it is no regular file).
 */
int piece_open_file(const char *path);

/*
 * Opens file INDEX of ROTATED, which may have been compressed since it was
 * listed. Returns 0, or -1 with FAILURE (its status is 0 where the file has
 * been removed).
 */
int piece_open(struct piece *piece, const struct rotated *rotated,
    size_t index, struct failure *failure);

/*
 * Reads as read(2) does, going on after EINTR. Returns -1 with FAILURE.
 */
ssize_t piece_read(struct piece *piece, char *bytes, size_t size,
    struct failure *failure);

/* Returns 0, or -1 with FAILURE: what was read to its end was damaged. */
int piece_close(struct piece *piece, bool was_read, struct failure *failure);

#endif
