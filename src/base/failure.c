/*
 * failure.c: see failure.h.
 */
#include "base/failure.h"

#include <stdarg.h>
#include <stdio.h>

int
failure_set(struct failure *failure, int status, const char *format, ...)
{
	va_list ap;

	failure->status = status;
	va_start(ap, format);
	(void)vsnprintf(failure->text, sizeof(failure->text), format, ap);
	va_end(ap);
	return -1;
}
