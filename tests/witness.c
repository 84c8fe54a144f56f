/*
 * Tells the world it was born into, then waits to be ended:
 *
 *	witness [-1] [-o FILE] [-x STATUS] [ARG]...
 *
 * The report has one "key value" a line and appears under FILE at once and
 * whole (-o - prints it on stdout).  -1 exits with 0 after it, -x with STATUS;
 * otherwise only a signal ends it.  ARGs are only reported.  What looking would
 * change is read first, nothing goes to 0-2 unless asked, and without /proc
 * (in a chroot) system calls answer instead.
 */
#include <sys/types.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FD_MAX = 65536, GROUP_MAX = 1024, CPU_MAX = 1024, TEXT_MAX = 4096 };

extern char **environ;

static const char *const limit_name[] = {
	[RLIMIT_AS] = "as", [RLIMIT_CORE] = "core", [RLIMIT_CPU] = "cpu",
	[RLIMIT_DATA] = "data", [RLIMIT_FSIZE] = "fsize",
	[RLIMIT_LOCKS] = "locks", [RLIMIT_MEMLOCK] = "memlock",
	[RLIMIT_MSGQUEUE] = "msgqueue", [RLIMIT_NICE] = "nice",
	[RLIMIT_NOFILE] = "nofile", [RLIMIT_NPROC] = "nproc",
	[RLIMIT_RSS] = "rss", [RLIMIT_RTPRIO] = "rtprio",
	[RLIMIT_RTTIME] = "rttime", [RLIMIT_SIGPENDING] = "sigpending",
	[RLIMIT_STACK] = "stack",
};

/* One line "key value"; a line break within the value becomes \n. */
static void
tell(FILE *out, const char *key, const char *value)
{
	fprintf(out, "%s ", key);
	for (; *value != '\0'; value++) {
		if (*value == '\n')
			fputs("\\n", out);
		else
			fputc(*value, out);
	}
	fputc('\n', out);
}

static void
tell_number(FILE *out, const char *key, long long value)
{
	fprintf(out, "%s %lld\n", key, value);
}

/* One read(2) gives a small file of /proc whole. */
static int
read_text(const char *path, char *text, size_t size)
{
	ssize_t length;
	int fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return -1;
	length = read(fd, text, size - 1);
	close(fd);
	text[length > 0 ? length - (text[length - 1] == '\n') : 0] = '\0';
	return length > 0 ? 0 : -1;
}

static void
tell_file(FILE *out, const char *key, const char *path)
{
	char text[TEXT_MAX];

	if (read_text(path, text, sizeof(text)) == 0)
		tell(out, key, text);
}

static void
tell_link(FILE *out, const char *key, const char *path)
{
	char text[TEXT_MAX] = "";

	if (readlink(path, text, sizeof(text) - 1) != -1)
		tell(out, key, text);
}

static void
tell_limit(FILE *out, rlim_t value)
{
	if (value == RLIM_INFINITY)
		fputs(" unlimited", out);
	else
		fprintf(out, " %llu", (unsigned long long)value);
}

/* Limits come first, and then get out of the witness's own way. */
static void
tell_limits(FILE *out)
{
	struct rlimit limit;
	int i;

	for (i = 0; i < (int)(sizeof(limit_name) / sizeof(*limit_name)); i++) {
		if (limit_name[i] == NULL || getrlimit(i, &limit) == -1)
			continue;
		fprintf(out, "limit.%s", limit_name[i]);
		tell_limit(out, limit.rlim_cur);
		tell_limit(out, limit.rlim_max);
		fputc('\n', out);
		if (i == RLIMIT_NOFILE || i == RLIMIT_FSIZE) {
			limit.rlim_cur = limit.rlim_max;
			setrlimit(i, &limit);
		}
	}
}

/* Whether a flock is held through this descriptor, as /proc tells. */
static int
has_flock(int fd)
{
	char path[64], text[TEXT_MAX];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	return read_text(path, text, sizeof(text)) == 0 &&
	    strstr(text, " FLOCK ") != NULL;
}

/* fd.N TARGET|ACCESS|FLAGS */
static void
tell_descriptor(FILE *out, int fd)
{
	static const char *const access_mode[] = { "r", "w", "rw", "none" };
	char path[64], target[TEXT_MAX] = "";
	int flags = fcntl(fd, F_GETFL), fd_flags = fcntl(fd, F_GETFD);

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (readlink(path, target, sizeof(target) - 1) == -1)
		target[0] = '?';
	fprintf(out, "fd.%d %s|%s|", fd, target,
	    access_mode[flags & O_ACCMODE]);
	fprintf(out, "%s%s%s%s\n", flags & O_APPEND ? "append," : "",
	    flags & O_NONBLOCK ? "nonblock," : "",
	    fd_flags & FD_CLOEXEC ? "cloexec," : "",
	    has_flock(fd) ? "flock," : "");
}

/* Collects the open descriptors before the witness opens any for itself. */
static size_t
collect_descriptors(int *list, size_t max)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	size_t n = 0;
	int fd;

	if (dir == NULL) {
		for (fd = 0; fd < FD_MAX && n < max; fd++)
			if (fcntl(fd, F_GETFD) != -1)
				list[n++] = fd;
		return n;
	}
	while ((entry = readdir(dir)) != NULL && n < max) {
		fd = (int)strtol(entry->d_name, NULL, 10);
		if (entry->d_name[0] != '.' && fd != dirfd(dir))
			list[n++] = fd;
	}
	closedir(dir);
	return n;
}

/* Whether 1 and 2 are one open description: status flags are then shared. */
static int
is_shared(int a, int b)
{
	int before_a = fcntl(a, F_GETFL), before_b = fcntl(b, F_GETFL);
	int shared;

	if (before_a == -1 || before_b == -1 ||
	    fcntl(a, F_SETFL, before_a ^ O_NONBLOCK) == -1)
		return 0;
	shared = fcntl(b, F_GETFL) == (before_b ^ O_NONBLOCK);
	fcntl(a, F_SETFL, before_a);
	return shared;
}

static void
tell_descriptors(FILE *out)
{
	static int list[FD_MAX];
	size_t i, n = collect_descriptors(list, FD_MAX);

	for (i = 0; i < n; i++)
		tell_descriptor(out, list[i]);
	tell_number(out, "fdcount", (long long)n);
	tell(out, "shared.1.2", is_shared(1, 2) ? "yes" : "no");
}

static void
tell_terminal(FILE *out)
{
	char text[TEXT_MAX], *rest;
	int fd, tty, tpgid;

	if (read_text("/proc/self/stat", text, sizeof(text)) == 0 &&
	    (rest = strrchr(text, ')')) != NULL &&
	    sscanf(rest, ") %*c %*d %*d %*d %d %d", &tty, &tpgid) == 2) {
		fprintf(out, "tty %d\ntpgid %d\n", tty, tpgid);
		return;
	}
	if ((fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)) != -1)
		close(fd);
	fprintf(out, "tty %d\n", fd == -1 ? 0 : -1);
}

static void
tell_place(FILE *out)
{
	char text[TEXT_MAX];
	mode_t mask = umask(0);

	umask(mask);
	fprintf(out, "umask %04o\n", (unsigned int)mask);
	fprintf(out, "pid %d\nppid %d\n", (int)getpid(), (int)getppid());
	fprintf(out, "pgid %d\nsid %d\n", (int)getpgrp(), (int)getsid(0));
	tell_terminal(out);
	tell(out, "cwd", getcwd(text, sizeof(text)) != NULL ? text : "?");
	tell_link(out, "root", "/proc/self/root");
	tell_link(out, "exe", "/proc/self/exe");
	tell_file(out, "comm", "/proc/self/comm");
	tell_file(out, "autogroup", "/proc/self/autogroup");
	tell_file(out, "oom_score_adj", "/proc/self/oom_score_adj");
}

static void
tell_identity(FILE *out)
{
	gid_t group[GROUP_MAX], rgid = 0, egid = 0, sgid = 0;
	uid_t ruid = 0, euid = 0, suid = 0;
	int i, n;

	getresuid(&ruid, &euid, &suid);
	getresgid(&rgid, &egid, &sgid);
	fprintf(out, "ruid %u\neuid %u\nsuid %u\n", ruid, euid, suid);
	fprintf(out, "rgid %u\negid %u\nsgid %u\n", rgid, egid, sgid);
	n = getgroups(GROUP_MAX, group);
	fputs("groups", out);
	for (i = 0; i < n; i++)
		fprintf(out, "%c%u", i == 0 ? ' ' : ',', group[i]);
	fputc('\n', out);
	tell_number(out, "nnp", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
}

/* Signals and capabilities, in the words of /proc/self/status. */
static void
tell_status(FILE *out)
{
	static const char *const wanted[][2] = {
		{ "\nSigBlk:\t", "sigblocked" },
		{ "\nSigIgn:\t", "sigignored" },
		{ "\nSigCgt:\t", "sigcaught" },
		{ "\nSigPnd:\t", "sigpending" },
		{ "\nShdPnd:\t", "sigshared" },
		{ "\nCapInh:\t", "capinh" }, { "\nCapPrm:\t", "capprm" },
		{ "\nCapEff:\t", "capeff" }, { "\nCapBnd:\t", "capbnd" },
		{ "\nCapAmb:\t", "capamb" },
	};
	char text[TEXT_MAX];
	const char *value;
	size_t i;

	if (read_text("/proc/self/status", text, sizeof(text)) == -1)
		return;
	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		if ((value = strstr(text, wanted[i][0])) == NULL)
			continue;
		value += strlen(wanted[i][0]);
		fprintf(out, "%s %.*s\n", wanted[i][1],
		    (int)strcspn(value, "\n"), value);
	}
}

static void
tell_timer(FILE *out, const char *key, int which)
{
	struct itimerval timer;

	if (getitimer(which, &timer) == 0)
		tell_number(out, key, timer.it_value.tv_usec +
		    (long long)timer.it_value.tv_sec * 1000000);
}

static void
tell_scheduling(FILE *out)
{
	struct sched_param param;
	cpu_set_t cpus;
	int i, n = 0;

	tell_number(out, "nice", getpriority(PRIO_PROCESS, 0));
	tell_number(out, "ioprio", syscall(SYS_ioprio_get, 1, 0));
	tell_number(out, "sched.policy", sched_getscheduler(0));
	if (sched_getparam(0, &param) == 0)
		tell_number(out, "sched.priority", param.sched_priority);
	if (sched_getaffinity(0, sizeof(cpus), &cpus) == 0) {
		fputs("affinity ", out);
		for (i = 0; i < CPU_MAX; i++)
			if (CPU_ISSET(i, &cpus))
				fprintf(out, "%s%d", n++ > 0 ? "," : "", i);
		fputc('\n', out);
	}
}

static void
tell_words(FILE *out, int argc, char **argv)
{
	char key[64], *entry, *equals;
	int i;

	tell_number(out, "argc", argc);
	for (i = 0; i < argc; i++) {
		snprintf(key, sizeof(key), "argv.%d", i);
		tell(out, key, argv[i]);
	}
	for (i = 0; environ != NULL && environ[i] != NULL; i++) {
		entry = environ[i];
		if ((equals = strchr(entry, '=')) == NULL || equals == entry) {
			snprintf(key, sizeof(key), "badenv.%d", i);
			tell(out, key, entry);
		} else {
			fprintf(out, "env.%.*s", (int)(equals - entry), entry);
			tell(out, "", equals + 1);
		}
	}
	tell_number(out, "envcount", i);
}

/* The report appears whole or not at all. */
static int
publish(const char *path, const char *text, size_t length)
{
	char temporary[PATH_MAX];
	ssize_t written;
	int fd;

	if (strcmp(path, "-") == 0)
		return write(1, text, length) == -1 ? -1 : 0;
	snprintf(temporary, sizeof(temporary), "%s.new", path);
	if ((fd = creat(temporary, 0644)) == -1 || fchmod(fd, 0644) == -1)
		return -1;
	written = write(fd, text, length);
	if (close(fd) == -1 || written != (ssize_t)length)
		return -1;
	return rename(temporary, path);
}

int
main(int argc, char **argv)
{
	const char *path = NULL;
	char *text;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	int option, status = -1;

	if (out == NULL)
		return 1;
	tell_limits(out);
	tell_descriptors(out);
	tell_place(out);
	tell_identity(out);
	tell_status(out);
	tell_timer(out, "itimer.real", ITIMER_REAL);
	tell_timer(out, "itimer.virtual", ITIMER_VIRTUAL);
	tell_timer(out, "itimer.prof", ITIMER_PROF);
	tell_file(out, "timers", "/proc/self/timers");
	tell_scheduling(out);
	tell_words(out, argc, argv);
	while ((option = getopt(argc, argv, "+:1o:x:")) != -1)
		if (option == 'o')
			path = optarg;
		else
			status = option == 'x' ? atoi(optarg) : 0;
	if (fclose(out) != 0 ||
	    (path != NULL && publish(path, text, length) == -1))
		return 1;
	while (status == -1)
		pause();
	free(text);
	return status;
}
