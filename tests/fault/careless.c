/*
 * A starter that does the usual things and looks at none of their results.
 * The fault runs must find fault with it: it is how they are tested.
 */
#include <fcntl.h>
#include <unistd.h>

int
main(int argc, char *argv[])
{
	int null;

	if (argc < 2)
		return (2);
	if (fork() != 0)
		_exit(0);
	(void)setsid();
	if (fork() != 0)
		_exit(0);
	null = open("/dev/null", O_RDWR);
	(void)dup2(null, 0);
	(void)dup2(null, 1);
	(void)dup2(null, 2);
	(void)close(null);
	(void)chdir("/");
	execv(argv[1], argv + 1);
	_exit(1);
}
