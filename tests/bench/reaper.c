/*
 * reaper: runs a command, and fetches the dead of all its descendants at once,
 * as a good process 1 does.  Some inits, those of containers above all, take
 * seconds for it, and tools that count a zombie as alive wait as long.
 */
#include <sys/prctl.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

extern char **environ;

int
main(int argc, char *argv[])
{
	pid_t command, dead;
	int status;

	if (argc < 2)
		errx(2, "usage: reaper COMMAND [ARG]...");
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1)
		err(1, "cannot become a subreaper");
	/* The terminal's signals are the command's affair. */
	errno = posix_spawnp(&command, argv[1], NULL, NULL, argv + 1, environ);
	if (errno != 0)
		err(1, "cannot start %s", argv[1]);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	while ((dead = waitpid(-1, &status, 0)) != -1 || errno == EINTR)
		if (dead == command)
			return (WIFEXITED(status) ? WEXITSTATUS(status) : 1);
	return (1);
}
