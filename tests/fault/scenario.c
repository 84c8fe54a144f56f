/*
 * Ways to start the tool.  In the arguments @D is the start's own directory,
 * @V what stands for /var/run, @C a directory to use as a root directory, @T
 * the target and @R the report it shall write.
 */
#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fault.h"

#define PLAIN_ENV	"PATH=/usr/bin:/bin HOME=/ LANG=C"

static void
write_in_dir(const struct place *place, const char *name, const char *text,
    mode_t mode)
{
	char *all = place_expand(place, text), *path;

	if (asprintf(&path, "%s/%s", place->dir, name) == -1)
		give_up("out of memory");
	text_write(path, all, mode);
	free(path);
	free(all);
}

static void
make_in_dir(const struct place *place, const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", place->dir, name) == -1)
		give_up("out of memory");
	if (mkdir(path, 0755) == -1)
		give_up("cannot make %s: %s", path, strerror(errno));
	free(path);
}

static void
prepare_files(const struct place *place)
{
	write_in_dir(place, "daemon.pid", "12345\n", 0644);
	write_in_dir(place, "out.log", "old\n", 0640);
	make_in_dir(place, "work");
}

static void
prepare_lock(const struct place *place)
{
	write_in_dir(place, "input", "some input\n", 0644);
}

static void
prepare_path(const struct place *place)
{
	char *path;

	make_in_dir(place, "bin");
	if (asprintf(&path, "%s/bin/target", place->dir) == -1)
		give_up("out of memory");
	if (symlink(place->target, path) == -1)
		give_up("cannot make %s: %s", path, strerror(errno));
	free(path);
}

static void
prepare_script(const struct place *place)
{
	write_in_dir(place, "script", "exec @T \"$@\"\n", 0755);
}

static void
prepare_config(const struct place *place)
{
	write_in_dir(place, "start.conf", "# a start\n"
	    "pidfile = @D/daemon.pid\numask = 022\nenv-file = @D/env\n"
	    "limit = core=0\nlog = @D/daemon.log\ncommand = @T @R\n", 0644);
	write_in_dir(place, "env", "COLOUR=green\nSHAPE='round'\n", 0644);
}

static void
prepare_identity(const struct place *place)
{
	write_in_dir(place, "env", "COLOUR=green\n", 0644);
}

static void
prepare_log(const struct place *place)
{
	write_in_dir(place, "daemon.log", "old\n", 0640);
}

/* The next line is one too many for it. */
static void
prepare_full_log(const struct place *place)
{
	char text[4096 - 1];

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 2] = '\n';
	text[sizeof(text) - 1] = '\0';
	write_in_dir(place, "daemon.log", text, 0640);
}

/* Where the log is the user's own, so is the logger. */
static void
prepare_theirs(const struct place *place)
{
	char *path;

	if (asprintf(&path, "%s/theirs", place->run) == -1)
		give_up("out of memory");
	if (mkdir(path, 0755) == -1 || chown(path, 4242, 4243) == -1)
		give_up("cannot make %s: %s", path, strerror(errno));
	free(path);
}

static void
prepare_interpreter(const struct place *place)
{
	write_in_dir(place, "script", "#!@D/missing\n", 0755);
}

/* This very process holds the lock: a holder that can be proved. */
static void
prepare_loser(const struct place *place)
{
	static int holder = -1;
	char *path, number[32];

	snprintf(number, sizeof(number), "%ld\n", (long)getpid());
	write_in_dir(place, "daemon.pid", number, 0644);
	if (asprintf(&path, "%s/daemon.pid", place->dir) == -1)
		give_up("out of memory");
	if (holder != -1)
		close(holder);
	if ((holder = open(path, O_RDWR | O_CLOEXEC)) == -1 ||
	    flock(holder, LOCK_EX | LOCK_NB) == -1)
		give_up("cannot lock %s: %s", path, strerror(errno));
	free(path);
}

const struct scenario scenarios[] = {
	{
		.name = "minimal",
		.args = "@T @R",
		.expect = { "cwd /\n", "session member", "stdin 0\n" },
		.is_for_peers = true,
	}, {
		.name = "pidfile",
		.args = "-p @D/daemon.pid -o @D/out.log @T @R",
		.expect = { "daemon.pid 100644 ", "\"PID\\n\" locked\n",
		    "\"out\\n\"" },
		.has_lock = true,
		.is_for_peers = true,
	}, {
		.name = "files",
		.args = "-a -v -p @D/daemon.pid -o @D/out.log -e @D/err.log "
		    "-c @D/work -m 027 -E COLOUR=blue -- @T @R",
		.prepare = prepare_files,
		.expect = { "\"PID\\n\" locked\n", "Umask:\t0027\n", "/work\n",
		    "\"old\\nout\\n\"", "COLOUR=blue\n" },
		.has_lock = true,
	}, {
		.name = "lock",
		.args = "-p @D/daemon.pid -l @D/daemon.pid --mkdir "
		    "--log=@D/new/dir/daemon.log -i @D/input @T @R",
		.prepare = prepare_lock,
		.expect = { "\"PID\\n\" locked\n", "stdin 1\n",
		    "\"out\\nerr\\n\"" },
		.has_lock = true,
	}, {
		.name = "identity",
		.args = "-n fault -l @D/fault.lock -u fault-user:fault-group "
		    "--mkdir -o @V/fault/out.log --chroot=@C "
		    "--limit=nofile=512:600 --nice=5 --io-priority=idle "
		    "--cpu-affinity=0 --scheduler=batch --oom-score=500 "
		    "--no-new-privs --capabilities=none --keep-fd=9 --argv0=x "
		    "--env-file=@D/env --unset-env=HOME @T @R",
		.prepare = prepare_identity,
		.expect = { "\"PID\\n\" locked\n", "argument x\n", "nice 5\n",
		    "Uid:\t4242\t4242\t4242\t4242\n", "descriptor 9 ",
		    "Gid:\t4243\t4243\t4243\t4243\n", "Groups:\t4243 4244 ",
		    "NoNewPrivs:\t1\n" },
		.has_lock = true,
		.needs_root = true,
		.keep = 9,
	}, {
		.name = "path",
		.args = "target @R",
		.env = "PATH=@D/none:/usr/bin:@D/bin",
		.prepare = prepare_path,
		.expect = { "argument target\n", "session member" },
	}, {
		.name = "script",
		.args = "-p @D/daemon.pid @D/script @R",
		.prepare = prepare_script,
		.expect = { "\"PID\\n\" locked\n" },
		.has_lock = true,
	}, {
		.name = "config",
		.args = "--config=@D/start.conf",
		.prepare = prepare_config,
		.expect = { "\"PID\\n\" locked\n", "Umask:\t0022\n",
		    "COLOUR=green\n", "SHAPE=round\n" },
		.has_lock = true,
	}, {
		.name = "closed",
		.args = "-i hold -p @D/daemon.pid --if-running=wait:20ms @T @R",
		.closed = 1U << 0 | 1U << 1,
		.keep = 9,
		.expect = { "\"PID\\n\" locked\n", "stdin silent\n" },
		.has_lock = true,
	}, {
		.name = "alive",
		.args = "-p @D/daemon.pid -l @D/daemon.lock "
		    "--ready=alive:30ms @T @R",
		.expect = { "\"PID\\n\" locked\n" },
		.has_lock = true,
	}, {
		.name = "notify",
		.args = "-p @D/daemon.pid --ready=notify @T @R",
		.expect = { "\"PID\\n\" locked\n", "NOTIFY_SOCKET\n" },
		.has_lock = true,
	}, {
		.name = "descriptors",
		.args = "-p @D/daemon.pid --ready=fd:3 --ready=fd:9 "
		    "-E READY_FDS=39 @T @R",
		.expect = { "\"PID\\n\" locked\n", "descriptor 3 pipe:\n",
		    "descriptor 9 pipe:\n" },
		.has_lock = true,
	}, {
		.name = "appear",
		.args = "-p @D/daemon.pid --ready=file:@R @T @R",
		.expect = { "\"PID\\n\" locked\n" },
		.has_lock = true,
	}, {
		.name = "late",
		.args = "-p @D/daemon.pid --ready=file:@D/none --timeout=10ms "
		    "--stop-timeout=100ms @T @R",
		.status = 124,
	}, {
		.name = "stamp",
		.args = "-p @D/daemon.pid --log-timestamp=at%% "
		    "--log=@D/daemon.log @T @R",
		.expect = { "\"PID\\n\" locked\n", "descriptor 1 pipe:\n",
		    "\"at% out\\nat% err\\n\"" },
		.has_lock = true,
		.has_logger = true,
	}, {
		.name = "rotate",
		.args = "-p @D/daemon.pid --log-size=4K --log-keep=2 "
		    "--log=@D/daemon.log @T @R",
		.prepare = prepare_full_log,
		.expect = { "daemon.log 100640 ", "\"out\\nerr\\n\"",
		    "daemon.log.00000000T000000.000000 100640 ", "\"xxx" },
		.has_lock = true,
		.has_logger = true,
		.is_about_logger = true,
	}, {
		.name = "command",
		.args = "-p @D/daemon.pid --log=pipe:cat>>@D/daemon.log @T @R",
		.prepare = prepare_log,
		.expect = { "\"old\\nout\\nerr\\n\"" },
		.has_lock = true,
		.has_logger = true,
		.is_about_logger = true,
	}, {
		.name = "two",
		.args = "-p @D/daemon.pid --log-timestamp=at%% -o @D/out.log "
		    "-e @D/err.log @T @R",
		.expect = { "\"at% out\\n\"", "\"at% err\\n\"" },
		.has_lock = true,
		.has_logger = true,
	}, {
		.name = "terminal",
		.args = "-p @D/daemon.pid --pty --log=@D/daemon.log @T @R",
		.expect = { "descriptor 1 /dev/pts/\n", "\"out\\nerr\\n\"" },
		.has_lock = true,
		.has_logger = true,
	}, {
		.name = "given",
		.args = "-n fault -u fault-user:fault-group --no-new-privs "
		    "--capabilities=none --log-timestamp=at%% "
		    "--log=@V/theirs/daemon.log @T @R",
		.prepare = prepare_theirs,
		.expect = { "\"at% out\\nat% err\\n\"" },
		.has_lock = true,
		.has_logger = true,
		.is_about_logger = true,
		.needs_root = true,
	}, {
		.name = "heard",
		.args = "-p @D/daemon.pid --ready=notify --ready=log:^err "
		    "--log-timestamp=at%% --log=@D/daemon.log @T @R",
		.expect = { "\"PID\\n\" locked\n", "NOTIFY_SOCKET\n",
		    "\"at% out\\nat% err\\n\"" },
		.has_lock = true,
		.has_logger = true,
	}, {
		.name = "wreck",
		.args = "-p @D/daemon.pid --log-timestamp=at%% "
		    "--log=@D/daemon.log @D/script @R",
		.prepare = prepare_interpreter,
		.status = 126,
		.cure = ENOEXEC,
		.has_logger = true,
	}, {
		.name = "loser",
		.args = "-p @D/daemon.pid -o @D/out.log @T @R",
		.prepare = prepare_loser,
		.status = 3,
	}, {
		.name = "missing",
		.args = "-p @D/daemon.pid -o @D/out.log no-such-command @R",
		.status = 127,
	}, {
		.name = "interpreter",
		.args = "-n fault --log=@D/a/b/c.log --mkdir @D/script @R",
		.prepare = prepare_interpreter,
		.status = 126,
		.cure = ENOEXEC,	/* then the shell may have it */
		.needs_root = true,
	},
	{ .name = NULL }
};

/* Why this start cannot be tried here; NULL where it can. */
const char *
scenario_missing(const struct scenario *scenario)
{
	if (scenario->needs_root && geteuid() != 0)
		return ("needs root");
	return (scenario->needs_root ? place_missing() : NULL);
}

/* The text's words: what a shell would make of it without quotes. */
char **
scenario_words(const struct place *place, const char *before, const char *text)
{
	char *all = place_expand(place, text), *word, *rest = all;
	char **words = calloc(strlen(text) + 3, sizeof(*words));
	size_t n = 0;

	if (words == NULL)
		give_up("out of memory");
	if (before != NULL)
		words[n++] = strdup(before);
	while ((word = strsep(&rest, " ")) != NULL)
		words[n++] = strdup(word);
	free(all);
	return (words);
}

char **
scenario_env(const struct place *place, const struct scenario *scenario)
{
	return (scenario_words(place, NULL, scenario->env != NULL ?
	    scenario->env : PLAIN_ENV));
}

void
words_free(char **words)
{
	size_t i;

	for (i = 0; words[i] != NULL; i++)
		free(words[i]);
	free(words);
}
