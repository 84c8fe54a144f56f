/*
 * handshake.h: how the daemon to be tells the caller what became of it.
 *
 * A close-on-exec pipe: the child writes who it is, then a step and an errno
 * if one fails, and exec closes the pipe. The end of the pipe alone does not
 * mean that exec happened, for the child may have died: the caller looks.
 */
#ifndef START_HANDSHAKE_H
#define START_HANDSHAKE_H

#include <stdbool.h>
#include <sys/types.h>

#include "plan/steps.h"

struct handshake {
	int read_fd;
	int write_fd;
};

/* One message; smaller than PIPE_BUF, so a write is whole. */
struct handshake_report {
	pid_t pid;		/* of the sender */
	enum step step;
	int error;		/* 0: the step is done */
	int candidate;		/* STEP_EXECUTE: which was there; -1: none */
};

/* Returns 0, or -1 with errno. */
int handshake_open(struct handshake *handshake);

/*
 * Sends what REPORT says, as our own. Async-signal-safe.
 * Returns 0, or -1 with errno.
 */
int handshake_send(const struct handshake *handshake,
    struct handshake_report report);

/* In the caller, after the child was made: gives up the writing end. */
void handshake_listen(struct handshake *handshake);

/*
 * Waits for the next report. Returns 1, 0 at the end of the pipe, or -1 with
 * errno.
 */
int handshake_receive(const struct handshake *handshake,
    struct handshake_report *report);

void handshake_close(struct handshake *handshake);

#endif
