/*
 * holder_files.c: the files of a log, oldest first.
 */
#include "holder.h"

#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *suffix, *program;
} programs[] = {
	{ ".gz", "gzip" }, { ".zst", "zstd" }, { ".xz", "xz" },
};

struct text {
	char *bytes;
	size_t len, size;
};

/* Which program reads NAME; NULL: none is needed. */
static const char *
reader_of(const char *name, size_t *stem)
{
	size_t i, len = strlen(name), end;

	*stem = len;
	for (i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		end = strlen(programs[i].suffix);
		if (len > end && strcmp(name + len - end,
		    programs[i].suffix) == 0) {
			*stem = len - end;
			return programs[i].program;
		}
	}
	return NULL;
}

static int
is_log(const struct dirent *entry)
{
	return strncmp(entry->d_name, "log", 3) == 0;
}

/* The file that is written to now is the youngest. */
static int
compare(const struct dirent **a, const struct dirent **b)
{
	bool is_first = strcmp((*a)->d_name, "log") == 0;
	bool is_second = strcmp((*b)->d_name, "log") == 0;

	return is_first != is_second ? is_first - is_second :
	    strcmp((*a)->d_name, (*b)->d_name);
}

static void
read_to_end(struct text *text, int fd)
{
	ssize_t n;

	do {
		if (text->size - text->len < 64 * 1024) {
			text->size = text->size * 2 + 128 * 1024;
			text->bytes = realloc(text->bytes, text->size);
			if (text->bytes == NULL)
				give_up("out of memory");
		}
		n = read(fd, text->bytes + text->len,
		    text->size - text->len);
		if (n > 0)
			text->len += (size_t)n;
	} while (n > 0 || (n == -1 && errno == EINTR));
	if (n == -1)
		give_up("cannot read a log: %s", strerror(errno));
}

/* Returns PROGRAM's exit status. */
static int
read_through(struct text *text, const char *program, int in)
{
	int ends[2], status;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) == -1 || (pid = fork()) == -1)
		give_up("cannot run %s: %s", program, strerror(errno));
	if (pid == 0) {
		if (dup2(in, 0) != -1 && dup2(ends[1], 1) != -1)
			(void)execlp(program, program, "-dc", (char *)NULL);
		_exit(127);
	}
	(void)close(ends[1]);
	read_to_end(text, ends[0]);
	(void)close(ends[0]);
	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return status;
}

static void
read_file(const char *directory, const char *name, struct text *text,
    struct findings *findings)
{
	char path[PATH_MAX + 256];
	const char *program;
	size_t stem;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		give_up("cannot open %s: %s", path, strerror(errno));
	program = reader_of(name, &stem);
	if (program == NULL)
		read_to_end(text, fd);
	else if (read_through(text, program, fd) != 0)
		(void)snprintf(findings->why, sizeof(findings->why),
		    "%s is not whole", name);
	(void)close(fd);
	findings->files++;
}

/* Nothing may be left half done, or be there twice. */
static void
judge_names(struct dirent **list, int count, struct findings *findings)
{
	size_t stem, next;
	int i;

	for (i = 0; i < count; i++) {
		const char *name = list[i]->d_name;

		if (strstr(name, ".part") != NULL)
			(void)snprintf(findings->why, sizeof(findings->why),
			    "%s is left", name);
		if (i + 1 == count)
			continue;
		(void)reader_of(name, &stem);
		(void)reader_of(list[i + 1]->d_name, &next);
		if (stem == next && strncmp(name, list[i + 1]->d_name,
		    stem) == 0)
			(void)snprintf(findings->why, sizeof(findings->why),
			    "%s is there twice", name);
	}
}

char *
files_read(const char *directory, struct findings *findings, size_t *len)
{
	struct text text = { 0 };
	struct dirent **list;
	int i, count = scandir(directory, &list, is_log, compare);

	if (count == -1)
		give_up("cannot read %s: %s", directory, strerror(errno));
	judge_names(list, count, findings);
	for (i = 0; i < count; i++) {
		if (findings->why[0] == '\0')
			read_file(directory, list[i]->d_name, &text, findings);
		free(list[i]);
	}
	free(list);
	*len = text.len;
	return text.bytes;
}

unsigned int
files_count(const char *directory)
{
	char last[256] = "";
	struct dirent **list;
	unsigned int found = 0;
	size_t stem;
	int i, count = scandir(directory, &list, is_log, compare);

	if (count == -1)
		give_up("cannot read %s: %s", directory, strerror(errno));
	for (i = 0; i < count; i++) {
		(void)reader_of(list[i]->d_name, &stem);
		list[i]->d_name[stem] = '\0';
		if (strcmp(list[i]->d_name, "log") != 0 &&
		    strstr(list[i]->d_name, ".part") == NULL &&
		    strcmp(list[i]->d_name, last) != 0) {
			(void)strlcpy(last, list[i]->d_name, sizeof(last));
			found++;
		}
		free(list[i]);
	}
	free(list);
	return found;
}

static void
remove_files(const char *name)
{
	DIR *directory = opendir(name);
	struct dirent *entry;

	if (directory == NULL)
		give_up("cannot read %s: %s", name, strerror(errno));
	while ((entry = readdir(directory)) != NULL)
		if (is_log(entry) && unlinkat(dirfd(directory),
		    entry->d_name, 0) == -1)
			give_up("cannot remove %s: %s", entry->d_name,
			    strerror(errno));
	(void)closedir(directory);
}

void
files_remove(const struct run *run)
{
	size_t i;

	for (i = 0; i < run->log.target_count; i++)
		remove_files(run->directory[i]);
}
