/*
 * rotate.c: see rotate.h.
 */
#include "log/rotate.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/os.h"

enum {
	STAMP_LEN = sizeof("YYYYMMDDTHHMMSS.UUUUUU") - 1,
	NAME_TRIES = 1000,
};

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

/* Is it the time of day that rotated_add writes? */
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

/* Skips what rotated_add appends to a name, if it is there. */
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

/* By the time of the pattern; then the bare name is the last one used. */
static int
compare_files(const void *left, const void *right)
{
	const struct left_file *a = left, *b = right;

	if (a->when != b->when)
		return a->when < b->when ? -1 : 1;
	if (a->is_bare != b->is_bare)
		return a->is_bare ? 1 : -1;
	return strcmp(a->name, b->name);
}

/*
 * Adds a file that we have left (IS_KNOWN), or that looks like one. Returns
 * the index, which is the last, or -1.
 */
static int
add_file(struct rotated *rotated, const char *name, int is_known)
{
	struct left_file *grown, file;

	/* strptime(3) does not read every pattern back that it may have. */
	if (!is_ours(rotated, name, &file) && !is_known)
		return -1;
	grown = realloc(rotated->file, (rotated->count + 1) *
	    sizeof(*rotated->file));
	if (grown == NULL)
		return -1;
	rotated->file = grown;
	file.name = strdup(name);
	if (file.name == NULL)
		return -1;
	grown[rotated->count] = file;
	return (int)rotated->count++;
}

static int
read_directory(struct rotated *rotated, const char *current)
{
	struct dirent *entry;
	DIR *directory = opendir(rotated->directory);

	if (directory == NULL)
		return -1;
	while ((entry = readdir(directory)) != NULL)
		if (strcmp(entry->d_name, current) != 0)
			(void)add_file(rotated, entry->d_name, 0);
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

	*rotated = (struct rotated){ .log = log, .target = target };
	rotated->directory = strndup(target->path,
	    slash == target->path ? 1 : (size_t)(slash - target->path));
	rotated->base = strdup(slash + 1);
	if (rotated->directory == NULL || rotated->base == NULL)
		return -1;
	return read_directory(rotated, strrchr(path, '/') + 1);
}

char *
rotated_path(const struct rotated *rotated, size_t index, const char *suffix)
{
	const char *name = rotated->file[index].name;
	char *path;

	return asprintf(&path, "%s/%s%s", rotated->directory, name,
	    suffix) == -1 ? NULL : path;
}

/* BASE.TIME; NOW then goes on by the smallest step of a name. */
static void
make_name(const char *base, struct timespec *now, char *name, size_t size)
{
	struct tm tm;
	size_t at;

	(void)gmtime_r(&now->tv_sec, &tm);
	at = (size_t)snprintf(name, size, "%s.", base);
	if (at < size)
		at += strftime(name + at, size - at, "%Y%m%dT%H%M%S", &tm);
	if (at < size)
		(void)snprintf(name + at, size - at, ".%06ld",
		    now->tv_nsec / 1000);
	now->tv_nsec += 1000;
	if (now->tv_nsec >= 1000000000) {
		now->tv_nsec -= 1000000000;
		now->tv_sec++;
	}
}

/* The time in a file's name, BASE.TIME; 0 where it is of another form. */
static struct timespec
time_of(const char *name, const char *base)
{
	struct timespec time = { 0 };
	struct tm tm = { .tm_isdst = 0 };
	size_t len = strlen(base);
	const char *rest;

	if (strncmp(name, base, len) != 0 || name[len] != '.')
		return time;
	rest = strptime(name + len, ".%Y%m%dT%H%M%S.", &tm);
	if (rest == NULL)
		return time;
	time.tv_sec = timegm(&tm);
	time.tv_nsec = (strtol(rest, NULL, 10) + 1) * 1000;
	return time;
}

/*
 * The time for a new name: now, but after the newest that there is, for the
 * clock may have been set back.
 */
static struct timespec
choose_time(const struct rotated *rotated, const char *base)
{
	struct timespec now = clock_wall(), newest = { 0 };

	if (rotated->count > 0)
		newest = time_of(rotated->file[rotated->count - 1].name,
		    base);
	if (now.tv_sec > newest.tv_sec || (now.tv_sec == newest.tv_sec &&
	    now.tv_nsec > newest.tv_nsec))
		return now;
	if (newest.tv_nsec >= 1000000000) {
		newest.tv_nsec -= 1000000000;
		newest.tv_sec++;
	}
	return newest;
}

int
rotated_add(struct rotated *rotated, const char *path)
{
	const char *base = strrchr(path, '/') + 1;
	struct timespec now = choose_time(rotated, base);
	char name[512], *fresh;
	int try, result;

	for (try = 0; try < NAME_TRIES; try++) {
		make_name(base, &now, name, sizeof(name));
		if (asprintf(&fresh, "%s/%s", rotated->directory, name) == -1)
			return -1;
		result = os_rename_new(path, fresh);
		free(fresh);
		if (result == 0)
			return add_file(rotated, name, 1);
		if (errno != EEXIST)
			return -1;
	}
	return -1;
}

int
rotated_left(struct rotated *rotated, const char *path)
{
	return add_file(rotated, strrchr(path, '/') + 1, 1);
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
