/*
 * Files and processes of a start, as text that can be compared, and the small
 * helpers of the harness.
 */
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fault.h"

void
give_up(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "fault: ");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(99);
}

int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return ((int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000);
}

/* A pause between two looks; a child's end cuts it short. */
void
nap(void)
{
	struct timespec time = { .tv_nsec = 200000 };
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	(void)sigtimedwait(&child, NULL, &time);
}

char *
text_read(const char *path)
{
	char *text = NULL;
	size_t room = 0;
	FILE *file = fopen(path, "re");

	if (file == NULL)
		return (NULL);
	if (getdelim(&text, &room, '\0', file) == -1) {
		free(text);
		text = strdup("");
	}
	fclose(file);
	return (text);
}

void
text_write(const char *path, const char *text, mode_t mode)
{
	FILE *file = fopen(path, "we");

	if (file == NULL || fputs(text, file) == EOF || fclose(file) != 0 ||
	    chmod(path, mode) == -1)
		give_up("cannot write %s: %s", path, strerror(errno));
}

const char *
text_next_line(const char *text)
{
	const char *end = strchr(text, '\n');

	return (end == NULL ? text + strlen(text) : end + 1);
}

/* The first lines that differ. */
void
text_differ(char *out, size_t size, const char *want, const char *have)
{
	size_t w, h;

	for (;;) {
		w = strcspn(want, "\n");
		h = strcspn(have, "\n");
		if (w != h || strncmp(want, have, w) != 0)
			break;
		if (want[w] == '\0')
			break;
		want += w + 1;
		have += h + 1;
	}
	snprintf(out, size, "'%.*s' instead of '%.*s'", (int)h, have, (int)w,
	    want);
}

static void
describe_content(FILE *out, int fd, pid_t daemon)
{
	char text[4096], number[32], *at = text;
	ssize_t len = pread(fd, text, sizeof(text) - 1, 0);
	size_t digits;

	if (len < 0) {
		fprintf(out, " unreadable");
		return;
	}
	text[len] = '\0';
	digits = (size_t)snprintf(number, sizeof(number), "%ld",
	    (long)daemon);
	fputs(" \"", out);
	while (*at != '\0') {
		if (daemon > 0 && strncmp(at, number, digits) == 0) {
			fputs("PID", out);
			at += digits;
		} else if (*at == '\n') {
			fputs("\\n", out);
			at++;
		} else {
			fputc(*at++, out);
		}
	}
	fputc('"', out);
}

static void
describe_file(FILE *out, const char *real, const char *shown,
    const struct stat *st, pid_t daemon)
{
	int fd;

	fprintf(out, "%s %o %u:%u", shown, (unsigned)st->st_mode, st->st_uid,
	    st->st_gid);
	if (S_ISREG(st->st_mode)) {
		fd = open(real, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		/* A logger may be rotating it at this moment. */
		if (fd == -1 && errno != ENOENT)
			give_up("cannot open %s: %s", real, strerror(errno));
		if (fd != -1)
			describe_content(out, fd, daemon);
		if (fd != -1 && flock(fd, LOCK_EX | LOCK_NB) == -1)
			fprintf(out, " locked");
		if (fd != -1)
			close(fd);
	}
	fputc('\n', out);
}

/* The name of a rotated file has the time in it. */
static void
hide_time(char *name)
{
	for (; *name != '\0'; name++) {
		if (*name >= '0' && *name <= '9')
			*name = '0';
	}
}

static void
describe_dir(FILE *out, const char *real, const char *shown, pid_t daemon)
{
	struct dirent **entries;
	int i, n;

	if ((n = scandir(real, &entries, NULL, alphasort)) == -1)
		give_up("cannot list %s: %s", real, strerror(errno));
	for (i = 0; i < n; i++) {
		const char *name = entries[i]->d_name;
		char *real_name, *shown_name;
		struct stat st;

		if (asprintf(&real_name, "%s/%s", real, name) == -1 ||
		    asprintf(&shown_name, "%s/%s", shown, name) == -1)
			give_up("out of memory");
		hide_time(shown_name);
		if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
		    lstat(real_name, &st) == 0) {
			describe_file(out, real_name, shown_name, &st, daemon);
			if (S_ISDIR(st.st_mode))
				describe_dir(out, real_name, shown_name,
				    daemon);
		}
		free(real_name);
		free(shown_name);
		free(entries[i]);
	}
	free(entries);
}

/* Every file with mode, owner, content, and whether anybody locks it. */
char *
tree_describe(const struct place *place, pid_t daemon)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		give_up("out of memory");
	describe_dir(out, place->dir, "dir", daemon);
	describe_dir(out, place->run, "run", daemon);
	if (fclose(out) != 0)
		give_up("out of memory");
	return (text);
}

/* What a process is to the kernel, in text; NULL where it has ended. */
char *
tree_process(pid_t pid)
{
	static const char *const wanted[] = {
		"Umask:", "Uid:", "Gid:", "Groups:", "SigBlk:", "SigIgn:",
		"Cap", "NoNewPrivs:",
	};
	char path[64], cwd[PATH_MAX], *status, *text = NULL;
	const char *line;
	size_t size, i;
	ssize_t len;
	FILE *out;

	snprintf(path, sizeof(path), "/proc/%ld/cwd", (long)pid);
	len = readlink(path, cwd, sizeof(cwd) - 1);
	cwd[len < 0 ? 0 : len] = '\0';
	snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
	if ((status = text_read(path)) == NULL)
		return (NULL);
	if ((out = open_memstream(&text, &size)) == NULL)
		give_up("out of memory");
	fprintf(out, "session %s\ncwd %s\n",
	    getsid(pid) == pid ? "leader" : "member", cwd);
	for (line = status; *line != '\0'; line = text_next_line(line)) {
		for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
			if (strncmp(line, wanted[i], strlen(wanted[i])) == 0)
				fprintf(out, "%.*s\n",
				    (int)strcspn(line, "\n"), line);
		}
	}
	free(status);
	if (fclose(out) != 0)
		give_up("out of memory");
	return (text);
}

bool
tree_has_locks(const struct place *place)
{
	char *text = tree_describe(place, 0);
	bool has_locks = strstr(text, " locked\n") != NULL;

	free(text);
	return (has_locks);
}

/* Never into another file system, or into what is mounted there. */
static void
empty_at(int parent, const char *name)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
		.resolve = parent == AT_FDCWD ? 0 : RESOLVE_NO_XDEV,
	};
	int fd = (int)syscall(SYS_openat2, parent, name, &how, sizeof(how));
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (dir == NULL)
		give_up("cannot list %s: %s", name, strerror(errno));
	while ((entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		if (unlinkat(fd, entry->d_name, 0) == 0)
			continue;
		empty_at(fd, entry->d_name);
		(void)unlinkat(fd, entry->d_name, AT_REMOVEDIR);
	}
	closedir(dir);
}

/* Remove what is in a directory, and keep the directory. */
void
tree_empty(const char *dir)
{
	empty_at(AT_FDCWD, dir);
}

/* The living children of this process, orphans that came to it included. */
int
children_of_us(pid_t *pids, int max)
{
	char path[64], *text, *at, *end;
	int n = 0, status;

	while (waitpid(-1, &status, __WALL | WNOHANG) > 0)
		;
	snprintf(path, sizeof(path), "/proc/%ld/task/%ld/children",
	    (long)getpid(), (long)getpid());
	if ((text = text_read(path)) == NULL)
		give_up("cannot read %s: %s", path, strerror(errno));
	for (at = text; n < max; at = end) {
		long pid = strtol(at, &end, 10);

		if (end == at)
			break;
		pids[n++] = (pid_t)pid;
	}
	free(text);
	return (n);
}

/* What is killed is a child of this process: its pid cannot be another's. */
void
children_end(void)
{
	int64_t deadline = now_ms() + STARTUP_MS;
	pid_t pids[64];
	int i, n;

	while ((n = children_of_us(pids, 64)) > 0) {
		for (i = 0; i < n; i++)
			(void)kill(pids[i], SIGKILL);
		if (now_ms() > deadline)
			give_up("process %ld cannot be ended", (long)pids[0]);
		nap();
	}
}
