/*
 * leave.c: see leave.h.
 */
#include "log/leave.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/os.h"

enum { NAME_TRIES = 1000 };

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

char *
leave_log(const struct rotated *rotated, const char *path)
{
	const char *base = strrchr(path, '/') + 1;
	struct timespec now = choose_time(rotated, base);
	char name[512], *fresh;
	int try, error = EEXIST;

	for (try = 0; try < NAME_TRIES; try++) {
		make_name(base, &now, name, sizeof(name));
		if (asprintf(&fresh, "%s/%s", rotated->directory, name) == -1)
			return NULL;
		if (os_rename_new(path, fresh) == 0)
			return fresh;
		error = errno;
		free(fresh);
		if (error != EEXIST)
			break;
	}
	errno = error;
	return NULL;
}

/* Is there a compressed file of PATH's name? */
static int
is_name_taken(const char *path)
{
	static const char *const suffixes[] = { ".gz", ".zst", ".xz" };
	struct stat st;
	char *name;
	size_t i;
	int result = 0;

	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		if (asprintf(&name, "%s%s", path, suffixes[i]) == -1)
			return 0;
		result = result || lstat(name, &st) == 0;
		free(name);
	}
	return result;
}

/* A name of a pattern that has come back is made one of its own. */
static void
settle(struct rotated *rotated, struct left_file *file)
{
	char *path, *fresh = NULL, *name;

	if (!rotated->target->is_pattern ||
	    rotated_is_stamped(file->name) ||
	    rotated_is_compressed(file->name) ||
	    asprintf(&path, "%s/%s", rotated->directory, file->name) == -1)
		return;
	if (is_name_taken(path))
		fresh = leave_log(rotated, path);
	free(path);
	if (fresh == NULL)
		return;
	name = strdup(strrchr(fresh, '/') + 1);
	free(fresh);
	if (name == NULL)
		return;
	free(file->name);
	file->name = name;
	file->is_bare = 0;
}

void
leave_enter(struct rotated *rotated, const char *path)
{
	struct left_file *file = rotated_add(rotated,
	    strrchr(path, '/') + 1);

	if (file != NULL)
		settle(rotated, file);
}

void
leave_forget(struct rotated *rotated, const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	size_t i;

	for (i = 0; i < rotated->count; i++)
		if (strcmp(rotated->file[i].name, name) == 0) {
			rotated_remove(rotated, i);
			return;
		}
}

/*
 * Is INDEX plain, and the next its compressed file? In order of age they are
 * neighbours; that one was made of it is proved by its time, which is carried
 * over before it gets its name.
 */
static int
is_double(const struct rotated *rotated, size_t index)
{
	const struct left_file *file = &rotated->file[index];
	char *plain, *whole = NULL;
	struct stat a, b;
	int result;

	if (index + 1 >= rotated->count || rotated_is_compressed(file->name) ||
	    !rotated_is_compressed(file[1].name) ||
	    strncmp(file->name, file[1].name, strlen(file->name)) != 0)
		return 0;
	plain = rotated_path(rotated, index, "");
	if (plain != NULL)
		whole = rotated_path(rotated, index + 1, "");
	result = whole != NULL && lstat(plain, &a) == 0 &&
	    lstat(whole, &b) == 0 && S_ISREG(b.st_mode) && b.st_size > 0 &&
	    rotated_compare_times(&a.st_mtim, &b.st_mtim) == 0;
	free(plain);
	free(whole);
	return result;
}

static int
is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Rotated names of the log itself, from before one of the two was removed. */
static void
drop_links(const struct rotated *rotated, const char *path)
{
	struct dirent *entry;
	DIR *directory;
	struct stat own, st;

	if (lstat(path, &own) == -1 || own.st_nlink == 1)
		return;
	directory = opendir(rotated->directory);
	while (directory != NULL && (entry = readdir(directory)) != NULL)
		if (rotated_is_one(rotated, entry->d_name) &&
		    strcmp(entry->d_name, strrchr(path, '/') + 1) != 0 &&
		    fstatat(dirfd(directory), entry->d_name, &st,
		    AT_SYMLINK_NOFOLLOW) == 0 && is_same_file(&st, &own))
			(void)unlinkat(dirfd(directory), entry->d_name, 0);
	if (directory != NULL)
		(void)closedir(directory);	/* nothing was written */
}

void
leave_tidy(struct rotated *rotated, const char *path)
{
	size_t i = 0;
	char *plain;

	drop_links(rotated, path);
	while (i < rotated->count) {
		if (is_double(rotated, i)) {
			plain = rotated_path(rotated, i, "");
			if (plain != NULL)
				(void)unlink(plain);	/* next time, then */
			free(plain);
			rotated_remove(rotated, i);
		} else {
			settle(rotated, &rotated->file[i++]);
		}
	}
}
