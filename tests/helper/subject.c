/*
 * A daemon to be steered, which behaves as badly as asked:
 *
 *	subject [OPTION]...
 *
 *  -x DIR   be the only one: makes DIR, removes it on SIGTERM; where DIR is
 *           there already, adds a line to DIR.overlap
 *  -X FILE  the same by a lock of another kind than the pidfile's, on FILE,
 *           which the kernel gives back however it ends; FILE.overlap
 *  -s FILE  adds the name of every signal that it catches to FILE
 *  -i SIG   ignores the signal of this number
 *  -c FILE  has a child and, in a session of its own, a grandchild, which both
 *           add their pids to FILE; with -C they drop the lock that they
 *           inherited, and with -I they ignore SIGTERM
 *  -D       lets nobody look into its memory or descriptors (proc(5))
 *  -t FILE  writes the id of a second thread to FILE
 *  -m       its first thread leaves, a second one stays (so that ps says Z)
 *  -V FILE  at SIGUSR2 sits in vfork(2), where only SIGKILL reaches it, until
 *           FILE is there
 *  -L FILE  locks FILE and writes its pid there, as the child of a parent that
 *           never fetches its status
 *  -w       puts "my" in the place of all its words, as programs do that set
 *           their title, once all is set up
 *  -r FILE  makes FILE when all is set up
 *
 * Options take effect in the order given.  It stays until a signal ends it.
 */
#include <sys/types.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STACK_SIZE = 65536, FD_END = 64 };

static const char *alone_dir, *signal_file, *vfork_file;
static int drop_lock, children_ignore, wants_title;

/* One write(2) with O_APPEND: lines of several processes stay whole. */
static void
add_line(const char *path, const char *text)
{
	char line[128];
	int fd, n;

	n = snprintf(line, sizeof(line), "%s\n", text);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (fd == -1 || write(fd, line, (size_t)n) != n)
		err(1, "%s", path);
	close(fd);
}

static void
add_number(const char *path, long number)
{
	char text[32];

	snprintf(text, sizeof(text), "%ld", number);
	add_line(path, text);
}

static void
overlap(const char *path)
{
	char file[4096];

	snprintf(file, sizeof(file), "%s.overlap", path);
	add_number(file, getpid());
}

static const struct {
	int number;
	const char *name;
} signals[] = {
	{ SIGHUP, "HUP" }, { SIGINT, "INT" }, { SIGQUIT, "QUIT" },
	{ SIGUSR1, "USR1" }, { SIGUSR2, "USR2" }, { SIGTERM, "TERM" },
	{ SIGCONT, "CONT" }, { SIGWINCH, "WINCH" },
};

enum { SIGNAL_COUNT = sizeof(signals) / sizeof(signals[0]) };

/* The child uses this memory, so that it may change none. */
static void
sit_in_vfork(void)
{
	pid_t pid = vfork();

	if (pid == -1)
		err(1, "vfork");
	if (pid > 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (access(vfork_file, F_OK) == -1)
		poll(NULL, 0, 5);
	_exit(0);
}

/* Runs while the program only waits in sigsuspend: any function will do. */
static void
caught(int number)
{
	size_t i;

	for (i = 0; i < SIGNAL_COUNT && signal_file != NULL; i++)
		if (signals[i].number == number)
			add_line(signal_file, signals[i].name);
	if (number == SIGUSR2 && vfork_file != NULL)
		sit_in_vfork();
	if (number != SIGTERM)
		return;
	if (alone_dir != NULL)
		rmdir(alone_dir);
	_exit(0);
}

static void
catch(int number)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = caught;
	sigfillset(&action.sa_mask);
	sigaction(number, &action, NULL);
}

static void
be_alone_by_directory(const char *dir)
{
	if (mkdir(dir, 0777) == -1)
		overlap(dir);
	alone_dir = dir;
	catch(SIGTERM);
}

/*
 * The lock goes to descriptor 0: an exit closes the lowest first, so that this
 * lock is given back before the pidfile's is.
 */
static void
be_alone_by_lock(const char *path)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);

	if (fd == -1 || dup2(fd, 0) == -1)
		err(1, "%s", path);
	if (fd != 0)
		close(fd);
	if (fcntl(0, F_SETLK, &lock) == -1)
		overlap(path);
}

static void
report_signals(const char *path)
{
	size_t i;

	signal_file = path;
	for (i = 0; i < SIGNAL_COUNT; i++)
		catch(signals[i].number);
}

/* What a child does with its life. */
static void
be_child(const char *path)
{
	sigset_t none;

	sigemptyset(&none);
	signal(SIGTERM, children_ignore ? SIG_IGN : SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	add_number(path, getpid());
	for (;;)
		pause();
}

static void
have_descendants(const char *path)
{
	int fd;

	if (fork() != 0)
		return;
	for (fd = 3; drop_lock && fd < FD_END; fd++)
		close(fd);
	if (fork() == 0)
		setsid();
	be_child(path);
}

static int
second_thread(void *unused)
{
	(void)unused;
	for (;;)
		pause();
	return 0;
}

/*
 * A thread without the thread library, which need not be there; it does
 * nothing that would need a library's help. Returns its id.
 */
static long
make_thread(void)
{
	static _Alignas(16) char stack[STACK_SIZE];
	static int id = -1;

	if (id == -1)
		id = clone(second_thread, stack + sizeof(stack), CLONE_VM |
		    CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
		    CLONE_SYSVSEM, NULL);
	if (id == -1)
		err(1, "clone");
	return id;
}

static void
wait_for_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	for (;;)
		sigsuspend(&none);
}

static void
be_child_of_lazy_parent(const char *path)
{
	char text[32];
	pid_t pid = fork();
	int fd;

	if (pid == -1)
		err(1, "fork");
	if (pid > 0)
		wait_for_signals();
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
	if (fd == -1 || flock(fd, LOCK_EX | LOCK_NB) == -1)
		err(1, "%s", path);
	snprintf(text, sizeof(text), "%ld\n", (long)getpid());
	if (write(fd, text, strlen(text)) == -1)
		err(1, "%s", path);
}

static void
note_for_later(int option, const char *value)
{
	switch (option) {
	case 'C':
		drop_lock = 1;
		break;
	case 'I':
		children_ignore = 1;
		break;
	case 'V':
		vfork_file = value;
		catch(SIGUSR2);
		break;
	case 'w':
		wants_title = 1;
		break;
	default:
		errx(2, "wrong usage: see the head of subject.c");
	}
}

static void
set_up(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "x:X:s:i:c:CIDt:mV:L:wr:")) != -1) {
		switch (c) {
		case 'x':
			be_alone_by_directory(optarg);
			break;
		case 'X':
			be_alone_by_lock(optarg);
			break;
		case 's':
			report_signals(optarg);
			break;
		case 'i':
			signal(atoi(optarg), SIG_IGN);
			break;
		case 'c':
			have_descendants(optarg);
			break;
		case 'D':
			prctl(PR_SET_DUMPABLE, 0);
			break;
		case 't':
			add_number(optarg, make_thread());
			break;
		case 'm':
			make_thread();
			syscall(SYS_exit, 0);
			break;
		case 'L':
			be_child_of_lazy_parent(optarg);
			break;
		case 'r':
			add_number(optarg, getpid());
			break;
		default:
			note_for_later(c, optarg);
		}
	}
}

static void
set_title(int argc, char **argv)
{
	char *last = argv[argc - 1];

	memset(argv[0], 0, (size_t)(last + strlen(last) - argv[0]));
	memcpy(argv[0], "my", 2);
}

int
main(int argc, char **argv)
{
	sigset_t all;

	/* A signal is handled only while we wait for one. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	set_up(argc, argv);
	if (wants_title)
		set_title(argc, argv);
	wait_for_signals();
}
