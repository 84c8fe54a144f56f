/*
 * The target of the measurements of stopping: it writes its pid into the FIFO
 * it is given, if any, and waits for the signal that ends it.
 */
#include <fcntl.h>
#include <unistd.h>

int
main(int argc, char *argv[])
{
	pid_t pid = getpid();
	int fd;

	if (argc == 2) {
		if ((fd = open(argv[1], O_WRONLY | O_CLOEXEC)) == -1 ||
		    write(fd, &pid, sizeof(pid)) != sizeof(pid))
			return (1);
		close(fd);
	}
	for (;;)
		pause();
}
