/*
 * tree.h: a process with all that came from it.
 */
#ifndef PROCESS_TREE_H
#define PROCESS_TREE_H

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
 * Finds the descendants of ROOT and whoever is in its session SID (where
 * orphans of a daemon stay), but not ROOT itself. Each is looked at once more
 * after its pidfd was opened, so that no recycled pid gets in. What leaves
 * both the tree and the session is not found.
 * With ROOT -1, for one that is dead and whose number says nothing any more,
 * only the session counts; and that is somebody else's if its leader lives.
 * Returns 0, or -1 with errno; the caller calls tree_release.
 */
int tree_find(struct tree *tree, pid_t root, pid_t sid);

void tree_release(struct tree *tree);

#endif
