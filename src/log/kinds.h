/*
 * kinds.h: the kinds of sinks; contract: struct sink_kind.
 */
#ifndef LOG_KINDS_H
#define LOG_KINDS_H

#include "log/sink.h"

/* A file that is opened anew when it was renamed, rotated and pruned. */
extern const struct sink_kind sink_file;

/* syslog(3)'s socket; TARGET's path instead of it where that is given. */
extern const struct sink_kind sink_syslog;

/* The journal's native protocol; TARGET's path instead of its socket. */
extern const struct sink_kind sink_journal;

/* Standard input of a shell command, started again when it dies. */
extern const struct sink_kind sink_command;

/* A descriptor of whoever started the daemon. */
extern const struct sink_kind sink_descriptor;

#endif
