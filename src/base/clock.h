/*
 * clock.h: the time, and formats of it that users give.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* Microseconds on a clock that nobody sets. */
int64_t clock_now_us(void);

/* The time of day; seconds and nanoseconds since the epoch. */
struct timespec clock_wall(void);
int64_t clock_wall_ms(void);

/*
 * strftime(3) with a FORMAT that is not ours, in local time. Returns the
 * number of bytes, or 0 when SIZE is too small (or the result is empty).
 */
size_t clock_format(char *text, size_t size, const char *format,
    time_t second);

#endif
