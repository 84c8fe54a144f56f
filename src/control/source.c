/*
 * source.c: see source.h.
 */
#include "control/source.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/caller.h"
#include "exitcode.h"
#include "log/part.h"
#include "log/rotate.h"
#include "plan/plan_streams.h"

/* A log may be rotated while its descriptor is being looked at. */
enum { TRIES = 20, RETRY_MS = 10 };

/* A look at a daemon that runs. */
struct look {
	struct source *source;
	const struct target *target;
	struct loggers *loggers;
	struct daemon daemon;
	struct title_facts facts;	/* of the logger looked at */
	char missing[OS_PATH_MAX];	/* a log that is not where it was */
	int error;		/* why something cannot be seen; 0 */
};

static int
fail(const struct target *target, int status, const char *why,
    struct failure *failure)
{
	(void)failure_set(failure, status, "cannot show the log of %s: %s",
	    target->label, why);
	return status;
}

static void
add_file(struct source *source, const char *path, bool is_pattern)
{
	size_t i;

	for (i = 0; i < source->file_count; i++)
		if (strcmp(source->file[i].path, path) == 0)
			return;
	if (source->file_count == SOURCE_FILES_MAX)
		return;
	path = strdup(path);
	if (path != NULL)
		source->file[source->file_count++] = (struct source_file){
			.path = path, .is_pattern = is_pattern,
		};
}

/* --- by the configuration --- */

static void
add_planned_stream(struct source *source, const struct stream *stream)
{
	switch (stream->kind) {
	case STREAM_FILE:
		add_file(source, stream->path, false);
		break;
	case STREAM_INHERIT:
		source->other = "whoever started it";
		break;
	case STREAM_SCRATCH:
		source->other = "whoever starts it, if it fails";
		break;
	case STREAM_NULL:
		if (source->other == NULL)
			source->other = "/dev/null";
		break;
	case STREAM_HOLD:
	case STREAM_SAME:
	case STREAM_LOGGER:
		break;
	}
}

static void
add_planned_target(struct source *source, const struct stream_target *target)
{
	switch (target->kind) {
	case TARGET_FILE:
		add_file(source, target->path, target->is_pattern);
		break;
	case TARGET_SYSLOG:
		source->has_syslog = true;
		break;
	case TARGET_JOURNAL:
		source->has_journal = true;
		break;
	case TARGET_COMMAND:
		source->other = "a command";
		break;
	case TARGET_INHERIT:
		source->other = "whoever started it";
		break;
	case TARGET_NULL:
		break;
	}
}

static int
find_planned(struct source *source, const struct target *target,
    struct failure *failure)
{
	struct plan plan = {
		.options = &target->options, .pidfile = target->pidfile,
	};
	size_t i;

	if (plan_streams(&plan, failure) == -1)
		return failure->status;
	add_planned_stream(source, &plan.out);
	add_planned_stream(source, &plan.err);
	for (i = 0; i < plan.target_count; i++)
		add_planned_target(source, &plan.target[i]);
	/* It is started with this --name. */
	source->name = target->name;
	return CONTROL_OK;
}

/* --- by the daemon --- */

/*
 * The pattern, as the logger's title has it, that makes the name of the file
 * at PATH; NULL if there is none.
 */
static const char *
find_pattern(const struct title_facts *facts, const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	size_t i, len = (size_t)(name - path);

	for (i = 0; i < facts->pattern_count; i++) {
		const char *pattern = facts->pattern[i];
		struct log_target target = {
			.path = pattern, .is_pattern = true,
		};
		struct rotated rotated = {
			.target = &target,
			.base = strdup(pattern + (strlen(pattern) < len ? 0 :
			    len)),
		};
		bool is_one = rotated.base != NULL &&
		    strncmp(pattern, path, len) == 0 &&
		    strchr(rotated.base, '/') == NULL &&
		    rotated_is_one(&rotated, name);

		free(rotated.base);
		if (is_one)
			return pattern;
	}
	return NULL;
}

/*
 * A file that is open for writing: what its descriptor leads to must be what
 * the path leads us to. Another name space may have another file there.
 */
static void
add_open_file(struct look *look, const struct os_descriptor *file)
{
	const char *pattern = find_pattern(&look->facts, file->name);
	struct stat st;

	if (file->is_gone || lstat(file->name, &st) == -1 ||
	    st.st_dev != file->device || st.st_ino != file->inode)
		(void)strlcpy(look->missing, file->name,
		    sizeof(look->missing));
	else
		add_file(look->source, pattern != NULL ? pattern : file->name,
		    pattern != NULL);
}

static int
add_loggers_file(pid_t pid, int fd, void *context)
{
	struct look *look = context;
	struct os_descriptor found;

	/* Logs are appended to, and files that are being compressed not. */
	if (os_descriptor_read(pid, fd, &found) == 0 &&
	    found.kind == OS_DESCRIPTOR_FILE && found.is_written &&
	    (found.is_appended || !part_is_path(found.name)))
		add_open_file(look, &found);
	return 0;
}

static void
add_logger(struct look *look, pid_t pid)
{
	struct source *source = look->source;

	if (os_each_descriptor(pid, add_loggers_file, look) == -1)
		look->error = errno;
	source->has_journal |= look->facts.has_journal;
	source->has_syslog |= look->facts.has_syslog;
	if (!look->facts.is_name_cut)
		source->name = strdup(look->facts.name);
	if (look->facts.has_command)
		source->other = "a command";
	else if (look->facts.is_inherited)
		source->other = "whoever started it";
}

static void
add_channel(struct look *look, int fd, const struct os_descriptor *stream)
{
	pid_t logger = loggers_find(look->loggers, stream, &look->facts);

	if (logger != -1)
		add_logger(look, logger);
	else if (stream->kind == OS_DESCRIPTOR_PIPE &&
	    os_pipe_is_deserted(look->daemon.pid, fd) == 1)
		look->source->other = "nobody: its logger is gone";
	else if (look->loggers->has_hidden)
		look->error = EACCES;	/* it may be one of those */
	else
		look->source->other = stream->kind == OS_DESCRIPTOR_PIPE ?
		    "another program" : "a terminal";
}

static void
add_stream(struct look *look, int fd)
{
	struct os_descriptor stream;

	look->facts = (struct title_facts){ .pattern_count = 0 };
	if (os_descriptor_read(look->daemon.pid, fd, &stream) == -1) {
		if (errno != ENOENT)
			look->error = errno;
	} else if (stream.kind == OS_DESCRIPTOR_FILE && stream.is_written) {
		add_open_file(look, &stream);
	} else if (stream.kind == OS_DESCRIPTOR_PIPE ||
	    stream.kind == OS_DESCRIPTOR_TERMINAL) {
		add_channel(look, fd, &stream);
	} else if (stream.kind == OS_DESCRIPTOR_NULL) {
		if (look->source->other == NULL)
			look->source->other = "/dev/null";
	} else {
		look->source->other = strdup(stream.name);
	}
}

/* Returns a status for a daemon that cannot be looked at. */
static int
judge(const struct look *look, struct failure *failure)
{
	const struct target *target = look->target;
	const struct daemon *daemon = &look->daemon;
	char why[5000];

	if (daemon->pidfd != -1)
		return CONTROL_OK;
	if (daemon->state != DAEMON_UNKNOWN) {
		(void)snprintf(why, sizeof(why), "it is not running%s%s",
		    target->config == NULL ? "" : ", and there is no ",
		    target->config == NULL ? "" : target->config);
		return fail(target, CONTROL_ABSENT, why, failure);
	}
	(void)snprintf(why, sizeof(why), "%s%s%s", daemon->pidfile,
	    daemon->reason != NULL ? ": " :
	    " is locked by another process than the one in it",
	    daemon->reason != NULL ? daemon->reason : "");
	return fail(target, CONTROL_UNKNOWN, why, failure);
}

static bool
is_enough(const struct source *source)
{
	return source->file_count > 0 || source->has_journal ||
	    source->has_syslog;
}

/* Returns a status; MISSING is set where it is worth another look. */
static int
look_once(struct look *look, struct failure *failure)
{
	struct pollfd gone = { .events = POLLIN };
	int status;

	look->missing[0] = '\0';
	look->error = 0;
	*look->source = (struct source){ .name = look->target->name };
	daemon_examine(&look->daemon, look->target->pidfile);
	status = judge(look, failure);
	if (status != CONTROL_OK)
		return status;
	add_stream(look, STDOUT_FILENO);
	add_stream(look, STDERR_FILENO);
	gone.fd = look->daemon.pidfd;
	if (poll(&gone, 1, 0) != 0)
		status = fail(look->target, CONTROL_ABSENT,
		    "it has just ended", failure);
	daemon_release(&look->daemon);
	return status;
}

int
source_find(struct source *source, const struct target *target,
    struct loggers *loggers, struct failure *failure)
{
	struct look look = {
		.source = source, .target = target, .loggers = loggers,
	};
	int status, tries = 0;

	*source = (struct source){ .name = NULL };
	if (target->has_config)
		return find_planned(source, target, failure);
	while ((status = look_once(&look, failure)) == CONTROL_OK &&
	    look.missing[0] != '\0' && ++tries < TRIES) {
		loggers_release(loggers);
		(void)caller_wait(-1, RETRY_MS);
	}
	if (status != CONTROL_OK || is_enough(source))
		return status;
	if (look.error == EACCES || look.error == EPERM)
		return fail(target, CONTROL_UNKNOWN, strerror(look.error),
		    failure);
	if (look.error != 0)
		return fail(target, CONTROL_FAILED, strerror(look.error),
		    failure);
	if (look.missing[0] == '\0')
		return CONTROL_OK;
	(void)failure_set(failure, CONTROL_FAILED, "cannot show the log of "
	    "%s: %s was removed or is elsewhere", target->label,
	    look.missing);
	return CONTROL_FAILED;
}
