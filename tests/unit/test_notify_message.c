/*
 * Unit test of ready/notify_message: what a service says, and what it says to
 * annoy.
 */
#include "ready/notify_message.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"

static struct notify_message message;

#define READ(text) notify_message_parse(&message, text, sizeof(text) - 1)

static void
check_fields(void)
{
	READ("READY=1");
	ok(message.is_ready && !message.has_status && message.error == 0 &&
	    message.extend_us == -1 && message.main_pid == -1, "READY=1");
	READ("READY=1\n");
	ok(message.is_ready, "with an end of line");
	READ("STATUS=up and running\nREADY=1\nERRNO=2\nMAINPID=4711\n"
	    "EXTEND_TIMEOUT_USEC=5000000\nX_OTHER=1");
	ok(message.is_ready && message.has_status && message.error == 2 &&
	    message.main_pid == 4711 && message.extend_us == 5000000,
	    "all of them");
	is_str(message.status, "up and running", "the status is a text");
	READ("STATUS=a\nSTATUS=b=c\nERRNO=1\nERRNO=3");
	is_str(message.status, "b=c", "the last of a name counts");
	ok(message.error == 3, "for numbers, too");
	READ("STATUS=");
	ok(message.has_status && message.status[0] == '\0',
	    "a status may be taken back");
}

static void
check_garbage(void)
{
	static char big[NOTIFY_MESSAGE_MAX];
	size_t i;

	READ("READY=0\nREADY=\nREADY=11\nREADY\nready=1\n READY=1\nREADY =1\n"
	    "=1\n\n\n=");
	ok(!message.is_ready, "what is like READY=1 is not it");
	READ("ERRNO=-1\nERRNO=0\nERRNO=4096\nERRNO=x\nERRNO=+5\nERRNO=5 ");
	ok(message.error == 0, "an errno is from 1 to 4095");
	READ("MAINPID=0\nMAINPID=-1\nMAINPID=4294967297\nMAINPID=1x\n"
	    "MAINPID= 1\nMAINPID=");
	ok(message.main_pid == -1, "a pid is a pid");
	READ("EXTEND_TIMEOUT_USEC=-1\nEXTEND_TIMEOUT_USEC=\n"
	    "EXTEND_TIMEOUT_USEC=-9223372036854775809\n"
	    "EXTEND_TIMEOUT_USEC=1s");
	ok(message.extend_us == -1, "a time is a number");
	READ("EXTEND_TIMEOUT_USEC=18446744073709551615");
	ok(message.extend_us == INT64_MAX, "and may be without end");
	READ("READY=1\0\nREADY=1\0READY=1");
	ok(!message.is_ready, "a line with a NUL is none");
	READ("\0\nREADY=1\n\377\376=\n");
	ok(message.is_ready, "and spoils no other one");
	READ("");
	ok(!message.is_ready && !message.has_status, "nothing says nothing");
	memset(big, 'x', sizeof(big));
	memcpy(big, "STATUS=", 7);
	memcpy(big + sizeof(big) - 8, "\nREADY=1", 8);
	notify_message_parse(&message, big, sizeof(big));
	ok(message.is_ready, "a line of 64 KiB hides none behind it");
	ok(strlen(message.status) == NOTIFY_STATUS_MAX - 1,
	    "a long status is cut");
	srand(1);
	for (i = 0; i < 20000; i++) {
		size_t len = (size_t)rand() % 400, j;

		for (j = 0; j < len; j++)
			big[j] = (char)("READYSTU=1\n\0x"[rand() % 13]);
		notify_message_parse(&message, big, len);
	}
	ok(1, "20000 messages of noise do no harm");
}

static void
check_extension(void)
{
	const int64_t day = 24LL * 60 * 60 * 1000;

	ok(notify_extend(1000, 0, 500, 2000000) == 2500,
	    "more time counts from now, in microseconds");
	ok(notify_extend(9000, 0, 500, 2000000) == 9000,
	    "less than is left takes nothing away");
	ok(notify_extend(1000, 0, 500, 999) == 1000, "nothing is nothing");
	ok(notify_extend(1000, 100, 500, INT64_MAX) == day + 100,
	    "never later than a day after the start");
	ok(notify_extend(day + 100, 100, day, 3600000000LL) == day + 100,
	    "however often one asks");
	ok(notify_extend(2 * day, 0, 500, INT64_MAX) == 2 * day,
	    "unless it was later already");
	ok(notify_extend(INT64_MAX, 0, 500, 1) == INT64_MAX,
	    "no limit stays none");
}

int
main(void)
{
	check_fields();
	check_garbage();
	check_extension();
	return done_testing();
}
