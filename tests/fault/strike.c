/*
 * Do the one fault of a run, and let everything go.
 */
#include <sys/ptrace.h>
#include <sys/wait.h>

#include <signal.h>

#include "machine.h"
#include "run.h"

static bool
is_kill(const struct fault *fault)
{
	return (fault->kind == FAULT_KILL_ENTRY ||
	    fault->kind == FAULT_KILL_EXIT);
}

/*
 * Nobody waits for a logger's end, but whoever looks after it must find it
 * dead, not dying.
 */
static void
await_end(struct task *victim)
{
	int status;

	while (waitpid(victim->pid, &status, __WALL) == victim->pid &&
	    WIFSTOPPED(status))
		(void)ptrace(PTRACE_CONT, victim->pid, 0, 0);
	victim->is_ours = false;
}

/* Calls are not in step in every run: has the last look been taken? */
static bool
is_too_late(const struct run *run)
{
	return (run->fault->looks > 0 && run->looks >= run->fault->looks);
}

static void
strike_dead(struct run *run)
{
	struct task *victim = &run->tasks[run->fault->victim];

	if (run->fault->victim >= run->n || !victim->is_ours ||
	    is_too_late(run))
		return;
	run->out->was_hit = kill(victim->pid, SIGKILL) == 0;
	if (victim->is_logger)
		await_end(victim);
}

bool
strike_at_entry(struct run *run, struct task *task, long nr)
{
	const struct fault *fault = run->fault;

	if (nr != fault->nr) {
		run->out->has_moved = true;
		run_let_go(run, task);
		return (false);
	}
	switch (fault->kind) {
	case FAULT_ERROR:
	case FAULT_BREAK:
		(void)machine_skip_call(task->pid);
		task->is_armed = true;
		return (true);
	case FAULT_AFTER:
	case FAULT_KILL_EXIT:
		task->is_armed = true;
		return (true);
	case FAULT_SHORT:
		run->out->was_hit = machine_set_third(task->pid,
		    (uint64_t)fault->value) == 0;
		break;
	case FAULT_KILL_ENTRY:
		strike_dead(run);
		break;
	}
	run_let_go(run, task);
	return (false);
}

bool
strike_at_exit(struct run *run, struct task *task)
{
	const struct fault *fault = run->fault;

	task->is_armed = false;
	if (fault->kind == FAULT_KILL_EXIT)
		strike_dead(run);
	else if (fault->kind == FAULT_BREAK)
		run->out->was_hit = machine_set_result(task->pid,
		    run->last_break) == 0;
	else
		run->out->was_hit = machine_set_result(task->pid,
		    -fault->value) == 0;
	run_let_go(run, task);
	return (false);
}

/*
 * A kill in the midst of execve may find the target there already: the start
 * has worked then, and the kill is the target's own.
 */
void
strike_at_end(struct run *run, const struct task *task)
{
	const struct fault *fault = run->fault;

	if (fault != NULL && run->out->was_hit && is_kill(fault) &&
	    task == &run->tasks[fault->victim] && !task->is_logger)
		run->out->was_target = launch_has_become(task->pid,
		    run->launch->argv[0]);
}
