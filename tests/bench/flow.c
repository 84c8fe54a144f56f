/*
 * flow: how long a producer and its logger take, and what each of them costs.
 *
 *	flow REPORT PRODUCER [ARG]... '|' LOGGER [ARG]...
 *	flow REPORT STARTER [ARG]...
 *
 * The first form is a pipe as a shell makes it.  In the second one the starter
 * makes daemons: a producer and its logger, which fall to us when it is gone.
 * Either ends when the last of them has ended.  Prints microseconds: from the
 * producer's main to the end of all, the same to its last write, the logger's
 * processor time and the producer's; and the logger's memory (see lines.c,
 * which leaves its part in REPORT).  Whatever the producer and the starter
 * have not used is the logger's.  After PATIENCE_S, or when we are to end, all
 * of them are killed.
 */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_S = 30 };

extern char **environ;

static volatile sig_atomic_t must_end;

static void
end_all(int signo)
{
	must_end = signo;
	(void)alarm(1);		/* once more, for who comes to us late */
}

static pid_t
start(char *words[], int from, int to)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	if (from != -1)
		posix_spawn_file_actions_adddup2(&actions, from, 0);
	if (to != -1)
		posix_spawn_file_actions_adddup2(&actions, to, 1);
	errno = posix_spawnp(&pid, words[0], &actions, NULL, words, environ);
	if (errno != 0)
		err(1, "cannot start %s", words[0]);
	posix_spawn_file_actions_destroy(&actions);
	return (pid);
}

/* Returns the starter, or 0 where there is none. */
static pid_t
flow_start(char *words[])
{
	int ends[2], i;

	for (i = 0; words[i] != NULL && strcmp(words[i], "|") != 0; i++)
		;
	if (words[i] == NULL)
		return (start(words, -1, -1));
	if (pipe2(ends, O_CLOEXEC) == -1)
		err(1, "cannot make a pipe");
	words[i] = NULL;
	start(words + i + 1, ends[0], -1);
	start(words, -1, ends[1]);
	close(ends[0]);
	close(ends[1]);
	return (0);
}

static void
children_kill(void)
{
	char path[64];
	FILE *children;
	int pid;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	if ((children = fopen(path, "r")) == NULL)
		return;
	while (fscanf(children, "%d", &pid) == 1)
		kill(pid, SIGKILL);
	fclose(children);
}

/*
 * Returns the processor time of all but STARTER; *IS_BAD is set where one of
 * them failed.
 */
static long long
all_await(pid_t starter, int *is_bad)
{
	long long cpu_us = 0;
	struct rusage used;
	int status;
	pid_t pid;

	while ((pid = wait4(-1, &status, 0, &used)) != -1 || errno == EINTR) {
		if (must_end)
			children_kill();
		if (pid == -1)
			continue;
		*is_bad |= !WIFEXITED(status) || WEXITSTATUS(status) != 0;
		if (pid != starter)
			cpu_us += used.ru_utime.tv_usec +
			    used.ru_stime.tv_usec + 1000000LL *
			    (used.ru_utime.tv_sec + used.ru_stime.tv_sec);
	}
	return (cpu_us);
}

int
main(int argc, char *argv[])
{
	const struct sigaction ending = { .sa_handler = end_all };
	const int endings[] = { SIGALRM, SIGINT, SIGTERM, SIGHUP };
	long long begin_ns, written_ns, end_ns, all_us, producer_us;
	long most_kib, now_kib;
	struct timespec end;
	int i, is_bad = 0;
	FILE *report;

	if (argc < 3)
		errx(2, "usage: flow REPORT COMMAND [ARG]... ['|' ...]");
	for (i = 0; i < 4; i++)
		sigaction(endings[i], &ending, NULL);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1)
		err(1, "cannot become a subreaper");
	(void)unlink(argv[1]);	/* of the last run */
	alarm(PATIENCE_S);
	all_us = all_await(flow_start(argv + 2), &is_bad);
	clock_gettime(CLOCK_MONOTONIC, &end);
	if (must_end || is_bad)
		errx(1, must_end ? "did not end" : "failed");
	if ((report = fopen(argv[1], "re")) == NULL || fscanf(report,
	    "%lld %lld %lld %ld %ld", &begin_ns, &written_ns, &producer_us,
	    &most_kib, &now_kib) != 5)
		errx(1, "no report from the producer");
	end_ns = end.tv_sec * 1000000000LL + end.tv_nsec;
	printf("%lld %lld %lld %lld %ld %ld\n", (end_ns - begin_ns) / 1000,
	    (written_ns - begin_ns) / 1000, all_us - producer_us, producer_us,
	    most_kib, now_kib);
	return (0);
}
