/*
 * crowd: many small daemons at once.
 *
 *	crowd COUNT DIRECTORY
 *
 * Each has a session of its own and the lock on DIRECTORY/dN.pid, in which its
 * pid is.  It returns when all of them are there.
 */
#include <sys/file.h>
#include <sys/wait.h>

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void
be_one(const char *directory, int number, int done)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/d%d.pid", directory, number);
	if (setsid() == -1 || chdir("/") == -1)
		err(1, "cannot start a session");
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
	if (fd == -1 || flock(fd, LOCK_EX | LOCK_NB) == -1 ||
	    dprintf(fd, "%ld\n", (long)getpid()) < 0)
		err(1, "cannot lock %s", path);
	if (write(done, "", 1) != 1)
		err(1, "cannot tell");
	close(done);
	for (;;)
		pause();
}

int
main(int argc, char *argv[])
{
	int done[2], count, i, null;
	char byte;

	if (argc != 3 || (count = atoi(argv[1])) < 1)
		errx(2, "usage: crowd COUNT DIRECTORY");
	if (pipe(done) == -1)
		err(1, "cannot make a pipe");
	if ((null = open("/dev/null", O_RDWR)) == -1)
		err(1, "cannot open /dev/null");
	for (i = 0; i < 2; i++)
		if (dup2(null, i) == -1)
			err(1, "cannot leave the terminal");
	for (i = 0; i < count; i++) {
		switch (fork()) {
		case -1:
			err(1, "cannot fork");
		case 0:
			close(done[0]);
			be_one(argv[2], i, done[1]);
		}
	}
	close(done[1]);
	for (i = 0; i < count; i++)
		if (read(done[0], &byte, 1) != 1)
			errx(1, "one of them did not come up");
	return (0);
}
