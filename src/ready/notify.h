/*
 * notify.h: the socket on which a service says that it is ready.
 *
 * What attacks it: anybody on this machine may send to an abstract address,
 * and whoever runs as the daemon's user to any other. So the address is not to
 * be guessed, and only what the target or a descendant of it says is heard:
 * the kernel tells who sends. A sender that is gone by the time it is looked
 * at is a stranger, too; sd_notify_barrier(3) makes it wait.
 */
#ifndef READY_NOTIFY_H
#define READY_NOTIFY_H

#include <stdbool.h>

#include "base/failure.h"
#include "plan/plan.h"
#include "process/tree.h"
#include "ready/notify_message.h"

struct notify {
	int fd;			/* -1: there is none */
	const char *path;	/* of the socket, where it is a file */
	struct notify_message said;	/* all messages taken together, but
				   extend_us and main_pid: the last ones */
	char told_status[NOTIFY_STATUS_MAX];	/* on stdout, with -v */
	unsigned long strangers;	/* messages that were not heard */
	int helper;		/* pidfd of who has said READY for the daemon,
				   such as systemd-notify(1); -1: nobody */
	int64_t settled_ms;	/* when it is waited for no longer */
	pid_t guessed;		/* a helper that spoke as the daemon; -1 */
	pid_t main_pid;		/* the daemon whose child that is */
};

/* A socket that is not there: what a wait without one begins with. */
#define NOTIFY_NONE { .fd = -1, .helper = -1, .guessed = -1 }

/* Binds the address of PLAN's readiness. Returns 0, or -1 with FAILURE. */
int notify_open(struct notify *notify, const struct plan *plan,
    struct failure *failure);

/*
 * Hears what has come until NOW_MS, at most COUNT messages; BEFORE as in
 * tree_is_born. MAIN_PID, whose number nobody else can have, needs no look.
 */
void notify_hear(struct notify *notify, const struct tree *before,
    pid_t main_pid, unsigned int count, int64_t now_ms);

/*
 * Has a helper had the time to say what it says after READY=1? It asks for an
 * answer (BARRIER=1), and fails if the socket is gone by then. A helper of
 * root's speaks as its parent (unix(7), SCM_CREDENTIALS), so it is looked for
 * where the daemon speaks: the youngest child, while it may be waited for.
 */
bool notify_is_settled(struct notify *notify, int64_t now_ms);

/* When to look at that again, whatever happens; INT64_MAX: never. */
int64_t notify_next_ms(const struct notify *notify, int64_t now_ms);

void notify_close(struct notify *notify);

#endif
