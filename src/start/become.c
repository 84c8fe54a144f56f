/*
 * become.c: the deeds behind the steps of the grandchild; see become.h.
 */
#include "start/become.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/os.h"
#include "exitcode.h"
#include "start/identity.h"

static int
do_write_pid(struct launch *launch)
{
	return pidfile_write_pid(launch->pidfile, getpid());
}

static int
do_connect(struct launch *launch)
{
	return streams_connect(launch->streams);
}

/*
 * Is there anything to execute? If not, the start is about to fail, and the
 * logs of the last one must not be lost for it.
 */
static bool
has_command(const struct launch *launch)
{
	char **candidate = launch->plan->candidate;

	for (; *candidate != NULL; candidate++)
		if (access(*candidate, X_OK) == 0)
			return true;
	return false;
}

static int
do_truncate_stdout(struct launch *launch)
{
	return has_command(launch) ?
	    streams_truncate(launch->streams, STDOUT_FILENO) : 0;
}

static int
do_truncate_stderr(struct launch *launch)
{
	return has_command(launch) ?
	    streams_truncate(launch->streams, STDERR_FILENO) : 0;
}

static int
do_nice(struct launch *launch)
{
	int nice = launch->plan->options->nice;

	/*
	 * In a session of its own niceness counts only inside the session's
	 * autogroup, so that one is set too where the kernel has it.
	 */
	(void)os_set_autogroup_nice(nice);
	return setpriority(PRIO_PROCESS, 0, nice);
}

static int
do_io_priority(struct launch *launch)
{
	const struct options *options = launch->plan->options;

	return os_set_io_priority(options->io_class, options->io_level);
}

static int
do_cpu_affinity(struct launch *launch)
{
	const struct options *options = launch->plan->options;

	return os_set_affinity(options->cpus, sizeof(options->cpus));
}

static int
do_scheduler(struct launch *launch)
{
	const struct options *options = launch->plan->options;

	return os_set_scheduler(options->scheduler,
	    options->scheduler_priority);
}

static int
do_oom_score(struct launch *launch)
{
	return os_set_oom_score(launch->plan->options->oom_score);
}

static int
do_limit(struct launch *launch)
{
	const struct options *options = launch->plan->options;
	size_t i;

	for (i = 0; i < options->limit_count; i++)
		if (setrlimit(options->limit[i].resource,
		    &options->limit[i].value) == -1)
			return -1;
	return 0;
}

static int
do_bound_capabilities(struct launch *launch)
{
	return os_bound_capabilities(launch->plan->options->capabilities);
}

static int
do_chroot(struct launch *launch)
{
	/* Without the second call the old root stays in reach. */
	return chroot(launch->plan->root) == -1 ? -1 : chdir("/");
}

static int
do_groups(struct launch *launch)
{
	return identity_set_groups(&launch->plan->account);
}

static int
do_gid(struct launch *launch)
{
	return identity_set_gid(&launch->plan->account);
}

static int
do_uid(struct launch *launch)
{
	return identity_set_uid(&launch->plan->account);
}

static int
do_prove_identity(struct launch *launch)
{
	return identity_prove(&launch->plan->account);
}

static int
do_take_capabilities(struct launch *launch)
{
	return os_take_capabilities(launch->plan->options->capabilities);
}

static int
do_no_new_privs(struct launch *launch)
{
	(void)launch;
	return os_set_no_new_privs();
}

static int
do_chdir(struct launch *launch)
{
	return chdir(launch->plan->cwd);
}

static int
do_umask(struct launch *launch)
{
	(void)umask(launch->plan->options->umask);
	return 0;
}

/* Where "fd:N" is awaited, N is there (ready/promise.h). */
static int
pass_conditions(const struct readiness *ready)
{
	size_t i;

	for (i = 0; i < ready->count; i++)
		if (ready->condition[i].kind == CONDITION_FD &&
		    fcntl(ready->condition[i].fd, F_SETFD, 0) == -1)
			return -1;
	return 0;
}

static int
do_pass_descriptors(struct launch *launch)
{
	const struct pidfile *const files[] = {
		launch->pidfile, launch->lockfile
	};
	size_t i;

	/* The lock lives as long as the daemon: it inherits it. */
	for (i = 0; i < 2; i++)
		if (files[i]->fd != -1 &&
		    fcntl(files[i]->fd, F_SETFD, 0) == -1)
			return -1;
	return pass_conditions(&launch->plan->ready);
}

static int
do_signals(struct launch *launch)
{
	sigset_t none;

	(void)launch;
	/* Actions first: a signal that was let through must find them. */
	if (os_reset_signals() == -1)
		return -1;
	(void)sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL);
}

/*
 * Is PATH a text file, for the shell? An empty or binary one is not: POSIX
 * lets execvp(3) refuse what has a NUL before the first newline.
 */
static bool
is_shell_text(const char *path)
{
	char head[256];
	ssize_t len;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd == -1)
		return false;
	len = fd_read_all(fd, head, sizeof(head));
	(void)close(fd);	/* nothing was written */
	if (len <= 0)
		return false;
	for (; len > 0; len--)
		if (head[len - 1] == '\0')
			return false;
	return true;
}

static void
execute_one(struct launch *launch, char *path)
{
	const struct plan *plan = launch->plan;

	(void)execve(path, plan->argv, plan->env);
	if (errno != ENOEXEC)
		return;
	if (!is_shell_text(path)) {
		errno = ENOEXEC;
		return;
	}
	launch->shell_argv[1] = path;
	(void)execve("/bin/sh", launch->shell_argv, plan->env);
}

/*
 * As execvp(3): goes on after what is not there or not allowed, and in the end
 * fails with what was wrong with the first one that is there.
 */
static int
do_execute(struct launch *launch)
{
	char **candidate = launch->plan->candidate;
	int error = ENOENT, failed, i;

	for (i = 0; candidate[i] != NULL; i++) {
		execute_one(launch, candidate[i]);
		failed = errno;
		if (failed == ENOENT || failed == ENOTDIR || failed == EACCES) {
			/* A directory that we may not enter hides nothing. */
			if (access(candidate[i], F_OK) == -1) {
				if (!launch->plan->is_searched)
					error = failed;
				continue;
			}
			if (launch->candidate == -1) {
				launch->candidate = i;
				error = failed;
			}
			continue;
		}
		launch->candidate = i;
		error = failed;
		break;
	}
	errno = error;
	return -1;
}

static int (*const deeds[N_STEPS])(struct launch *) = {
	[STEP_WRITE_PID] = do_write_pid,
	[STEP_CONNECT] = do_connect,
	[STEP_TRUNCATE_STDOUT] = do_truncate_stdout,
	[STEP_TRUNCATE_STDERR] = do_truncate_stderr,
	[STEP_NICE] = do_nice,
	[STEP_IO_PRIORITY] = do_io_priority,
	[STEP_CPU_AFFINITY] = do_cpu_affinity,
	[STEP_SCHEDULER] = do_scheduler,
	[STEP_OOM_SCORE] = do_oom_score,
	[STEP_LIMIT] = do_limit,
	[STEP_BOUND_CAPABILITIES] = do_bound_capabilities,
	[STEP_CHROOT] = do_chroot,
	[STEP_GROUPS] = do_groups,
	[STEP_GID] = do_gid,
	[STEP_UID] = do_uid,
	[STEP_PROVE_IDENTITY] = do_prove_identity,
	[STEP_TAKE_CAPABILITIES] = do_take_capabilities,
	[STEP_NO_NEW_PRIVS] = do_no_new_privs,
	[STEP_CHDIR] = do_chdir,
	[STEP_UMASK] = do_umask,
	[STEP_PASS_DESCRIPTORS] = do_pass_descriptors,
	[STEP_SIGNALS] = do_signals,
	[STEP_EXECUTE] = do_execute,
};

static int
tell(const struct launch *launch, enum step step, int error)
{
	return handshake_send(&launch->handshake, (struct handshake_report){
		.step = step, .error = error, .candidate = launch->candidate,
	});
}

int
become_daemon(struct launch *launch)
{
	bool is_verbose = launch->plan->options->is_verbose;
	enum step step;

	/*
	 * Who we are, so that the caller can look after us: by the memory that
	 * we may share with it, and by the pipe.
	 */
	launch->born = getpid();
	if (tell(launch, STEP_FORK_AGAIN, 0) == -1)
		return EXITCODE_FAILED;
	for (step = STEP_FORK_AGAIN + 1; step < N_STEPS; step++) {
		if (!step_is_wanted(step, launch->plan))
			continue;
		if (deeds[step](launch) == -1) {
			(void)tell(launch, step, errno);
			return EXITCODE_FAILED;
		}
		if (is_verbose)
			(void)tell(launch, step, 0);
	}
	return EXITCODE_FAILED;	/* exec does not come back */
}

int
become_rehearse(struct launch *launch)
{
	enum step step;

	for (step = STEP_NICE; step <= STEP_UMASK; step++)
		if (step_is_wanted(step, launch->plan) &&
		    deeds[step](launch) == -1) {
			(void)tell(launch, step, errno);
			return EXITCODE_FAILED;
		}
	/* Before it sees that nothing is there: setrlimit(2), RLIMIT_NPROC. */
	(void)execve("/dev/null/none", launch->plan->argv, launch->plan->env);
	if (errno != EAGAIN)
		return EXITCODE_RUNNING;
	launch->candidate = 0;
	(void)tell(launch, STEP_EXECUTE, EAGAIN);
	return EXITCODE_FAILED;
}

int
become_command(const struct plan *plan, const char *command)
{
	static const enum step steps[] = {
		STEP_BOUND_CAPABILITIES, STEP_CHROOT, STEP_GROUPS, STEP_GID,
		STEP_UID, STEP_PROVE_IDENTITY, STEP_TAKE_CAPABILITIES,
		STEP_NO_NEW_PRIVS, STEP_CHDIR, STEP_UMASK, STEP_SIGNALS,
	};
	struct launch launch = { .plan = plan };
	char *const argv[] = {
		(char *)(uintptr_t)"sh", (char *)(uintptr_t)"-c",
		(char *)(uintptr_t)command, NULL
	};
	size_t i;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (step_is_wanted(steps[i], plan) &&
		    deeds[steps[i]](&launch) == -1)
			return EXITCODE_FAILED;
	(void)execve("/bin/sh", argv, plan->env);
	return EXITCODE_CANNOT_EXECUTE;
}
