/*
 * check.h: would a plan work?
 */
#ifndef START_CHECK_H
#define START_CHECK_H

#include "base/failure.h"
#include "plan/plan.h"

/*
 * Looks, with the daemon's rights where it will have them, whether the command
 * can be executed, the directories entered, the files read and written, the
 * limits, priorities and processors set. Opens none of those files: a FIFO that
 * nobody reads is not found out. Changes nothing.
 * Returns 0, or -1 with FAILURE.
 */
int check_plan(const struct plan *plan, struct failure *failure);

/*
 * Does somebody read each log that is a FIFO? They stay open, so that no reader
 * sees an end before the daemon writes. Returns 0, or -1 with FAILURE.
 */
int check_readers(const struct plan *plan, struct failure *failure);

/*
 * The part of check_plan that is about what the daemon does itself, after the
 * claim. Returns 0, or -1 with FAILURE.
 */
int check_daemon(const struct plan *plan, struct failure *failure);

/*
 * Can the plan's command be executed, as far as our effective ids can tell?
 * Returns 0, or -1 with FAILURE.
 */
int check_command(const struct plan *plan, struct failure *failure);

#endif
