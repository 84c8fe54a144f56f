/*
 * connect.h: does a socket accept?
 */
#ifndef READY_CONNECT_H
#define READY_CONNECT_H

#include <stdbool.h>

#include "plan/condition.h"

enum connect_state {
	CONNECT_REFUSED,	/* by all addresses */
	CONNECT_PENDING,	/* until FD is writable */
	CONNECT_ACCEPTED,
};

/* An attempt at the addresses of a condition, one after another. */
struct connect {
	const struct condition *condition;	/* UNIX or TCP */
	const struct addrinfo *next;	/* TCP: to be tried after this one */
	int fd;			/* PENDING; otherwise -1 */
};

/* Begins with the first address. */
enum connect_state connect_begin(struct connect *connect,
    const struct condition *condition);

/*
 * Goes on with a PENDING one: FD is writable, or (IS_LATE) has not become so
 * in time.
 */
enum connect_state connect_go_on(struct connect *connect, bool is_late);

void connect_cancel(struct connect *connect);

/* Does anybody accept there now? Waits a second at most for each address. */
bool connect_is_accepted(const struct condition *condition);

#endif
