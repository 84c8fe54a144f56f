/*
 * option_table.c: every option once: name, letter, help and how it is stored.
 */
#include "plan/options.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/parse.h"
#include "plan/option_instance.h"
#include "plan/option_limit.h"
#include "plan/option_log.h"
#include "plan/option_ready.h"
#include "plan/option_schedule.h"

int
option_refuse(const char **why, const char *text)
{
	*why = text;
	return -1;
}

/* A path or word that only must not be empty. */
static int
set_text(const char **field, const char *value, const char **why)
{
	if (*value == '\0')
		return option_refuse(why, "must not be empty");
	*field = value;
	return 0;
}

#define TEXT_SETTER(FIELD)						\
static int								\
set_##FIELD(struct options *options, const char *value, const char **why) \
{									\
	return set_text(&options->FIELD, value, why);			\
}

#define SWITCH_SETTER(FIELD)						\
static int								\
set_##FIELD(struct options *options, const char *value, const char **why) \
{									\
	(void)why;							\
	options->FIELD = value == NULL || strcmp(value, "no") != 0;	\
	return 0;							\
}

TEXT_SETTER(pidfile)
TEXT_SETTER(lockfile)
TEXT_SETTER(chdir)
TEXT_SETTER(chroot)
TEXT_SETTER(user)
TEXT_SETTER(groups)
TEXT_SETTER(argv0)
TEXT_SETTER(in)
TEXT_SETTER(out)
TEXT_SETTER(err)
TEXT_SETTER(config)
SWITCH_SETTER(is_env_clear)
SWITCH_SETTER(wants_no_new_privs)
SWITCH_SETTER(wants_mkdir)
SWITCH_SETTER(is_append)
SWITCH_SETTER(has_log_tag)
SWITCH_SETTER(wants_log_reopen)
SWITCH_SETTER(wants_pty)
SWITCH_SETTER(is_kept_on_timeout)
SWITCH_SETTER(is_quiet_unless_failed)
SWITCH_SETTER(is_foreground)
SWITCH_SETTER(is_dry_run)
SWITCH_SETTER(is_verbose)
SWITCH_SETTER(wants_version)

static int
set_wants_help(struct options *options, const char *value, const char **why)
{
	if (value != NULL && strcmp(value, "all") != 0)
		return option_refuse(why, "must be all, or left out");
	options->wants_help = true;
	options->wants_all_help = value != NULL;
	return 0;
}

static int
set_umask(struct options *options, const char *value, const char **why)
{
	if (parse_octal(value, 0777, &options->umask) == -1)
		return option_refuse(why, "must be octal, 0 to 0777");
	return 0;
}

static int
set_env(struct options *options, const char *value, const char **why)
{
	if (*value == '=' || strchr(value, '=') == NULL)
		return option_refuse(why, "is not of the form NAME=VALUE");
	if (string_list_add(&options->env, value) == -1)
		return option_refuse(why, strerror(errno));
	return 0;
}

static int
set_unset_env(struct options *options, const char *value, const char **why)
{
	if (*value == '\0' || strchr(value, '=') != NULL)
		return option_refuse(why, "is no name of a variable");
	if (string_list_add(&options->unset_env, value) == -1)
		return option_refuse(why, strerror(errno));
	return 0;
}

static int
set_env_file(struct options *options, const char *value, const char **why)
{
	if (*value == '\0')
		return option_refuse(why, "must not be empty");
	if (string_list_add(&options->env_file, value) == -1)
		return option_refuse(why, strerror(errno));
	return 0;
}

static int
set_capabilities(struct options *options, const char *value, const char **why)
{
	char name[32];
	uint64_t mask = 0;
	const char *at = value;
	size_t len;
	int number;

	for (; strcmp(value, "none") != 0; at += len + 1) {
		len = strcspn(at, ",");
		(void)memcpy(name, at, len < 31 ? len : 31);
		name[len < 31 ? len : 31] = '\0';
		number = os_capability_number(name);
		if (number == -1)
			return option_refuse(why, "must be none or a list of "
			    "names as in capabilities(7)");
		mask |= (uint64_t)1 << number;
		if (at[len] == '\0')
			break;
	}
	options->has_capabilities = true;
	options->capabilities = mask;
	options->capabilities_text = value;
	return 0;
}

static int
add_kept(int fd, void *context)
{
	struct options *options = context;

	if (options->kept_count == OPTIONS_KEPT_MAX || fd < 3) {
		errno = ERANGE;
		return -1;
	}
	options->kept[options->kept_count++] = fd;
	return 0;
}

static int
set_keep_fd(struct options *options, const char *value, const char **why)
{
	if (parse_list(value, INT_MAX - 1, add_kept, options) == -1)
		return option_refuse(why,
		    "must be a list of descriptors from 3 up");
	return 0;
}

const struct option_rule option_rules[] = {
	{ "name", 'n', "NAME", GROUP_INSTANCE, 0,
	    "pidfile NAME.pid in the run directory", option_set_name },
	{ "pidfile", 'p', "FILE", GROUP_INSTANCE, 0,
	    "write the daemon's pid to FILE, locked", set_pidfile },
	{ "lockfile", 'l', "FILE", GROUP_INSTANCE, 0,
	    "lock FILE for the daemon's lifetime", set_lockfile },
	{ "if-running", '\0', "WHAT", GROUP_INSTANCE, 0,
	    "fail, ok, wait[:TIME] or replace[:TIME]", option_set_if_running },
	{ "stop-signal", '\0', "SIG", GROUP_INSTANCE, OPTION_RARE,
	    "what ends a running one, instead of TERM",
	    option_set_stop_signal },
	{ "stop-timeout", '\0', "TIME", GROUP_INSTANCE, OPTION_RARE,
	    "how long before KILL, instead of 10s", option_set_stop_timeout },
	{ "chdir", 'c', "DIR", GROUP_SURROUNDINGS, 0,
	    "run in DIR instead of /", set_chdir },
	{ "chroot", '\0', "DIR", GROUP_SURROUNDINGS, 0,
	    "make DIR the root directory", set_chroot },
	{ "umask", 'm', "OCTAL", GROUP_SURROUNDINGS, 0,
	    "file mode creation mask instead of 0", set_umask },
	{ "user", 'u', "USER[:GROUP]", GROUP_SURROUNDINGS, 0,
	    "run as USER, name or number", set_user },
	{ "groups", '\0', "LIST", GROUP_SURROUNDINGS, OPTION_RARE,
	    "supplementary groups instead of USER's, or none", set_groups },
	{ "env", 'E', "NAME=VALUE", GROUP_SURROUNDINGS, 0,
	    "set an environment variable", set_env },
	{ "env-file", '\0', "FILE", GROUP_SURROUNDINGS, 0,
	    "set the variables listed in FILE", set_env_file },
	{ "clear-env", '\0', NULL, GROUP_SURROUNDINGS, OPTION_RARE,
	    "inherit no environment variable", set_is_env_clear },
	{ "unset-env", '\0', "NAME", GROUP_SURROUNDINGS, OPTION_RARE,
	    "do not inherit NAME", set_unset_env },
	{ "limit", '\0', "NAME=SOFT[:HARD]", GROUP_SURROUNDINGS, 0,
	    "resource limit (nofile, core, nproc, ...)", option_set_limit },
	{ "nice", '\0', "N", GROUP_SURROUNDINGS, OPTION_RARE,
	    "niceness, -20 to 19", option_set_nice },
	{ "io-priority", '\0', "CLASS[:LEVEL]", GROUP_SURROUNDINGS, OPTION_RARE,
	    "realtime, best-effort or idle", option_set_io_priority },
	{ "cpu-affinity", '\0', "LIST", GROUP_SURROUNDINGS, OPTION_RARE,
	    "processors, such as 0,2-3", option_set_cpu_affinity },
	{ "scheduler", '\0', "POLICY[:PRIO]", GROUP_SURROUNDINGS, OPTION_RARE,
	    "other, batch, idle, fifo or rr", option_set_scheduler },
	{ "oom-score", '\0', "N", GROUP_SURROUNDINGS, OPTION_RARE,
	    "-1000 (spared) to 1000 (killed first)", option_set_oom_score },
	{ "no-new-privs", '\0', NULL, GROUP_SURROUNDINGS, OPTION_RARE,
	    "nothing it executes gains privileges",
	    set_wants_no_new_privs },
	{ "capabilities", '\0', "LIST", GROUP_SURROUNDINGS, OPTION_RARE,
	    "the only capabilities it has, or none", set_capabilities },
	{ "keep-fd", '\0', "N,...", GROUP_SURROUNDINGS, OPTION_RARE,
	    "leave these descriptors open", set_keep_fd },
	{ "argv0", '\0', "NAME", GROUP_SURROUNDINGS, OPTION_RARE,
	    "what COMMAND sees as its name", set_argv0 },
	{ "mkdir", '\0', NULL, GROUP_SURROUNDINGS, OPTION_RARE,
	    "make missing directories of pidfile, lock, log",
	    set_wants_mkdir },
	{ "stdin", 'i', "FILE|hold", GROUP_STREAMS, 0,
	    "standard input; hold: never end of file", set_in },
	{ "stdout", 'o', "TARGET", GROUP_STREAMS, 0,
	    "where it goes", set_out },
	{ "stderr", 'e', "TARGET", GROUP_STREAMS, 0,
	    "the same for standard error", set_err },
	{ "log", '\0', "TARGET", GROUP_STREAMS, 0,
	    "both, appending; may be given several times", option_set_log },
	{ "append", 'a', NULL, GROUP_STREAMS, 0,
	    "do not truncate the files of -o and -e", set_is_append },
	{ "log-mode", '\0', "OCTAL", GROUP_STREAMS, OPTION_RARE,
	    "mode of new log files instead of 0640", option_set_log_mode },
	{ "log-timestamp", '\0', "[=FORMAT]", GROUP_STREAMS, 0,
	    "iso, unix, tai64n or a format of strftime(3)",
	    option_set_log_timestamp },
	{ "log-tag", '\0', NULL, GROUP_STREAMS, OPTION_RARE,
	    "begin lines with \"out: \" or \"err: \"", set_has_log_tag },
	{ "log-size", '\0', "SIZE", GROUP_STREAMS, 0,
	    "rotate files before they grow larger", option_set_log_size },
	{ "log-age", '\0', "TIME", GROUP_STREAMS, OPTION_RARE,
	    "rotate files that are older", option_set_log_age },
	{ "log-keep", '\0', "N", GROUP_STREAMS, OPTION_RARE,
	    "keep N rotated files instead of 10", option_set_log_keep },
	{ "log-compress", '\0', "PROGRAM", GROUP_STREAMS, 0,
	    "compress rotated files: gzip, zstd or xz",
	    option_set_log_compress },
	{ "log-reopen", '\0', NULL, GROUP_STREAMS, 0,
	    "follow files that are renamed (logrotate)",
	    set_wants_log_reopen },
	{ "log-full", '\0', "WHAT", GROUP_STREAMS, OPTION_RARE,
	    "block (the default) or drop, when a log is full",
	    option_set_log_full },
	{ "pty", '\0', NULL, GROUP_STREAMS, 0,
	    "output through a terminal, line by line", set_wants_pty },
	{ "ready", '\0', "COND", GROUP_READY, 0,
	    "return when COND holds; several: all of them",
	    option_set_ready },
	{ "timeout", '\0', "TIME", GROUP_READY, 0,
	    "how long to wait, instead of 60s", option_set_timeout },
	{ "keep-on-timeout", '\0', NULL, GROUP_READY, OPTION_RARE,
	    "do not stop what was not ready in time",
	    set_is_kept_on_timeout },
	{ "max-runtime", '\0', "TIME", GROUP_READY, 0,
	    "end a job that runs longer", option_set_max_runtime },
	{ "jitter", '\0', "TIME", GROUP_READY, OPTION_RARE,
	    "wait a random time first, at most TIME", option_set_jitter },
	{ "quiet-unless-failed", '\0', NULL, GROUP_READY, 0,
	    "show a job's output only if it failed",
	    set_is_quiet_unless_failed },
	{ "foreground", '\0', NULL, GROUP_READY, 0,
	    "do not fork (for containers and systemd)",
	    set_is_foreground },
	{ "config", '\0', "FILE", GROUP_GENERAL, OPTION_COMMAND_LINE,
	    "read options and the command from FILE", set_config },
	{ "dry-run", '\0', NULL, GROUP_GENERAL, OPTION_COMMAND_LINE,
	    "print every step, change nothing", set_is_dry_run },
	{ "verbose", 'v', NULL, GROUP_GENERAL, 0,
	    "say each step as it is done", set_is_verbose },
	{ "help", 'h', "[=all]", GROUP_GENERAL, OPTION_COMMAND_LINE,
	    "show this help; all: with every option explained",
	    set_wants_help },
	{ "version", 'V', NULL, GROUP_GENERAL, OPTION_COMMAND_LINE,
	    "show the version", set_wants_version },
};

const size_t option_rule_count =
    sizeof(option_rules) / sizeof(option_rules[0]);

bool
option_rule_is_optional(const struct option_rule *rule)
{
	return rule->value != NULL && *rule->value == '[';
}

const struct option_rule *
option_rule_find(const char *name)
{
	size_t i;

	for (i = 0; i < option_rule_count; i++)
		if (strcmp(option_rules[i].name, name) == 0)
			return &option_rules[i];
	return NULL;
}
