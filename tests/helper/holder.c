/*
 * holder.c: see holder.h.
 */
#include "holder.h"

#include <sys/mman.h>
#include <sys/prctl.h>

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/parse.h"

enum { NOT_POSSIBLE = 77 };

static void __attribute__((format(printf, 1, 0)))
say(const char *format, va_list args)
{
	(void)fprintf(stderr, "holder: ");
	(void)vfprintf(stderr, format, args);
	(void)fprintf(stderr, "\n");
}

void
give_up(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	exit(EXIT_FAILURE);
}

void
not_possible(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	exit(NOT_POSSIBLE);
}

/* splitmix64 */
uint64_t
random_next(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15U);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
	z = (z ^ z >> 27) * 0x94d049bb133111ebU;
	return z ^ z >> 31;
}

unsigned int
random_below(uint64_t *state, unsigned int limit)
{
	return (unsigned int)(random_next(state) % limit);
}

int64_t
now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void
nap_us(unsigned int us)
{
	struct timespec time = {
		.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000,
	};

	(void)nanosleep(&time, NULL);
}

static void
usage(void)
{
	(void)fprintf(stderr, "usage: see tests/helper/holder.h\n");
	exit(2);
}

static unsigned int
read_number(const char *text)
{
	long long number = 0;

	if (parse_number(text, 0, INT_MAX, &number) == -1)
		usage();
	return (unsigned int)number;
}

static void
set_mode(struct run *run, const char *word)
{
	static const char *const words[] = {
		[MODE_TERM] = "term", [MODE_KILL] = "kill",
		[MODE_STEP] = "step",
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(word, words[i]) == 0) {
			run->mode = (enum mode)i;
			return;
		}
	usage();
}

static void
set_target(struct run *run, size_t i, enum log_kind kind,
    const char *directory)
{
	struct log_target *target = &run->log.target[i];

	run->directory[i] = directory;
	(void)snprintf(run->path[i], sizeof(run->path[i]), "%s/log",
	    directory);
	target->kind = kind;
	target->streams = 1U << LOG_STDOUT | 1U << LOG_STDERR;
	target->path = run->path[i];
	target->fd = -1;
	if (kind == LOG_TO_COMMAND) {
		(void)snprintf(run->command, sizeof(run->command),
		    "exec cat >>'%s'", run->path[i]);
		target->path = run->command;
	}
}

static void
read_options(struct run *run, int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "b:c:d:e:k:lm:npr:s:t:wxz:")) != -1)
		switch (option) {
		case 'b': run->spoil = optarg; break;
		case 'c': set_target(run, 1, LOG_TO_COMMAND, optarg); break;
		case 'd': set_target(run, 1, LOG_TO_FILE, optarg); break;
		case 'e': run->seed = read_number(optarg); break;
		case 'k':
			run->log.keep = read_number(optarg);
			run->is_pruned = true;
			break;
		case 'l': run->has_pauses = true; break;
		case 'm': set_mode(run, optarg); break;
		case 'n': run->has_renames = true; break;
		case 'p': run->is_partial = true; break;
		case 'r': run->replacements = read_number(optarg); break;
		case 's': run->log.size_max = read_number(optarg); break;
		case 't': run->seconds = (int)read_number(optarg); break;
		case 'w': run->is_open = true; break;
		case 'x':
			run->log.stamp = LOG_STAMP_ISO;
			run->log.has_tags = true;
			break;
		case 'z': run->log.compress = optarg; break;
		default: usage();
		}
	if (optind + 1 != argc || (run->has_renames &&
	    (run->log.size_max > 0 || run->mode == MODE_STEP)) ||
	    (run->log.has_tags && run->mode == MODE_KILL) ||
	    (run->is_partial && run->is_open) ||
	    (run->is_pruned && run->log.size_max == 0))
		usage();
	run->log.target_count = run->directory[1] == NULL ? 1 : 2;
	set_target(run, 0, LOG_TO_FILE, argv[optind]);
	run->random = run->seed;
}

/* A log of both streams, and every file of it stays but for -k. */
static void
prepare(struct run *run)
{
	run->log.name = "holder";
	if (!run->is_pruned)
		run->log.keep = UINT_MAX;
	run->log.mode = 0600;
	run->log.is_replaceable = true;
	run->log.has_keep = true;
	run->log.pid_fd = run->log.tap_fd = run->log.ready_fd = -1;
	run->shared = mmap(NULL, sizeof(*run->shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (run->shared == MAP_FAILED)
		give_up("out of memory: %s", strerror(errno));
	/* Compressors of a logger that was killed. */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) == -1)
		not_possible("no subreapers here: %s", strerror(errno));
}

static int
replace_and_verify(struct run *run)
{
	struct findings findings;

	loggers_replace(run);
	log_verify(run, run->mode == MODE_KILL ? run->replaced : 0,
	    &findings);
	(void)printf("replaced=%u renamed=%u hups=%u lines=%lu pruned=%lu "
	    "files=%lu repeats=%lu repeated_lines=%lu seams=%lu\n",
	    run->replaced, run->renamed, run->hung_up, findings.lines,
	    findings.pruned, findings.files, findings.repeats,
	    findings.repeated_lines, findings.seams);
	if (findings.why[0] == '\0')
		return EXIT_SUCCESS;
	(void)fprintf(stderr, "holder: %s\n", findings.why);
	return EXIT_FAILURE;
}

int
main(int argc, char **argv)
{
	static struct run run = {
		.seed = 1, .seconds = 15, .replacements = 20,
	};

	read_options(&run, argc, argv);
	prepare(&run);
	return run.mode == MODE_STEP ? steps_run(&run) :
	    replace_and_verify(&run);
}
