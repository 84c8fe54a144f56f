/*
 * probe.c: see probe.h.
 */
#include "start/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/os.h"
#include "exitcode.h"
#include "process/tree.h"
#include "start/become.h"

enum { ROUNDS_MAX = 100, POLL_MS = 5 };

struct order {
	const struct plan *plan;
	const char *command;
};

static int
child(void *context)
{
	const struct order *order = context;
	int i, fd;

	fd = open("/dev/null", O_RDWR | O_NOCTTY | O_CLOEXEC);
	for (i = STDIN_FILENO; i <= STDERR_FILENO; i++)
		if (dup2(fd, i) == -1)
			return EXITCODE_FAILED;
	return become_command(order->plan, order->command);
}

/* Ends all that the command has left behind; we are its subreaper. */
static void
end_rest(void)
{
	struct tree tree;
	size_t i;
	int round;

	for (round = 0; round < ROUNDS_MAX; round++) {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			continue;
		if (errno == ECHILD ||
		    tree_find(&tree, getpid(), getpid()) == -1)
			return;
		for (i = 0; i < tree.count; i++)
			(void)os_pidfd_signal(tree.member[i].pidfd, SIGKILL);
		tree_release(&tree);
		(void)poll(NULL, 0, POLL_MS);
	}
}

/* Runs the command and ends as it does. Returns the status to exit with. */
static int
watch_over(struct order *order)
{
	/* Static: nobody is poorer for pages that are never touched. */
	static _Alignas(16) char stack[OS_STACK_SIZE];
	int status = -1;
	pid_t pid, ended;

	(void)setsid();		/* it leads no group: this cannot fail */
	(void)os_adopt_orphans();
	/* No lock outlives the caller for a probe. */
	(void)os_close_others(NULL, 0);
	pid = os_spawn(child, order, stack);
	if (pid == -1)
		return EXITCODE_FAILED;
	do {
		ended = waitpid(-1, &status, 0);
	} while (ended != pid && (ended != -1 || errno == EINTR));
	end_rest();
	return ended == pid && WIFEXITED(status) ? WEXITSTATUS(status) :
	    EXITCODE_FAILED;
}

pid_t
probe_start(const struct plan *plan, const char *command)
{
	struct order order = { .plan = plan, .command = command };
	pid_t pid = fork();

	if (pid == 0)
		_exit(watch_over(&order));
	return pid;
}
