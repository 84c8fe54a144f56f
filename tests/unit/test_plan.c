/*
 * Unit test of plan/options, plan/path and plan/plan: from words to values.
 */
#include "plan/plan.h"

#include <stdlib.h>
#include <syslog.h>
#include <unistd.h>

#include "base/os.h"
#include "plan/path.h"
#include "tap.h"

extern char **environ;

static struct failure failure;

/* Stores VALUE under the rule NAME. Returns what the rule says. */
static int
set(struct options *options, const char *name, const char *value)
{
	const struct option_rule *rule = option_rule_find(name);
	const char *why = NULL;

	if (rule == NULL)
		return -2;
	if (rule->set(options, value, &why) == 0)
		return 0;
	return why != NULL && *why != '\0' ? -1 : -3;
}

static void
check_refusals(void)
{
	static const struct {
		const char *name, *value;
	} bad[] = {
		{ "name", "" }, { "name", "a/b" }, { "name", ".x" },
		{ "name", "a\nb" }, { "pidfile", "" },
		{ "if-running", "yes" }, { "if-running", "fail:1" },
		{ "if-running", "wait:" }, { "if-running", "wait:1x" },
		{ "umask", "99" }, { "umask", "1777" }, { "umask", "" },
		{ "umask", "-1" }, { "env", "X" }, { "env", "=x" },
		{ "unset-env", "A=B" }, { "limit", "nofile" },
		{ "limit", "nofiles=1" }, { "limit", "nofile=2:1" },
		{ "limit", "nofile=-1" }, { "limit", "nofile=1:2:3" },
		{ "nice", "20" }, { "nice", "1.5" }, { "nice", "" },
		{ "io-priority", "fast" }, { "io-priority", "idle:1" },
		{ "io-priority", "realtime:8" }, { "cpu-affinity", "" },
		{ "cpu-affinity", "3-1" }, { "cpu-affinity", "0,,1" },
		{ "cpu-affinity", "99999999999" }, { "scheduler", "fifo:0" },
		{ "scheduler", "batch:1" }, { "scheduler", "slow" },
		{ "oom-score", "1001" }, { "capabilities", "" },
		{ "capabilities", "chown,,kill" }, { "capabilities", "fly" },
		{ "keep-fd", "2" }, { "keep-fd", "x" }, { "keep-fd", "" },
		{ "log-mode", "8" },
	};
	size_t i;
	char name[128];

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct options options;

		options_init(&options);
		snprintf(name, sizeof(name), "--%s='%s' is refused",
		    bad[i].name, bad[i].value);
		for (char *at = name; *at != '\0'; at++)
			if (*at == '\n')
				*at = ' ';
		ok(set(&options, bad[i].name, bad[i].value) == -1, name);
	}
}

static void
check_values(void)
{
	struct options options;

	options_init(&options);
	ok(options.umask == 0 && options.log_mode == 0640,
	    "the defaults are umask 0 and logs of mode 0640");
	ok(set(&options, "umask", "027") == 0 && options.umask == 027,
	    "a umask is octal");
	ok(set(&options, "if-running", "wait:500ms") == 0 &&
	    options.if_running == IF_RUNNING_WAIT &&
	    options.if_running_ms == 500, "a time may follow wait");
	ok(set(&options, "limit", "nofile=1K:2K") == 0 &&
	    set(&options, "limit", "core=unlimited") == 0 &&
	    set(&options, "limit", "nofile=5") == 0 &&
	    options.limit_count == 2 &&
	    options.limit[0].value.rlim_max == 5 &&
	    options.limit[1].value.rlim_cur == RLIM_INFINITY,
	    "the last limit of a kind wins");
	ok(os_capability_number("chown") == -1 ||	/* none here */
	    (set(&options, "capabilities", "CAP_CHOWN,kill") == 0 &&
	    options.capabilities == 0x21), "capabilities have names");
	ok(set(&options, "capabilities", "none") == 0 &&
	    options.capabilities == 0, "or are none");
	ok(set(&options, "cpu-affinity", "0,2-3") == 0 &&
	    options.cpus[0] == 0x0d, "processors are a list");
	ok(set(&options, "append", "yes") == 0 && options.is_append &&
	    set(&options, "append", "no") == 0 && !options.is_append,
	    "a switch can be set back");
}

static void
check_paths(void)
{
	char **paths;

	is_str(path_absolute("/a/b", "/c", &failure), "/a/b",
	    "an absolute path stays");
	is_str(path_absolute("b", "/c", &failure), "/c/b",
	    "a relative one counts from its base");
	is_str(path_absolute("b", "/", &failure), "/b", "also from /");
	paths = path_candidates("x", "/a::b/", "/base", &failure);
	ok(paths != NULL && strcmp(paths[0], "/a/x") == 0 &&
	    strcmp(paths[1], "/base/./x") == 0 &&
	    strcmp(paths[2], "/base/b/x") == 0 && paths[3] == NULL,
	    "every directory of PATH gives a candidate");
	paths = path_candidates("./x", "/a:/b", "/base", &failure);
	ok(paths != NULL && strcmp(paths[0], "/base/./x") == 0 &&
	    paths[1] == NULL, "a slash means that there is no search");
}

/* Plans COMMAND with one option. */
static int
plan_with(struct plan *plan, struct options *options, const char *name,
    const char *value)
{
	static char word[] = "true";
	static char *command[] = { word, NULL };

	failure.status = 0;
	if (name != NULL && set(options, name, value) != 0)
		return -2;
	options->command = command;
	return plan_make(plan, options, environ, &failure);
}

static void
check_streams(void)
{
	struct options options;
	struct plan plan;

	options_init(&options);
	ok(plan_with(&plan, &options, NULL, NULL) == 0 &&
	    plan.in.kind == STREAM_NULL && plan.out.kind == STREAM_NULL &&
	    plan.err.kind == STREAM_NULL, "all streams are null by default");
	ok(plan_with(&plan, &options, "log", "/a") == 0 &&
	    plan.out.is_append && plan.err.kind == STREAM_SAME,
	    "--log is one description that appends");
	ok(plan_with(&plan, &options, "stdout", "file:/b:c") == 0 &&
	    strcmp(plan.out.path, "/b:c") == 0 && !plan.out.is_append &&
	    plan.err.kind == STREAM_FILE && plan.err.is_append,
	    "--stdout beside it overrides its stream");
	ok(plan_with(&plan, &options, "stderr", "inherit:") == 0 &&
	    plan.err.kind == STREAM_INHERIT && plan.err.inherited == 2,
	    "inherit: is the caller's");
	ok(plan_with(&plan, &options, "stderr", "/dev/stdout") == 0 &&
	    plan.err.kind == STREAM_INHERIT && plan.err.inherited == 1,
	    "/dev/stdout is the caller's too");
	ok(plan_with(&plan, &options, "stderr", "a:b") == 0 &&
	    plan.err.kind == STREAM_FILE, "other words are names of files");
	ok(plan_with(&plan, &options, "stderr", "syslog:local3.err") == 0 &&
	    plan.err.kind == STREAM_LOGGER && plan.target_count == 1 &&
	    plan.target[0].streams == TARGET_STDERR &&
	    plan.target[0].priority == (LOG_LOCAL3 | LOG_ERR),
	    "syslog: takes a logger, for its stream only");
	ok(plan_with(&plan, &options, "stderr", "null:x") == -1 &&
	    failure.status == 2, "nothing may follow null:");
	ok(plan_with(&plan, &options, "stderr", "file:") == -1 &&
	    failure.status == 2, "file: needs a name");
	ok(plan_with(&plan, &options, "stderr", "/p") == 0 &&
	    plan_with(&plan, &options, "pidfile", "/p") == -1 &&
	    failure.status == 2, "a log cannot be the pidfile");
}

static void
check_conflicts(void)
{
	struct options options;
	struct plan plan;

	options_init(&options);
	ok(plan_with(&plan, &options, "if-running", "ok") == -1 &&
	    failure.status == 2, "--if-running needs something to lock");
	ok(plan_with(&plan, &options, "pidfile", "/p") == 0 &&
	    plan_with(&plan, &options, "lockfile", "/p") == 0 &&
	    plan.lockfile == NULL, "pidfile and lock file may be one");
	ok(plan_with(&plan, &options, "keep-fd", "987") == -1 &&
	    failure.status == 2, "a descriptor to keep must be open");
	options_init(&options);
	ok(plan_with(&plan, &options, "user", "no such user") == -1 &&
	    failure.status == 2, "an unknown user is refused");
	options_init(&options);
	ok(plan_with(&plan, &options, "chroot", "/r") == 0 &&
	    plan_with(&plan, &options, "chdir", "d") == 0 &&
	    strcmp(plan.cwd, "/d") == 0,
	    "--chdir counts inside the new root");
}

int
main(void)
{
	check_refusals();
	check_values();
	check_paths();
	check_streams();
	check_conflicts();
	return done_testing();
}
