/*
 * hear.h: what the daemon itself says while it is waited for.
 */
#ifndef READY_HEAR_H
#define READY_HEAR_H

#include <stdbool.h>
#include <stdint.h>

#include "ready/ready.h"

/*
 * Takes at most COUNT notifications: readiness, more time, another main
 * process, which must descend from the daemon and hold the locks of the pidfile
 * and the lock file, if there are any: it is then the one that is waited for,
 * and written to the pidfile.
 */
void hear_messages(struct ready *ready, struct instance *instance,
    unsigned int count, int64_t now_ms);

/*
 * Reads what it has written, for the "log:" conditions. Where one of them can
 * not hold any more, because nothing is heard from the logger, deaf_to is set
 * and the deadline is now.
 */
void hear_output(struct ready *ready, int64_t now_ms);

/* Is there such a condition? */
bool hear_has_log(const struct ready *ready);

#endif
