/*
 * past.h: the last lines of a log, in as many of its files as they take.
 */
#ifndef CONTROL_PAST_H
#define CONTROL_PAST_H

#include <stdint.h>

#include "base/failure.h"
#include "control/pour.h"
#include "control/trail.h"

/*
 * Pours the last COUNT lines that were in TRAIL when it was opened. An end
 * without a newline is a line. With POUR's tag only such lines count, and only
 * the file now is looked at.
 * Returns 0, 1 after a message where some of a file cannot be read, or -1 with
 * FAILURE.
 */
int past_pour(struct trail *trail, uint64_t count, struct pour *pour,
    struct failure *failure);

/* Pours all of file INDEX of TRAIL that was left. Returns as above. */
int past_pour_piece(const struct trail *trail, size_t index,
    struct pour *pour, struct failure *failure);

/*
 * Pours the file now from its offset to LIMIT (-1: to its end), and moves the
 * offset. Returns 0, or -1 with FAILURE.
 */
int past_pour_now(struct trail *trail, off_t limit, struct pour *pour,
    struct failure *failure);

/* Standard output cannot be written (errno). Returns -1 with FAILURE. */
int past_fail_output(struct failure *failure);

#endif
