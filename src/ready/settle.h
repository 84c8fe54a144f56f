/*
 * settle.h: is who was seen to be ready the one that stays?
 *
 * A program that puts itself in the background listens, forks and exits: for a
 * moment what is waited for holds while the process that we know still lives.
 * So whoever runs, or is not alone, is looked at a little longer. One that is
 * alone and waits for its work is believed at once.
 */
#ifndef READY_SETTLE_H
#define READY_SETTLE_H

#include <stdbool.h>
#include <stdint.h>

#include "ready/ready.h"

/*
 * All conditions hold at NOW_MS: is that to be believed? If not, ask again
 * at settle_at_ms. What the daemon says itself, or has lived through, is.
 */
bool settle_is_over(struct ready *ready, int64_t now_ms);

#endif
