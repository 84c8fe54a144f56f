/*
 * tree.h: a process with all that came from it.
 */
#ifndef PROCESS_TREE_H
#define PROCESS_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* One process of a tree, held fast by its pidfd. */
struct tree_member {
	pid_t pid;
	int pidfd;
};

struct tree {
	struct tree_member *member;
	size_t count;
};

/*
 * Finds whoever is in session SID (where orphans of a daemon stay) and the
 * descendants of these and of ROOT, but not ROOT itself. No recycled pid gets
 * in: each is looked at once more after its pidfd was opened, and must then
 * have a living parent whose pidfd is held (or be in the session). ROOT alone
 * is a bare number: of one that has ended by the return it meant nobody, and
 * the tree must not be used. A session counts only if nobody else leads it.
 * What leaves both the tree and the session is not found.
 * With ROOT -1, for one that is dead and whose number says nothing any more,
 * only the session counts.
 * Returns 0, or -1 with errno; the caller calls tree_release.
 */
int tree_find(struct tree *tree, pid_t root, pid_t sid);

/*
 * Finds who descends from this process, a subreaper, and not from any member
 * of BEFORE, which holds who did so earlier; whoever is in our own session was
 * there before, too. Of more than there may be open files it finds the nearest.
 * Costs little where no child lives. Returns as tree_find.
 */
int tree_find_born(struct tree *tree, const struct tree *before);

/* Is PID, alive or a zombie, one of those? */
bool tree_is_born(pid_t pid, const struct tree *before);

/*
 * Finds all descendants of this process that live: what tree_find_born will
 * need. Costs nothing where it has no child at all. Returns as tree_find.
 */
int tree_find_own(struct tree *tree);

void tree_release(struct tree *tree);

#endif
