/*
 * Unit test of the sink for syslog over datagrams: form, name and length of its
 * messages, and what becomes of them without a reader.
 */
#include "scene.h"

#include <stdlib.h>
#include <time.h>

#include "tap.h"

/* Is message[] what syslog(3) would have sent, now or a little ago? */
static int
is_message(const char *priority, const char *rest)
{
	char want[4096], when[64];
	time_t now = time(NULL);
	int ago;

	for (ago = 0; ago < DEADLINE_MS / 1000; ago++) {
		time_t then = now - ago;

		strftime(when, sizeof(when), "%b %e %H:%M:%S",
		    localtime(&then));
		snprintf(want, sizeof(want), "%s%s %s", priority, when, rest);
		if (strcmp(message, want) == 0)
			return 1;
	}
	printf("# got %.200s\n# want %.200s\n", message, want);
	return 0;
}

static void
check_syslog_form(void)
{
	struct scene scene;

	scene_open(&scene, &sink_syslog, SOCK_DGRAM);
	ok(put_text(&scene, "hello\n\n\nwide world\n"), "lines are put");
	receive(scene.receiver);
	ok(is_message("<30>", "nap[77]: hello"), "the first as syslog(3) has "
	    "it, in local time");
	receive(scene.receiver);
	ok(is_message("<30>", "nap[77]: wide world"), "then the second");
	ok(receive(scene.receiver) == -1, "empty lines are left out");
	ok(put_text(&scene, "\n\n"), "also where there are no others");
	put(&scene, "no\n", 3, LOG_STDERR);
	receive(scene.receiver);
	ok(is_message("<27>", "nap[77]: no"),
	    "stderr has a priority of its own");
	put_text(&scene, "the end");
	receive(scene.receiver);
	ok(is_message("<30>", "nap[77]: the end"),
	    "a line without an end arrives as well");
	scene.sink.daemon = 0;
	put_text(&scene, "nobody\n");
	receive(scene.receiver);
	ok(is_message("<30>", "nap: nobody"), "a pid that is not known is "
	    "left out");
	put_text(&scene, "a\tb \\ \xc3\xa9\xff\x01\x1f\x7f\r\n");
	receive(scene.receiver);
	ok(is_message("<30>", "nap: a\tb \\ \xc3\xa9\xff\\001\\037\\177\\015"),
	    "control characters but tab are octal");
	put(&scene, "a\0b long enough for words\0\n", 27, LOG_STDOUT);
	receive(scene.receiver);
	ok(is_message("<30>", "nap: a\\000b long enough for words\\000"),
	    "and so is NUL");
	scene_close(&scene);
}

static void
check_syslog_ident(void)
{
	static const char *const names[][2] = {
		{ "a b[c]:d\ne\x7f", "a_b_c]_d_e_" },
		{ "abcdefghijklmnopqrstuvwxyz0123456789",
		    "abcdefghijklmnopqrstuvwxyz012345" },
		{ "abcdefghijklmnopqrstuvwxyz01234\xc3\xa9",
		    "abcdefghijklmnopqrstuvwxyz01234" },
		{ "", "daemonize" },
	};
	struct scene scene;
	char want[80];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		scene_init(&scene, &sink_syslog, SOCK_DGRAM);
		scene.log.name = names[i][0];
		scene.sink.kind->open(&scene.sink);
		put_text(&scene, "x\n");
		receive(scene.receiver);
		snprintf(want, sizeof(want), "%s[77]: x", names[i][1]);
		ok(is_message("<30>", want), "a name cannot break the form");
		scene_close(&scene);
	}
}

/* Puts COUNT times 'a' and END; the texts must have the lengths in WANT. */
static void
check_split(struct scene *scene, int count, const char *end,
    const int *want, const char *name)
{
	size_t len = (size_t)count + strlen(end);
	char *line = malloc(len + 1);
	int i, is_right = 1;

	memset(line, 'a', (size_t)count);
	memcpy(line + count, end, strlen(end) + 1);
	is_right = put(scene, line, len, LOG_STDOUT) == len;
	for (i = 0; want[i] != 0; i++) {
		if (receive(scene->receiver) == -1 ||
		    (int)strlen(strstr(message, ": ") + 2) != want[i])
			is_right = 0;
	}
	ok(is_right && receive(scene->receiver) == -1, name);
	free(line);
}

static void
check_syslog_split(void)
{
	struct scene scene;

	scene_open(&scene, &sink_syslog, SOCK_DGRAM);
	check_split(&scene, 2000, "\n", (int[]){ 2000, 0 },
	    "2000 bytes are one message");
	check_split(&scene, 2001, "\n", (int[]){ 2000, 1, 0 },
	    "2001 are two");
	check_split(&scene, 4000, "", (int[]){ 2000, 2000, 0 },
	    "so is the end of the stream");
	check_split(&scene, 1999, "\xc3\xa9\n", (int[]){ 1999, 2, 0 },
	    "no character of two bytes is split");
	check_split(&scene, 1997, "\xf0\x9f\x98\x80\n",
	    (int[]){ 1997, 4, 0 }, "nor one of four");
	check_split(&scene, 1996, "\xf0\x9f\x98\x80\n", (int[]){ 2000, 0 },
	    "which is whole where it fits");
	check_split(&scene, 1999, "\xc3xyz\n", (int[]){ 2000, 3, 0 },
	    "but what is no character is");
	check_split(&scene, 1995, "\x80\x80\x80\x80\x80\x80\x80\n",
	    (int[]){ 2000, 2, 0 }, "and so are stray bytes");
	check_split(&scene, 1997, "\x01\n", (int[]){ 1997, 4, 0 },
	    "no escape is split");
	check_split(&scene, 1996, "\x01\n", (int[]){ 2000, 0 },
	    "which is whole where it fits");
	scene_close(&scene);
}

int
main(void)
{
	if (scenes_begin() == -1)
		return 1;
	check_syslog_form();
	check_syslog_ident();
	check_syslog_split();
	check_full(&sink_syslog);
	check_restart(&sink_syslog);
	scenes_end();
	return done_testing();
}
