/*
 * syslog.h: a daemon's lines among those of a system's log.
 */
#ifndef CONTROL_SYSLOG_H
#define CONTROL_SYSLOG_H

#include <stdbool.h>
#include <stddef.h>

/* The first of the files where syslogd puts what daemons say; or NULL. */
const char *syslog_find(void);

/* Is this line, of LEN bytes, tagged as one of the daemon NAME? */
bool syslog_is_of(const char *line, size_t len, const char *name);

#endif
