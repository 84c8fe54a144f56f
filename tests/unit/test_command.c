/*
 * Unit test of the sink that is a command: every line reaches it, whether it
 * ends, does not read or dies in the middle of one.
 */
#include "scene.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"

#include "tap.h"

enum { RESTART_US = 1000 * 1000 };

/* Lets a moment pass that nothing announces the end of. */
static void
pass(void)
{
	poll(NULL, 0, STEP_MS);
}

/* The file NAME in our directory, into message[]. */
static const char *
contents(const char *name)
{
	char path[200];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	if (fd_read_path(path, message, sizeof(message)) == -1)
		message[0] = '\0';
	return message;
}

static void
command_start(struct scene *scene, const char *command)
{
	scene_init(scene, &sink_command, 0);
	scene->log.rights.drop = move;
	scene->log.rights.context = directory;
	scene->target.path = command;
	ok(sink_command.open(&scene->sink) == 0, command);
}

/* Waits for the command that is at work, and tells the sink. */
static void
command_bury(struct scene *scene)
{
	int status;
	pid_t pid = waitpid(-1, &status, 0);

	sink_command.bury(&scene->sink, pid, status);
}

static void
command_end(struct scene *scene)
{
	while (!sink_command.close(&scene->sink))
		command_bury(scene);
	ok(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD,
	    "nobody is left");
}

/* Puts TEXT as soon as the command is there to take it. */
static int
put_later(struct scene *scene, const char *text)
{
	size_t done = 0, len = strlen(text);
	int waited_ms;

	for (waited_ms = 0; waited_ms < DEADLINE_MS; waited_ms += STEP_MS) {
		done += put(scene, text + done, len - done, LOG_STDOUT);
		if (done == len)
			return 1;
		if (errno != EPIPE && errno != EAGAIN)
			return 0;
		pass();
	}
	return 0;
}

static void
check_command(void)
{
	struct scene scene;

	command_start(&scene, "cat >>lines; exec sleep 0.2");
	ok(put_text(&scene, "one\ntwo\n") && put_text(&scene, "\n\1three"),
	    "lines are put");
	ok(!sink_command.close(&scene.sink), "closing waits for the end");
	ok(!sink_command.close(&scene.sink), "also when asked again");
	command_bury(&scene);
	ok(sink_command.close(&scene.sink), "until it has come");
	ok(sink_command.close(&scene.sink), "which stays so");
	is_str(contents("lines"), "one\ntwo\n\n\1three",
	    "every byte has arrived, with the drop done");
	scene_init(&scene, &sink_command, 0);
	scene.log.rights.drop = refuse;
	scene.target.path = "cat >lines";
	ok(sink_command.open(&scene.sink) == -1 && errno == EOWNERDEAD,
	    "with the wrong ids it is not started");
}

static void
check_command_restart(void)
{
	struct scene scene;
	char gone[100];
	int64_t started_us = clock_now_us();
	size_t n;

	command_start(&scene, "head -c 6 >>again");
	ok(put_text(&scene, "one\ntw"), "half a line is put");
	command_bury(&scene);
	n = put(&scene, "o\n", 2, LOG_STDOUT);
	/* Had all of that taken long, there would be the next one already. */
	ok((n == 0 && errno == EPIPE && scene.sink.wait_fd == -1) ||
	    clock_now_us() - started_us >= RESTART_US,
	    "a dead command takes nothing");
	sink_command.bury(&scene.sink, 1, 0);
	ok(put_later(&scene, &"o\n"[n]), "it is started again");
	ok(clock_now_us() - started_us >= RESTART_US, "but not at once");
	command_end(&scene);
	is_str(contents("again"), "one\ntwtwo\n",
	    "and the line that was under way begins again");

	command_start(&scene, "exec <&-; touch gone; exec sleep 0.3");
	snprintf(gone, sizeof(gone), "%s/gone", directory);
	while (access(gone, F_OK) == -1)
		pass();
	ok(put(&scene, "one\n", 4, LOG_STDOUT) == 0 && errno == EPIPE,
	    "a command that closes its input gets nothing");
	ok(put(&scene, "one\n", 4, LOG_STDOUT) == 0 && errno == EPIPE,
	    "and is not started beside itself");
	command_end(&scene);
}

/* A line longer than what is kept of one, for a command that dies in it. */
static void
check_command_headless(void)
{
	struct scene scene;
	char *line = malloc(70001);

	memset(line, 'x', 70000);
	line[70000] = '\0';
	command_start(&scene, "test -e first || { : >first; "
	    "exec head -c 70000 >long; }; cat >>rest");
	ok(put_later(&scene, line + 35000) && put_later(&scene, line + 35000),
	    "a long line is begun");
	command_bury(&scene);
	ok(put_later(&scene, "yz\nnext\n"), "it is started again");
	command_end(&scene);
	is_str(contents("rest"), "yz\nnext\n", "a line that is too long to be "
	    "kept goes on where it was");
	free(line);
}

static void
check_command_full(void)
{
	struct scene scene;
	char gate[100], *lines = make_lines(100000, 12);
	size_t len = 100000 * 12, done;
	struct pollfd can = { .events = POLLOUT };
	int fd;

	snprintf(gate, sizeof(gate), "%s/gate", directory);
	if (mkfifo(gate, 0600) == -1)
		perror(gate);
	command_start(&scene, "read go <gate; cat >all");
	done = put(&scene, lines, len, LOG_STDOUT);
	ok(done > 0 && done < len && errno == EAGAIN &&
	    scene.sink.wait_fd != -1 && !is_writable(scene.sink.wait_fd),
	    "a command that does not read is to be waited for");
	fd = open(gate, O_WRONLY | O_CLOEXEC);
	ok(write(fd, "go\n", 3) == 3, "it reads");
	close(fd);
	while (done < len) {
		can.fd = scene.sink.wait_fd;
		if (poll(&can, 1, DEADLINE_MS) != 1)
			break;
		done += put(&scene, lines + done, len - done, LOG_STDOUT);
	}
	command_end(&scene);
	ok(done == len, "all of it is put");
	contents("all");
	ok(strncmp(message, lines, MESSAGE_SIZE) == 0,
	    "and arrives in order");
	free(lines);
}

int
main(void)
{
	if (scenes_begin() == -1)
		return 1;
	check_command();
	check_command_restart();
	check_command_headless();
	check_command_full();
	scenes_end();
	return done_testing();
}
