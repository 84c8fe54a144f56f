/*
 * clock.c: see clock.h.
 */
#include "base/clock.h"

int64_t
clock_now_us(void)
{
	struct timespec now;

	/* It cannot fail (clock_gettime(2)). */
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

struct timespec
clock_wall(void)
{
	struct timespec now;

	/* It cannot fail (clock_gettime(2)). */
	(void)clock_gettime(CLOCK_REALTIME, &now);
	return now;
}

int64_t
clock_wall_ms(void)
{
	struct timespec now = clock_wall();

	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* strftime(3) takes nothing but the time: a strange format is harmless. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
size_t
clock_format(char *text, size_t size, const char *format, time_t second)
{
	struct tm tm;

	(void)localtime_r(&second, &tm);
	return strftime(text, size, format, &tm);
}
#pragma GCC diagnostic pop
