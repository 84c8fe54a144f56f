/*
 * terminal.h: a pseudo-terminal that only passes bytes on.
 */
#ifndef BASE_TERMINAL_H
#define BASE_TERMINAL_H

#include <sys/types.h>

/*
 * Opens a pair, both close-on-exec and nobody's controlling terminal: what is
 * written to *SLAVE is read from *MASTER, byte for byte. It belongs to OWNER
 * (-1: whoever we are), so that the daemon can open it by name as well.
 * Returns 0, or -1 with errno (posix_openpt(3), POSIX.1-2008).
 */
int terminal_open(int *master, int *slave, uid_t owner);

/*
 * Duplicates FD for writing, at 3 or above and close-on-exec. Of a terminal
 * it is a description of its own where we may open one, and never waits; all
 * else stays one description. Returns it, or -1 with errno.
 */
int terminal_duplicate(int fd);

#endif
