/*
 * holder_step.c: a logger under ptrace(2), killed at every system call.
 *
 * What lies in the pipes is the same every time, and enough for some
 * rotations. Stop 2N is the entry of call N, stop 2N + 1 its end; between the
 * end of a call and the entry of the next a process changes nothing that
 * others could see. Behind every other kill, compressors that the logger had
 * at work are killed, too, as they are when the machine goes down.
 */
#include "holder.h"

#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <linux/ptrace.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	SYSCALL_STOP = SIGTRAP | 0x80,
	LINES = 40,			/* of each stream */
	LINES_PARTIAL = 5,
	FAILURES_SHOWN = 10,
	RUNS_MAX = 5,			/* until there is such a stop */
	TRIED_MIN = 8,			/* however long it takes */
	NEVER = -1,
};

struct step {
	struct run *run;
	pid_t pid;
	int64_t stop;			/* where to kill; NEVER */
	int64_t at;			/* stops seen */
	long call;			/* the one it is in */
	bool is_entry;
	bool is_killed;
	bool is_asked;			/* to leave */
	bool is_written;		/* and not taken out of the pipe */
};

struct totals {
	unsigned int killed, failed;
	unsigned long repeats;
};

/* Takes note of what call it is, and what it has done. */
static void
look(struct step *step)
{
	struct ptrace_syscall_info info = { .op = PTRACE_SYSCALL_INFO_NONE };

	if (ptrace(PTRACE_GET_SYSCALL_INFO, step->pid, (void *)sizeof(info),
	    &info) <= 0)
		not_possible("cannot read system calls: %s", strerror(errno));
	step->is_entry = info.op == PTRACE_SYSCALL_INFO_ENTRY;
	if (step->is_entry) {
		step->call = (long)info.entry.nr;
	} else if (info.exit.rval > 0) {
		if (step->call == SYS_write)
			step->is_written = true;
		else if (step->call == SYS_splice)
			step->is_written = false;
	}
}

/* Follows the logger up to its end, or to the stop where it is killed. */
static void
follow(struct step *step)
{
	int status, sig;

	if (waitpid(step->pid, &status, 0) != step->pid ||
	    !WIFSTOPPED(status) || ptrace(PTRACE_SETOPTIONS, step->pid, 0,
	    (void *)(long)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)) == -1)
		not_possible("cannot trace: %s", strerror(errno));
	for (sig = 0;;) {
		(void)ptrace(PTRACE_SYSCALL, step->pid, 0, (void *)(long)sig);
		if (waitpid(step->pid, &status, 0) != step->pid)
			give_up("cannot wait: %s", strerror(errno));
		if (!WIFSTOPPED(status))
			break;
		sig = WSTOPSIG(status) == SYSCALL_STOP ? 0 : WSTOPSIG(status);
		if (sig != 0)
			continue;
		look(step);
		if (step->at++ == step->stop) {
			step->is_killed = kill(step->pid, SIGKILL) == 0;
			(void)waitpid(step->pid, &status, 0);
			return;
		}
		if (step->run->is_open && !step->is_asked &&
		    pipes_are_empty(step->run))
			step->is_asked = kill(step->pid, SIGTERM) == 0;
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		give_up("a traced logger ended with status %#x",
		    (unsigned int)status);
}

/*
 * Do compressors die with the logger? Commands live on and read what is in
 * their pipe; then it is their end that is waited for.
 */
static void
leave_orphans(const struct step *step)
{
	bool have_command = loggers_have_command(step->run);

	if (have_command || step->stop % 4 < 2)
		orphans_bury(step->run, !have_command);
}

/* One logger and its successor. */
static void
run_step(struct step *step, struct findings *findings)
{
	struct run *run = step->run;

	files_remove(run);
	pipes_open(run);
	run->shared->made[LOG_STDOUT] = 0;
	run->shared->made[LOG_STDERR] = 0;
	producer_fill(run, run->is_partial ? LINES_PARTIAL : LINES);
	if (!run->is_open)
		pipes_close(run, 1);
	step->pid = logger_start(run, true);
	follow(step);
	if (step->is_killed)
		leave_orphans(step);
	loggers_drain(run, logger_start(run, false));
	if (!run->is_partial)
		loggers_finish(run);
	while (waitpid(-1, NULL, 0) > 0)
		continue;
	log_verify(run, step->is_killed, findings);
	if (findings->why[0] == '\0' && findings->repeats > 0 &&
	    !step->is_written)
		(void)snprintf(findings->why, sizeof(findings->why),
		    "a batch came again that was taken out of the pipe");
}

static bool
try_once(struct run *run, int64_t *stop, struct totals *totals)
{
	struct step step = { .run = run, .stop = *stop };
	struct findings findings;

	run_step(&step, &findings);
	totals->killed += step.is_killed;
	totals->repeats += findings.repeats;
	if (findings.why[0] != '\0' && totals->failed++ < FAILURES_SHOWN)
		(void)fprintf(stderr, "holder: killed at stop %lld, %s call "
		    "%ld: %s\n", (long long)*stop, step.is_entry ? "before" :
		    "after", step.call, findings.why);
	*stop = step.at > 0 ? *stop % step.at : 0;
	return step.is_killed;
}

/* On a busy machine a run may be over before: then at a stop that it had. */
static void
try_stop(struct run *run, int64_t stop, struct totals *totals)
{
	int runs = 0;

	while (!try_once(run, &stop, totals) && ++runs < RUNS_MAX)
		continue;
}

/* The number of stops of a run that nobody disturbs. */
static int64_t
count_stops(struct run *run)
{
	struct step step = { .run = run, .stop = NEVER };
	struct findings findings;

	run_step(&step, &findings);
	if (findings.why[0] != '\0')
		give_up("without a kill: %s", findings.why);
	if (run->log.size_max > 0 && !run->is_pruned && findings.files < 4)
		give_up("only %lu files", findings.files);
	if (run->is_pruned && findings.pruned == 0)
		give_up("nothing was pruned");
	return step.at;
}

int
steps_run(struct run *run)
{
	int64_t began = now_ms(), stops = count_stops(run), stride, i;
	struct totals totals = { 0 };

	/*
	 * Should there be no time: a stride that meets all of them, and has
	 * been everywhere soon (the golden section's; at 5/8 every eighth one
	 * would be the neighbour of the first).
	 */
	for (stride = stops * 618 / 1000 | 1; stride > 1; stride -= 2) {
		int64_t a = stops, b = stride, rest;

		for (; b != 0; a = b, b = rest)
			rest = a % b;
		if (a == 1)
			break;
	}
	for (i = 0; i < stops; i++) {
		if (i >= TRIED_MIN && now_ms() - began > run->seconds * 1000)
			break;
		try_stop(run, i * stride % stops, &totals);
	}
	(void)printf("stops=%lld tried=%lld killed=%u failed=%u repeats=%lu\n",
	    (long long)stops, (long long)i, totals.killed, totals.failed,
	    totals.repeats);
	return totals.failed > 0;
}
