/*
 * logs.c: the verb logs; see work.h.
 */
#include "daemonctl/work.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/message.h"
#include "base/os.h"
#include "control/follow.h"
#include "control/past.h"
#include "control/source.h"
#include "control/syslog.h"
#include "control/trail.h"
#include "exitcode.h"

static int
fail(struct failure *failure, int status, const struct target *target,
    const char *why)
{
	(void)failure_set(failure, status, "cannot show the log of %s: %s",
	    target->label, why);
	return status;
}

/* Pours the last lines of all TRAILS. Returns as past_pour. */
static int
pour_past(struct trail *trails, size_t count, uint64_t lines,
    struct pour *pour, struct failure *failure)
{
	int result = 0, poured;
	size_t i;

	for (i = 0; i < count; i++) {
		if (count > 1 && pour_heading(pour, trails[i].target.path,
		    i == 0) == -1)
			return past_fail_output(failure);
		poured = past_pour(&trails[i], lines, pour, failure);
		if (poured == -1)
			return -1;
		result = poured == 1 ? 1 : result;
	}
	return result;
}

/* Opens what can be opened, and says what cannot. Returns how many are. */
static size_t
open_trails(struct trail *trails, const struct source_file *files,
    size_t count)
{
	size_t i, opened = 0;

	for (i = 0; i < count; i++)
		if (trail_open(&trails[opened], &files[i]) == 0)
			opened++;
		else
			message_error("cannot open %s: %s", files[i].path,
			    errno == EINVAL ? "it is no regular file" :
			    strerror(errno));
	return opened;
}

/* Shows COUNT files, or those of them that can be. Returns a status. */
static int
show_files(const struct request *request, const struct source_file *files,
    size_t count, const char *tag, struct failure *failure)
{
	static struct trail trails[SOURCE_FILES_MAX];
	struct pour pour = {
		.is_terminal = isatty(STDOUT_FILENO) == 1, .tag = tag,
	};
	size_t i, opened = open_trails(trails, files, count);
	bool is_whole = opened == count;
	int result;

	if (opened == 0)
		return CONTROL_FAILED;
	result = pour_past(trails, opened, request->lines, &pour, failure);
	if (result == 1) {
		is_whole = false;
		result = 0;
	}
	if (result == 0 && request->is_following)
		result = follow_trails(trails, opened, opened == 1 ? -1 :
		    (int)opened - 1, &pour, failure);
	if (result == 0 && pour_end(&pour) == -1)
		result = past_fail_output(failure);
	for (i = 0; i < opened; i++)
		trail_close(&trails[i]);
	if (result == -1)
		return failure->status;
	return is_whole ? CONTROL_OK : CONTROL_FAILED;
}

/* Lets journalctl(1) show it. Returns a status only if it cannot. */
static int
show_journal(const struct request *request, const struct target *target,
    const char *name, struct failure *failure)
{
	static const char *const paths[] = {
		"/usr/bin/journalctl", "/bin/journalctl",
		"/usr/local/bin/journalctl",
	};
	char program[] = "journalctl", tag[] = "-t", lines[] = "-n";
	char follow[] = "-f", count[32], *ident = strdup(name);
	char *argv[] = {
		program, tag, ident, lines, count,
		request->is_following ? follow : NULL, NULL,
	};
	size_t i;

	if (ident == NULL)
		return fail(failure, CONTROL_FAILED, target, strerror(errno));
	(void)snprintf(count, sizeof(count), "%llu",
	    (unsigned long long)request->lines);
	/* As the logger has it. */
	for (i = 0; ident[i] != '\0'; i++)
		if ((unsigned char)ident[i] < ' ' || ident[i] == 0x7f)
			ident[i] = '_';
	/* Ours is ignored, and would stay so. */
	(void)sigaction(SIGPIPE, &(struct sigaction){
		.sa_handler = SIG_DFL }, NULL);
	errno = ENOENT;
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]) && errno == ENOENT;
	    i++)
		(void)os_become(paths[i], argv);
	free(ident);
	return fail(failure, CONTROL_FAILED, target, errno == ENOENT ?
	    "it goes to the journal, and journalctl is not installed" :
	    strerror(errno));
}

static int
show_syslog(const struct request *request, const struct target *target,
    const char *name, struct failure *failure)
{
	const struct source_file file = { .path = syslog_find() };

	if (file.path == NULL)
		return fail(failure, CONTROL_FAILED, target, "it goes to "
		    "syslog, and no file of that is known or may be read");
	return show_files(request, &file, 1, name, failure);
}

static int
show(const struct request *request, const struct target *target,
    struct loggers *loggers, struct failure *failure)
{
	struct source source;
	char why[5000];
	int status = source_find(&source, target, loggers, failure);

	if (status != CONTROL_OK)
		return status;
	if (source.file_count > 0)
		return show_files(request, source.file, source.file_count,
		    NULL, failure);
	if ((source.has_journal || source.has_syslog) && source.name == NULL)
		return fail(failure, CONTROL_FAILED, target,
		    "the name of its lines is too long to be known");
	if (source.has_journal)
		return show_journal(request, target, source.name, failure);
	if (source.has_syslog)
		return show_syslog(request, target, source.name, failure);
	(void)snprintf(why, sizeof(why), "it goes to %s",
	    source.other == NULL ? "no regular file" : source.other);
	return fail(failure, CONTROL_FAILED, target, why);
}

int
work_logs(struct work *work, struct failure *failure)
{
	const struct request *request = work->request;
	bool has_name = request->operand[0] != NULL;
	struct target target;
	int result;

	if (has_name ? request->pidfile[0] != NULL ||
	    request->operand[1] != NULL :
	    request->pidfile[0] == NULL || request->pidfile[1] != NULL) {
		(void)failure_set(failure, CONTROL_USAGE,
		    "logs takes one NAME or --pidfile=FILE");
		return CONTROL_USAGE;
	}
	result = has_name ?
	    target_resolve(&target, request->operand[0], true, failure) :
	    target_from_pidfile(&target, request->pidfile[0], failure);
	return result == -1 ? failure->status :
	    show(request, &target, &work->loggers, failure);
}
