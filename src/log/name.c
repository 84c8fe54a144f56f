/*
 * name.c: see name.h.
 */
#include "log/name.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"

int
log_name(char *result, size_t size, const char *path, bool is_pattern,
    time_t second)
{
	if (is_pattern ? clock_format(result, size, path, second) > 0 :
	    strlcpy(result, path, size) < size)
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}
