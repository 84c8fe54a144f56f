/*
 * show.h: a daemon in one line, for a person or for a program.
 */
#ifndef CONTROL_SHOW_H
#define CONTROL_SHOW_H

#include <stdbool.h>
#include <stddef.h>

#include "base/json.h"
#include "control/loggers.h"
#include "process/daemon.h"

/* Why DAEMON is dead, absent or unknown. */
void show_reason(const struct daemon *daemon, char *text, size_t size);

/*
 * A status line on stdout; of its logger only what is wrong. Returns 0, or -1
 * with errno.
 */
int show_status(const char *label, const struct daemon *daemon,
    const struct log_health *health);

/*
 * A row of the list: a table for a person (IS_TABLE), otherwise fields with
 * tabs between them: name, pid, user, uptime in seconds, memory in bytes,
 * command. Returns 0, or -1 with errno.
 */
int show_row(const char *name, const struct daemon *daemon, bool is_table);
int show_table_head(void);

/* The same facts as an object. HEALTH may be NULL. */
void show_json(struct json *json, const char *label,
    const struct daemon *daemon, const struct log_health *health);

#endif
