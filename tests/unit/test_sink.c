/*
 * Unit test of what all sinks have in common: what is said in a log of lines
 * that were dropped.
 */
#include "scene.h"

#include <sys/resource.h>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "tap.h"

/* Files get no larger; as a disk is full and has a little room again. */
static void
limit(rlim_t size)
{
	setrlimit(RLIMIT_FSIZE, &(struct rlimit){ size, RLIM_INFINITY });
}

/* TEXT as a batch at time NOW, dropped where it does not go. */
static void
say(struct scene *scene, const char *text, enum log_stream stream, int64_t now)
{
	struct batch batch = {
		.stream = stream, .lines = text, .lines_len = strlen(text),
		.text = text, .text_len = strlen(text),
	};

	(void)sink_put(&scene->sink, &batch, SINK_WAITS, now * 1000000);
	(void)sink_put(&scene->sink, &batch, SINK_ENDS, now * 1000000);
	sink_next(&scene->sink);
}

static void
check_confession(void)
{
	struct scene scene;
	char got[1000] = "";

	scene_init(&scene, &sink_file, 0);
	scene.target.fd = open(scene.path, O_WRONLY | O_APPEND | O_CREAT |
	    O_CLOEXEC, 0600);
	if (scene.sink.kind->open(&scene.sink) == -1)
		perror("open");
	say(&scene, "one\n", LOG_STDOUT, 1);
	limit(4);
	say(&scene, "two\nthree\n", LOG_STDOUT, 2);
	limit(20);
	say(&scene, "four\n", LOG_STDERR, 3);
	limit(30);
	say(&scene, "five\nsix\n", LOG_STDOUT, 4);
	limit(RLIM_INFINITY);
	say(&scene, "seven\n", LOG_STDERR, 5);
	if (read(open(scene.path, O_RDONLY | O_CLOEXEC), got,
	    sizeof(got) - 1) == -1)
		perror(scene.path);
	is_str(got, "one\n"
	    "daemonize: 2 lines dropped: File too large\n"
	    "daemonize: 3 lines dropped: File too large\n"
	    "seven\n", "what is said of dropped lines is not torn either");
	ok(scene.sink.dropped == 5, "each of them is counted once");
	scene_close(&scene);
}

int
main(void)
{
	if (scenes_begin() == -1)
		return 1;
	signal(SIGXFSZ, SIG_IGN);
	check_confession();
	scenes_end();
	return done_testing();
}
