/*
 * Unit test of base/schedule, base/signals, base/utf8, base/json and
 * process/content: small languages, read and written.
 */
#include "base/schedule.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/json.h"
#include "base/signals.h"
#include "base/utf8.h"
#include "process/content.h"
#include "tap.h"

static void
check_signals(void)
{
	ok(signal_number("TERM") == SIGTERM, "a signal has a name");
	ok(signal_number("SIGTERM") == SIGTERM &&
	    signal_number("sigterm") == SIGTERM, "in several forms");
	ok(signal_number("9") == SIGKILL, "and a number");
	ok(signal_number("0") == -1 && signal_number("65") == -1 &&
	    signal_number("-1") == -1 && signal_number("+9") == -1 &&
	    signal_number("") == -1 && signal_number("SIG") == -1 &&
	    signal_number("TERMS") == -1, "other words are none");
	is_str(signal_name(SIGHUP), "HUP", "a number has a name");
	is_str(signal_name(32), "signal 32", "or only the number");
	ok(signal_number("RTMIN") == SIGRTMIN, "real-time signals count");
	ok(signal_number("SIGRTMIN+2") == SIGRTMIN + 2, "from the first");
	ok(signal_number("rtmax-1") == SIGRTMAX - 1, "or from the last");
	ok(signal_number("RTMAX") == SIGRTMAX, "which is one, too");
	ok(signal_number("RTMIN-1") == -1 && signal_number("RTMAX+1") == -1 &&
	    signal_number("RTMIN+") == -1 && signal_number("RTMIN+99") == -1 &&
	    signal_number("RTMIN1") == -1 && signal_number("RTMIN+ 1") == -1 &&
	    signal_number("RTMIN++1") == -1, "beyond them are none");
	is_str(signal_name(SIGRTMIN), "RTMIN", "the first one's name");
	is_str(signal_name(SIGRTMIN + 1), "RTMIN+1", "the next one's");
}

static void
check_schedules(void)
{
	static const char *const bad[] = {
		"", "/", "TERM/", "TERM//KILL", "TERM/x", "TERM/10/",
		"TERM/10/KILL/5/", "NONE",
	};
	struct schedule schedule;
	char name[160];
	size_t i;

	schedule_init(&schedule);
	ok(schedule.count == 2 && schedule.step[0].signal == SIGTERM &&
	    schedule.step[0].timeout_ms == 10000 &&
	    schedule.step[1].signal == SIGKILL &&
	    schedule.step[1].timeout_ms == 5000, "TERM/10/KILL/5 by default");
	ok(schedule_parse(&schedule, "INT/500ms/TERM/2m/9/1") == 0 &&
	    schedule.count == 3 && schedule.step[0].signal == SIGINT &&
	    schedule.step[0].timeout_ms == 500 &&
	    schedule.step[1].timeout_ms == 120000 &&
	    schedule.step[2].signal == SIGKILL, "any signals and times");
	ok(schedule_parse(&schedule, "QUIT") == 0 && schedule.count == 1 &&
	    schedule.step[0].timeout_ms == 5000, "a last time may be left out");
	ok(schedule_parse(&schedule, "1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/1/"
	    "1/1/1/1/1/1/1/1/1/1/1/1/1/1/1") == -1, "seventeen are too many");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(name, sizeof(name), "'%.40s' is no schedule", bad[i]);
		ok(schedule_parse(&schedule, bad[i]) == -1, name);
	}
}

static void
check_utf8(void)
{
	ok(utf8_length("a") == 1 && utf8_length("\303\244") == 2 &&
	    utf8_length("\342\202\254") == 3 &&
	    utf8_length("\360\237\230\200") == 4, "characters have lengths");
	ok(utf8_length("\244") == 0 && utf8_length("\303") == 0 &&
	    utf8_length("\303a") == 0, "half of one has none");
	ok(utf8_length("\300\200") == 0 && utf8_length("\340\200\200") == 0 &&
	    utf8_length("\360\200\200\200") == 0, "nor has an overlong form");
	ok(utf8_length("\355\240\200") == 0 &&
	    utf8_length("\364\220\200\200") == 0 &&
	    utf8_length("\377") == 0, "a surrogate, or what is beyond the end");
}

static void
check_json(void)
{
	char text[256] = "";
	struct json json = { .file = fmemopen(text, sizeof(text), "w") };

	json_open(&json, NULL, '[');
	json_open(&json, NULL, '{');
	json_string(&json, "a", "q\"b\\\n\303\244\377");
	json_number(&json, "n", -5);
	json_bool(&json, "t", true);
	json_open(&json, "e", '[');
	json_close(&json, ']');
	json_close(&json, '}');
	json_string(&json, NULL, "");
	json_close(&json, ']');
	ok(json_end(&json) == 0, "JSON is written");
	is_str(text, "[{\"a\":\"q\\\"b\\\\\\u000a\303\244\\ufffd\",\"n\":-5,"
	    "\"t\":true,\"e\":[]},\"\"]\n",
	    "with commas, escapes and nothing that is no UTF-8");
	fclose(json.file);
}

/* What content_read_pid says of LEN bytes of TEXT. */
static pid_t
pid_in(const char *text, size_t len, bool *is_pidfile)
{
	char path[] = "/tmp/test_words.XXXXXX";
	int fd = mkstemp(path);
	pid_t pid = -2;

	if (write(fd, text, len) == (ssize_t)len) {
		*is_pidfile = content_is_pidfile(fd, NULL, NULL);
		pid = content_read_pid(fd);
	}
	close(fd);
	unlink(path);
	return pid;
}

static void
check_content(void)
{
	bool is_pidfile;

	ok(pid_in("123\n", 4, &is_pidfile) == 123 && is_pidfile,
	    "a pid and a newline");
	ok(pid_in("  123", 5, &is_pidfile) == 123 && is_pidfile,
	    "white space before it, no newline");
	ok(pid_in("", 0, &is_pidfile) == -1 && is_pidfile,
	    "an empty file is a pidfile without a pid");
	ok(pid_in("\0\0\0\n", 4, &is_pidfile) == -1 && is_pidfile,
	    "so is one of NULs");
	ok(pid_in("1 2\n", 4, &is_pidfile) == -1 && is_pidfile,
	    "two numbers are none");
	ok(pid_in("0123\n", 5, &is_pidfile) == -1 &&
	    pid_in("0\n", 2, &is_pidfile) == -1 &&
	    pid_in("2147483648\n", 11, &is_pidfile) == -1 &&
	    pid_in("99999999999999999999\n", 21, &is_pidfile) == -1,
	    "nor is what cannot be a pid");
	ok(pid_in("-1\n", 3, &is_pidfile) == -1 && !is_pidfile &&
	    pid_in("+1\n", 3, &is_pidfile) == -1 && !is_pidfile &&
	    pid_in("root:x:0\n", 9, &is_pidfile) == -1 && !is_pidfile,
	    "other bytes make it somebody else's file");
}

int
main(void)
{
	check_signals();
	check_schedules();
	check_utf8();
	check_json();
	check_content();
	return done_testing();
}
