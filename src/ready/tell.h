/*
 * tell.h: what is told while the daemon is waited for.
 */
#ifndef READY_TELL_H
#define READY_TELL_H

#include <stdint.h>

#include "ready/ready.h"

enum { TELL_TICK_MS = 1000 };	/* of the terminal */

/* One quiet line on a terminal: what we wait for, and since when. */
void tell_terminal(struct ready *ready, int64_t now_ms);

/* With -v: what holds by now, and what the daemon says about itself. */
void tell_progress(struct ready *ready);

#endif
