/*
 * logger.h: the process between a daemon and its log.
 *
 * It reads the pipes that are the daemon's stdout and stderr, and ends when
 * the last writer has closed them and everything has arrived. It answers to
 * SIGHUP (open files anew) and no other signal: TERM would cost the daemon
 * its output, unless somebody holds the pipes (log.is_replaceable).
 */
#ifndef LOG_LOGGER_H
#define LOG_LOGGER_H

#include "log/log.h"

/*
 * Runs until the end. To be called in a process of its own, with all signals
 * blocked; takes over the descriptors in LOG. Returns an exit status of 0,
 * or 1 when it could not begin.
 */
int logger_run(const struct log *log);

/* Tells whoever started the logger that ERROR, if not 0, keeps it from it. */
void logger_tell(const struct log *log, int error);

#endif
