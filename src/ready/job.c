/*
 * job.c: see job.h.
 */
#include "ready/job.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/caller.h"
#include "base/fd.h"
#include "base/message.h"
#include "base/os.h"
#include "exitcode.h"

int
job_check(const struct plan *plan, struct failure *failure)
{
	int self = os_pidfd_open(getpid());

	if (self == -1)
		return failure_set(failure, EXITCODE_FAILED,
		    "cannot wait for the end of %s: %s", plan->command,
		    strerror(errno));
	(void)close(self);	/* nothing was written */
	return 0;
}

int
job_status(const struct plan *plan, int status)
{
	if (!WIFSIGNALED(status))
		return WEXITSTATUS(status);
	message_error("cannot finish %s: killed by signal %d (%s)",
	    plan->command, WTERMSIG(status), strsignal(WTERMSIG(status)));
	return 128 + WTERMSIG(status);
}

/* Copies the file behind FROM, as long as it is now. */
static void
copy(int from, int to)
{
	char bytes[65536];
	struct stat st;
	off_t at = 0;
	ssize_t n;

	if (fstat(from, &st) == -1)
		return;
	while (at < st.st_size && (n = pread(from, bytes, sizeof(bytes),
	    at)) > 0) {
		/* Who does not listen any more misses it. */
		if (fd_write_all(to, bytes, (size_t)n) == -1)
			return;
		at += n;
	}
}

void
job_end_output(const struct plan *plan, const struct streams *streams,
    bool is_shown)
{
	const struct stream *stream[] = {
		[STDOUT_FILENO] = &plan->out, [STDERR_FILENO] = &plan->err,
	};
	int i;

	for (i = STDOUT_FILENO; i <= STDERR_FILENO; i++) {
		if (stream[i]->kind != STREAM_SCRATCH)
			continue;
		os_end_scratch(streams->fd[i]);
		if (is_shown)
			copy(streams->fd[i], i);
	}
}

int
job_delay(const struct plan *plan, struct failure *failure)
{
	int64_t most_ms = plan->options->jitter_ms;
	uint64_t random;

	if (most_ms == 0)
		return 0;
	if (os_random(&random, sizeof(random)) == -1)
		return failure_set(failure, EXITCODE_FAILED,
		    "cannot choose a random time: %s", strerror(errno));
	/* 64 bits are enough for the remainder to be even. */
	(void)caller_wait(-1, (int64_t)(random % (uint64_t)(most_ms + 1)));
	return 0;
}
