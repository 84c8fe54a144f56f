/*
 * rotate.c: see rotate.h.
 */
#include "log/rotate.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

enum { STAMP_LEN = sizeof("YYYYMMDDTHHMMSS.UUUUUU") - 1 };

static const char *const suffixes[] = { "", ".gz", ".zst", ".xz" };

static int
is_suffix(const char *text)
{
	size_t i;

	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		if (strcmp(text, suffixes[i]) == 0)
			return 1;
	return 0;
}

int
rotated_is_compressed(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot != NULL && is_suffix(dot);
}

/* Is it the time of day that leave_log writes? */
static int
is_stamp(const char *text)
{
	static const char form[] = "dddddddd" "T" "dddddd" "." "dddddd";
	size_t i;

	for (i = 0; i < STAMP_LEN; i++)
		if (form[i] == 'd' ? !isdigit((unsigned char)text[i]) :
		    text[i] != form[i])
			return 0;
	return 1;
}

int
rotated_is_stamped(const char *name)
{
	size_t len = strlen(name);

	return len > STAMP_LEN && is_stamp(name + len - STAMP_LEN);
}

/* Skips what leave_log appends to a name, if it is there. */
static const char *
skip_stamp(const char *text)
{
	return *text == '.' && is_stamp(text + 1) ? text + 1 + STAMP_LEN :
	    text;
}

/* Does the pattern make this NAME? Not everything strptime(3) reads is. */
static int
is_of_pattern(const char *pattern, const char *name, struct left_file *file)
{
	struct tm tm = { .tm_mday = 1, .tm_isdst = -1 };
	char again[256];
	const char *rest = strptime(name, pattern, &tm);
	size_t len;

	if (rest == NULL || !is_suffix(skip_stamp(rest)))
		return 0;
	file->when = mktime(&tm);
	file->is_bare = skip_stamp(rest) == rest;
	len = clock_format(again, sizeof(again), pattern, file->when);
	return len == (size_t)(rest - name) && memcmp(again, name, len) == 0;
}

/* Fills in FILE, but for the name. */
static int
is_ours(const struct rotated *rotated, const char *name,
    struct left_file *file)
{
	size_t len = strlen(rotated->base);

	*file = (struct left_file){ .name = NULL };
	if (rotated->target->is_pattern)
		return is_of_pattern(rotated->base, name, file);
	return strncmp(name, rotated->base, len) == 0 && name[len] == '.' &&
	    is_stamp(name + len + 1) &&
	    is_suffix(name + len + 1 + STAMP_LEN);
}

int
rotated_is_one(const struct rotated *rotated, const char *name)
{
	struct left_file file;

	return is_ours(rotated, name, &file);
}

int
rotated_compare_times(const struct timespec *a, const struct timespec *b)
{
	if (a->tv_sec != b->tv_sec)
		return a->tv_sec < b->tv_sec ? -1 : 1;
	return a->tv_nsec < b->tv_nsec ? -1 : a->tv_nsec > b->tv_nsec;
}

/* By age, the pattern's time; then the bare name is the last one used. */
static int
compare_files(const void *left, const void *right)
{
	const struct left_file *a = left, *b = right;
	int age = rotated_compare_times(&a->changed, &b->changed);

	if (age != 0)
		return age;
	if (a->when != b->when)
		return a->when < b->when ? -1 : 1;
	if (a->is_bare != b->is_bare)
		return a->is_bare ? 1 : -1;
	return strcmp(a->name, b->name);
}

struct left_file *
rotated_add(struct rotated *rotated, const char *name)
{
	struct left_file *grown, file;

	/* strptime(3) does not read every pattern back that it may have. */
	(void)is_ours(rotated, name, &file);
	grown = realloc(rotated->file, (rotated->count + 1) *
	    sizeof(*rotated->file));
	if (grown == NULL)
		return NULL;
	rotated->file = grown;
	file.name = strdup(name);
	if (file.name == NULL)
		return NULL;
	grown[rotated->count] = file;
	return &grown[rotated->count++];
}

void
rotated_remove(struct rotated *rotated, size_t index)
{
	struct left_file *file = &rotated->file[index];

	free(file->name);
	rotated->count--;
	(void)memmove(file, file + 1, (rotated->count - index) *
	    sizeof(*file));
}

static int
is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Lists what may be ours but OWN, the log. */
static int
read_directory(struct rotated *rotated, const char *current,
    const struct stat *own)
{
	struct dirent *entry;
	DIR *directory = opendir(rotated->directory);
	struct left_file *file;
	struct stat st;

	if (directory == NULL)
		return -1;
	while ((entry = readdir(directory)) != NULL) {
		if (strcmp(entry->d_name, current) == 0 ||
		    !rotated_is_one(rotated, entry->d_name) ||
		    fstatat(dirfd(directory), entry->d_name, &st,
		    AT_SYMLINK_NOFOLLOW) == -1 || !S_ISREG(st.st_mode) ||
		    is_same_file(&st, own))
			continue;
		file = rotated_add(rotated, entry->d_name);
		if (file != NULL && rotated->target->is_pattern)
			file->changed = st.st_mtim;
	}
	(void)closedir(directory);	/* nothing was written */
	if (rotated->count > 0)
		qsort(rotated->file, rotated->count, sizeof(*rotated->file),
		    compare_files);
	return 0;
}

int
rotated_open(struct rotated *rotated, const struct log *log,
    const struct log_target *target, const char *path)
{
	const char *slash = strrchr(target->path, '/');
	struct stat own = { .st_ino = 0 };

	*rotated = (struct rotated){ .log = log, .target = target };
	rotated->directory = strndup(target->path,
	    slash == target->path ? 1 : (size_t)(slash - target->path));
	rotated->base = strdup(slash + 1);
	if (rotated->directory == NULL || rotated->base == NULL)
		return -1;
	(void)lstat(path, &own);	/* none: then no file is it */
	return read_directory(rotated, strrchr(path, '/') + 1, &own);
}

char *
rotated_path(const struct rotated *rotated, size_t index, const char *suffix)
{
	const char *name = rotated->file[index].name;
	char *path;

	return asprintf(&path, "%s/%s%s", rotated->directory, name,
	    suffix) == -1 ? NULL : path;
}

/* Files of a pattern are kept unless somebody asked for less. */
static int
is_pruned(const struct rotated *rotated)
{
	const struct log *log = rotated->log;

	return log->has_keep || log->size_max != 0 || log->age_max_ms != 0;
}

void
rotated_prune(struct rotated *rotated)
{
	size_t surplus, i;
	char *path;

	if (rotated->count <= rotated->log->keep || !is_pruned(rotated))
		return;
	surplus = rotated->count - rotated->log->keep;
	for (i = 0; i < surplus; i++) {
		path = rotated_path(rotated, i, "");
		if (path != NULL)
			(void)unlink(path);	/* it may be gone already */
		free(path);
		free(rotated->file[i].name);
	}
	rotated->count -= surplus;
	(void)memmove(rotated->file, rotated->file + surplus,
	    rotated->count * sizeof(*rotated->file));
}

void
rotated_close(struct rotated *rotated)
{
	size_t i;

	for (i = 0; i < rotated->count; i++)
		free(rotated->file[i].name);
	free(rotated->file);
	free(rotated->directory);
	free(rotated->base);
}
