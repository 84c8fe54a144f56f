/*
 * The sinks of the tests and the sockets that their lines come to.
 */
#include "scene.h"

#include <sys/un.h>
#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/child.h"
#include "base/fd.h"

#include "tap.h"

char directory[64] = "/tmp/test_sinks.XXXXXX";
char message[MESSAGE_SIZE + 1];

static struct log default_log = { .name = "nap", .tap_fd = -1, .pid_fd = -1 };

int
scenes_begin(void)
{
	sigaction(SIGPIPE, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
	setenv("TZ", "XYZ-5:30", 1);
	tzset();
	fd_reserve_standard();
	if (mkdtemp(directory) == NULL) {
		perror(directory);
		return -1;
	}
	return 0;
}

void
scenes_end(void)
{
	static const char *const argv[] = {
		"rm", "-rf", "--", directory, NULL
	};
	pid_t pid = child_start(&(struct child){
		.argv = argv, .in = -1, .out = -1 });

	waitpid(pid, NULL, 0);
}

int
make_socket(const char *path, int type)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	unlink(path);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == -1)
		perror(path);
	if (type == SOCK_STREAM)
		listen(fd, 5);
	return fd;
}

ssize_t
receive(int fd)
{
	ssize_t n = recv(fd, message, MESSAGE_SIZE, 0);

	message[n < 0 ? 0 : n] = '\0';
	return n;
}

void
scene_init(struct scene *scene, const struct sink_kind *kind, int type)
{
	*scene = (struct scene){ .log = default_log, .receiver = -1 };
	snprintf(scene->path, sizeof(scene->path), "%s/socket", directory);
	if (type != 0)
		scene->receiver = make_socket(scene->path, type);
	scene->target.path = scene->path;
	scene->target.priority[LOG_STDOUT] = LOG_DAEMON | LOG_INFO;
	scene->target.priority[LOG_STDERR] = LOG_DAEMON | LOG_ERR;
	scene->sink = (struct sink){
		.kind = kind, .log = &scene->log, .target = &scene->target,
		.wait_fd = -1, .daemon = 77,
	};
}

void
scene_open(struct scene *scene, const struct sink_kind *kind, int type)
{
	scene_init(scene, kind, type);
	if (kind->open(&scene->sink) == -1)
		perror("open");
}

void
scene_close(struct scene *scene)
{
	ok(scene->sink.kind->close(&scene->sink), "it closes at once");
	if (scene->receiver != -1)
		close(scene->receiver);
	unlink(scene->path);
}

size_t
put(struct scene *scene, const char *bytes, size_t len, enum log_stream stream)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = scene->sink.kind->put(&scene->sink, bytes + done,
		    len - done, stream);
		if (n == -1)
			return done;
		done += (size_t)n;
	}
	return done;
}

int
put_text(struct scene *scene, const char *text)
{
	return put(scene, text, strlen(text), LOG_STDOUT) == strlen(text);
}

int
is_writable(int fd)
{
	struct pollfd can = { .fd = fd, .events = POLLOUT };

	return poll(&can, 1, 0) == 1;
}

char *
make_lines(int n, size_t size)
{
	char *lines = malloc((size_t)n * size + 1);
	int i;

	memset(lines, '.', (size_t)n * size);
	for (i = 0; i < n; i++) {
		snprintf(lines + (size_t)i * size, 13, "line %06d ",
		    i % 1000000);
		lines[(size_t)i * size + 12] = '.';
		lines[(size_t)(i + 1) * size - 1] = '\n';
	}
	lines[(size_t)n * size] = '\0';
	return lines;
}

int
line_number(const char *text)
{
	const char *line = strstr(text, ": line ");

	return line == NULL ? -1 : (int)strtol(line + 7, NULL, 10);
}

int
refuse(void *context)
{
	(void)context;
	errno = EOWNERDEAD;
	return -1;
}

int
move(void *context)
{
	return chdir(context);
}
