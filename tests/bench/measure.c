/*
 * measure: how long starters of daemons take, in alternation.
 *
 *	measure ROUNDS FIFO LEAKED
 *
 * Standard input has one starter a line: its name, a tab, and its words, with
 * a blank between them.  Every round starts each of them once, beginning with
 * another one every time, and notes when the target's main was reached (it
 * tells through the FIFO) and when the command returned, from just before the
 * command was made.  LEAKED descriptors are open in each command.
 * The first starter is what the others are compared with.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define STARTER_MAX	16
#define WORD_MAX	32
#define ROUND_MAX	100000
#define PATIENCE_MS	10000
#define WARM_UP		5

extern char **environ;

struct starter {
	char		*name;
	char		*words[WORD_MAX];
	double		*first;		/* microseconds, one a round */
	double		*whole;
	int		 n;		/* of them that worked */
	int		 failures;
};

static double
us_between(const struct timespec *from, const struct timespec *to)
{
	return ((double)(to->tv_sec - from->tv_sec) * 1e6 +
	    (double)(to->tv_nsec - from->tv_nsec) / 1e3);
}

static int
starters_read(struct starter *starters)
{
	char *line = NULL, *rest, *word;
	size_t size = 0;
	int n = 0, i;

	while (n < STARTER_MAX && getline(&line, &size, stdin) > 0) {
		line[strcspn(line, "\n")] = '\0';
		rest = line;
		starters[n].name = strsep(&rest, "\t");
		for (i = 0; i < WORD_MAX - 1 &&
		    (word = strsep(&rest, " ")) != NULL; i++)
			starters[n].words[i] = word;
		if (i == 0)
			errx(2, "no words for %s", starters[n].name);
		line = NULL;	/* the words point into it */
		size = 0;
		n++;
	}
	free(line);
	return (n);
}

/* Start once; false where the command failed or its target never came. */
static int
start_once(const struct starter *starter, int fifo, double *first,
    double *whole)
{
	struct pollfd waiting = { .fd = fifo, .events = POLLIN };
	struct timespec begin, reached, returned;
	int status, error;
	pid_t pid;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	error = posix_spawn(&pid, starter->words[0], NULL, NULL,
	    starter->words, environ);
	if ((errno = error) != 0)
		err(1, "cannot start %s", starter->words[0]);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	clock_gettime(CLOCK_MONOTONIC, &returned);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 ||
	    poll(&waiting, 1, PATIENCE_MS) != 1 ||
	    read(fifo, &reached, sizeof(reached)) != sizeof(reached))
		return (0);
	*first = us_between(&begin, &reached);
	*whole = us_between(&begin, &returned);
	return (1);
}

static void
rounds_run(struct starter *starters, int n, int rounds, int fifo)
{
	double first, whole;
	int round, i;

	for (round = -WARM_UP; round < rounds; round++) {
		for (i = 0; i < n; i++) {
			struct starter *starter =
			    &starters[(i + round + WARM_UP) % n];

			if (starter->n == 0 && starter->failures > WARM_UP)
				continue;	/* it will never work */
			if (!start_once(starter, fifo, &first, &whole)) {
				starter->failures++;
				continue;
			}
			if (round < 0)
				continue;
			starter->first[starter->n] = first;
			starter->whole[starter->n++] = whole;
		}
	}
}

static int
compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return ((*x > *y) - (*x < *y));
}

static double
part(const double *sorted, int n, int percent)
{
	return (sorted[(n - 1) * percent / 100]);
}

static void
part_print(const struct starter *starter, const double *sorted,
    const struct starter *base, const double *base_sorted)
{
	double median = part(sorted, starter->n, 50);

	printf("    %6.0f %7.0f %6.0f", part(sorted, starter->n, 10), median,
	    part(sorted, starter->n, 90));
	if (base->n > 0)
		printf(" %6.2f", median / part(base_sorted, base->n, 50));
}

static void
table_print(struct starter *starters, int n)
{
	int i;

	printf("%-20s    %28s    %28s\n", "", "-- first instruction, us --",
	    "-- command's return, us --");
	printf("%-20s    %6s %7s %6s %6s    %6s %7s %6s %6s\n", "", "p10",
	    "median", "p90", "ratio", "p10", "median", "p90", "ratio");
	for (i = 0; i < n; i++) {
		struct starter *s = &starters[i];

		qsort(s->first, (size_t)s->n, sizeof(double), compare);
		qsort(s->whole, (size_t)s->n, sizeof(double), compare);
		printf("%-20s", s->name);
		if (s->n > 0) {
			part_print(s, s->first, starters, starters->first);
			part_print(s, s->whole, starters, starters->whole);
		}
		if (s->failures > 0)
			printf("  (%d failed)", s->failures);
		putchar('\n');
	}
}

static int
number(const char *text, int max)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (end == text || *end != '\0' || value < 0 || value > max)
		errx(2, "not a number from 0 to %d: %s", max, text);
	return ((int)value);
}

int
main(int argc, char *argv[])
{
	static struct starter starters[STARTER_MAX];
	int rounds, fifo, leaked, n, i;

	if (argc != 4)
		errx(2, "usage: measure ROUNDS FIFO LEAKED");
	rounds = number(argv[1], ROUND_MAX);
	leaked = number(argv[3], ROUND_MAX);
	n = starters_read(starters);
	if (rounds == 0 || n == 0)
		errx(2, "nothing to measure");
	if ((fifo = open(argv[2], O_RDWR | O_CLOEXEC)) == -1)
		err(1, "cannot open %s", argv[2]);
	for (i = 0; i < leaked; i++) {
		if (open("/dev/null", O_RDWR) == -1)
			err(1, "cannot leak descriptor %d", i);
	}
	for (i = 0; i < n; i++) {
		starters[i].first = calloc((size_t)rounds, sizeof(double));
		starters[i].whole = calloc((size_t)rounds, sizeof(double));
		if (starters[i].first == NULL || starters[i].whole == NULL)
			err(1, "no memory");
	}
	rounds_run(starters, n, rounds, fifo);
	table_print(starters, n);
	return (0);
}
