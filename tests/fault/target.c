/*
 * The target of the fault runs: it writes down the world it was born into,
 * gives the file its name when it is complete, and stays until it is killed.
 * What differs from one good start to the next (the pid) stands in the first
 * line; the rest must be the same, byte for byte, in every good start.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIFE_S	60

extern char **environ;

static const char *const status_lines[] = {
	"Umask:", "Uid:", "Gid:", "Groups:", "SigPnd:", "ShdPnd:", "SigBlk:",
	"SigIgn:", "SigCgt:", "CapInh:", "CapPrm:", "CapEff:", "CapBnd:",
	"CapAmb:", "NoNewPrivs:", "Cpus_allowed_list:", NULL
};

static void
tell_lines(FILE *report, const char *path, const char *const *wanted)
{
	char line[512];
	FILE *file = fopen(path, "re");

	if (file == NULL) {
		fprintf(report, "%s: unreadable\n", path);
		return;
	}
	while (fgets(line, sizeof(line), file) != NULL) {
		const char *const *want = wanted;

		while (want != NULL && *want != NULL &&
		    strncmp(line, *want, strlen(*want)) != 0)
			want++;
		if (want == NULL || *want != NULL)
			fputs(line, report);
	}
	fclose(file);
}

static void
tell_link(FILE *report, const char *what, const char *path)
{
	char text[PATH_MAX], *bracket;
	ssize_t len = readlink(path, text, sizeof(text) - 1);

	text[len < 0 ? 0 : len] = '\0';
	if (text[0] != '/' && (bracket = strchr(text, '[')) != NULL)
		*bracket = '\0';
	/* Which terminal it is says nothing. */
	if (strncmp(text, "/dev/pts/", 9) == 0)
		text[9] = '\0';
	fprintf(report, "%s %s\n", what, text);
}

static int
is_number(const struct dirent *entry)
{
	return (entry->d_name[0] >= '0' && entry->d_name[0] <= '9');
}

/* Which number a lock has is nobody's business; a kept descriptor's is. */
static void
tell_descriptor(FILE *report, int fd)
{
	static const char *const wanted[] = { "flags:", NULL };
	char path[64], what[64], name[PATH_MAX];
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	len = readlink(path, name, sizeof(name) - 1);
	name[len < 0 ? 0 : len] = '\0';
	if (fd > 2 && (strstr(name, ".pid") != NULL ||
	    strstr(name, ".lock") != NULL))
		snprintf(what, sizeof(what), "lock descriptor");
	else
		snprintf(what, sizeof(what), "descriptor %d", fd);
	tell_link(report, what, path);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	tell_lines(report, path, wanted);
}

static void
tell_descriptors(FILE *report, const int *own)
{
	struct dirent **entries;
	int i, n;

	n = scandir("/proc/self/fd", &entries, is_number, versionsort);
	for (i = 0; i < n; i++) {
		int fd = atoi(entries[i]->d_name);

		if (fd != own[0] && fcntl(fd, F_GETFD) != -1)
			tell_descriptor(report, fd);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

static void
tell_process(FILE *report)
{
	struct itimerval timer = { .it_value.tv_sec = 0 };
	pid_t sid = getsid(0);
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC);

	fprintf(report, "session %s, group %s, terminal %s\n",
	    sid == getpid() ? "leader" : "member",
	    getpgid(0) == sid ? "the session's" : "another",
	    tty == -1 ? "none" : "one");
	if (tty != -1)
		close(tty);
	getitimer(ITIMER_REAL, &timer);
	fprintf(report, "alarm %s\n",
	    timer.it_value.tv_sec + timer.it_value.tv_usec > 0 ? "set" : "off");
	fprintf(report, "nice %d\n", nice(0));
	fprintf(report, "io %ld\n", syscall(SYS_ioprio_get, 1, 0));
	tell_link(report, "cwd", "/proc/self/cwd");
	tell_link(report, "root", "/proc/self/root");
}

/* Where somebody waits to hear that we are ready: says so. */
static void
tell_ready(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *text = getenv("NOTIFY_SOCKET"), *fds = getenv("READY_FDS");
	int fd;

	if (text != NULL && strlen(text) < sizeof(address.sun_path) &&
	    (fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) != -1) {
		memcpy(address.sun_path, text, strlen(text));
		if (text[0] == '@')
			address.sun_path[0] = '\0';
		(void)!sendto(fd, "READY=1", 7, 0,
		    (const struct sockaddr *)&address, (socklen_t)(
		    offsetof(struct sockaddr_un, sun_path) + strlen(text)));
		close(fd);
	}
	for (; fds != NULL && *fds != '\0'; fds++)
		(void)!write(*fds - '0', "\n", 1);
}

int
main(int argc, char *argv[])
{
	char unfinished[PATH_MAX], byte;
	FILE *report;
	int own, i;

	if (argc < 2)
		return (2);
	snprintf(unfinished, sizeof(unfinished), "%s.part", argv[1]);
	if ((report = fopen(unfinished, "we")) == NULL)
		return (1);
	own = fileno(report);
	fprintf(report, "%ld\n", (long)getpid());
	for (i = 0; i < argc; i++)
		fprintf(report, "argument %s\n", argv[i]);
	/* One of them is another every time. */
	for (i = 0; environ[i] != NULL; i++)
		fprintf(report, "environment %.*s\n",
		    strncmp(environ[i], "NOTIFY_SOCKET=", 14) == 0 ? 13 :
		    INT_MAX, environ[i]);
	tell_process(report);
	tell_lines(report, "/proc/self/status", status_lines);
	tell_lines(report, "/proc/self/limits", NULL);
	tell_lines(report, "/proc/self/oom_score_adj", NULL);
	tell_descriptors(report, &own);
	if (poll(&(struct pollfd){ .fd = 0, .events = POLLIN }, 1, 0) == 0)
		fprintf(report, "stdin silent\n");
	else
		fprintf(report, "stdin %zd\n", read(0, &byte, 1));
	fprintf(report, "stdout %zd\n", write(1, "out\n", 4));
	fprintf(report, "stderr %zd\n", write(2, "err\n", 4));
	if (fclose(report) != 0 || rename(unfinished, argv[1]) == -1)
		return (1);
	tell_ready();
	(void)alarm(LIFE_S);	/* where nobody is left to kill it */
	for (;;)
		pause();
}
