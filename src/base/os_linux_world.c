/*
 * os_linux_world.c: what surrounds another process, on Linux (proc(5));
 * contract in os.h.
 */
#include "base/os.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

enum { PROC_PATH_MAX = 64 };

/*
 * Where /proc/PID/NAME leads; *IS_GONE: what it led to was deleted. Returns 0,
 * or -1 with errno (EACCES: we may not know).
 */
static int
read_link(pid_t pid, const char *name, char *target, bool *is_gone)
{
	static const char mark[] = " (deleted)";
	char path[PROC_PATH_MAX];
	ssize_t len;
	size_t cut;

	(void)snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid, name);
	len = readlink(path, target, OS_LINK_MAX - 1);
	target[len == -1 ? 0 : len] = '\0';
	if (is_gone != NULL)
		*is_gone = false;
	if (len == -1 || is_gone == NULL)
		return len == -1 ? -1 : 0;
	cut = strlen(target) - (sizeof(mark) - 1);
	*is_gone = strlen(target) >= sizeof(mark) &&
	    strcmp(target + cut, mark) == 0;
	if (*is_gone)
		target[cut] = '\0';
	return 0;
}

/* The number behind NAME in the text of /proc/PID/status. */
static unsigned long long
status_number(const char *text, const char *name, int base, int skip)
{
	char *at = strstr(text, name);
	unsigned long long number = 0;

	if (at == NULL)
		return 0;
	at += strlen(name);
	for (; skip >= 0; skip--)
		number = strtoull(at, &at, base);
	return number;
}

static int
read_status(pid_t pid, struct os_world *world)
{
	char path[PROC_PATH_MAX], text[4096];

	(void)snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
	if (fd_read_path(path, text, sizeof(text)) == -1) {
		if (errno == ENOENT)
			errno = ESRCH;
		return -1;
	}
	/* "Name:" is the first line, and what else it holds is escaped. */
	(void)snprintf(world->name, sizeof(world->name), "%.*s",
	    (int)strcspn(text + 6, "\n"), text + 6);
	world->umask = strstr(text, "\nUmask:\t") == NULL ? -1 :
	    (int)status_number(text, "\nUmask:\t", 8, 0);
	world->has_locked_memory = status_number(text, "\nVmLck:\t", 10,
	    0) != 0;
	world->blocked = status_number(text, "\nSigBlk:\t", 16, 0);
	world->ignored = status_number(text, "\nSigIgn:\t", 16, 0);
	world->ruid = (uid_t)status_number(text, "\nUid:\t", 10, 0);
	world->euid = (uid_t)status_number(text, "\nUid:\t", 10, 1);
	world->suid = (uid_t)status_number(text, "\nUid:\t", 10, 2);
	return 0;
}

static bool
holds_lock(pid_t pid, const char *fd)
{
	char path[PROC_PATH_MAX], text[4096];

	(void)snprintf(path, sizeof(path), "/proc/%ld/fdinfo/%.16s",
	    (long)pid, fd);
	return fd_read_path(path, text, sizeof(text)) > 0 &&
	    strstr(text, " FLOCK ") != NULL;
}

static void
read_descriptors(pid_t pid, struct os_world *world)
{
	char path[PROC_PATH_MAX], name[32], other[OS_LINK_MAX] = "";
	struct dirent *entry;
	DIR *dir;
	long fd;

	(void)snprintf(path, sizeof(path), "/proc/%ld/fd", (long)pid);
	dir = opendir(path);
	if (dir == NULL)
		return;
	world->has_descriptors = true;
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		fd = strtol(entry->d_name, NULL, 10);
		(void)snprintf(name, sizeof(name), "fd/%ld", fd);
		/* The list may be open to us, and what it lists not. */
		if (read_link(pid, name, fd <= STDERR_FILENO ?
		    world->stream[fd] : other, NULL) == -1 && errno == EACCES)
			world->has_descriptors = false;
		world->extra_descriptors += fd > STDERR_FILENO;
		if (!holds_lock(pid, entry->d_name))
			continue;
		world->locks++;
		(void)read_link(pid, name, world->lock, NULL);
	}
	(void)closedir(dir);
}

static void
read_limit(pid_t pid, struct os_world *world)
{
	static const char name[] = "Max open files";
	char path[PROC_PATH_MAX], text[4096], *at;

	(void)snprintf(path, sizeof(path), "/proc/%ld/limits", (long)pid);
	if (fd_read_path(path, text, sizeof(text)) == -1)
		return;
	at = strstr(text, name);
	if (at != NULL)
		world->open_files_max = strtoull(at + sizeof(name) - 1, NULL,
		    10);
}

static bool
is_cwd_on_root(pid_t pid)
{
	char path[PROC_PATH_MAX];
	struct stat cwd, root;

	(void)snprintf(path, sizeof(path), "/proc/%ld/cwd/.", (long)pid);
	if (stat(path, &cwd) == -1)
		return false;
	(void)snprintf(path, sizeof(path), "/proc/%ld/root/.", (long)pid);
	return stat(path, &root) == 0 && cwd.st_dev == root.st_dev;
}

int
os_world_read(pid_t pid, struct os_world *world)
{
	*world = (struct os_world){ .umask = -1 };
	if (read_status(pid, world) == -1)
		return -1;
	/* What cannot be read stays empty. */
	(void)read_link(pid, "cwd", world->cwd, &world->is_cwd_gone);
	(void)read_link(pid, "root", world->root, NULL);
	(void)read_link(pid, "exe", world->executable,
	    &world->is_executable_gone);
	world->is_cwd_on_root = is_cwd_on_root(pid);
	read_descriptors(pid, world);
	read_limit(pid, world);
	return 0;
}

/*
 * Calls EACH for the numbers in TEXT, each of which a blank ends. Returns what
 * the last one returned, with *REST: what is behind the last blank.
 */
static int
each_number(char *text, const char **rest, int (*each)(pid_t, void *),
    void *context)
{
	int result = 0;
	char *end;
	long pid;

	*rest = text;
	while (result == 0 && (pid = strtol(text, &end, 10)) > 0 &&
	    *end == ' ') {
		result = each((pid_t)pid, context);
		*rest = text = end + 1;
	}
	return result;
}

/*
 * The children of one thread, whose list is at PATH, as long as it may be: of
 * the last page the file is closed before EACH opens another.
 */
static int
each_in_list(const char *path, int (*each)(pid_t, void *), void *context)
{
	char text[4096];
	const char *rest = text;
	size_t kept = 0, room;
	int fd, result = 0, error;
	ssize_t n;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd == -1)
		return -1;
	do {
		room = sizeof(text) - 1 - kept;
		n = fd_read_all(fd, text + kept, room);
		error = errno;
		if (n < (ssize_t)room)
			(void)close(fd);	/* nothing was written */
		if (n == -1)
			break;
		text[kept + (size_t)n] = '\0';
		result = each_number(text, &rest, each, context);
		kept = strlen(rest);
		memmove(text, rest, kept);
	} while (result == 0 && n == (ssize_t)room);
	if (n == (ssize_t)room)
		(void)close(fd);
	if (n != -1)
		return result;
	errno = error;
	return -1;
}

int
os_each_child(pid_t pid, int (*each)(pid_t, void *), void *context)
{
	char path[2 * PROC_PATH_MAX];
	struct dirent *entry;
	int result = 0, error;
	DIR *dir;

	if (!os_sees_itself()) {
		errno = ENOSYS;
		return -1;
	}
	(void)snprintf(path, sizeof(path), "/proc/%ld/task", (long)pid);
	dir = opendir(path);
	if (dir == NULL)
		return -1;
	while (result == 0 && (entry = readdir(dir)) != NULL) {
		(void)snprintf(path, sizeof(path),
		    "/proc/%ld/task/%.16s/children", (long)pid, entry->d_name);
		if (entry->d_name[0] != '.')
			result = each_in_list(path, each, context);
	}
	error = errno;
	(void)closedir(dir);
	errno = error;
	return result;
}

static int
stat_executable(pid_t pid, struct stat *st)
{
	char path[PROC_PATH_MAX];

	(void)snprintf(path, sizeof(path), "/proc/%ld/exe", (long)pid);
	return stat(path, st);
}

bool
os_may_wait_for(pid_t pid, pid_t child)
{
	char path[PROC_PATH_MAX], where[64];
	struct stat own, other;

	(void)snprintf(path, sizeof(path), "/proc/%ld/wchan", (long)pid);
	if (fd_read_path(path, where, sizeof(where)) == -1 ||
	    (strcmp(where, "do_wait") != 0 && strcmp(where, "0") != 0) ||
	    stat_executable(pid, &own) == -1 ||
	    stat_executable(child, &other) == -1)
		return false;
	return own.st_dev != other.st_dev || own.st_ino != other.st_ino;
}
