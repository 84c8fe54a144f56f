/*
 * The least that can be called starting a daemon: fork, setsid, fork, exec.
 * No descriptor, signal, mask, limit or directory is looked at, nothing is
 * locked, and nobody waits for the outcome.  No tool can be faster, and none
 * should be this careless.
 */
#include <unistd.h>

int
main(int argc, char *argv[])
{
	pid_t pid;

	if (argc < 2)
		return (2);
	if ((pid = fork()) != 0)
		_exit(pid == -1 ? 1 : 0);
	if (setsid() == -1)
		_exit(1);
	if ((pid = fork()) != 0)
		_exit(pid == -1 ? 1 : 0);
	execv(argv[1], argv + 1);
	_exit(1);
}
