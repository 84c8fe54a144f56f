/*
 * follow.h: a log as it grows, whatever becomes of its files.
 */
#ifndef CONTROL_FOLLOW_H
#define CONTROL_FOLLOW_H

#include <stddef.h>

#include "base/failure.h"
#include "control/pour.h"
#include "control/trail.h"

/*
 * Pours what is added to COUNT trails, from their offsets on, until nobody
 * reads standard output any more. A log that was renamed is read to its end
 * before the file that has its name now; those that were rotated in between
 * come first, also where they have been compressed since. One that was
 * truncated is read from its beginning.
 * HEADED is the trail whose heading is the last one; -1: there are none.
 * Returns 0, or -1 with FAILURE.
 */
int follow_trails(struct trail *trails, size_t count, int headed,
    struct pour *pour, struct failure *failure);

#endif
