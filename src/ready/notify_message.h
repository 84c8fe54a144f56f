/*
 * notify_message.h: what a service says to its manager (sd_notify(3)).
 *
 * The bytes come from a process that may be broken or hostile: whatever is not
 * understood is left out, line by line.
 */
#ifndef READY_NOTIFY_MESSAGE_H
#define READY_NOTIFY_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	NOTIFY_MESSAGE_MAX = 64 * 1024,	/* longer ones are ignored */
	NOTIFY_STATUS_MAX = 256,
	NOTIFY_WAIT_MAX_MS = 24 * 60 * 60 * 1000,
};

struct notify_message {
	bool is_ready;		/* READY=1 */
	bool has_status;
	char status[NOTIFY_STATUS_MAX];	/* STATUS=, cut */
	int error;		/* ERRNO=; 0: none */
	int64_t extend_us;	/* EXTEND_TIMEOUT_USEC=; -1: none */
	pid_t main_pid;		/* MAINPID=; -1: none */
};

/* Reads the lines "NAME=VALUE" in LEN bytes; the last of a name counts. */
void notify_message_parse(struct notify_message *message, const char *bytes,
    size_t len);

/*
 * The deadline after somebody has asked at NOW_MS for EXTEND_US more from
 * then: never earlier than DEADLINE_MS; and never later than a day after
 * STARTED_MS, unless it was that late already, so that no wait is for ever.
 */
int64_t notify_extend(int64_t deadline_ms, int64_t started_ms, int64_t now_ms,
    int64_t extend_us);

#endif
