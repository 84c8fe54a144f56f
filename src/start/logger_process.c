/*
 * logger_process.c: see logger_process.h.
 */
#include "start/logger_process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/os.h"
#include "exitcode.h"
#include "log/logger.h"
#include "start/identity.h"

/* Whose rights there are to give up. */
struct rights {
	const struct plan *plan;
	bool is_dropped;	/* the logger itself has none of root's */
	struct identity_saved saved;
};

static int
assume(void *context)
{
	struct rights *rights = context;

	return identity_assume(&rights->plan->account, &rights->saved);
}

static int
resume(void *context)
{
	struct rights *rights = context;

	return identity_resume(&rights->saved);
}

/* The ids and capabilities of the daemon, in the order of its own steps. */
static int
drop_rights(const struct plan *plan)
{
	const struct account *account = &plan->account;
	const struct options *options = plan->options;

	if (options->has_capabilities &&
	    os_bound_capabilities(options->capabilities) == -1)
		return -1;
	if (account->is_change && (identity_set_groups(account) == -1 ||
	    identity_set_gid(account) == -1 ||
	    identity_set_uid(account) == -1 ||
	    identity_prove(account) == -1))
		return -1;
	if (options->has_capabilities &&
	    os_take_capabilities(options->capabilities) == -1)
		return -1;
	return options->wants_no_new_privs ? os_set_no_new_privs() : 0;
}

/* What a command does without of ours. [child] */
static int
drop(void *context)
{
	struct rights *rights = context;

	(void)umask(rights->plan->options->umask);
	return rights->is_dropped ? 0 : drop_rights(rights->plan);
}

/* Is there a file that only root can rotate or open anew? */
static bool
needs_root(const struct log *log)
{
	size_t i;

	for (i = 0; i < log->target_count; i++)
		if (log->target[i].kind == LOG_TO_FILE &&
		    !log->target[i].is_theirs)
			return true;
	return false;
}

/* Gives up what the logger does not need. Returns 0, or -1 with errno. */
static int
settle_rights(struct log *log, const struct plan *plan)
{
	static struct rights rights;

	rights.plan = plan;
	log->rights.drop = drop;
	log->rights.context = &rights;
	if (!plan->account.is_change)
		return 0;
	if (!needs_root(log)) {
		rights.is_dropped = true;
		return drop_rights(plan);
	}
	log->rights.assume = assume;
	log->rights.resume = resume;
	return 0;
}

/* Closes all but what LOG names. Returns 0, or -1 with errno. */
static int
close_others(const struct log *log)
{
	const int fixed[] = {
		log->input[0], log->input[1], log->pid_fd, log->tap_fd,
		log->ready_fd,
	};
	const size_t fixed_count = sizeof(fixed) / sizeof(fixed[0]);
	int keep[LOG_TARGETS_MAX + sizeof(fixed) / sizeof(fixed[0])];
	size_t i, count = 0;

	for (i = 0; i < fixed_count; i++)
		if (fixed[i] != -1)
			keep[count++] = fixed[i];
	for (i = 0; i < log->target_count; i++)
		if (log->target[i].kind == LOG_TO_FILE ||
		    log->target[i].kind == LOG_TO_DESCRIPTOR)
			keep[count++] = log->target[i].fd;
	fd_sort(keep, count);
	return os_close_others(keep, count);
}

/* 0 to 2 must not keep the caller's terminal or pipes. */
static int
leave_caller(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY), i;

	if (null == -1)
		return -1;
	for (i = 0; i < 3; i++)
		if (dup2(null, i) == -1)
			return -1;
	if (null > 2)
		(void)close(null);	/* nothing was written */
	return chdir("/");
}

static int
own(const char **text)
{
	if (*text != NULL)
		*text = strdup(*text);
	return *text == NULL && errno == ENOMEM ? -1 : 0;
}

static int
own_environment(struct log *log)
{
	size_t count = 0, i;
	char **env;

	while (log->command_env[count] != NULL)
		count++;
	env = calloc(count + 1, sizeof(*env));
	if (env == NULL)
		return -1;
	for (i = 0; i < count; i++) {
		env[i] = strdup(log->command_env[i]);
		if (env[i] == NULL)
			return -1;
	}
	log->command_env = env;
	return 0;
}

/* Strings must not be among the arguments, which become our title. */
static int
own_strings(struct log *log)
{
	size_t i;

	errno = 0;
	for (i = 0; i < log->target_count; i++)
		if (own(&log->target[i].path) == -1)
			return -1;
	return own(&log->name) == -1 || own(&log->stamp_format) == -1 ||
	    own(&log->compress) == -1 || own_environment(log) == -1 ? -1 : 0;
}

static void
fill_stamp(struct log *log, const char *timestamp)
{
	static const char *const words[] = {
		[LOG_STAMP_ISO] = "iso", [LOG_STAMP_UNIX] = "unix",
		[LOG_STAMP_TAI64N] = "tai64n",
	};
	enum log_stamp stamp;

	if (timestamp == NULL)
		return;
	log->stamp = LOG_STAMP_FORMAT;
	log->stamp_format = timestamp;
	for (stamp = LOG_STAMP_ISO; stamp < LOG_STAMP_FORMAT; stamp++)
		if (strcmp(timestamp, words[stamp]) == 0)
			log->stamp = stamp;
}

static void
fill_log(struct log *log, const struct plan *plan)
{
	const struct options *options = plan->options;
	const char *slash = strrchr(plan->argv[0], '/');

	log->name = options->name != NULL ? options->name :
	    slash != NULL ? slash + 1 : plan->argv[0];
	log->argc = options->argc;
	log->argv = options->argv;
	fill_stamp(log, options->log_timestamp);
	log->has_tags = options->has_log_tag;
	log->size_max = options->log_size;
	log->age_max_ms = options->log_age_ms;
	log->keep = options->log_keep;
	log->compress = options->log_compress;
	log->mode = options->log_mode;
	log->drops = options->is_log_dropping;
	log->has_keep = options->has_log_keep;
	log->command_env = plan->env;
}

/* Leaves the logger to a child. Returns 0 there, or -1 with errno here. */
static int
step_aside(void)
{
	pid_t pid = fork();

	if (pid > 0)
		_exit(0);
	return pid;
}

static int
be_logger(struct log *log, const struct plan *plan)
{
	/* In the foreground COMMAND must not find a child that is not its. */
	if ((plan->options->is_foreground && step_aside() == -1) ||
	    setsid() == -1 || close_others(log) == -1 ||
	    leave_caller() == -1 || own_strings(log) == -1 ||
	    settle_rights(log, plan) == -1) {
		logger_tell(log, errno);
		return EXITCODE_FAILED;
	}
	return logger_run(log);
}

/* Waits until it has begun. Returns 0, or -1 with errno. */
static int
hear(int fd)
{
	int error = 0;
	ssize_t n = fd_read_all(fd, &error, sizeof(error));

	if (n == (ssize_t)sizeof(error) && error == 0)
		return 0;
	if (n >= 0)
		errno = error != 0 ? error : ESRCH;	/* it died */
	return -1;
}

static void
bury(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		continue;
}

pid_t
logger_process_start(struct log *log, const struct plan *plan)
{
	int ends[2], error;
	pid_t pid;

	fill_log(log, plan);
	if (pipe2(ends, O_CLOEXEC) == -1)
		return -1;
	log->ready_fd = ends[1];
	pid = fork();
	if (pid == 0)
		_exit(be_logger(log, plan));
	error = errno;
	(void)close(ends[1]);	/* nothing was written */
	log->ready_fd = -1;
	if (pid == -1) {
		(void)close(ends[0]);
		errno = error;
		return -1;
	}
	error = hear(ends[0]) == -1 ? errno : 0;
	(void)close(ends[0]);
	if (error != 0 || plan->options->is_foreground)
		bury(pid);
	errno = error;
	return error != 0 ? -1 : plan->options->is_foreground ? 0 : pid;
}
