/*
 * bury.h: the dead whom nobody else will bury.
 *
 * Whoever waits is a subreaper: the orphans of the daemon become its children.
 */
#ifndef READY_BURY_H
#define READY_BURY_H

#include <stdbool.h>
#include <sys/types.h>

#include "ready/ready.h"

/*
 * Buries them, but neither the daemon nor who was there before it, whose ends
 * are asked for elsewhere; and nobody who may have said what is not heard yet.
 */
void bury_others(struct ready *ready);

/* Is PID, our child, the daemon, a probe or one that was there before? */
bool bury_is_asked_for(const struct ready *ready, pid_t pid);

#endif
