/*
 * Makes the surroundings of a command hostile, then becomes that command:
 *
 *	launcher [OPTION]... [--] COMMAND [ARG]...
 *
 *  -c DIGITS  close these descriptors    -d N     leak N descriptors
 *  -f N:FILE  open FILE as descriptor N
 *  -D N       leak N descriptors above a RLIMIT_NOFILE that is then lowered
 *  -b         block every signal         -i       ignore every signal
 *  -I SIGNAL  ignore this one            -q SIG   block it and have it pending
 *  -t USEC    run every kind of timer    -l NAME=SOFT[:HARD]  set a limit
 *  -g         lead a process group       -u MASK  set the umask
 *  -w DIR     chdir to DIR, remove it    -k       have a living and dead child
 *  -e         empty environment          -E TEXT  add this entry, right or not
 *  -A NAME    pass NAME as argv[0]       -0       pass no argv at all
 *  -r         be a child subreaper       -P       die with the parent
 *  -T         run the command as session leader of a new terminal, which hangs
 *             up the moment the command exits; its output goes to stdout
 *  -R         stay as the command's subreaper until the last child is gone
 *
 * Options take effect in the order given, -c, -T and -R last.  Signals 32 and
 * 33, which a C library hides, count as signals.
 */
#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SIGNAL_COUNT = 64, ENTRY_MAX = 64, SMALL_LIMIT = 16, FAILURE = 99 };

extern char **environ;

struct plan {
	const char *closed;
	char *argv0;
	int has_no_argv;
	int wants_terminal;
	int wants_reaper;
};

/* The kernel's own sigaction, which knows 32 and 33. */
struct raw_action {
	uintptr_t handler;
	unsigned long flags;
	uintptr_t restorer;
	uint64_t mask;
};

static void
ignore_signal(int number)
{
	struct raw_action action = { .handler = 1 };

	if (number == SIGKILL || number == SIGSTOP)
		return;
	if (syscall(SYS_rt_sigaction, number, &action, NULL, 8L) == -1)
		err(FAILURE, "ignore %d", number);
}

static void
block_signals(uint64_t mask)
{
	if (syscall(SYS_rt_sigprocmask, SIG_BLOCK, &mask, NULL, 8L) == -1)
		err(FAILURE, "block");
}

static void
make_pending(int number)
{
	block_signals((uint64_t)1 << (number - 1));
	if (syscall(SYS_kill, getpid(), number) == -1)
		err(FAILURE, "raise %d", number);
}

static void
leak(int count, int lowest)
{
	int fd = open("/dev/null", O_RDWR);

	if (fd == -1)
		err(FAILURE, "/dev/null");
	while (count-- > 0)
		if (fcntl(fd, F_DUPFD, lowest) == -1)
			err(FAILURE, "leak");
	close(fd);
}

/* Opens "N:FILE" for reading and writing; N must be free. */
static void
open_as(const char *text)
{
	char *file;
	int number = (int)strtol(text, &file, 10), fd;

	if (*file != ':' ||
	    (fd = open(file + 1, O_RDWR | O_CREAT, 0644)) == -1)
		err(FAILURE, "%s", text);
	if (fd == number)
		return;
	if (dup2(fd, number) == -1)
		err(FAILURE, "%s", text);
	close(fd);
}

/* A limit by name; SOFT and HARD are numbers, or "unlimited". */
static void
set_limit(const char *text)
{
	static const struct {
		const char *name;
		int resource;
	} known[] = {
		{ "as=", RLIMIT_AS }, { "core=", RLIMIT_CORE },
		{ "cpu=", RLIMIT_CPU }, { "fsize=", RLIMIT_FSIZE },
		{ "memlock=", RLIMIT_MEMLOCK }, { "nofile=", RLIMIT_NOFILE },
		{ "nproc=", RLIMIT_NPROC }, { "stack=", RLIMIT_STACK },
	};
	struct rlimit limit;
	char *end;
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strncmp(text, known[i].name, strlen(known[i].name)) != 0)
			continue;
		if (getrlimit(known[i].resource, &limit) == -1)
			err(FAILURE, "getrlimit");
		limit.rlim_cur = strtoull(text + strlen(known[i].name), &end,
		    10);
		if (*end == ':')
			limit.rlim_max = strtoull(end + 1, NULL, 10);
		if (setrlimit(known[i].resource, &limit) == -1)
			err(FAILURE, "%s", text);
		return;
	}
	errx(FAILURE, "unknown limit %s", text);
}

static void
leak_high(int count)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		err(FAILURE, "getrlimit");
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
		err(FAILURE, "setrlimit");
	leak(count, SMALL_LIMIT * 4);
	limit.rlim_cur = SMALL_LIMIT;
	if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
		err(FAILURE, "setrlimit");
}

/* An alarm, the processor timers, and a POSIX timer, all ending in death. */
static void
set_timers(long usec)
{
	struct itimerval timer = {
		.it_value = { .tv_sec = usec / 1000000,
		    .tv_usec = usec % 1000000 },
	};
	struct itimerspec spec = {
		.it_value = { .tv_sec = usec / 1000000,
		    .tv_nsec = usec % 1000000 * 1000 },
	};
	timer_t id;

	if (setitimer(ITIMER_REAL, &timer, NULL) == -1 ||
	    setitimer(ITIMER_VIRTUAL, &timer, NULL) == -1 ||
	    setitimer(ITIMER_PROF, &timer, NULL) == -1 ||
	    timer_create(CLOCK_REALTIME, NULL, &id) == -1 ||
	    timer_settime(id, 0, &spec, NULL) == -1)
		err(FAILURE, "timer");
}

/* The command inherits a child that runs and one nobody has waited for. */
static void
have_children(void)
{
	pid_t pid, parent = getpid();
	siginfo_t info;

	if ((pid = fork()) == 0)
		_exit(7);
	/* It is dead when the command looks; where CHLD is ignored, gone. */
	if (pid > 0)
		(void)waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
	if (pid == -1 || (pid = fork()) == -1)
		err(FAILURE, "fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		/* It may have ended before this was asked for. */
		while (getppid() == parent)
			pause();
		_exit(0);
	}
}

static void
enter_removed(const char *dir)
{
	if (chdir(dir) == -1 || rmdir(dir) == -1)
		err(FAILURE, "%s", dir);
}

/* Adds an entry without a look at it, as putenv(3) would take one. */
static void
add_entry(char *text)
{
	static char *entries[ENTRY_MAX];
	size_t n;

	for (n = 0; environ != NULL && environ[n] != NULL; n++)
		if (n >= ENTRY_MAX - 2)
			errx(FAILURE, "too many entries: use -e first");
	if (environ != entries && n > 0)
		memcpy(entries, environ, n * sizeof(*entries));
	entries[n] = text;
	environ = entries;
}

static void
become_command(const struct plan *plan, char **argv)
{
	static char *nothing[] = { NULL };
	char *path = argv[0];
	const char *digit;

	if (plan->argv0 != NULL)
		argv[0] = plan->argv0;
	for (digit = plan->closed; *digit != '\0'; digit++)
		close(*digit - '0');
	execve(path, plan->has_no_argv ? nothing : argv, environ);
	_exit(errno == ENOENT ? 127 : 126);
}

static int
status_of(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) :
	    128 + WTERMSIG(status);
}

/* Copies what the terminal shows until the command has exited. */
static int
watch_terminal(int master, pid_t pid)
{
	struct pollfd terminal = { .fd = master, .events = POLLIN };
	char text[4096];
	ssize_t length;
	int is_over, status;

	do {
		is_over = waitpid(pid, &status, WNOHANG) != 0;
		while ((length = read(master, text, sizeof(text))) > 0)
			if (write(1, text, (size_t)length) == -1)
				break;
	} while (!is_over && poll(&terminal, 1, 1) != -1);
	return status_of(status);
}

static int
run_on_terminal(const struct plan *plan, char **argv)
{
	int master, slave, i;
	pid_t pid;

	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (master == -1 || grantpt(master) == -1 || unlockpt(master) == -1)
		err(FAILURE, "pty");
	if ((pid = fork()) == -1)
		err(FAILURE, "fork");
	if (pid > 0)
		return watch_terminal(master, pid);
	if (setsid() == -1 || (slave = open(ptsname(master), O_RDWR)) == -1 ||
	    ioctl(slave, TIOCSCTTY, 0) == -1)
		err(FAILURE, "terminal");
	for (i = 0; i < 3; i++)
		dup2(slave, i);
	if (slave > 2)
		close(slave);
	become_command(plan, argv);
	return FAILURE;
}

static int
run_as_reaper(const struct plan *plan, char **argv)
{
	int status = 0, one;
	pid_t pid, ended;

	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	if ((pid = fork()) == -1)
		err(FAILURE, "fork");
	if (pid == 0)
		become_command(plan, argv);
	while ((ended = waitpid(-1, &one, 0)) != -1)
		if (ended == pid)
			status = one;
	return status_of(status);
}

/* The options that change this process at once. */
static void
make_hostile(int option, char *value)
{
	static char *nothing[] = { NULL };
	int i;

	switch (option) {
	case 'd': leak(atoi(value), 3); break;
	case 'f': open_as(value); break;
	case 'D': leak_high(atoi(value)); break;
	case 'b': block_signals(~(uint64_t)0); break;
	case 'i':
		for (i = 1; i <= SIGNAL_COUNT; i++)
			ignore_signal(i);
		break;
	case 'I': ignore_signal(atoi(value)); break;
	case 'q': make_pending(atoi(value)); break;
	case 't': set_timers(atol(value)); break;
	case 'l': set_limit(value); break;
	case 'g': setpgid(0, 0); break;
	case 'u': umask((mode_t)strtoul(value, NULL, 8)); break;
	case 'w': enter_removed(value); break;
	case 'k': have_children(); break;
	case 'e': environ = nothing; break;
	case 'E': add_entry(value); break;
	case 'r': prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); break;
	case 'P': prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); break;
	default: exit(FAILURE);
	}
}

int
main(int argc, char **argv)
{
	struct plan plan = { .closed = "" };
	int option;

	while ((option = getopt(argc, argv,
	    "+0A:c:d:f:D:biI:q:t:l:gu:w:keE:rPTR")) != -1) {
		switch (option) {
		case '0': plan.has_no_argv = 1; break;
		case 'A': plan.argv0 = optarg; break;
		case 'c': plan.closed = optarg; break;
		case 'T': plan.wants_terminal = 1; break;
		case 'R': plan.wants_reaper = 1; break;
		default: make_hostile(option, optarg);
		}
	}
	if (optind == argc)
		errx(FAILURE, "no command");
	if (plan.wants_terminal)
		return run_on_terminal(&plan, argv + optind);
	if (plan.wants_reaper)
		return run_as_reaper(&plan, argv + optind);
	become_command(&plan, argv + optind);
	return FAILURE;
}
