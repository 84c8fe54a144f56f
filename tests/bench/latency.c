/*
 * latency: how long a command takes to return when what it waits for happens,
 * and what the waiting costs.
 *
 *	latency target FIFO HOW [WHERE]
 *		waits a moment, notes the time, becomes ready, tells the time
 *		and its pid through FIFO, and stays
 *	latency measure ROUNDS FIFO COMMAND...
 *		runs COMMAND, which has such a target, so often
 *	latency floor ROUNDS
 *		the same for a process that waits for a byte in a pipe
 *	latency idle SECONDS COMMAND...
 *		processor time of COMMAND in so many seconds, from the second
 *		one of its life on, and how often it ran meanwhile; ends it
 */
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ROUND_MAX	10000
#define SETTLE_NS	20000000L

extern char **environ;

struct told {
	long long	 when_ns;
	pid_t		 pid;
};

static long long
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec * 1000000000LL + now.tv_nsec);
}

static void
settle(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = SETTLE_NS }, NULL);
}

static void
become_ready(const char *how, const char *where)
{
	struct sockaddr_un local = { .sun_family = AF_UNIX };
	struct sockaddr_in port = { .sin_family = AF_INET };
	socklen_t len = offsetof(struct sockaddr_un, sun_path);
	int fd, on = 1;

	if (strcmp(how, "notify") == 0) {
		where = getenv("NOTIFY_SOCKET");
		memcpy(local.sun_path, where, strlen(where));
		len += (socklen_t)strlen(where);
		if (local.sun_path[0] == '@')
			local.sun_path[0] = '\0';
		fd = socket(AF_UNIX, SOCK_DGRAM, 0);
		if (sendto(fd, "READY=1", 7, 0, (struct sockaddr *)&local,
		    len) == -1)
			err(1, "sendto");
	} else if (strcmp(how, "fd") == 0) {
		if (write(atoi(where), "\n", 1) != 1)
			err(1, "write");
	} else if (strcmp(how, "log") == 0) {
		if (write(1, "ready\n", 6) != 6)
			err(1, "write");
	} else if (strcmp(how, "file") == 0) {
		if (open(where, O_WRONLY | O_CREAT | O_EXCL, 0600) == -1)
			err(1, "%s", where);
	} else if (strcmp(how, "unix") == 0) {
		memcpy(local.sun_path, where, strlen(where));
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
		if (bind(fd, (struct sockaddr *)&local, sizeof(local)) == -1 ||
		    listen(fd, 8) == -1)
			err(1, "%s", where);
	} else if (strcmp(how, "tcp") == 0) {
		port.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		port.sin_port = htons((unsigned short)atoi(where));
		fd = socket(AF_INET, SOCK_STREAM, 0);
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		if (bind(fd, (struct sockaddr *)&port, sizeof(port)) == -1 ||
		    listen(fd, 8) == -1)
			err(1, "%s", where);
	}
}

static int
target(const char *fifo, const char *how, const char *where)
{
	struct told told = { .pid = getpid() };
	int fd = open(fifo, O_WRONLY);

	settle();
	told.when_ns = now_ns();
	become_ready(how, where);
	if (write(fd, &told, sizeof(told)) != sizeof(told))
		err(1, "%s", fifo);
	close(fd);
	for (;;)
		pause();
}

static int
compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left < right ? -1 : left > right);
}

static void
show(double *us, int n)
{
	qsort(us, (size_t)n, sizeof(*us), compare);
	printf("%9.0f %9.0f %9.0f\n", us[n / 2], us[n / 10], us[n * 9 / 10]);
}

/* Process 1 may take its time to fetch the dead: that is no matter here. */
static void
end(pid_t pid)
{
	struct pollfd gone = { .events = POLLIN };

	gone.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	kill(pid, SIGKILL);
	if (gone.fd != -1) {
		poll(&gone, 1, -1);
		close(gone.fd);
	}
}

static int
measure(int rounds, const char *fifo, char **command)
{
	static double us[ROUND_MAX];
	int fd = open(fifo, O_RDWR), status, i;
	struct told told;
	pid_t pid;

	for (i = 0; i < rounds; i++) {
		if (posix_spawnp(&pid, command[0], NULL, NULL, command,
		    environ) != 0)
			err(1, "%s", command[0]);
		if (waitpid(pid, &status, 0) == -1 || status != 0)
			errx(1, "%s: wait status %#x", command[0],
			    (unsigned)status);
		us[i] = (double)now_ns();
		if (read(fd, &told, sizeof(told)) != sizeof(told))
			err(1, "%s", fifo);
		us[i] = (us[i] - (double)told.when_ns) / 1000;
		end(told.pid);
	}
	show(us, rounds);
	return (0);
}

static int
measure_floor(int rounds)
{
	static double us[ROUND_MAX];
	int ends[2], i;
	char byte;
	pid_t pid;

	for (i = 0; i < rounds; i++) {
		if (pipe(ends) == -1)
			err(1, "pipe");
		if ((pid = fork()) == 0) {
			close(ends[1]);
			_exit(read(ends[0], &byte, 1) != 1);
		}
		settle();
		us[i] = (double)now_ns();
		if (write(ends[1], "", 1) != 1)
			err(1, "write");
		waitpid(pid, NULL, 0);
		us[i] = ((double)now_ns() - us[i]) / 1000;
		close(ends[0]);
		close(ends[1]);
	}
	show(us, rounds);
	return (0);
}

/* Its time on a processor, to the nanosecond, and how often it got one. */
static void
read_time(pid_t pid, unsigned long long *ns, unsigned long long *times)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/schedstat", (long)pid);
	file = fopen(path, "r");
	if (file == NULL || fscanf(file, "%llu %*u %llu", ns, times) != 2)
		err(1, "%s", path);
	fclose(file);
}

static int
idle(unsigned int seconds, char **command)
{
	unsigned long long ns[2], times[2];
	pid_t pid;

	if (posix_spawnp(&pid, command[0], NULL, NULL, command, environ) != 0)
		err(1, "%s", command[0]);
	sleep(1);
	read_time(pid, &ns[0], &times[0]);
	sleep(seconds);
	read_time(pid, &ns[1], &times[1]);
	kill(pid, SIGTERM);
	if (waitpid(pid, NULL, 0) == -1)
		err(1, "waitpid");
	printf("%10.3f %8llu\n", (double)(ns[1] - ns[0]) / 1000000,
	    times[1] - times[0]);
	return (0);
}

int
main(int argc, char *argv[])
{
	if (argc >= 4 && strcmp(argv[1], "target") == 0)
		return (target(argv[2], argv[3], argv[4]));
	if (argc >= 5 && strcmp(argv[1], "measure") == 0 &&
	    atoi(argv[2]) <= ROUND_MAX)
		return (measure(atoi(argv[2]), argv[3], argv + 4));
	if (argc == 3 && strcmp(argv[1], "floor") == 0 &&
	    atoi(argv[2]) <= ROUND_MAX)
		return (measure_floor(atoi(argv[2])));
	if (argc >= 4 && strcmp(argv[1], "idle") == 0)
		return (idle((unsigned int)atoi(argv[2]), argv + 3));
	errx(2, "see the head of latency.c");
}
