/*
 * name.h: the name of a log file whose target is a pattern.
 */
#ifndef LOG_NAME_H
#define LOG_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/*
 * Writes the path of the log at SECOND: PATH itself or, with IS_PATTERN, as
 * strftime(3) expands it in local time.
 * Returns 0, or -1 with errno ENAMETOOLONG.
 */
int log_name(char *result, size_t size, const char *path, bool is_pattern,
    time_t second);

#endif
