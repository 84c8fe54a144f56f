/*
 * launch.c: see launch.h.
 *
 *   caller ---- first child ---- second child = the daemon
 *   waits       setsid, exits    become_daemon, exec
 *
 * The first child is the leader of the session; the second is not, and so
 * can never acquire a controlling terminal (POSIX.1-2008, 11.1.3).
 */
#include "start/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/caller.h"
#include "base/os.h"
#include "exitcode.h"
#include "start/become.h"
#include "start/check.h"
#include "start/diagnose.h"
#include "start/handshake.h"

/* How long a death that was seen half may take, without /proc. */
enum { GRACE_MS = 50 };

static int
second_child(void *context)
{
	return become_daemon(context);
}

static int
tell(const struct launch *launch, enum step step, int error)
{
	return handshake_send(&launch->handshake, (struct handshake_report){
		.step = step, .error = error,
	});
}

static int
first_child(void *context)
{
	struct launch *launch = context;

	if (setsid() == -1) {
		(void)tell(launch, STEP_SESSION, errno);
		return EXITCODE_FAILED;
	}
	if (launch->plan->options->is_verbose)
		(void)tell(launch, STEP_SESSION, 0);
	if (os_spawn(second_child, launch, launch->stack) == -1) {
		(void)tell(launch, STEP_FORK_AGAIN, errno);
		return EXITCODE_FAILED;
	}
	return EXITCODE_RUNNING;
}

/* waitpid(2) that goes on after EINTR. Returns PID, or -1 with errno. */
static pid_t
wait_for(pid_t pid, int *status)
{
	pid_t got;

	do {
		got = waitpid(pid, status, 0);
	} while (got == -1 && errno == EINTR);
	return got;
}

/*
 * Waits for the first child but leaves its corpse: as long as that is there,
 * no other process or group can have its number.
 */
static void
wait_for_leader(pid_t leader)
{
	siginfo_t info;

	while (waitid(P_PID, (id_t)leader, &info, WEXITED | WNOWAIT) == -1 &&
	    errno == EINTR)
		continue;
}

/* Ends whatever is left of the session, and buries what is ours. */
static void
clean_up(pid_t leader, pid_t daemon)
{
	siginfo_t info;
	int status;

	(void)kill(-leader, SIGKILL);	/* the group may not exist */
	(void)kill(leader, SIGKILL);	/* nor may it lead one yet */
	/* Its orphan becomes ours when it is gone. */
	wait_for_leader(leader);
	/* A program that was executed may have left the group. */
	if (daemon > 0 && waitid(P_PID, (id_t)daemon, &info, WEXITED |
	    WNOHANG | WNOWAIT) == 0)
		(void)kill(daemon, SIGKILL);	/* ours: its pid is its own */
	if (daemon > 0)
		(void)wait_for(daemon, &status);
	(void)wait_for(leader, &status);
}

/* Reads reports to the end. Returns 0, or -1 with FAILURE. */
static int
receive_reports(struct launch *launch, launch_trace *trace,
    struct failure *failure)
{
	struct handshake_report report;
	int got;

	while ((got = handshake_receive(&launch->handshake, &report)) == 1) {
		if (report.step >= STEP_FORK_AGAIN && report.error == 0)
			launch->born = report.pid;
		if (report.error != 0)
			return diagnose_step(launch->plan, &report, failure);
		trace(report.step, launch->plan);
	}
	if (got == -1)
		return failure_set(failure, EXITCODE_FAILED,
		    "cannot hear from the daemon: %s", strerror(errno));
	if (launch->born == -1)
		return failure_set(failure, EXITCODE_FAILED,
		    "cannot start: the daemon's process died at birth");
	return 0;
}

/* How the daemon ended, seen while it was being started. */
static int
judge_death(const struct plan *plan, int status, bool has_executed,
    struct failure *failure)
{
	if (WIFSIGNALED(status))
		return failure_set(failure, has_executed ? EXITCODE_DIED :
		    EXITCODE_FAILED, "cannot %s %s: killed by signal %d (%s)",
		    has_executed ? "keep running" : "execute", plan->command,
		    WTERMSIG(status), strsignal(WTERMSIG(status)));
	if (!has_executed)
		return failure_set(failure, EXITCODE_FAILED,
		    "cannot execute %s: the daemon's process died",
		    plan->command);
	if (WEXITSTATUS(status) != 0)
		return failure_set(failure, EXITCODE_DIED,
		    "cannot keep running %s: it exited at once with status "
		    "%d", plan->command, WEXITSTATUS(status));
	return 0;	/* it ran, and has done what it had to do */
}

/* Gives a death that is under way the time to be seen. */
static bool
is_seen_dead(pid_t daemon)
{
	struct pollfd gone = { .events = POLLIN };
	bool is_dead;

	gone.fd = os_pidfd_open(daemon);
	if (gone.fd == -1)
		return kill(daemon, 0) == -1;
	is_dead = poll(&gone, 1, GRACE_MS) == 1;
	(void)close(gone.fd);	/* nothing was written */
	return is_dead;
}

/*
 * Is DAEMON, whose first thread is exiting, about to be dead? It is not if
 * other threads go on without the first.
 */
static bool
is_dying(pid_t daemon)
{
	struct os_process process;

	while (!is_seen_dead(daemon))
		if (os_process_read(daemon, &process) == 0 &&
		    process.threads > 1)
			return false;
	return true;
}

/*
 * The pipe has ended: was it exec, or death? Until we exit, the daemon's
 * corpse is ours to read.
 */
static int
verify(const struct plan *plan, pid_t daemon, struct failure *failure)
{
	enum os_exec_state state = os_exec_state(daemon);
	int status;

	if (state == OS_EXEC_DONE)
		return 0;
	/* Who waits for more looks after its end as well. */
	if (state != OS_EXEC_NOT_DONE && readiness_is_awaited(&plan->ready))
		return 0;
	if ((state == OS_EXEC_UNKNOWN && !is_seen_dead(daemon)) ||
	    (state == OS_EXEC_DYING && !is_dying(daemon)))
		return 0;
	/* As init we stay, and end as the daemon does. */
	if (state == OS_EXEC_DYING && caller_is_init())
		return 0;
	if (wait_for(daemon, &status) == -1)
		return failure_set(failure, EXITCODE_FAILED,
		    "cannot execute %s: the daemon's process is gone",
		    plan->command);
	/* Our own code ends by exit only after it said why. */
	return judge_death(plan, status, state == OS_EXEC_DYING ||
	    (state == OS_EXEC_UNKNOWN && WIFEXITED(status)), failure);
}

/* {"/bin/sh", (path), the arguments...} for become.c. */
static char **
make_shell_argv(const struct plan *plan)
{
	static char shell[] = "/bin/sh";
	size_t count = 0;
	char **argv;

	while (plan->argv[count] != NULL)
		count++;
	argv = calloc(count + 2, sizeof(*argv));
	if (argv == NULL)
		return NULL;
	memcpy(argv + 1, plan->argv, count * sizeof(*argv));
	argv[0] = shell;
	return argv;
}

/* From the birth of the first child to the truth. 0, or -1 with FAILURE. */
static int
follow(struct launch *launch, pid_t leader, launch_trace *trace,
    struct failure *failure)
{
	int status;

	handshake_listen(&launch->handshake);
	if (receive_reports(launch, trace, failure) == -1) {
		clean_up(leader, launch->born);
		return -1;
	}
	wait_for_leader(leader);
	if (verify(launch->plan, launch->born, failure) == -1 ||
	    streams_check(launch->streams, failure) == -1) {
		clean_up(leader, launch->born);
		return -1;
	}
	(void)wait_for(leader, &status);
	return 0;
}

static void
say_nothing(enum step step, const struct plan *plan)
{
	(void)step;
	(void)plan;
}

/*
 * Without a fork: this very process becomes the daemon. What can be known to
 * fail is looked at before, for some of the steps cannot be taken back.
 * Comes back only after a failure.
 */
static int
become_here(struct launch *launch, launch_trace *trace,
    struct failure *failure)
{
	int caller_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	enum step step;

	if (check_daemon(launch->plan, failure) == -1)
		return -1;
	for (step = STEP_FORK_AGAIN + 1; step < N_STEPS; step++)
		trace(step, launch->plan);
	(void)become_daemon(launch);
	/* The message is for who called us, not for the daemon's log. */
	if (caller_stderr != -1)
		(void)dup2(caller_stderr, STDERR_FILENO);
	handshake_listen(&launch->handshake);
	if (receive_reports(launch, say_nothing, failure) == 0)
		(void)failure_set(failure, EXITCODE_FAILED,
		    "cannot execute %s", launch->plan->command);
	return -1;
}

/* By two forks. Returns 0, or -1 with FAILURE. */
static int
fork_twice(struct launch *launch, void *stack, launch_trace *trace,
    struct failure *failure)
{
	pid_t leader;

	/* Where that fails, a corpse is somebody else's: verify says so. */
	(void)os_adopt_orphans();
	leader = os_spawn(first_child, launch, stack);
	if (leader == -1)
		return failure_set(failure, EXITCODE_FAILED,
		    "cannot fork: %s", strerror(errno));
	trace(STEP_FORK, launch->plan);
	return follow(launch, leader, trace, failure);
}

int
launch_daemon(const struct plan *plan, const struct pidfile *pidfile,
    const struct pidfile *lockfile, const struct streams *streams,
    launch_trace *trace, pid_t *daemon, struct failure *failure)
{
	/* Static: nobody is poorer for pages that are never touched. */
	static _Alignas(16) char stacks[2][OS_STACK_SIZE];
	struct launch launch = {
		.plan = plan, .pidfile = pidfile, .lockfile = lockfile,
		.streams = streams, .shell_argv = make_shell_argv(plan),
		.stack = stacks[1], .candidate = -1, .born = -1,
	};
	int result;

	*daemon = -1;
	if (launch.shell_argv == NULL ||
	    handshake_open(&launch.handshake) == -1)
		return failure_set(failure, EXITCODE_FAILED,
		    "cannot prepare to fork: %s", strerror(errno));
	result = plan->options->is_foreground ?
	    become_here(&launch, trace, failure) :
	    fork_twice(&launch, stacks[0], trace, failure);
	*daemon = launch.born;
	handshake_close(&launch.handshake);
	free(launch.shell_argv);
	return result;
}
