/*
 * tree.c: see tree.h.
 */
#include "process/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/os.h"
#include "process/process.h"

/* Every process there is, as seen in one pass. */
struct snapshot {
	struct os_process *process;
	size_t count, room;
};

enum { TRIES = 10 };

/* What is looked for. */
struct search {
	struct snapshot all;
	struct tree *tree;
	const struct tree *before;	/* not these; NULL: none */
	pid_t root;			/* -1: none */
	pid_t sid;			/* whose members count; -1: none */
	pid_t shunned_sid;		/* whose do not; -1: none */
	bool is_for_own;		/* only descendants of ours count */
	bool may_be_part;		/* as many as can be held will do */
};

/*
 * Is ERROR only about one process: it has ended, or we may not look at it? All
 * else (no descriptor left, say) must not pass for that.
 */
static bool
is_its_own(int error)
{
	return error == ESRCH || error == ENOENT || error == EACCES ||
	    error == EPERM;
}

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
	else if (!is_its_own(errno))
		return -1;
	return 0;
}

/* Without a look at everybody else, where there are lists of children. */
static int
add_own(struct snapshot *all)
{
	int result = os_each_child(getpid(), add_process, all);
	size_t i;

	if (result == -1)
		return os_each_process(add_process, all);
	for (i = 0; result == 0 && i < all->count; i++) {
		result = os_each_child(all->process[i].pid, add_process, all);
		if (result == -1 && is_its_own(errno))
			result = 0;
	}
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

/*
 * Is the process SEEN, whose PIDFD was opened since, a child of PARENT (pid -1:
 * a member of the session)? What is read by number is its own if it lives
 * after that; and so does its parent, or that number may be another's by now.
 * Returns 1, 0, or -1 with errno.
 */
static int
is_proved(const struct search *search, const struct os_process *seen,
    int pidfd, const struct tree_member *parent)
{
	struct os_process now;

	if (os_process_read(seen->pid, &now) == -1)
		return is_its_own(errno) ? 0 : -1;
	return now.start_ticks == seen->start_ticks &&
	    now.sid != search->shunned_sid && (parent->pid == -1 ?
	    now.sid == search->sid : now.ppid == parent->pid) &&
	    !process_has_ended(parent->pidfd) && !process_has_ended(pidfd);
}

/* Adds SEEN if it is what is_proved says; then it is not seen any more. */
static int
add_member(struct search *search, struct os_process *seen,
    const struct tree_member *parent)
{
	struct tree *tree = search->tree;
	struct tree_member *grown;
	int pidfd, result;

	pidfd = os_pidfd_open(seen->pid);
	if (pidfd == -1)
		return errno == ESRCH ? 0 : -1;
	result = is_proved(search, seen, pidfd, parent);
	if (result == 1) {
		grown = realloc(tree->member,
		    (tree->count + 1) * sizeof(*grown));
		if (grown != NULL) {
			tree->member = grown;
			tree->member[tree->count++] = (struct tree_member){
				.pid = seen->pid, .pidfd = pidfd,
			};
			seen->pid = -1;
			return 0;
		}
		result = -1;
	}
	(void)close(pidfd);	/* nothing was written */
	return result;
}

/* Adds the children of PARENT (pid -1: the members of the session). */
static int
add_children(struct search *search, struct tree_member parent)
{
	struct snapshot *all = &search->all;
	struct os_process *seen;
	int result = 0;
	size_t i;

	for (i = 0; result == 0 && i < all->count; i++) {
		seen = &all->process[i];
		if ((parent.pid == -1 ? seen->sid == search->sid :
		    seen->ppid == parent.pid) &&
		    seen->pid != -1 && seen->pid != search->root &&
		    seen->pid != getpid() &&
		    (search->before == NULL ||
		    !is_member(search->before, seen->pid)))
			result = add_member(search, seen, &parent);
	}
	return result;
}

/* Does somebody else than the root lead the session, and live? */
static bool
is_led_by_other(const struct search *search)
{
	const struct os_process *process = search->all.process;
	size_t i;

	for (i = 0; i < search->all.count; i++)
		if (process[i].pid == search->sid)
			return process[i].pid != search->root &&
			    ((process[i].state != 'Z' &&
			    process[i].state != 'X') ||
			    process[i].threads > 1);
	return false;
}

/* From the top down, so that each parent is held before its children. */
static int
find(struct search *search)
{
	const struct tree_member session = { .pid = -1, .pidfd = -1 };
	const struct tree_member root = { .pid = search->root, .pidfd = -1 };
	struct tree *tree = search->tree;
	int result;
	size_t i;

	*tree = (struct tree){ .member = NULL };
	result = search->is_for_own ? add_own(&search->all) :
	    os_each_process(add_process, &search->all);
	if (result == 0 && search->sid != -1 && !is_led_by_other(search))
		result = add_children(search, session);
	if (result == 0 && search->root != -1)
		result = add_children(search, root);
	for (i = 0; result == 0 && i < tree->count; i++)
		result = add_children(search, tree->member[i]);
	free(search->all.process);
	if (result == -1 && search->may_be_part && tree->count > 0 &&
	    fd_is_shortage(errno))
		return 0;
	if (result == -1)
		tree_release(tree);
	return result;
}

int
tree_find(struct tree *tree, pid_t root, pid_t sid)
{
	struct search search = {
		.tree = tree, .root = root, .sid = sid, .shunned_sid = -1,
	};

	return find(&search);
}

/* May the child PID, or who descends from it, be one that was born later? */
static int
may_be_born(pid_t pid, void *context)
{
	struct os_process process;

	return is_member(context, pid) || (os_process_read(pid, &process) ==
	    0 && process.state == 'Z') ? 0 : 1;
}

int
tree_find_born(struct tree *tree, const struct tree *before)
{
	struct tree known = *before;
	struct search search = {
		.tree = tree, .before = before, .root = getpid(), .sid = -1,
		.shunned_sid = getsid(0), .may_be_part = true,
	};

	/* Orphans are our children: without one there is nobody. */
	*tree = (struct tree){ .member = NULL };
	if (os_each_child(getpid(), may_be_born, &known) == 0)
		return 0;
	return find(&search);
}

enum climb { CLIMB_NOT_OURS, CLIMB_OURS, CLIMB_HIGHER, CLIMB_AGAIN };

static enum climb
judge(pid_t pid, const struct tree *before, struct os_process *process)
{
	if (pid <= 1 || is_member(before, pid) ||
	    os_process_read(pid, process) == -1 ||
	    process->sid == getsid(0))
		return CLIMB_NOT_OURS;
	return process->ppid == getpid() ? CLIMB_OURS : CLIMB_HIGHER;
}

/*
 * Is the parent of CHILD, whose number is held since CHILD was read, its
 * parent still? If CHILD has gone, whoever got that number since is younger.
 */
static bool
has_kept_parent(const struct os_process *child)
{
	struct os_process now, parent;

	if (os_process_read(child->pid, &now) == 0 &&
	    now.start_ticks == child->start_ticks)
		return now.ppid == child->ppid;
	return os_process_read(child->ppid, &parent) == 0 &&
	    parent.start_ticks <= child->start_ticks;
}

/*
 * Goes up from PID, each parent held by its pidfd. CLIMB_AGAIN: one has ended
 * meanwhile, so that its children have another.
 */
static enum climb
climb(pid_t pid, const struct tree *before)
{
	struct os_process process;
	int pidfd = -1, above;
	enum climb result;

	for (;;) {
		result = judge(pid, before, &process);
		above = result == CLIMB_HIGHER ?
		    os_pidfd_open(process.ppid) : -1;
		if ((result == CLIMB_HIGHER && (above == -1 ||
		    !has_kept_parent(&process))) || process_has_ended(pidfd))
			result = CLIMB_AGAIN;
		if (pidfd != -1)
			(void)close(pidfd);	/* nothing was written */
		pidfd = above;
		if (result != CLIMB_HIGHER)
			break;
		pid = process.ppid;
	}
	if (pidfd != -1)
		(void)close(pidfd);	/* nothing was written */
	return result;
}

bool
tree_is_born(pid_t pid, const struct tree *before)
{
	enum climb result = CLIMB_AGAIN;
	int tries;

	for (tries = 0; tries < TRIES && result == CLIMB_AGAIN; tries++)
		result = climb(pid, before);
	return result == CLIMB_OURS;
}

int
tree_find_own(struct tree *tree)
{
	struct search search = {
		.tree = tree, .root = getpid(), .sid = -1, .shunned_sid = -1,
		.is_for_own = true,
	};
	siginfo_t info;

	*tree = (struct tree){ .member = NULL };
	if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == -1 &&
	    errno == ECHILD)
		return 0;
	return find(&search);
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
