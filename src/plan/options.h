/*
 * options.h: the command line and the configuration files as they were typed.
 *
 * One table of rules (option_table.c) is the command line, the configuration
 * keys and --help. Strings in struct options are borrowed from argv, from the
 * configuration text, or from allocations kept until the program ends.
 */
#ifndef PLAN_OPTIONS_H
#define PLAN_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "base/schedule.h"
#include "plan/condition.h"

enum if_running {
	IF_RUNNING_FAIL,
	IF_RUNNING_OK,
	IF_RUNNING_WAIT,
	IF_RUNNING_REPLACE,
};

enum {
	OPTIONS_LIMITS_MAX = 16,	/* Linux has 16 resources, BSD 15 */
	OPTIONS_CPUS_MAX = 1024,	/* CPU_SETSIZE */
	OPTIONS_KEPT_MAX = 1024,
	OPTIONS_LOGS_MAX = 8,
	OPTIONS_LOG_KEEP = 10,		/* as svlogd(8) and s6-log have it */
};

struct string_list {
	const char **item;
	size_t count;
};

struct limit {
	const char *name;
	int resource;			/* of setrlimit(2) */
	struct rlimit value;
};

struct options {
	const char *name;
	const char *pidfile;
	const char *lockfile;
	enum if_running if_running;
	int64_t if_running_ms;		/* wait; -1: for ever */
	struct schedule stop;		/* how a running one is ended */

	const char *chdir;
	const char *chroot;
	mode_t umask;
	const char *user;
	const char *groups;
	struct string_list env;		/* NAME=VALUE */
	struct string_list env_file;
	struct string_list unset_env;
	bool is_env_clear;
	struct limit limit[OPTIONS_LIMITS_MAX];
	size_t limit_count;
	bool has_nice;
	int nice;
	bool has_io_priority;
	int io_class, io_level;
	bool has_cpus;
	unsigned char cpus[OPTIONS_CPUS_MAX / 8];
	const char *cpus_text;
	bool has_scheduler;
	int scheduler, scheduler_priority;
	const char *scheduler_text;
	const char *io_priority_text;
	bool has_oom_score;
	int oom_score;
	bool wants_no_new_privs;
	bool has_capabilities;
	uint64_t capabilities;
	const char *capabilities_text;
	int kept[OPTIONS_KEPT_MAX];	/* as typed, not sorted */
	size_t kept_count;
	const char *argv0;
	bool wants_mkdir;

	const char *in;
	const char *out;
	const char *err;
	struct string_list log;
	bool is_log_of_config;		/* a --log takes the place of it */
	bool is_append;
	mode_t log_mode;
	bool has_log_mode;
	const char *log_timestamp;	/* a word or a format; NULL: none */
	bool has_log_tag;
	uint64_t log_size;		/* bytes; 0: no limit */
	int64_t log_age_ms;		/* 0: no limit */
	bool has_log_keep;
	unsigned int log_keep;
	const char *log_compress;	/* program; NULL: none */
	bool wants_log_reopen;
	bool is_log_dropping;		/* --log-full=drop */
	bool wants_pty;

	struct condition condition[CONDITIONS_MAX];	/* as typed */
	size_t condition_count;
	bool are_conditions_older;	/* than what is being read */
	int64_t timeout_ms;		/* -1: not given */
	bool is_kept_on_timeout;
	int64_t max_runtime_ms;		/* -1: none */
	int64_t jitter_ms;
	bool is_quiet_unless_failed;

	bool is_foreground;

	const char *config;
	bool is_dry_run;
	bool is_verbose;
	bool wants_help;
	bool wants_all_help;		/* --help=all */
	bool wants_version;

	char **command;			/* ends with NULL; NULL if none */
	int argc;			/* of main, for a process's title */
	char **argv;
};

enum option_group {
	GROUP_INSTANCE,
	GROUP_SURROUNDINGS,
	GROUP_STREAMS,
	GROUP_READY,
	GROUP_GENERAL,
	N_GROUPS
};

enum {
	OPTION_COMMAND_LINE = 1,	/* no configuration key */
	OPTION_RARE = 2,		/* --help only names it */
};

/*
 * SET stores VALUE in OPTIONS (a switch: NULL or "yes" for on, "no" for off;
 * a value that was left out: NULL).
 * It returns 0, or -1 with *WHY, static text that goes on after
 * "invalid --NAME 'VALUE': ".
 */
struct option_rule {
	const char *name;
	char letter;			/* '\0': only the long form */
	const char *value;		/* its name in --help, NULL: a switch,
					   "[=NAME]": may be left out */
	enum option_group group;
	unsigned int flags;		/* of these: */
	const char *help;
	int (*set)(struct options *options, const char *value,
	    const char **why);
};

extern const struct option_rule option_rules[];
extern const size_t option_rule_count;

/* For SET: stores TEXT in *WHY and returns -1. */
int option_refuse(const char **why, const char *text);

/* May the value of RULE be left out? */
bool option_rule_is_optional(const struct option_rule *rule);

/* The rule named NAME, or NULL. */
const struct option_rule *option_rule_find(const char *name);

/* Defaults: what holds when nothing is given. */
void options_init(struct options *options);

/*
 * Reads the command line and the configuration files that go before it
 * (/etc/daemonize.conf, --config) into OPTIONS.
 * Returns 0, or -1 after a message.
 */
int options_parse(struct options *options, int argc, char **argv);

/*
 * Writes --help or --version to stdout. What is rare is only named, unless ALL
 * is wanted. Returns 0, or -1 with errno.
 */
int options_print_help(bool all);
int options_print_version(void);

/* Appends ITEM to LIST. Returns 0, or -1 with errno. */
int string_list_add(struct string_list *list, const char *item);

#endif
