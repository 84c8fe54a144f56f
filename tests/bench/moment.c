/*
 * The target of the measurement: it says when its main was reached, through
 * the FIFO it is given, and ends.  Linked statically, so that its own loading
 * is the same small part of every row.
 */
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

int
main(int argc, char *argv[])
{
	struct timespec now;
	int fd;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (argc != 2 || (fd = open(argv[1], O_WRONLY | O_CLOEXEC)) == -1)
		return (1);
	return (write(fd, &now, sizeof(now)) == sizeof(now) ? 0 : 1);
}
