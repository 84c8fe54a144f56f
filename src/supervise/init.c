/*
 * init.c: see init.h.
 */
#include "supervise/init.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>

#include "exitcode.h"

/* Buries the dead. Returns whether DAEMON was among them. */
static bool
bury(pid_t daemon, int *status)
{
	bool is_over = false;
	int one;
	pid_t pid;

	while ((pid = waitpid(-1, &one, WNOHANG)) > 0) {
		if (pid != daemon)
			continue;
		*status = one;
		is_over = true;
	}
	return is_over || (pid == -1 && errno == ECHILD);
}

int
init_stay(pid_t daemon)
{
	int status = 0, sig;
	sigset_t all;

	(void)sigfillset(&all);
	while (!bury(daemon, &status)) {
		sig = sigwaitinfo(&all, NULL);
		if (sig > 0 && sig != SIGCHLD)
			(void)kill(daemon, sig);	/* bury sees its end */
	}
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
	    WEXITSTATUS(status);
}
