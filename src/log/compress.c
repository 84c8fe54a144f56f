/*
 * compress.c: see compress.h.
 */
#include "log/compress.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/os.h"
#include "log/part.h"

enum { FAILURES_MAX = 3 };	/* in a round */

static const struct {
	const char *program, *suffix;
} programs[] = {
	{ "gzip", ".gz" }, { "zstd", ".zst" }, { "xz", ".xz" },
};

/* What the compressed files of PROGRAM end in; NULL: it is not known. */
static const char *
compress_suffix(const char *program)
{
	size_t i;

	for (i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		if (strcmp(programs[i].program, program) == 0)
			return programs[i].suffix;
	return NULL;
}

/* What PATH is called when it is compressed, to be freed. */
static char *
whole_path(const struct rotated *rotated, const char *path)
{
	char *made;

	return asprintf(&made, "%s%s", path,
	    compress_suffix(rotated->log->compress)) == -1 ? NULL : made;
}

/*
 * The index of the plain file to be tried next, or -1: the oldest of those
 * that have failed the least often, and not in this round.
 */
static int
find_plain(const struct compressor *compressor)
{
	const struct rotated *rotated = compressor->rotated;
	const struct left_file *file;
	int found = -1;
	size_t i;

	for (i = 0; i < rotated->count; i++) {
		file = &rotated->file[i];
		if (rotated_is_compressed(file->name) || (file->failures > 0 &&
		    file->failed_in == compressor->round))
			continue;
		if (found == -1 ||
		    file->failures < rotated->file[found].failures)
			found = (int)i;
	}
	return found;
}

/* Opens PATH. Returns -1 with errno; ENOENT: there is no such file (now). */
static int
open_source(const char *path, struct stat *st)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK |
	    O_CLOEXEC);

	if (fd != -1 && fstat(fd, st) == 0 && S_ISREG(st->st_mode))
		return fd;
	if (fd != -1)
		(void)close(fd);	/* nothing was written */
	if (fd != -1 || errno == ELOOP || errno == ENXIO)
		errno = ENOENT;
	return -1;
}

/* Nothing is under way any more. */
static void
forget_work(struct compressor *compressor)
{
	if (compressor->part_fd > 0)
		(void)close(compressor->part_fd);	/* fsync(2) has told */
	free(compressor->path);
	free(compressor->part);
	compressor->path = compressor->part = NULL;
	compressor->part_fd = 0;
	compressor->pid = 0;
}

/* Starts the program from IN to the part. Returns 0, or -1 with errno. */
static int
start_program(struct compressor *compressor, int in)
{
	const struct rotated *rotated = compressor->rotated;
	const char *const argv[] = { rotated->log->compress, "-c", NULL };
	/* Nobody else's: the caller's is not the daemon's. */
	char path[] = "PATH=/usr/local/bin:/usr/bin:/bin";
	char *const env[] = { path, NULL };
	const struct log_rights *rights = &rotated->log->rights;
	int error;

	compressor->part = part_path(compressor->path,
	    compress_suffix(rotated->log->compress));
	if (compressor->part == NULL)
		return -1;
	compressor->part_fd = part_open(compressor->part,
	    &compressor->source);
	if (compressor->part_fd == -1)
		return -1;
	compressor->pid = child_start(&(struct child){
		.argv = argv, .in = in, .out = compressor->part_fd,
		.env = env, .is_low_priority = true,
		.drop = rotated->target->is_theirs ? rights->drop : NULL,
		.context = rights->context,
	});
	if (compressor->pid != -1)
		return 0;
	error = errno;
	(void)unlink(compressor->part);
	errno = error;
	return -1;
}

/*
 * Begins with file INDEX. Returns 0, 1 where there is no such file, or -1 with
 * errno.
 */
static int
start(struct compressor *compressor, size_t index)
{
	struct rotated *rotated = compressor->rotated;
	char *whole;
	struct stat st;
	int in, result = -1, error;

	compressor->path = rotated_path(rotated, index, "");
	if (compressor->path == NULL)
		return -1;
	whole = whole_path(rotated, compressor->path);
	in = open_source(compressor->path, &compressor->source);
	if (in == -1) {
		result = errno == ENOENT ? 1 : -1;
	} else if (whole != NULL) {
		/* It was not made of this one, or leave_tidy had seen it. */
		errno = EEXIST;
		if (lstat(whole, &st) == -1)
			result = start_program(compressor, in);
	}
	error = errno;
	if (in != -1)
		(void)close(in);	/* nothing was written */
	free(whole);
	if (result != 0)
		forget_work(compressor);
	errno = error;
	return result;
}

/* The file called NAME has failed, with ERROR; 0: the program has. */
static void
note_failure(struct compressor *compressor, const char *name, int error)
{
	const struct rotated *rotated = compressor->rotated;
	size_t i;

	compressor->failed++;
	for (i = 0; i < rotated->count; i++)
		if (strcmp(rotated->file[i].name, name) == 0) {
			rotated->file[i].failures++;
			rotated->file[i].failed_in = compressor->round;
		}
	if (error == 0)
		(void)snprintf(compressor->trouble,
		    sizeof(compressor->trouble), "%s failed",
		    rotated->log->compress);
	else
		(void)snprintf(compressor->trouble,
		    sizeof(compressor->trouble), "%s", strerror(error));
}

/* Nothing that has failed is left. */
static void
clear_trouble(struct compressor *compressor)
{
	const struct rotated *rotated = compressor->rotated;
	size_t i;

	for (i = 0; i < rotated->count; i++)
		if (rotated->file[i].failures > 0)
			return;
	*compressor->trouble = '\0';
}

/* File INDEX is gone: another logger has compressed it, or somebody else. */
static void
lose(struct rotated *rotated, size_t index)
{
	struct left_file *file = &rotated->file[index];
	char *path = rotated_path(rotated, index,
	    compress_suffix(rotated->log->compress));
	char *name = NULL;
	struct stat st;

	if (path != NULL && lstat(path, &st) == 0 && S_ISREG(st.st_mode))
		name = strdup(strrchr(path, '/') + 1);
	free(path);
	if (name == NULL) {
		rotated_remove(rotated, index);
		return;
	}
	free(file->name);
	file->name = name;
	file->failures = 0;
}

static void
go_on(struct compressor *compressor)
{
	struct rotated *rotated = compressor->rotated;
	int index, result;

	while (rotated->log->compress != NULL && compressor->pid == 0 &&
	    compressor->failed < FAILURES_MAX &&
	    (index = find_plain(compressor)) != -1) {
		result = start(compressor, (size_t)index);
		if (result == 0)
			break;
		if (result == 1)
			lose(rotated, (size_t)index);
		else
			note_failure(compressor, rotated->file[index].name,
			    errno);
	}
	clear_trouble(compressor);
}

void
compress_begin(struct compressor *compressor)
{
	if (compressor->rotated == NULL)
		return;
	compressor->round++;
	compressor->failed = 0;
	go_on(compressor);
}

/* Is the file at PATH still ST? */
static bool
is_still(const char *path, const struct stat *st)
{
	struct stat now;

	return lstat(path, &now) == 0 && now.st_dev == st->st_dev &&
	    now.st_ino == st->st_ino && now.st_size == st->st_size &&
	    rotated_compare_times(&now.st_mtim, &st->st_mtim) == 0;
}

/*
 * The part gets the time of the plain file before it has a name, for a killed
 * logger's double is known by that, and is on the disk before that file goes.
 */
static int
sync_part(const struct compressor *compressor)
{
	const struct timespec times[2] = {
		{ .tv_nsec = UTIME_OMIT }, compressor->source.st_mtim,
	};

	/* Where it may not: then a double, if ever there is one, stays. */
	(void)futimens(compressor->part_fd, times);
	return fsync(compressor->part_fd) == 0 || errno == EINVAL ||
	    errno == ENOSYS ? 0 : -1;
}

/* The part becomes file INDEX of the list. Returns 0, or -1 with errno. */
static int
publish(struct compressor *compressor, size_t index)
{
	struct rotated *rotated = compressor->rotated;
	char *whole = whole_path(rotated, compressor->path), *name = NULL;
	struct stat part;
	int result = -1;

	if (whole != NULL)
		name = strdup(strrchr(whole, '/') + 1);
	errno = ESTALE;
	if (name != NULL && is_still(compressor->path, &compressor->source) &&
	    sync_part(compressor) == 0 &&
	    fstat(compressor->part_fd, &part) == 0 && part.st_size > 0 &&
	    is_still(compressor->part, &part) &&
	    os_rename_new(compressor->part, whole) == 0) {
		(void)unlink(compressor->path);	/* or the next one does */
		free(rotated->file[index].name);
		rotated->file[index].name = name;
		rotated->file[index].failures = 0;
		name = NULL;
		result = 0;
	}
	free(name);
	free(whole);
	return result;
}

/* The program is through. Its file may have been pruned, or be written to. */
static void
finish(struct compressor *compressor, bool has_worked)
{
	struct rotated *rotated = compressor->rotated;
	const char *name = strrchr(compressor->path, '/') + 1;
	struct stat part;
	size_t i;
	int error;

	for (i = 0; i < rotated->count; i++)
		if (strcmp(rotated->file[i].name, name) == 0)
			break;
	if (i < rotated->count && !has_worked) {
		note_failure(compressor, name, 0);
	} else if (i < rotated->count) {
		if (publish(compressor, i) == 0)
			return;
		error = errno;
		/* If it is gone, start will find that out. */
		if (lstat(compressor->path, &part) == 0)
			note_failure(compressor, name, error);
	}
	if (fstat(compressor->part_fd, &part) == 0 &&
	    is_still(compressor->part, &part))
		(void)unlink(compressor->part);
}

void
compress_bury(struct compressor *compressor, pid_t pid, int status)
{
	if (compressor->pid == 0 || pid != compressor->pid)
		return;
	finish(compressor, WIFEXITED(status) && WEXITSTATUS(status) == 0);
	forget_work(compressor);
	go_on(compressor);
}
