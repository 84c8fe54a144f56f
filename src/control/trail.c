/*
 * trail.c: see trail.h.
 */
#include "control/trail.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/caller.h"
#include "control/piece.h"

/* A log may be rotated while it is being opened. */
enum { TRIES = 50, RETRY_MS = 4 };

/* Length of NAME without the suffix of a compressed file. */
static size_t
stem_length(const char *name)
{
	return rotated_is_compressed(name) ?
	    (size_t)(strrchr(name, '.') - name) : strlen(name);
}

static bool
is_same_stem(const char *a, const char *b)
{
	size_t len = stem_length(a);

	return len == stem_length(b) && memcmp(a, b, len) == 0;
}

/* One made of the other has its time; names of a pattern come back. */
static bool
is_double(const struct left_file *a, const struct left_file *b)
{
	return is_same_stem(a->name, b->name) &&
	    rotated_compare_times(&a->changed, &b->changed) == 0;
}

/* While a file is being compressed it has two names: the whole one counts. */
static void
drop_doubles(struct rotated *rotated)
{
	size_t i, kept = 0;

	for (i = 0; i < rotated->count; i++) {
		if (i + 1 < rotated->count &&
		    is_double(&rotated->file[i], &rotated->file[i + 1]))
			free(rotated->file[i].name);
		else
			rotated->file[kept++] = rotated->file[i];
	}
	rotated->count = kept;
}

/* Of a pattern the newest file is the one that is written. */
static void
take_newest(struct trail *trail)
{
	struct rotated *rotated = &trail->rotated;
	char *path;

	trail->path[0] = '\0';
	if (rotated->count == 0 || rotated_is_compressed(
	    rotated->file[rotated->count - 1].name) ||
	    !rotated->file[rotated->count - 1].is_bare)
		return;
	path = rotated_path(rotated, rotated->count - 1, "");
	if (path != NULL)
		(void)snprintf(trail->path, sizeof(trail->path), "%s", path);
	free(path);
	free(rotated->file[--rotated->count].name);
}

/* Lists what there is beside the file now. Returns 0, or -1 with errno. */
static int
list(struct trail *trail)
{
	const char *now = trail->target.is_pattern ? "/" : trail->path;

	trail->is_listed = rotated_open(&trail->rotated, NULL,
	    &trail->target, now) == 0;
	if (!trail->is_listed) {
		int error = errno;

		rotated_close(&trail->rotated);
		errno = error;
		return -1;
	}
	drop_doubles(&trail->rotated);
	if (trail->target.is_pattern)
		take_newest(trail);
	return 0;
}

/* Opens the file now. Returns 0 also where there is none. */
static int
open_now(struct trail *trail)
{
	struct stat st;

	trail->fd = -1;
	if (trail->path[0] == '\0')
		return 0;
	trail->fd = piece_open_file(trail->path);
	if (trail->fd == -1)
		return errno == ENOENT ? 0 : -1;
	if (fstat(trail->fd, &st) == -1)
		return -1;
	trail->device = st.st_dev;
	trail->inode = st.st_ino;
	trail->offset = st.st_size;
	return 0;
}

/* Is what is open what the path leads to? */
static bool
is_still_there(const struct trail *trail)
{
	struct stat st;

	return trail->path[0] != '\0' && stat(trail->path, &st) == 0 &&
	    st.st_dev == trail->device && st.st_ino == trail->inode;
}

/* One try. Returns 1: try again, 0, or -1 with errno. */
static int
try_open(struct trail *trail)
{
	bool is_pattern = trail->target.is_pattern;

	if (is_pattern) {
		if (list(trail) == -1 || open_now(trail) == -1)
			return -1;
		return trail->path[0] != '\0' && !is_still_there(trail);
	}
	if (open_now(trail) == -1)
		return -1;
	/* What cannot be listed is no reason to hide the rest. */
	(void)list(trail);
	if (trail->fd != -1)
		return !is_still_there(trail);
	return access(trail->path, F_OK) == 0;
}

int
trail_open(struct trail *trail, const struct source_file *file)
{
	int tries, result;

	for (tries = 0;; tries++) {
		*trail = (struct trail){
			.target.path = file->path, .fd = -1,
			.target.is_pattern = file->is_pattern,
		};
		if (!file->is_pattern)
			(void)snprintf(trail->path, sizeof(trail->path),
			    "%s", file->path);
		result = try_open(trail);
		if (result == 0 && (trail->fd != -1 ||
		    (trail->is_listed && trail->rotated.count > 0)))
			return 0;
		if (result == 0)
			errno = ENOENT;
		if (result != 1 || tries == TRIES)
			break;
		trail_close(trail);
		(void)caller_wait(-1, RETRY_MS);
	}
	if (result == 1)
		errno = EAGAIN;
	result = errno;
	trail_close(trail);
	errno = result;
	return -1;
}

bool
trail_has_moved(const struct trail *trail)
{
	struct trail now = { .fd = -1, .target = trail->target };
	struct stat st;
	bool has_moved;

	if (!trail->target.is_pattern)
		return stat(trail->path, &st) == 0 && (trail->fd == -1 ||
		    ((st.st_dev != trail->device ||
		    st.st_ino != trail->inode) && st.st_size > 0));
	now.target.path = trail->target.path;
	if (list(&now) == -1)
		return false;
	has_moved = now.path[0] != '\0' && stat(now.path, &st) == 0 &&
	    (trail->fd == -1 || ((st.st_dev != trail->device ||
	    st.st_ino != trail->inode) && st.st_size > 0));
	trail_close(&now);
	return has_moved;
}

bool
trail_is_new(const struct trail *trail, const struct trail *next,
    size_t index)
{
	size_t i;

	for (i = 0; trail->is_listed && i < trail->rotated.count; i++)
		if (is_same_stem(trail->rotated.file[i].name,
		    next->rotated.file[index].name))
			return false;
	return true;
}

bool
trail_is_open(const struct trail *trail, const struct trail *next,
    size_t index)
{
	char *path = rotated_path(&next->rotated, index, "");
	struct stat st;
	bool is_open;

	is_open = trail->fd != -1 && path != NULL && lstat(path, &st) == 0 &&
	    st.st_dev == trail->device && st.st_ino == trail->inode;
	free(path);
	return is_open;
}

bool
trail_is_source(const struct trail *trail, const struct trail *next,
    size_t index)
{
	char *path = rotated_path(&next->rotated, index, "");
	struct stat ours, theirs;
	bool is_source;

	/* It has the time of its log. */
	is_source = trail->fd != -1 && path != NULL &&
	    rotated_is_compressed(path) && fstat(trail->fd, &ours) == 0 &&
	    lstat(path, &theirs) == 0 &&
	    rotated_compare_times(&ours.st_mtim, &theirs.st_mtim) == 0;
	free(path);
	return is_source;
}

void
trail_close(struct trail *trail)
{
	if (trail->fd != -1)
		(void)close(trail->fd);	/* it was only read */
	if (trail->is_listed)
		rotated_close(&trail->rotated);
	trail->fd = -1;
	trail->is_listed = false;
}
