/*
 * caller.h: a known state for the process that the user started.
 *
 * It may have been born with closed descriptors, any umask, blocked or ignored
 * signals. The daemon gets its own surroundings later, from the plan.
 */
#ifndef BASE_CALLER_H
#define BASE_CALLER_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Opens descriptors 0 to 2 where they are closed, makes dead children
 * readable (SIGCHLD), broken pipes an errno (SIGPIPE), and modes exact
 * (umask 0). Returns 0, or -1 with errno.
 */
int caller_prepare(void);

/*
 * Holds back every signal until we exit, so that a start is whole: it comes
 * to its end and its status is the truth. Returns 0, or -1 with errno.
 */
int caller_hold_signals(void);

/*
 * Descriptor that is readable when one of TERM, INT, HUP and QUIT has come,
 * but for those that are ignored, or CHLD (os_signal_open). Signals must be
 * held. Returns -1 with errno.
 */
int caller_hear_signals(void);

/*
 * Waits until FD (-1: none) is readable or TIMEOUT_MS (-1: none) have passed.
 * Signals come through meanwhile: call it only while an end would leave
 * nothing behind. Returns whether FD is readable.
 */
bool caller_wait(int fd, int64_t timeout_ms);

/* Milliseconds on a clock that nobody sets. */
int64_t caller_now_ms(void);

/* Is this process PID 1, whose end ends every process of its namespace? */
bool caller_is_init(void);

#endif
