/*
 * holder.h: somebody who holds both ends of a daemon's pipes, as a supervisor
 * does, replaces the loggers that read them, and sees that no line is missing.
 *
 *	holder [OPTION]... DIRECTORY
 *
 *	-m MODE   term: loggers are asked to leave, at random moments;
 *	          kill: they are killed, at random moments;
 *	          step: one logger after the other is killed at its first,
 *	          second, ... system call, before the call and behind it
 *	-t TIME   seconds for the daemon to write (term, kill), or at most for
 *	          all steps; then they are spread over the run (15)
 *	-r N      as many replacements there must be (20)
 *	-s SIZE   rotate files of more bytes
 *	-k N      keep so many rotated files: older lines may be missing (-s)
 *	-z GZIP   compress rotated files with this program
 *	-d DIR    all of it goes to a file in that directory as well
 *	-c DIR    the same, by pipe: and a command that writes it there
 *	-x        lines with timestamps and tags (not kill)
 *	-l        the daemon rests within lines for longer than a logger waits
 *	-n        files are renamed and SIGHUP is sent (term, no -s)
 *	-w        the writers stay, and the logger is asked to leave (step)
 *	-p        one stream, and its last line has no newline (step, no -w)
 *	-e SEED   for another run
 *	-b WAY    lose, double, tear or change a line, which has to be found, or
 *	          cut the last one off; in the target that was named last
 *
 * Says on one line what was done. Exits with 1 when a line was lost, torn,
 * doubled or out of order, or a file is left half done; with 77 and the
 * reason where such a run is not possible.
 *
 * One exception is documented: who is killed behind the write of a batch and
 * before taking it out of the pipe leaves it to be written again. And a write
 * in the midst of which the kernel obeys SIGKILL ends somewhere (generic_
 * perform_write looks at every page), at random moments only. Both are counted
 * ("repeats", "seams") and may not be more than the loggers killed. A command
 * gets all that was written to its pipe before another one is started.
 */
#ifndef HELPER_HOLDER_H
#define HELPER_HOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "log/log.h"

enum {
	LINE_SIZE = 11 * 1024,		/* of the longest, and more */
	BATCH_MAX = 128 * 1024,		/* intake.h, INTAKE_LOOK */
	LOGGER_MS = 60 * 1000,		/* for a logger to end */
};

enum { N_HOLDER_TARGETS = 2 };

enum mode {
	MODE_TERM,
	MODE_KILL,
	MODE_STEP,
};

/* What the producer and the holder tell each other; shared memory. */
struct shared {
	volatile uint32_t made[N_LOG_STREAMS];	/* lines, whole or not */
	volatile bool must_stop;
};

struct run {
	enum mode mode;
	const char *directory[N_HOLDER_TARGETS];	/* of each target */
	char path[N_HOLDER_TARGETS][4096];	/* and its log */
	char command[4200];		/* -c */
	uint64_t seed;
	uint64_t random;		/* state of random_next */
	int seconds;
	unsigned int replacements;	/* wanted */
	bool has_pauses;		/* -l */
	bool has_renames;		/* -n */
	bool is_open;			/* -w */
	bool is_partial;		/* -p */
	bool is_pruned;			/* -k */
	unsigned int rotated[N_HOLDER_TARGETS];	/* files seen, up to that */
	const char *spoil;		/* -b */
	struct log log;
	int ends[N_LOG_STREAMS][2];	/* of the pipes; -1: closed */
	struct shared *shared;
	pid_t producer;			/* 0: there is none */

	/* What was done. */
	unsigned int replaced, renamed, hung_up;
};

/* What the verifier has seen, in all targets. */
struct findings {
	unsigned long lines;
	unsigned long pruned;		/* lines before the first one left */
	unsigned long files;
	unsigned long repeats;		/* times a batch came again */
	unsigned long repeated_lines;
	unsigned long seams;		/* lines that a killed write has cut */
	char why[512];			/* empty: nothing is wrong */
};

/* --- holder.c --- */

/* Both say why on standard error; with status 1, and 77. */
_Noreturn void give_up(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
_Noreturn void not_possible(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
uint64_t random_next(uint64_t *state);
/* 0 up to LIMIT - 1. */
unsigned int random_below(uint64_t *state, unsigned int limit);
int64_t now_ms(void);
void nap_us(unsigned int us);

/* --- holder_lines.c: what is written --- */

/*
 * Writes line NUMBER of STREAM to LINE (LINE_SIZE), always the same one:
 * "o 00000017 BYTES CHECKSUM\n". Returns its length.
 */
size_t line_make(const struct run *run, int stream, uint32_t number,
    char *line);

/* The daemon: writes until it is told to stop. Never returns. */
_Noreturn void producer_run(struct run *run);

/* Writes the next LINES of each stream into the pipes that nobody reads. */
void producer_fill(struct run *run, uint32_t lines);

/* --- holder_loggers.c: the processes --- */

void pipes_open(struct run *run);
void pipes_close(struct run *run, int end);	/* 0: the readers, 1 */

bool pipes_are_empty(const struct run *run);

/* Forks a logger. With IS_TRACED it waits to be traced. */
pid_t logger_start(struct run *run, bool is_traced);

/* Waits for its end and gives up after LOGGER_MS. Returns its status. */
int logger_await(pid_t pid);

/* Closes the writers, and lets the last logger, PID, write what is left. */
void loggers_drain(struct run *run, pid_t pid);

/*
 * The daemon is started once more and writes a line on each stream: that is
 * when a logger puts right what others have left half done.
 */
void loggers_finish(struct run *run);

/* Is a command among the targets? */
bool loggers_have_command(const struct run *run);

/*
 * Waits for compressors and commands of a logger that was killed; they are
 * ours now. With MUST_DIE they are killed first.
 */
void orphans_bury(const struct run *run, bool must_die);

/* Modes term and kill, up to the end of the last logger. */
void loggers_replace(struct run *run);

/* --- holder_step.c --- */

/* Mode step. Returns an exit status. */
int steps_run(struct run *run);

/* --- holder_files.c: what is read --- */

/* The bytes of all files of a log, in order; to be freed. Or FINDINGS. */
char *files_read(const char *directory, struct findings *findings,
    size_t *len);

/* How many rotated files there are, compressed, plain or both. */
unsigned int files_count(const char *directory);

/* Removes the files of all logs. */
void files_remove(const struct run *run);

/* --- holder_verify.c --- */

/* Is every line there, in every target? KILLED: so many loggers. */
void log_verify(const struct run *run, unsigned int killed,
    struct findings *findings);

#endif
