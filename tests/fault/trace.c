/*
 * Run the tool under ptrace, from its entry point (so the dynamic loader does
 * not count) until every task has ended or has become the target; record each
 * system call, or do one fault and let everything go at once: what follows a
 * fault happens untraced, as it would in life.
 */
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <linux/ptrace.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine.h"
#include "run.h"

#define SYSCALL_STOP	(SIGTRAP | 0x80)
#define OPTIONS		(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | \
			    PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | \
			    PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXIT | \
			    PTRACE_O_EXITKILL)

static struct task *
task_find(struct run *run, pid_t pid)
{
	int i;

	for (i = 0; i < run->n; i++) {
		if (run->tasks[i].pid == pid)
			return (&run->tasks[i]);
	}
	return (NULL);
}

/* The first that the caller makes, where it makes one; NULL: none. */
static struct task *
logger_of(struct run *run)
{
	return (run->launch->has_logger ? &run->tasks[LOGGER_TASK] : NULL);
}

static struct task *
task_add(struct run *run, pid_t pid)
{
	struct task *task = task_find(run, pid);

	if (task != NULL)
		return (task);
	if (run->n == TASK_MAX)
		give_up("more than %d tasks in one start", TASK_MAX);
	task = &run->tasks[run->n++];
	*task = (struct task){ .pid = pid, .open = -1, .is_ours = true };
	task->is_logger = task == logger_of(run);
	return (task);
}

static unsigned
tasks_alive(const struct run *run)
{
	unsigned bits = 0;
	int i;

	for (i = 0; i < run->n; i++) {
		if (run->tasks[i].is_ours)
			bits |= 1U << i;
	}
	return (bits);
}

static void
task_resume(const struct task *task, int sig)
{
	(void)ptrace(PTRACE_SYSCALL, task->pid, 0, (void *)(long)sig);
}

/* A task that is dying cannot be detached: its end is waited for instead. */
static void
task_let_go(struct task *task, int sig)
{
	if (ptrace(PTRACE_DETACH, task->pid, 0, (void *)(long)sig) == 0)
		task->is_ours = false;
}

/* Let all go; `stopped`, if there is one, is known to be stopped. */
void
run_let_go(struct run *run, struct task *stopped)
{
	int i;

	run->is_over = true;
	for (i = 0; i < run->n; i++) {
		struct task *task = &run->tasks[i];

		if (task == stopped)
			task_let_go(task, 0);
		else if (task->is_ours)
			(void)ptrace(PTRACE_INTERRUPT, task->pid, 0, 0);
	}
}

static void
record_entry(struct run *run, struct task *task,
    const struct ptrace_syscall_info *info)
{
	struct trace *trace = run->record;
	struct point *point;

	if (trace->n == trace->room) {
		trace->room = trace->room * 2 + 256;
		trace->points = realloc(trace->points,
		    trace->room * sizeof(*trace->points));
		if (trace->points == NULL)
			give_up("out of memory");
	}
	task->open = (ssize_t)trace->n;
	point = &trace->points[trace->n++];
	*point = (struct point){
		.task = (int)(task - run->tasks),
		.index = task->calls,
		.nr = (long)info->entry.nr,
		.alive = tasks_alive(run),
		.is_logger = task->is_logger,
		.is_last = run->n > 1 && tasks_alive(run) == 1,
	};
	memcpy(point->args, info->entry.args, sizeof(point->args));
}

static void
count_look(struct run *run, const struct task *task,
    const struct ptrace_syscall_info *info)
{
	const struct task *logger = logger_of(run);
	uint64_t args[6];

	memcpy(args, info->entry.args, sizeof(args));
	if (logger != NULL && call_is_look((int)(task - run->tasks), task->nr,
	    args, logger->pid))
		run->looks++;
}

static bool
at_entry(struct run *run, struct task *task,
    const struct ptrace_syscall_info *info)
{
	const struct fault *fault = run->fault;
	bool is_stopped = true;

	task->nr = (long)info->entry.nr;
	/* What a logger does later depends on who writes to it when. */
	if (run->record != NULL && !task->has_told)
		record_entry(run, task, info);
	if (fault != NULL && fault->task == task - run->tasks &&
	    fault->index == task->calls)
		is_stopped = strike_at_entry(run, task, (long)info->entry.nr);
	task->calls++;
	count_look(run, task, info);
	return (is_stopped);
}

static bool
at_exit(struct run *run, struct task *task, int64_t result)
{
	if (task->nr == SYS_brk && !task->is_armed)
		run->last_break = result;
	if (task->open >= 0) {
		run->record->points[task->open].result = result;
		run->record->points[task->open].returned = true;
		task->open = -1;
	}
	/* Its first words are for the command, which waits for them. */
	if (task == logger_of(run) && task->nr == SYS_write)
		task->has_told = true;
	return (!task->is_armed || strike_at_exit(run, task));
}

static bool
at_call(struct run *run, struct task *task)
{
	struct ptrace_syscall_info info = { .op = PTRACE_SYSCALL_INFO_NONE };

	if (ptrace(PTRACE_GET_SYSCALL_INFO, task->pid, (void *)sizeof(info),
	    &info) <= 0)
		return (true);
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		return (at_entry(run, task, &info));
	if (info.op == PTRACE_SYSCALL_INFO_EXIT)
		return (at_exit(run, task, info.exit.rval));
	return (true);
}

/* The first exec is the tool's own; any later one is the target. */
static void
at_exec(struct run *run, struct task *task)
{
	if (!run->has_begun) {
		run->entry = launch_entry_point(task->pid);
		if (machine_plant(task->pid, run->entry,
		    &run->entry_word) == -1)
			give_up("cannot plant a breakpoint");
		(void)ptrace(PTRACE_CONT, task->pid, 0, 0);
		return;
	}
	if (task->open >= 0) {
		run->record->points[task->open].is_exec = true;
		task->open = -1;
	}
	task_let_go(task, 0);
}

static void
at_stop(struct run *run, struct task *task, int sig, int event)
{
	unsigned long message;

	if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK ||
	    event == PTRACE_EVENT_CLONE) {
		if (ptrace(PTRACE_GETEVENTMSG, task->pid, 0, &message) == 0)
			task_add(run, (pid_t)message)->is_logger |=
			    task->is_logger;
	}
	if (event == PTRACE_EVENT_EXIT)
		strike_at_end(run, task);
	if (run->is_over) {
		task_let_go(task, event != 0 || sig == SYSCALL_STOP ? 0 : sig);
	} else if (event == PTRACE_EVENT_EXEC) {
		at_exec(run, task);
	} else if (event != 0) {
		task_resume(task, 0);
	} else if (sig == SYSCALL_STOP) {
		if (at_call(run, task))
			task_resume(task, 0);
	} else if (sig == SIGTRAP && !run->has_begun) {
		run->has_begun = true;
		if (machine_lift(task->pid, run->entry, run->entry_word) == -1)
			give_up("cannot lift the breakpoint");
		task_resume(task, 0);
	} else {
		task_resume(task, sig);
	}
}

static void
at_event(struct run *run, pid_t pid, int status)
{
	struct task *task = task_find(run, pid);

	if (WIFSTOPPED(status)) {
		if (task == NULL)
			task = task_add(run, pid);
		at_stop(run, task, WSTOPSIG(status), status >> 16);
		return;
	}
	if (task == NULL)
		return;		/* an orphan that ended is no news here */
	task->is_ours = false;
	if (task == &run->tasks[0]) {
		run->out->status = status;
		run->out->has_exited = true;
		/* It would be followed to the end of its life. */
		if (run->launch->has_logger)
			run_let_go(run, NULL);
	}
}

static bool
seize(pid_t pid)
{
	return (ptrace(PTRACE_SEIZE, pid, 0, (void *)OPTIONS) == 0);
}

/*
 * Run the tool once.  With `record`, note every call; with `fault`, do it;
 * with neither, the start is not traced at all.
 */
int
trace_run(const struct launch *launch, const struct fault *fault,
    struct trace *record, struct outcome *out)
{
	struct run run = {
		.launch = launch,
		.fault = fault,
		.record = record,
		.out = out,
	};
	pid_t pid;
	int status;

	*out = (struct outcome){ .status = 0 };
	run.deadline = now_ms() + STARTUP_MS;
	run.tasks[0].pid = launch_child(launch,
	    fault != NULL || record != NULL ? seize : NULL);
	run.tasks[0].open = -1;
	run.tasks[0].is_ours = fault != NULL || record != NULL;
	run.n = 1;
	while (!out->has_exited || tasks_alive(&run) != 0) {
		if ((pid = launch_next_event(run.deadline, &status)) == 0) {
			out->has_hung = true;
			break;
		}
		at_event(&run, pid, status);
	}
	if (record != NULL && launch->has_logger)
		record->logger = run.tasks[LOGGER_TASK].pid;
	if (out->has_hung)
		children_end();
	return (out->has_hung ? -1 : 0);
}

/* Why nothing can be traced here; NULL where it can. */
const char *
trace_missing(void)
{
	int status;
	pid_t pid;
	bool can_trace;

	if (!MACHINE_IS_KNOWN)
		return ("this processor's registers are not known");
	if ((pid = fork()) == 0) {
		for (;;)
			pause();
	}
	can_trace = pid != -1 && seize(pid);
	if (pid != -1) {
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, &status, __WALL);
	}
	return (can_trace ? NULL : "ptrace is not permitted here");
}
