/*
 * piece.c: see piece.h.
 */
#include "control/piece.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "exitcode.h"

static const struct {
	const char *suffix, *program;
} kinds[] = {
	{ "", NULL }, { ".gz", "gzip" }, { ".zst", "zstd" }, { ".xz", "xz" },
};

enum { N_KINDS = sizeof(kinds) / sizeof(kinds[0]) };

int
piece_open_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY |
	    O_CLOEXEC);
	struct stat st;

	if (fd == -1 || (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)))
		return fd;
	(void)close(fd);	/* nothing was written */
	errno = EINVAL;
	return -1;
}

/* What decompresses the file at PATH; NULL: it is plain. */
static const char *
find_program(const char *path)
{
	const char *dot = strrchr(path, '.');
	size_t i;

	for (i = 1; dot != NULL && i < N_KINDS; i++)
		if (strcmp(dot, kinds[i].suffix) == 0)
			return kinds[i].program;
	return NULL;
}

static int
fail(const struct piece *piece, const char *why, struct failure *failure)
{
	return failure_set(failure, CONTROL_FAILED, "cannot read %s: %s",
	    piece->path, why);
}

/* What PIECE's descriptor gives is decompressed from here on. */
static int
decompress(struct piece *piece, struct failure *failure)
{
	const char *const argv[] = { piece->program, "-dc", NULL };
	int ends[2], error;

	if (!child_is_available(piece->program)) {
		(void)failure_set(failure, CONTROL_FAILED,
		    "cannot read %s: %s is not installed", piece->path,
		    piece->program);
		return -1;
	}
	if (pipe2(ends, O_CLOEXEC) == -1)
		return fail(piece, strerror(errno), failure);
	piece->pid = child_start(&(struct child){
		.argv = argv, .in = piece->fd, .out = ends[1],
	});
	error = errno;
	(void)close(ends[1]);		/* the child's to write */
	(void)close(piece->fd);		/* it was only read */
	piece->fd = ends[0];
	return piece->pid == -1 ? fail(piece, strerror(error), failure) : 0;
}

int
piece_open(struct piece *piece, const struct rotated *rotated, size_t index,
    struct failure *failure)
{
	size_t i;

	*piece = (struct piece){ .fd = -1, .pid = -1 };
	failure->status = CONTROL_OK;
	for (i = 0; i < N_KINDS && piece->fd == -1; i++) {
		free(piece->path);
		piece->path = rotated_path(rotated, index, kinds[i].suffix);
		if (piece->path == NULL)
			return failure_set(failure, CONTROL_FAILED,
			    "cannot allocate memory: %s", strerror(errno));
		piece->fd = piece_open_file(piece->path);
		if (piece->fd == -1 && errno != ENOENT) {
			(void)fail(piece, strerror(errno), failure);
			free(piece->path);
			return -1;
		}
	}
	if (piece->fd != -1) {
		piece->program = find_program(piece->path);
		if (piece->program == NULL || decompress(piece, failure) == 0)
			return 0;
		(void)close(piece->fd);	/* nothing was written */
	}
	free(piece->path);
	return -1;
}

ssize_t
piece_read(struct piece *piece, char *bytes, size_t size,
    struct failure *failure)
{
	ssize_t n;

	while ((n = read(piece->fd, bytes, size)) == -1 && errno == EINTR)
		continue;
	if (n == -1)
		(void)fail(piece, strerror(errno), failure);
	return n;
}

int
piece_close(struct piece *piece, bool was_read, struct failure *failure)
{
	int status = 0, result = 0;

	/* A program that still writes has SIGPIPE at its default. */
	(void)close(piece->fd);
	while (piece->pid != -1 && waitpid(piece->pid, &status, 0) == -1 &&
	    errno == EINTR)
		continue;
	if (was_read && status != 0) {
		(void)failure_set(failure, CONTROL_FAILED,
		    "cannot read %s: %s found it damaged", piece->path,
		    piece->program);
		result = -1;
	}
	free(piece->path);
	return result;
}
