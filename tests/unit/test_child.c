/*
 * Unit test of base/child: what is started, in which world, and what fails.
 */
#include "scene.h"

#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/child.h"
#include "base/fd.h"

#include "tap.h"

/* What argv, or else command, writes to its standard output. */
static int
run_child(struct child *child, char *text, size_t size)
{
	int ends[2], status;
	ssize_t n;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) == -1)
		return -1;
	child->out = ends[1];
	pid = child_start(child);
	close(ends[1]);
	n = pid == -1 ? -1 : fd_read_all(ends[0], text, size - 1);
	text[n < 0 ? 0 : n] = '\0';
	close(ends[0]);
	if (pid == -1)
		return -1;
	waitpid(pid, &status, 0);
	return status;
}

static void
check_child(void)
{
	static const char *const argv[] = { "echo", "a b", "c", NULL };
	static const char *const missing[] = { "no-such-program", NULL };
	static const char *const absent[] = { "/nowhere/program", NULL };
	static const char *const text[] = { "/etc/passwd", NULL };
	char *const env[] = { (char[]){ "GREETING=moin" }, NULL };
	char got[256];
	struct child child = { .argv = argv, .in = -1, .out = -1 };

	ok(run_child(&child, got, sizeof(got)) == 0, "a program is started");
	is_str(got, "a b c\n", "with its arguments");
	child = (struct child){ .in = -1, .env = env,
		.command = "echo $GREETING; cat; echo x >&2" };
	ok(run_child(&child, got, sizeof(got)) == 0, "a command is started");
	is_str(got, "moin\n", "with its environment, and nothing to read");
	child = (struct child){ .in = -1, .command = "pwd", .drop = move,
		.context = directory };
	ok(run_child(&child, got, sizeof(got)) == 0 &&
	    strncmp(got, directory, strlen(directory)) == 0,
	    "the drop is done in the child");
	child.drop = refuse;
	ok(run_child(&child, got, sizeof(got)) == -1 && errno == EOWNERDEAD,
	    "when it fails, so does the start");
	child = (struct child){ .in = -1, .argv = missing };
	ok(run_child(&child, got, sizeof(got)) == -1 && errno == ENOENT,
	    "a program that is not there fails");
	child.argv = absent;
	ok(run_child(&child, got, sizeof(got)) == -1 && errno == ENOENT,
	    "so does an absolute one, at exec");
	child.argv = text;
	ok(run_child(&child, got, sizeof(got)) == -1 && errno == EACCES,
	    "or one that is no program");
	ok(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD,
	    "and nothing is left to be waited for");
	ok(child_is_available("cat") && child_is_available("/bin/sh") &&
	    !child_is_available("no-such-program") &&
	    !child_is_available("/etc/passwd") &&
	    !child_is_available("/etc") && !child_is_available(""),
	    "it is known what is available");
}

static void
check_child_world(void)
{
	struct child child = { .in = -1, .command = "kill -INT $$; echo" };
	char got[256], want[32];
	sigset_t term, before;
	int status, fd;
	pid_t pid;

	sigemptyset(&term);
	sigaddset(&term, SIGINT);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, &before);
	sigaction(SIGINT, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
	status = run_child(&child, got, sizeof(got));
	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT,
	    "signals are neither blocked nor ignored");
	child.command = "kill -TERM $$; echo";
	status = run_child(&child, got, sizeof(got));
	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM, "none is");
	sigprocmask(SIG_SETMASK, NULL, &term);
	ok(sigismember(&term, SIGINT) && sigismember(&term, SIGTERM) &&
	    !sigismember(&term, SIGHUP), "ours are as they were");
	sigaction(SIGINT, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
	sigprocmask(SIG_SETMASK, &before, NULL);
	fd = dup2(STDIN_FILENO, 9);
	child.command = "(exec <&9) 2>/dev/null && echo open || echo closed";
	ok(fd == 9 && run_child(&child, got, sizeof(got)) == 0 &&
	    strcmp(got, "closed\n") == 0, "other descriptors are closed");
	close(fd);
	child.command = "nice";
	run_child(&child, got, sizeof(got));
	snprintf(want, sizeof(want), "%ld\n", strtol(got, NULL, 10) + 10);
	child.is_low_priority = true;
	ok(run_child(&child, got, sizeof(got)) == 0 &&
	    (strcmp(got, want) == 0 || strcmp(got, "19\n") == 0),
	    "low priority is 10 nicer");
	child = (struct child){ .in = -1, .out = -1, .command = "exit 3" };
	pid = child_start(&child);
	ok(pid > 0 && getpgid(pid) == pid, "it has a group of its own");
	ok(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 3,
	    "its status is for us");
}

int
main(void)
{
	if (scenes_begin() == -1)
		return 1;
	check_child();
	check_child_world();
	scenes_end();
	return done_testing();
}
