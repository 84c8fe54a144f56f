/*
 * terminal.c: see terminal.h.
 */
#include "base/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

/* No echo, no newline that becomes two bytes, no byte that is a signal. */
static int
make_raw(int fd)
{
	struct termios settings;

	if (tcgetattr(fd, &settings) == -1)
		return -1;
	settings.c_iflag = 0;
	settings.c_oflag &= ~(tcflag_t)OPOST;
	settings.c_lflag = 0;
	return tcsetattr(fd, TCSANOW, &settings);
}

static int
open_slave(int master, uid_t owner)
{
	const char *name;
	int fd;

	if (grantpt(master) == -1 || unlockpt(master) == -1)
		return -1;
	name = ptsname(master);
	if (name == NULL)
		return -1;
	fd = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	if (make_raw(fd) == 0 && (owner == (uid_t)-1 ||
	    fchown(fd, owner, (gid_t)-1) == 0))
		return fd;
	(void)close(fd);	/* nothing was written */
	return -1;
}

int
terminal_open(int *master, int *slave, uid_t owner)
{
	int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd == -1)
		return -1;
	*slave = open_slave(fd, owner);
	if (*slave == -1) {
		(void)close(fd);	/* nothing was written */
		return -1;
	}
	*master = fd;
	return 0;
}

int
terminal_duplicate(int fd)
{
	char path[32];
	int own = -1, copy;

	(void)snprintf(path, sizeof(path), "/dev/fd/%d", fd);
	if (isatty(fd) == 1)
		own = open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (own >= 3)
		return own;
	copy = fcntl(own != -1 ? own : fd, F_DUPFD_CLOEXEC, 3);
	if (own != -1)
		(void)close(own);	/* nothing was written */
	return copy;
}
