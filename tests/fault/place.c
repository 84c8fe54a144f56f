/*
 * Where a start happens.  For the starts that need root the place has a mount
 * namespace of its own: /var/run is a directory of the place, /etc knows a
 * user in two groups and no configuration of the tool, and the whole system
 * can be seen below a second root directory.  Nothing of the real system is
 * changed, and what others change in its /etc meanwhile is not seen.
 */
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fault.h"

#define RUN_DIR		"/var/run"
#define PASSWD_LINE	"fault-user:x:4242:4242::/nonexistent:/bin/false\n"
#define GROUP_LINES	"fault-group:x:4243:\nfault-extra:x:4244:fault-user\n"

static void
path_in(char *path, const struct place *place, const char *name, mode_t mode)
{
	if (snprintf(path, PATH_MAX, "%s/%s", place->base, name) >= PATH_MAX)
		give_up("the path of %s is too long", name);
	if (mode != 0 && (mkdir(path, 0700) == -1 || chmod(path, mode) == -1))
		give_up("cannot make %s: %s", path, strerror(errno));
}

/* Make an empty place below `above`. */
void
place_make(struct place *place, const char *above, int number)
{
	if (snprintf(place->base, sizeof(place->base), "%s/%d", above,
	    number) >= (int)sizeof(place->base))
		give_up("the path %s is too long", above);
	if (mkdir(place->base, 0755) == -1)
		give_up("cannot make %s: %s", place->base, strerror(errno));
	path_in(place->dir, place, "dir", 0755);
	path_in(place->run, place, "run", 0755);
	path_in(place->etc, place, "etc", 0755);
	path_in(place->root, place, "root", 0755);
	path_in(place->reports, place, "reports", 0777);
	path_in(place->report, place, "reports/report", 0);
	path_in(place->out, place, "out", 0);
	path_in(place->err, place, "err", 0);
}

/* Take the place away.  Nothing is mounted there any more, or not here. */
void
place_remove(const struct place *place)
{
	tree_empty(place->dir);
	tree_empty(place->run);
	tree_empty(place->etc);
	tree_empty(place->reports);
	(void)rmdir(place->dir);
	(void)rmdir(place->run);
	(void)rmdir(place->etc);
	(void)rmdir(place->root);
	(void)rmdir(place->reports);
	(void)unlink(place->out);
	(void)unlink(place->err);
	if (rmdir(place->base) == -1)
		give_up("cannot remove %s: %s", place->base, strerror(errno));
}

/* Copy /etc/NAME, if there is one, with `lines` after it. */
static void
etc_copy(const struct place *place, const char *name, const char *lines)
{
	char from[PATH_MAX], to[PATH_MAX + 16], block[8192];
	FILE *in, *out;
	size_t len;

	snprintf(from, sizeof(from), "/etc/%s", name);
	snprintf(to, sizeof(to), "%s/%s", place->etc, name);
	if ((in = fopen(from, "re")) == NULL)
		return;
	if ((out = fopen(to, "we")) == NULL)
		give_up("cannot write %s: %s", to, strerror(errno));
	while ((len = fread(block, 1, sizeof(block), in)) > 0)
		(void)fwrite(block, 1, len, out);
	(void)fputs(lines, out);
	if (ferror(in) || fclose(out) != 0)
		give_up("cannot copy %s: %s", from, strerror(errno));
	fclose(in);
}

/* All that a start and its target look at in /etc. */
static void
etc_make(const struct place *place)
{
	etc_copy(place, "passwd", PASSWD_LINE);
	etc_copy(place, "group", GROUP_LINES);
	etc_copy(place, "nsswitch.conf", "");
	etc_copy(place, "ld.so.cache", "");
	etc_copy(place, "localtime", "");
}

static int
enter_namespace(const struct place *place)
{
	char *run = realpath(RUN_DIR, NULL);
	int status = -1;

	etc_make(place);
	if (run != NULL && unshare(CLONE_NEWNS) == 0 &&
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	    mount(place->run, run, NULL, MS_BIND, NULL) == 0 &&
	    mount(place->etc, "/etc", NULL, MS_BIND, NULL) == 0 &&
	    mount("/", place->root, NULL, MS_BIND | MS_REC, NULL) == 0)
		status = 0;
	free(run);
	return (status);
}

/* Go there, for the rest of this process's life. */
void
place_enter(const struct place *place, const struct scenario *scenario)
{
	if (scenario->needs_root && enter_namespace(place) == -1)
		give_up("cannot prepare a mount namespace: %s",
		    strerror(errno));
}

/* Why there can be no namespace here; NULL where there can. */
const char *
place_missing(void)
{
	pid_t pid = fork();
	int status = 1;

	if (pid == 0)
		_exit(unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL,
		    MS_REC | MS_PRIVATE, NULL) == 0 ? 0 : 1);
	if (pid == -1 || waitpid(pid, &status, 0) != pid || status != 0)
		return ("a mount namespace is not permitted here");
	return (NULL);
}

/* Everything as it is before the start. */
void
place_clean(const struct place *place, const struct scenario *scenario)
{
	tree_empty(place->dir);
	tree_empty(place->run);
	tree_empty(place->reports);
	if (scenario->prepare != NULL)
		scenario->prepare(place);
}

static const char *
word_of(const struct place *place, char letter)
{
	switch (letter) {
	case 'D':
		return (place->dir);
	case 'V':
		return (RUN_DIR);
	case 'C':
		return (place->root);
	case 'T':
		return (place->target);
	case 'R':
		return (place->report);
	default:
		return (NULL);
	}
}

/* The text with every @X replaced; to be freed. */
char *
place_expand(const struct place *place, const char *text)
{
	char *all = NULL;
	size_t size;
	FILE *out = open_memstream(&all, &size);

	if (out == NULL)
		give_up("out of memory");
	for (; *text != '\0'; text++) {
		const char *word = *text == '@' ? word_of(place, text[1]) :
		    NULL;

		if (word == NULL) {
			fputc(*text, out);
			continue;
		}
		fputs(word, out);
		text++;
	}
	if (fclose(out) != 0)
		give_up("out of memory");
	return (all);
}
