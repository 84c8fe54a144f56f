/*
 * tree.c: see tree.h.
 */
#include "process/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/os.h"

/* Every process there is, as seen in one pass. */
struct snapshot {
	struct os_process *process;
	size_t count, room;
};

static int
add_process(pid_t pid, void *context)
{
	struct snapshot *all = context;
	struct os_process *grown;

	if (all->count == all->room) {
		all->room = all->room == 0 ? 256 : 2 * all->room;
		grown = realloc(all->process, all->room * sizeof(*grown));
		if (grown == NULL)
			return -1;
		all->process = grown;
	}
	if (os_process_read(pid, &all->process[all->count]) == 0)
		all->count++;
	return 0;
}

static const struct os_process *
find(const struct snapshot *all, pid_t pid)
{
	size_t i;

	for (i = 0; i < all->count; i++)
		if (all->process[i].pid == pid)
			return &all->process[i];
	return NULL;
}

/* Does PROCESS come from ROOT? A chain of parents has no more than COUNT. */
static bool
is_descendant(const struct snapshot *all, const struct os_process *process,
    pid_t root)
{
	size_t steps;

	for (steps = 0; process != NULL && steps < all->count; steps++) {
		if (process->ppid == root)
			return true;
		process = find(all, process->ppid);
	}
	return false;
}

static bool
is_alive(const struct os_process *process)
{
	return process->state != 'Z' && process->state != 'X';
}

static int
add_member(struct tree *tree, const struct os_process *seen)
{
	struct tree_member *grown;
	struct os_process now;
	int pidfd;

	pidfd = os_pidfd_open(seen->pid);
	if (pidfd == -1)
		return 0;	/* it has ended */
	if (os_process_read(seen->pid, &now) == -1 ||
	    now.start_ticks != seen->start_ticks ||
	    now.sid != seen->sid) {
		(void)close(pidfd);	/* another one by now */
		return 0;
	}
	grown = realloc(tree->member, (tree->count + 1) * sizeof(*grown));
	if (grown == NULL) {
		(void)close(pidfd);
		return -1;
	}
	tree->member = grown;
	tree->member[tree->count++] = (struct tree_member){
		.pid = seen->pid, .pidfd = pidfd,
	};
	return 0;
}

int
tree_find(struct tree *tree, pid_t root, pid_t sid)
{
	struct snapshot all = { .process = NULL };
	const struct os_process *leader;
	int result;
	size_t i;

	*tree = (struct tree){ .member = NULL };
	result = os_each_process(add_process, &all);
	leader = find(&all, sid);
	if (root == -1 && leader != NULL && is_alive(leader))
		all.count = 0;
	for (i = 0; result == 0 && i < all.count; i++)
		if (all.process[i].pid != root &&
		    all.process[i].pid != getpid() &&
		    is_alive(&all.process[i]) &&
		    (all.process[i].sid == sid ||
		    is_descendant(&all, &all.process[i], root)))
			result = add_member(tree, &all.process[i]);
	free(all.process);
	if (result == -1)
		tree_release(tree);
	return result;
}

static bool
is_member(const struct tree *tree, pid_t pid)
{
	size_t i;

	for (i = 0; i < tree->count; i++)
		if (tree->member[i].pid == pid)
			return true;
	return false;
}

bool
tree_is_born(pid_t pid, const struct tree *before)
{
	pid_t own_sid = getsid(0);
	struct os_process process;

	for (;;) {
		if (pid <= 1 || is_member(before, pid) ||
		    os_process_read(pid, &process) == -1 ||
		    process.sid == own_sid)
			return false;
		if (process.ppid == getpid())
			return true;
		pid = process.ppid;
	}
}

int
tree_find_born(struct tree *tree, const struct tree *before)
{
	struct snapshot all = { .process = NULL };
	int result;
	size_t i;

	*tree = (struct tree){ .member = NULL };
	result = os_each_process(add_process, &all);
	for (i = 0; result == 0 && i < all.count; i++)
		if (is_alive(&all.process[i]) &&
		    is_descendant(&all, &all.process[i], getpid()) &&
		    tree_is_born(all.process[i].pid, before))
			result = add_member(tree, &all.process[i]);
	free(all.process);
	if (result == -1)
		tree_release(tree);
	return result;
}

int
tree_find_own(struct tree *tree)
{
	siginfo_t info;

	*tree = (struct tree){ .member = NULL };
	if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == -1 &&
	    errno == ECHILD)
		return 0;
	return tree_find(tree, getpid(), getpid());
}

void
tree_release(struct tree *tree)
{
	size_t i;

	for (i = 0; i < tree->count; i++)
		(void)close(tree->member[i].pidfd);
	free(tree->member);
	*tree = (struct tree){ .member = NULL };
}
