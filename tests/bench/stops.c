/*
 * stops: how long it takes to stop a daemon, in alternation, and whether it is
 * dead when the command returns.
 *
 *	stops ROUNDS FIFO
 *
 * Standard input has one way of stopping a line: its name, the words that
 * start the daemon and the words that stop it, with tabs between them and a
 * blank between words.  The daemon tells its pid through the FIFO.
 * Every round starts one daemon for each way, then stops them one after
 * another, beginning with another one every time.  A zombie counts as dead.
 */
#include <sys/syscall.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WAY_MAX		16
#define WORD_MAX	32
#define PATIENCE_MS	10000
#define WARM_UP		2

extern char **environ;

struct way {
	char	*name;
	char	*start[WORD_MAX];
	char	*stop[WORD_MAX];
	int	 target;	/* pidfd; -1: none */
	double	*took;		/* milliseconds, one a round */
	int	 n;		/* of them */
	int	 alive;		/* at the command's return */
	int	 failures;
};

static void
words_split(char *text, char *words[])
{
	char *word;
	int i = 0;

	while (i < WORD_MAX - 1 && (word = strsep(&text, " ")) != NULL)
		if (*word != '\0')
			words[i++] = word;
	if (i == 0)
		errx(2, "a command without words");
}

static int
ways_read(struct way *ways, int rounds)
{
	char *line = NULL, *rest, *start;
	size_t size = 0;
	int n = 0;

	while (n < WAY_MAX && getline(&line, &size, stdin) > 0) {
		line[strcspn(line, "\n")] = '\0';
		rest = line;
		ways[n].name = strsep(&rest, "\t");
		start = strsep(&rest, "\t");
		if (start == NULL || rest == NULL)
			errx(2, "not three columns: %s", line);
		words_split(start, ways[n].start);
		words_split(rest, ways[n].stop);
		ways[n].took = calloc((size_t)rounds, sizeof(double));
		if (ways[n].took == NULL)
			err(1, "no memory");
		ways[n].target = -1;
		n++;
		line = NULL;	/* the words point into it */
		size = 0;
	}
	free(line);
	return (n);
}

/* Returns the command's status, or 255 where it died. */
static int
command_run(char *words[])
{
	int status, error;
	pid_t pid;

	error = posix_spawn(&pid, words[0], NULL, NULL, words, environ);
	if ((errno = error) != 0)
		err(1, "cannot start %s", words[0]);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	return (WIFEXITED(status) ? WEXITSTATUS(status) : 255);
}

static double
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return ((double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6);
}

static int
has_ended(int pidfd, int timeout_ms)
{
	struct pollfd waiting = { .fd = pidfd, .events = POLLIN };

	return (poll(&waiting, 1, timeout_ms) == 1);
}

/* Start its daemon; some keep others from starting for a while after a stop. */
static void
way_start(struct way *way, int fifo)
{
	struct pollfd waiting = { .fd = fifo, .events = POLLIN };
	double until = now_ms() + PATIENCE_MS;
	pid_t pid;

	while (command_run(way->start) != 0) {
		if (now_ms() > until) {
			way->failures++;
			return;
		}
		poll(NULL, 0, 5);
	}
	if (poll(&waiting, 1, PATIENCE_MS) != 1 ||
	    read(fifo, &pid, sizeof(pid)) != sizeof(pid)) {
		way->failures++;
		return;
	}
	way->target = (int)syscall(SYS_pidfd_open, pid, 0);
	if (way->target == -1)
		way->failures++;
}

static void
way_stop(struct way *way, int counts)
{
	double begin, end;
	int status, is_dead;

	if (way->target == -1)
		return;
	begin = now_ms();
	status = command_run(way->stop);
	end = now_ms();
	is_dead = has_ended(way->target, 0);
	if (!is_dead && !has_ended(way->target, PATIENCE_MS)) {
		syscall(SYS_pidfd_send_signal, way->target, SIGKILL, NULL, 0);
		status = 255;
	}
	close(way->target);
	way->target = -1;
	if (status != 0)
		way->failures++;
	else if (counts) {
		way->took[way->n++] = end - begin;
		way->alive += !is_dead;
	}
}

static void
rounds_run(struct way *ways, int n, int rounds, int fifo)
{
	int round, i;

	for (round = -WARM_UP; round < rounds; round++) {
		for (i = 0; i < n; i++)
			if (ways[i].failures <= WARM_UP)
				way_start(&ways[i], fifo);
		/* What is started needs its time to come to rest. */
		poll(NULL, 0, 20);
		for (i = 0; i < n; i++)
			way_stop(&ways[(i + round + WARM_UP) % n], round >= 0);
	}
}

static int
compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return ((*x > *y) - (*x < *y));
}

static double
part(const struct way *way, int percent)
{
	return (way->took[(way->n - 1) * percent / 100]);
}

static void
table_print(struct way *ways, int n)
{
	const struct way *way;
	int i;

	printf("%-24s  %8s %8s %8s  %7s  %s\n", "stop, ms", "p10", "median",
	    "p90", "ratio", "alive at return");
	for (i = 0; i < n; i++) {
		way = &ways[i];
		qsort(way->took, (size_t)way->n, sizeof(double), compare);
		printf("%-24s", way->name);
		if (way->n > 0)
			printf("  %8.2f %8.2f %8.2f", part(way, 10),
			    part(way, 50), part(way, 90));
		if (way->n > 0 && ways[0].n > 0)
			printf("  %7.2f  %d of %d",
			    part(way, 50) / part(&ways[0], 50), way->alive,
			    way->n);
		if (way->failures > 0)
			printf("  (%d failed)", way->failures);
		putchar('\n');
	}
}

int
main(int argc, char *argv[])
{
	static struct way ways[WAY_MAX];
	int rounds, fifo, n;

	if (argc != 3 || (rounds = atoi(argv[1])) < 1)
		errx(2, "usage: stops ROUNDS FIFO");
	n = ways_read(ways, rounds);
	if (n == 0)
		errx(2, "nothing to measure");
	if ((fifo = open(argv[2], O_RDWR | O_CLOEXEC)) == -1)
		err(1, "cannot open %s", argv[2]);
	rounds_run(ways, n, rounds, fifo);
	table_print(ways, n);
	return (0);
}
