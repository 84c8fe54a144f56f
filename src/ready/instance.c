/*
 * instance.c: see instance.h.
 */
#include "ready/instance.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/caller.h"
#include "base/os.h"
#include "control/stop.h"
#include "exitcode.h"
#include "plan/plan_streams.h"
#include "process/holder.h"
#include "process/process.h"
#include "start/check.h"

enum {
	/*
	 * A winner that has the lock but not yet written its pid, or a reader
	 * that only tries the lock, is gone after a moment; not so soon where
	 * many want the processor.
	 */
	UNPROVED_PIDFILE_MS = 2000,
	UNPROVED_LOCKFILE_MS = 60,
	STARTER_MS = 10000,
	RETRY_MS = 5,
	WAIT_MS = 100,
	DIRECTORY_MODE = 0755,
	RUN_DIRECTORY_MODE = 0700,
};

/* Who is in the way. */
struct rival {
	const struct pidfile *file;	/* the busy one */
	int pidfd;			/* proved, or -1 */
	pid_t pid;			/* where there is a pidfd */
};

static int
make_directories(struct instance *instance, const struct plan *plan,
    struct failure *failure)
{
	const char *paths[2 + TARGETS_MAX + 2] = {
		plan->pidfile, plan->lockfile
	};
	size_t i, count = plan_log_count(plan);

	if (plan->run_dir != NULL && directory_make(plan->run_dir,
	    RUN_DIRECTORY_MODE, &instance->made) == -1)
		return failure_set(failure, EXITCODE_FAILED,
		    "cannot make directory %s: %s", plan->run_dir,
		    strerror(errno));
	if (!plan->options->wants_mkdir)
		return 0;
	for (i = 0; i < count; i++)
		paths[2 + i] = plan_log_path(plan, i);
	for (i = 0; i < 2 + count; i++)
		if (paths[i] != NULL && directory_make_parent(paths[i],
		    DIRECTORY_MODE, &instance->made) == -1)
			return failure_set(failure, EXITCODE_FAILED,
			    "cannot make the directory of %s: %s", paths[i],
			    errno == EPERM ? "others may write above it" :
			    strerror(errno));
	return 0;
}

/* Claims both files or none. */
static enum pidfile_result
claim_once(struct instance *instance, const struct plan *plan,
    const struct pidfile **busy, struct failure *failure)
{
	enum pidfile_result result = PIDFILE_CLAIMED;

	*busy = &instance->pidfile;
	/* After a take-over it is ours already. */
	if (plan->pidfile != NULL && instance->pidfile.fd == -1)
		result = pidfile_claim(&instance->pidfile, PIDFILE_PID,
		    plan->pidfile, failure);
	if (result != PIDFILE_CLAIMED || plan->lockfile == NULL)
		return result;
	*busy = &instance->lockfile;
	result = pidfile_claim(&instance->lockfile, PIDFILE_LOCK,
	    plan->lockfile, failure);
	/* Another name of our own pidfile is locked already. */
	if (result == PIDFILE_BUSY &&
	    pidfile_is_same(&instance->pidfile, plan->lockfile))
		return PIDFILE_CLAIMED;
	if (result != PIDFILE_CLAIMED)
		pidfile_abandon(&instance->pidfile, -1);
	return result;
}

/*
 * Does the daemon run that holds the lock? For a pidfile only proof counts; a
 * lock file names nobody, but a stranger's lock on it is no daemon of ours.
 * Beside a pidfile that is free it is another daemon's.
 */
static bool
is_running(const struct rival *rival, const struct plan *plan)
{
	struct failure ignored;
	struct os_process holder;
	struct stat st;
	bool is_hidden;
	pid_t pid;

	if (rival->file->kind == PIDFILE_PID && rival->pidfd != -1)
		return pidfile_check(rival->file->path, &ignored) == 0;
	if (rival->file->kind == PIDFILE_LOCK && plan->pidfile != NULL)
		return false;
	pid = holder_search(rival->file->path);
	is_hidden = pid == -1 && errno == ENOSYS;
	/* Without pidfds: whose lock is seen, where one can be. */
	if (rival->file->kind == PIDFILE_PID)
		return pidfile_check(rival->file->path, &ignored) == 0 &&
		    (is_hidden || (pid != -1 && pid == rival->pid));
	if (pid == -1 || os_process_read(pid, &holder) == -1 ||
	    stat(rival->file->path, &st) == -1)
		return true;	/* who it is cannot be seen */
	return holder.uid == 0 || holder.uid == geteuid() ||
	    holder.uid == st.st_uid;
}

/* May it be seen in a moment who is running? */
static bool
is_early(const struct rival *rival, int64_t waited_ms)
{
	pid_t pid;

	if (rival->pidfd != -1)
		return false;
	if (rival->file->kind == PIDFILE_LOCK)
		return waited_ms < UNPROVED_LOCKFILE_MS;
	if (waited_ms < UNPROVED_PIDFILE_MS || waited_ms >= STARTER_MS)
		return waited_ms < UNPROVED_PIDFILE_MS;
	pid = holder_search(rival->file->path);
	return pid != -1 && (pid == rival->pid || holder_is_starter(pid));
}

static enum instance_result
refuse(const struct rival *rival, struct failure *failure)
{
	pid_t pid = rival->pidfd != -1 ? rival->pid :
	    holder_search(rival->file->path);
	char who[512] = "";

	if (pid != -1)
		process_describe(pid, who, sizeof(who));
	(void)failure_set(failure, EXITCODE_ALREADY_RUNNING,
	    "cannot lock %s: already running%s%s", rival->file->path,
	    pid == -1 ? "" : " as ", who);
	return INSTANCE_FAILED;
}

/* Is the lock file free, or will it be when the rival has ended? */
static bool
is_lockfile_free(const struct rival *rival, const struct plan *plan)
{
	bool is_free;
	int fd;

	if (plan->lockfile == NULL || rival->file->kind == PIDFILE_LOCK)
		return true;
	fd = open(plan->lockfile, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_NOCTTY | O_CLOEXEC);
	if (fd == -1)
		return true;	/* check_plan knows better */
	is_free = holder_is(rival->pid, fd) || !pidfile_is_locked(fd);
	(void)close(fd);	/* nothing was written */
	return is_free;
}

/*
 * Ends the rival, holding on to its lock where that can be done, so that no
 * other starter comes in between. Returns 0, or -1 with FAILURE.
 */
static int
replace(struct instance *instance, const struct rival *rival,
    const struct plan *plan, struct failure *failure)
{
	const struct pidfile lockfile = { .path = plan->lockfile };
	const struct rival other = { .file = &lockfile, .pidfd = -1 };
	int error;

	/*
	 * A start that cannot work is no reason to end what runs; nor is a
	 * pidfile that others may write, or may have lent us with its lock.
	 */
	if (check_plan(plan, failure) == -1 ||
	    pidfile_check(rival->file->path, failure) == -1 ||
	    check_readers(plan, failure) == -1)
		return -1;
	if (!is_lockfile_free(rival, plan)) {
		(void)refuse(&other, failure);
		return -1;
	}
	if (rival->file->kind == PIDFILE_PID)
		(void)pidfile_take_over(&instance->pidfile, rival->file->path,
		    rival->pid, rival->pidfd);
	if (stop_process(rival->pidfd, &plan->options->stop) == 0)
		return 0;
	error = errno;
	pidfile_abandon(&instance->pidfile, -1);
	return failure_set(failure, EXITCODE_FAILED,
	    "cannot stop pid %ld: %s", (long)rival->pid,
	    error == ETIMEDOUT ? "it does not end" : strerror(error));
}

/*
 * What --if-running says about a rival. Returns INSTANCE_CLAIMED to try once
 * more; WAITED_MS have passed since the first try.
 */
static enum instance_result
meet(struct instance *instance, const struct rival *rival,
    const struct plan *plan, int64_t waited_ms, struct failure *failure)
{
	const struct options *options = plan->options;
	int64_t limit_ms = options->if_running_ms;

	switch (options->if_running) {
	case IF_RUNNING_OK:
		if (is_early(rival, waited_ms))
			break;
		return is_running(rival, plan) ? INSTANCE_RUNNING :
		    refuse(rival, failure);
	case IF_RUNNING_FAIL:
		if (is_early(rival, waited_ms))
			break;
		return refuse(rival, failure);
	case IF_RUNNING_WAIT:
		if (limit_ms >= 0 && waited_ms >= limit_ms)
			return refuse(rival, failure);
		/* The lock may outlive its holder in what it started. */
		(void)caller_wait(rival->pidfd, limit_ms >= 0 &&
		    limit_ms - waited_ms < WAIT_MS ? limit_ms - waited_ms :
		    WAIT_MS);
		return INSTANCE_CLAIMED;
	case IF_RUNNING_REPLACE:
		if (is_early(rival, waited_ms))
			break;
		if (rival->pidfd == -1)
			return refuse(rival, failure);
		return replace(instance, rival, plan, failure) == 0 ?
		    INSTANCE_CLAIMED : INSTANCE_FAILED;
	}
	(void)caller_wait(-1, waited_ms < UNPROVED_PIDFILE_MS ? RETRY_MS :
	    WAIT_MS);
	return INSTANCE_CLAIMED;
}

static enum instance_result
claim(struct instance *instance, const struct plan *plan,
    struct failure *failure)
{
	int64_t start_ms = 0, now_ms;
	struct rival rival = { .pid = -1 };
	enum pidfile_result claimed;
	enum instance_result result = INSTANCE_CLAIMED;

	while (result == INSTANCE_CLAIMED) {
		if (make_directories(instance, plan, failure) == -1)
			return INSTANCE_FAILED;
		claimed = claim_once(instance, plan, &rival.file, failure);
		if (claimed == PIDFILE_CLAIMED)
			return INSTANCE_CLAIMED;
		if (claimed == PIDFILE_FAILED)
			return INSTANCE_FAILED;
		now_ms = caller_now_ms();
		if (start_ms == 0)
			start_ms = now_ms;
		/* A signal may end the wait, and us. */
		directory_remove_made(&instance->made);
		rival.pidfd = holder_find(rival.file->path, &rival.pid);
		result = meet(instance, &rival, plan, now_ms - start_ms,
		    failure);
		if (rival.pidfd != -1)
			(void)close(rival.pidfd);	/* nothing written */
	}
	return result;
}

enum instance_result
instance_claim(struct instance *instance, const struct plan *plan,
    struct failure *failure)
{
	enum instance_result result;

	*instance = (struct instance){
		.pidfile = PIDFILE_NONE, .lockfile = PIDFILE_NONE,
	};
	result = claim(instance, plan, failure);
	if (result != INSTANCE_CLAIMED)
		directory_remove_made(&instance->made);
	return result;
}

void
instance_finish(struct instance *instance, pid_t written)
{
	pidfile_finish(&instance->pidfile, written);
	pidfile_finish(&instance->lockfile, -1);
}

void
instance_abandon(struct instance *instance, pid_t written)
{
	pidfile_abandon(&instance->lockfile, -1);
	pidfile_abandon(&instance->pidfile, written);
	directory_remove_made(&instance->made);
}
