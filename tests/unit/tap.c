/*
 * Counts what the unit tests report, over all files of a program.
 */
#include "tap.h"

static int count, failures;

void
tap_report(int passed, const char *name, const char *cond, const char *file,
    int line)
{
	count++;
	printf("%sok %d - %s\n", passed ? "" : "not ", count, name);
	if (!passed) {
		failures++;
		printf("# %s:%d: %s is false\n", file, line, cond);
	}
	fflush(stdout);
}

int
done_testing(void)
{
	printf("1..%d\n", count);
	return failures > 0;
}
