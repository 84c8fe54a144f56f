/*
 * compress.c: see compress.h.
 */
#include "log/compress.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"

#define PART ".part"

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

/* "PATH" + ".gz" + END, to be freed. */
static char *
with_suffix(const struct rotated *rotated, const char *path, const char *end)
{
	char *made;

	return asprintf(&made, "%s%s%s", path,
	    compress_suffix(rotated->log->compress), end) == -1 ? NULL : made;
}

/*
 * FILE.gz beside FILE is whole: it was renamed from the part, and FILE was
 * about to go.
 */
static void
drop_doubles(struct rotated *rotated)
{
	size_t i, kept = 0;

	for (i = 0; i < rotated->count; i++) {
		struct left_file *file = &rotated->file[i];
		struct left_file *next = file + 1;
		size_t len = strlen(file->name);
		char *path;

		/* In order of age, the plain one comes right before. */
		if (i + 1 < rotated->count && !rotated_is_compressed(
		    file->name) && strncmp(file->name, next->name, len) == 0 &&
		    rotated_is_compressed(next->name)) {
			path = rotated_path(rotated, i, "");
			if (path != NULL)
				(void)unlink(path);	/* next time, then */
			free(path);
			free(file->name);
		} else {
			rotated->file[kept++] = *file;
		}
	}
	rotated->count = kept;
}

/* Is NAME that of a part of ours? Takes the end off it. */
static bool
is_part(const struct rotated *rotated, char *name)
{
	size_t len = strlen(name), end = sizeof(PART) - 1;

	if (len < end || strcmp(name + len - end, PART) != 0)
		return false;
	name[len - end] = '\0';
	return rotated_is_compressed(name) && rotated_is_one(rotated, name);
}

void
compress_tidy(struct compressor *compressor)
{
	struct rotated *rotated = compressor->rotated;
	DIR *directory = opendir(rotated->directory);
	struct dirent *entry;
	char name[sizeof(entry->d_name)];

	drop_doubles(rotated);
	if (directory == NULL)
		return;
	while ((entry = readdir(directory)) != NULL) {
		(void)memcpy(name, entry->d_name, sizeof(name));
		if (is_part(rotated, name))
			(void)unlinkat(dirfd(directory), entry->d_name, 0);
	}
	(void)closedir(directory);	/* nothing was written */
}

/* The index of the oldest plain file, or -1. */
static int
find_plain(const struct rotated *rotated)
{
	size_t i;

	for (i = 0; i < rotated->count; i++)
		if (!rotated_is_compressed(rotated->file[i].name))
			return (int)i;
	return -1;
}

/* Returns the pid of a process that compresses PATH, or -1. */
static pid_t
start_compressor(const struct rotated *rotated, const char *path)
{
	const char *const argv[] = { rotated->log->compress, "-c", NULL };
	const struct log_rights *rights = &rotated->log->rights;
	char *part = with_suffix(rotated, path, PART);
	pid_t pid = -1;
	struct stat st;
	int in, out = -1;

	in = open(path, O_RDONLY | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
	if (in != -1 && part != NULL && fstat(in, &st) == 0)
		out = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW |
		    O_CLOEXEC, st.st_mode & 0777);
	if (out != -1)
		pid = child_start(&(struct child){
			.argv = argv, .in = in, .out = out,
			.is_low_priority = true,
			.drop = rotated->target->is_theirs ? rights->drop :
			    NULL,
			.context = rights->context,
		});
	if (in != -1)
		(void)close(in);
	if (out != -1)
		(void)close(out);	/* the child's to write */
	if (out != -1 && pid == -1)
		(void)unlink(part);
	free(part);
	return pid;
}

void
compress_next(struct compressor *compressor)
{
	struct rotated *rotated = compressor->rotated;
	int index;

	if (rotated->log->compress == NULL || compressor->pid != 0 ||
	    compressor->has_given_up)
		return;
	index = find_plain(rotated);
	if (index == -1)
		return;
	compressor->path = rotated_path(rotated, (size_t)index, "");
	if (compressor->path == NULL)
		return;
	compressor->pid = start_compressor(rotated, compressor->path);
	if (compressor->pid == -1) {
		compressor->pid = 0;
		compressor->has_given_up = true;
		free(compressor->path);
	}
}

/* The file is now called NAME; one that was pruned meanwhile goes. */
static void
enter_name(struct rotated *rotated, const char *plain, const char *whole)
{
	char *name = strdup(strrchr(whole, '/') + 1);
	size_t i;

	for (i = 0; i < rotated->count; i++)
		if (strcmp(rotated->file[i].name, plain) == 0)
			break;
	if (i == rotated->count) {
		(void)unlink(whole);
		free(name);
	} else if (name != NULL) {
		free(rotated->file[i].name);
		rotated->file[i].name = name;
	}
}

/* The part is whole. Returns 0, or -1 with errno. */
static int
finish(struct compressor *compressor)
{
	struct rotated *rotated = compressor->rotated;
	char *part = with_suffix(rotated, compressor->path, PART);
	char *whole = with_suffix(rotated, compressor->path, "");
	int result = -1;

	if (part != NULL && whole != NULL && rename(part, whole) == 0) {
		(void)unlink(compressor->path);	/* or drop_doubles does */
		enter_name(rotated, strrchr(compressor->path, '/') + 1, whole);
		result = 0;
	}
	free(part);
	free(whole);
	return result;
}

void
compress_bury(struct compressor *compressor, pid_t pid, int status)
{
	char *part;

	if (compressor->pid == 0 || pid != compressor->pid)
		return;
	compressor->pid = 0;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 ||
	    finish(compressor) == -1) {
		part = with_suffix(compressor->rotated, compressor->path,
		    PART);
		if (part != NULL)
			(void)unlink(part);
		free(part);
		compressor->has_given_up = true;
	}
	free(compressor->path);
	compressor->path = NULL;
	compress_next(compressor);
}
