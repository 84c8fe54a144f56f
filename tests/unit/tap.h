/*
 * tap.h: the Test Anything Protocol for the unit tests. A test program calls
 * ok() as often as it likes and ends with `return done_testing();`.
 */
#ifndef UNIT_TAP_H
#define UNIT_TAP_H

#include <stdio.h>
#include <string.h>

static int tap_count, tap_failures;

#define ok(cond, name)	tap_report((cond), (name), #cond, __FILE__, __LINE__)
#define is_str(got, want, name)						\
	tap_report(strcmp((got), (want)) == 0, (name), #got " is " #want, \
	    __FILE__, __LINE__)

static inline void
tap_report(int passed, const char *name, const char *cond, const char *file,
    int line)
{
	tap_count++;
	printf("%sok %d - %s\n", passed ? "" : "not ", tap_count, name);
	if (!passed) {
		tap_failures++;
		printf("# %s:%d: %s is false\n", file, line, cond);
	}
	fflush(stdout);
}

static inline int
done_testing(void)
{
	printf("1..%d\n", tap_count);
	return tap_failures > 0;
}

#endif
