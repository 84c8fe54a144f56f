/*
 * Unit test of plan/condition, plan/option_ready and ready/lines: what the
 * words of --ready mean, and what lines are.
 */
#include "plan/condition.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "plan/option_ready.h"
#include "ready/lines.h"
#include "tap.h"

static struct condition
parsed(const char *text, int *result)
{
	struct condition condition = { .kind = N_CONDITIONS };
	const char *why = NULL;

	*result = condition_parse(&condition, text, &why);
	if (*result == -1 && (why == NULL || *why == '\0'))
		*result = -2;	/* a refusal without a reason */
	return condition;
}

static void
check_words(void)
{
	struct condition one;
	int result;

	one = parsed("exec", &result);
	ok(result == 0 && one.kind == CONDITION_EXEC, "exec");
	one = parsed("exit", &result);
	ok(result == 0 && one.kind == CONDITION_EXIT, "exit");
	one = parsed("notify", &result);
	ok(result == 0 && one.kind == CONDITION_NOTIFY, "notify");
	one = parsed("alive:1500ms", &result);
	ok(result == 0 && one.kind == CONDITION_ALIVE && one.time_ms == 1500,
	    "alive with a time");
	one = parsed("fd:1023", &result);
	ok(result == 0 && one.kind == CONDITION_FD && one.fd == 1023,
	    "fd with a number");
	one = parsed("log:a:b=c", &result);
	ok(result == 0 && one.kind == CONDITION_LOG, "log");
	is_str(one.value, "a:b=c", "the value goes from the first colon on");
	is_str(one.text, "log:a:b=c", "the text is kept");
	one = parsed("command:test -e x", &result);
	ok(result == 0 && one.kind == CONDITION_COMMAND, "command");
	one = parsed("file:x", &result);
	ok(result == 0 && one.kind == CONDITION_FILE, "file");
}

static void
check_addresses(void)
{
	static const struct {
		const char *text, *host, *port;
	} good[] = {
		{ "tcp:1", "", "1" }, { "tcp:65535", "", "65535" },
		{ "tcp:localhost:80", "localhost", "80" },
		{ "tcp:10.0.0.1:80", "10.0.0.1", "80" },
		{ "tcp:[::1]:80", "::1", "80" },
		{ "tcp:::1:80", "::1", "80" },
		{ "tcp:fe80::1%lo:80", "fe80::1%lo", "80" },
		{ "tcp:[fe80::1%lo]:80", "fe80::1%lo", "80" },
	};
	struct condition one;
	char name[160];
	size_t i;
	int result;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		one = parsed(good[i].text, &result);
		snprintf(name, sizeof(name), "%s is an address",
		    good[i].text);
		ok(result == 0 && strcmp(one.port, good[i].port) == 0 &&
		    strcmp(one.host == NULL ? "" : one.host,
		    good[i].host) == 0, name);
	}
}

static void
check_refusals(void)
{
	static const char *const bad[] = {
		"", ":", "exec:", "exec:x", "exit:1", "notify:", "EXEC",
		"execute", "alive", "alive:", "alive:x", "alive:-1s", "fd",
		"fd:", "fd:2", "fd:1024", "fd:+3", "fd: 3", "fd:3 ", "fd:03x",
		"file", "file:", "unix:", "tcp", "tcp:", "tcp:0", "tcp:65536",
		"tcp:99999999999999999999", "tcp:80x", "tcp:+80", "tcp: 80",
		"tcp:host:", "tcp::80", "tcp:[]:80", "tcp:[::1:80",
		"tcp:::1]:80", "tcp:a:b:80", "tcp:a b:80", "tcp:host:http",
		"log:", "log", "command:", "http:80",
	};
	char name[160], path[160] = "unix:/";
	size_t i;
	int result;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)parsed(bad[i], &result);
		snprintf(name, sizeof(name), "'%s' is refused, with a reason",
		    bad[i]);
		ok(result == -1, name);
	}
	memset(path + 6, 'x', 106);
	(void)parsed(path, &result);
	ok(result == 0, "a socket's path has at most 107 bytes");
	path[112] = 'x';
	(void)parsed(path, &result);
	ok(result == -1, "not 108");
}

static void
check_resolving(void)
{
	struct failure failure = { 0 };
	struct condition one;
	int result;

	one = parsed("log:^a+$", &result);
	ok(condition_resolve(&one, &failure) == 0 &&
	    regexec(&one.regex, "aaa", 0, NULL, 0) == 0 &&
	    regexec(&one.regex, "baaa", 0, NULL, 0) != 0,
	    "an expression is extended, and compiled");
	regfree(&one.regex);
	one = parsed("log:*(", &result);
	ok(condition_resolve(&one, &failure) == -1 && failure.status == 2 &&
	    strstr(failure.text, "'log:*('") != NULL,
	    "a bad one is a mistake of usage");
	one = parsed("tcp:127.0.0.1:80", &result);
	ok(condition_resolve(&one, &failure) == 0 && one.address != NULL,
	    "an address is resolved");
	freeaddrinfo(one.address);
	one = parsed("file:x", &result);
	ok(condition_resolve(&one, &failure) == 0 && *one.path == '/',
	    "a path becomes absolute");
	free((char *)(uintptr_t)one.path);
}

static void
check_lists(void)
{
	struct options options;
	const char *why = "";
	int i, result = 0;

	options_init(&options);
	option_ready_begin(&options);
	for (i = 0; i < CONDITIONS_MAX; i++)
		result |= option_set_ready(&options, "alive:1s", &why);
	ok(result == 0 && options.condition_count == CONDITIONS_MAX,
	    "sixteen conditions");
	ok(option_set_ready(&options, "alive:1s", &why) == -1, "not more");
	option_ready_begin(&options);
	ok(options.condition_count == CONDITIONS_MAX,
	    "a source without conditions leaves them alone");
	ok(option_set_ready(&options, "exec", &why) == 0 &&
	    option_set_ready(&options, "notify", &why) == 0 &&
	    options.condition_count == 2, "one with some replaces them");
}

struct seen {
	char text[256];
	size_t lines, longest;
};

static void
see(const char *line, void *context)
{
	struct seen *seen = context;
	size_t len = strlen(seen->text);

	seen->lines++;
	if (strlen(line) > seen->longest)
		seen->longest = strlen(line);
	snprintf(seen->text + len, sizeof(seen->text) - len, "[%.20s]", line);
}

static void
check_lines(void)
{
	static char much[3 * LINES_LENGTH_MAX];
	struct lines lines = { .text = NULL };
	struct seen seen = { .text = "" };

	ok(lines_feed(&lines, "one\ntw", 6, see, &seen) == 0 &&
	    lines_feed(&lines, "o\r\n\n\0x\nrest", 11, see, &seen) == 0,
	    "bytes are fed in pieces");
	is_str(seen.text, "[one][two][][?x]", "whole lines come out");
	memset(much, 'y', sizeof(much));
	ok(lines_feed(&lines, much, sizeof(much), see, &seen) == 0 &&
	    seen.lines == 4, "an endless line is none");
	ok(lines_feed(&lines, "\nnext\n", 6, see, &seen) == 0 &&
	    seen.lines == 6 && seen.longest == LINES_LENGTH_MAX,
	    "its beginning is one when it ends");
	is_str(seen.text + strlen(seen.text) - 6, "[next]",
	    "and the next one is whole");
	lines_release(&lines);
}

int
main(void)
{
	check_words();
	check_addresses();
	check_refusals();
	check_resolving();
	check_lists();
	check_lines();
	return done_testing();
}
