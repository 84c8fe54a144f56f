/*
 * tap.h: the Test Anything Protocol for the unit tests. A test program calls
 * ok() as often as it likes and ends with `return done_testing();`.
 */
#ifndef UNIT_TAP_H
#define UNIT_TAP_H

#include <stdio.h>
#include <string.h>

#define ok(cond, name)	tap_report((cond), (name), #cond, __FILE__, __LINE__)
#define is_str(got, want, name)						\
	tap_report(strcmp((got), (want)) == 0, (name), #got " is " #want, \
	    __FILE__, __LINE__)

/* One line of TAP; where it is a failure, COND, FILE and LINE say of what. */
void tap_report(int passed, const char *name, const char *cond,
    const char *file, int line);

/* Says how many there were. Returns the exit status. */
int done_testing(void);

#endif
