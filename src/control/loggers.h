/*
 * loggers.h: the loggers that run, and whose output each of them reads.
 *
 * Whatever calls itself a logger is one only for a daemon whose pipe or
 * terminal it has the other end of.
 */
#ifndef CONTROL_LOGGERS_H
#define CONTROL_LOGGERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/os.h"
#include "log/title.h"
#include "process/daemon.h"

/* The reading end of something. */
struct logger_end {
	pid_t pid;
	enum os_descriptor_kind kind;	/* PIPE or MASTER */
	dev_t device;
	ino_t inode;
	int terminal;
};

/* All zero to begin with; every process is looked at once, when needed. */
struct loggers {
	bool is_scanned;
	bool has_hidden;	/* there is one that we may not look into */
	struct logger_end *end;
	size_t count;
};

/* Who reads what is written to WRITER, of FACTS; -1: no logger is seen. */
pid_t loggers_find(struct loggers *loggers, const struct os_descriptor *writer,
    struct title_facts *facts);

/* How the logger of a daemon is. */
struct log_health {
	pid_t logger;		/* 0: there is none, or none is seen */
	bool is_gone;		/* it has died: nobody reads the output */
	struct title_facts facts;	/* of a logger */
};

/* A daemon that needs none costs two looks at its descriptors. */
void log_health_read(struct log_health *health, const struct daemon *daemon,
    struct loggers *loggers);

void loggers_release(struct loggers *loggers);

#endif
