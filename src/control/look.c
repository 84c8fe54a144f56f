/*
 * look.c: see look.h.
 */
#include "control/look.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/parse.h"
#include "control/inspect.h"
#include "control/list.h"
#include "control/show.h"
#include "exitcode.h"
#include "plan/path.h"
#include "process/daemon.h"

static int
fail_output(struct failure *failure)
{
	/* "list | head": who reads no more wants no more. */
	if (errno == EPIPE)
		return CONTROL_OK;
	(void)failure_set(failure, CONTROL_FAILED,
	    "cannot write standard output: %s", strerror(errno));
	return CONTROL_FAILED;
}

int
look_status(const struct request *request, struct json *json,
    const struct target *target, struct loggers *loggers,
    struct failure *failure)
{
	static const int statuses[] = {
		[DAEMON_RUNNING] = CONTROL_OK, [DAEMON_PAUSED] = CONTROL_OK,
		[DAEMON_DEAD] = CONTROL_DEAD,
		[DAEMON_ABSENT] = CONTROL_ABSENT,
		[DAEMON_UNKNOWN] = CONTROL_UNKNOWN,
	};
	struct log_health health;
	struct daemon daemon;
	int status;

	daemon_examine(&daemon, target->pidfile);
	log_health_read(&health, &daemon, loggers);
	status = statuses[daemon.state];
	if (request->is_json)
		show_json(json, target->label, &daemon, &health);
	else if (show_status(target->label, &daemon, &health) == -1 &&
	    fail_output(failure) != CONTROL_OK)
		status = CONTROL_UNKNOWN;	/* 1 is that of the dead */
	daemon_release(&daemon);
	return status;
}

/* What a list may wait for starts under way, all files together. */
enum { LIST_PATIENCE_MS = 1000 };

struct listing {
	const struct request *request;
	struct json *json;
	bool is_table;
	int64_t patience_ms;
	int output_error;	/* standard output cannot be written */
};

static int
list_one(const char *name, const char *path, void *context)
{
	struct listing *listing = context;
	struct daemon daemon;
	int result = 0;

	daemon_examine_among(&daemon, path, &listing->patience_ms);
	if (daemon.state == DAEMON_RUNNING || daemon.state == DAEMON_PAUSED ||
	    (listing->request->is_all && (daemon.state == DAEMON_DEAD ||
	    daemon.state == DAEMON_UNKNOWN))) {
		if (listing->request->is_json)
			show_json(listing->json, name, &daemon, NULL);
		else
			result = show_row(name, &daemon, listing->is_table);
		if (result == -1)
			listing->output_error = errno;
	}
	daemon_release(&daemon);
	return result;
}

int
look_list(const struct request *request, struct json *json,
    struct failure *failure)
{
	struct listing listing = {
		.request = request, .json = json,
		.is_table = !request->is_json && isatty(STDOUT_FILENO) == 1,
		.patience_ms = LIST_PATIENCE_MS,
	};
	const char *directory;
	bool is_ours_to_make;

	if (request->operand[0] != NULL) {
		(void)failure_set(failure, CONTROL_USAGE,
		    "list takes no NAME");
		return CONTROL_USAGE;
	}
	directory = path_run_directory(&is_ours_to_make, failure);
	if (directory == NULL)
		return failure->status;
	if (request->is_json)
		json_open(json, NULL, '[');
	if (listing.is_table && show_table_head() == -1)
		return fail_output(failure);
	if (list_pidfiles(directory, list_one, &listing) == -1) {
		if (listing.output_error != 0) {
			errno = listing.output_error;
			return fail_output(failure);
		}
		(void)failure_set(failure, CONTROL_FAILED,
		    "cannot list %s: %s", directory, strerror(errno));
		return CONTROL_FAILED;
	}
	if (!request->is_json)
		return CONTROL_OK;
	json_close(json, ']');
	return json_end(json) == -1 ? fail_output(failure) : CONTROL_OK;
}

/* PID, or the process of a daemon. */
static int
inspect_target(const struct request *request, const struct target *target,
    struct failure *failure)
{
	struct daemon daemon;
	int status;

	daemon_examine(&daemon, target->pidfile);
	if (daemon.pidfd != -1) {
		status = inspect_process(daemon.pid, request->is_json, failure);
	} else {
		status = CONTROL_ABSENT;
		(void)failure_set(failure, status,
		    "cannot inspect %s: it is not running", target->label);
	}
	daemon_release(&daemon);
	return status;
}

int
look_inspect(const struct request *request, struct failure *failure)
{
	const char *word = request->pidfile[0] != NULL ? NULL :
	    request->operand[0];
	struct target target;
	uint32_t pid;
	int result;

	if ((word == NULL) != (request->pidfile[0] != NULL) ||
	    (word != NULL && request->operand[1] != NULL)) {
		(void)failure_set(failure, CONTROL_USAGE,
		    "inspect takes one PID, NAME or --pidfile");
		return CONTROL_USAGE;
	}
	if (word != NULL && parse_id(word, &pid) == 0)
		return inspect_process((pid_t)pid, request->is_json, failure);
	result = word != NULL ? target_resolve(&target, word, false, failure) :
	    target_from_pidfile(&target, request->pidfile[0], failure);
	return result == -1 ? failure->status :
	    inspect_target(request, &target, failure);
}
