/*
 * init.c: see init.h.
 */
#include "supervise/init.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/wait.h>
#include <time.h>

#include "base/caller.h"

enum { LOGGER_MS = 5000 };

struct ward {
	pid_t daemon, logger;
	bool is_daemon_gone, is_logger_gone;
	int status;		/* of the daemon */
};

/* Buries the dead. */
static void
bury(struct ward *ward)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == ward->daemon) {
			ward->status = status;
			ward->is_daemon_gone = true;
		}
		if (pid == ward->logger)
			ward->is_logger_gone = true;
	}
	if (pid == -1 && errno == ECHILD)
		ward->is_daemon_gone = ward->is_logger_gone = true;
}

/* Its last lines: somebody else may still write, so not for ever. */
static void
wait_for_logger(struct ward *ward)
{
	int64_t until = caller_now_ms() + LOGGER_MS, left;
	struct timespec time;
	sigset_t child;

	(void)sigemptyset(&child);
	(void)sigaddset(&child, SIGCHLD);
	while (!ward->is_logger_gone &&
	    (left = until - caller_now_ms()) > 0) {
		time.tv_sec = (time_t)(left / 1000);
		time.tv_nsec = (long)(left % 1000) * 1000000;
		(void)sigtimedwait(&child, NULL, &time);
		bury(ward);
	}
}

int
init_stay(pid_t daemon, pid_t logger)
{
	struct ward ward = {
		.daemon = daemon, .logger = logger,
		.is_logger_gone = logger == 0,
	};
	sigset_t all;
	int sig;

	(void)sigfillset(&all);
	for (bury(&ward); !ward.is_daemon_gone; bury(&ward)) {
		sig = sigwaitinfo(&all, NULL);
		if (sig > 0 && sig != SIGCHLD)
			(void)kill(daemon, sig);	/* bury sees its end */
	}
	wait_for_logger(&ward);
	return WIFSIGNALED(ward.status) ? 128 + WTERMSIG(ward.status) :
	    WEXITSTATUS(ward.status);
}
