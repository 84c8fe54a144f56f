/*
 * log.h: what a logger is told: whose output it takes, and where it goes.
 *
 * Made in the caller, before the fork; the logger changes nothing in it.
 * Its strings belong to whoever made it and outlive the logger.
 */
#ifndef LOG_LOG_H
#define LOG_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum log_stream {
	LOG_STDOUT,
	LOG_STDERR,
	N_LOG_STREAMS
};

enum log_kind {
	LOG_TO_FILE,
	LOG_TO_SYSLOG,
	LOG_TO_JOURNAL,
	LOG_TO_COMMAND,
	LOG_TO_DESCRIPTOR,
	N_LOG_KINDS
};

/* Where lines go. */
struct log_target {
	enum log_kind kind;
	unsigned int streams;	/* bit N: takes stream N */
	const char *path;	/* of the file, absolute; or the command */
	bool is_pattern;	/* PATH is expanded by strftime(3) */
	bool is_theirs;		/* a file to be opened with their rights */
	int fd;			/* of the file, open; or the descriptor */
	int priority[N_LOG_STREAMS];	/* facility | level, syslog(3) */
};

enum log_stamp {
	LOG_STAMP_NONE,
	LOG_STAMP_ISO,
	LOG_STAMP_UNIX,
	LOG_STAMP_TAI64N,
	LOG_STAMP_FORMAT,	/* by strftime(3) */
};

/*
 * A logger that stays root does to a file of the daemon's user only what that
 * user could: it calls ASSUME before and RESUME after (0, or -1 with errno);
 * both are NULL where there is nothing to change. DROP makes a command what
 * the daemon is, between its fork and exec, and is for good.
 */
struct log_rights {
	int (*assume)(void *context);
	int (*resume)(void *context);
	int (*drop)(void *context);
	void *context;
};

enum { LOG_TARGETS_MAX = 16 };

struct log {
	const char *name;		/* of the daemon, for syslog and ps */
	int argc;			/* of main, for ps to see our name; */
	char **argv;			/* NULL: do not */
	struct log_target target[LOG_TARGETS_MAX];
	size_t target_count;
	enum log_stamp stamp;
	const char *stamp_format;	/* LOG_STAMP_FORMAT */
	bool has_tags;			/* lines name their stream */
	uint64_t size_max;		/* rotate above; 0: never */
	int64_t age_max_ms;		/* 0: never */
	unsigned int keep;		/* rotated files that stay */
	bool has_keep;			/* that was asked for */
	const char *compress;		/* gzip, zstd, xz; NULL: do not */
	mode_t mode;			/* of new files */
	bool has_mode;			/* that was asked for */
	char *const *command_env;	/* of commands */
	bool drops;			/* rather than let the daemon wait */
	bool is_replaceable;		/* TERM hands over to a successor */
	struct log_rights rights;
	int input[N_LOG_STREAMS];	/* -1: none */
	int pid_fd;			/* the daemon's pid_t comes here; -1 */
	int tap_fd;			/* gets a copy of the lines; -1 */
	int ready_fd;			/* gets an int, 0 or the errno of what
					   failed, when it begins; -1 */
};

#endif
