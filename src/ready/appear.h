/*
 * appear.h: a file that appears, or that changes.
 */
#ifndef READY_APPEAR_H
#define READY_APPEAR_H

#include <stdbool.h>
#include <sys/stat.h>

struct appear {
	const char *path;	/* absolute, borrowed */
	bool was_there;
	struct stat before;
};

/* Remembers what is there now: a file that was left behind is not new. */
void appear_begin(struct appear *appear, const char *path);

/*
 * Makes WATCH (os_watch_open) tell when the file may have appeared: by its
 * directory or, where that is missing, the nearest one above. To be called
 * again after each event. Returns whether it can be watched.
 */
bool appear_watch(const struct appear *appear, int watch);

/*
 * Is there a new file, or is the old one another or changed? Returns 1, 0 for
 * no, or -1 with errno where that cannot be seen.
 */
int appear_look(const struct appear *appear);

#endif
