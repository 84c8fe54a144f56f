/*
 * fault: fail every system call of a start, one at a time, in every way it can
 * fail, and kill every process of a start at every system call.
 *
 *	fault [-fklpv] [-j JOBS] [-c CASE] -t TOOL [-w TARGET] [SCENARIO]...
 *
 * -f only faults, -k only kills, -l lists the calls of a start, -p the tool is
 * a peer: only what every daemonizer should do is asked of it, -v tells every
 * case, -c does one case alone, named as the reports name it.
 * The output is TAP; the exit status is 0 when every case ended well.
 */
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fault.h"

/*
 * A tool that makes no session is not to be taken for one that has: the caller
 * may lead both ours and our group.
 */
static void
be_in_another_group(void)
{
	if (getpgrp() == getsid(0) && setpgid(0, 0) == -1)
		give_up("cannot make a process group: %s", strerror(errno));
}

static void
scenario_run(const struct scenario *scenario, const struct settings *settings,
    struct totals *totals)
{
	const char *missing = scenario_missing(scenario);
	struct place place = {
		.tool = settings->tool,
		.target = settings->target,
	};
	int status;
	pid_t pid;

	if (missing != NULL) {
		printf("ok %u - %s # skip %s\n", ++totals->tests,
		    scenario->name, missing);
		return;
	}
	place_make(&place, settings->base, 0);
	fflush(stdout);
	if ((pid = fork()) == -1)
		give_up("cannot fork: %s", strerror(errno));
	if (pid == 0) {
		be_in_another_group();
		cases_all(scenario, settings, &place, totals);
	}
	if (waitpid(pid, &status, 0) != pid || status != 0) {
		printf("not ok %u - %s\n", ++totals->tests, scenario->name);
		totals->failed++;
	}
	place_remove(&place);
}

static bool
is_wanted(const struct scenario *scenario, const struct settings *settings,
    char *const *names)
{
	if (*names == NULL)
		return (!settings->is_peer || scenario->is_for_peers);
	while (*names != NULL) {
		if (strcmp(*names++, scenario->name) == 0)
			return (true);
	}
	return (false);
}

static void
summarize(const struct totals *totals)
{
	printf("1..%u\n", totals->tests);
	if (totals->faults.cases > 0)
		printf("# fault injection: %u of %u handled\n",
		    totals->faults.handled,
		    totals->faults.cases - totals->faults.unreached);
	if (totals->kills.cases > 0)
		printf("# kill injection: %u of %u handled\n",
		    totals->kills.handled,
		    totals->kills.cases - totals->kills.unreached);
}

static void
settings_read(struct settings *settings, int argc, char *argv[])
{
	int option;

	while ((option = getopt(argc, argv, "fklpvj:c:t:w:")) != -1) {
		switch (option) {
		case 'f':
			settings->want_kills = false;
			break;
		case 'k':
			settings->want_faults = false;
			break;
		case 'l':
			settings->is_listing = true;
			break;
		case 'p':
			settings->is_peer = true;
			break;
		case 'v':
			settings->is_verbose = true;
			break;
		case 'j':
			settings->jobs = atoi(optarg);
			break;
		case 'c':
			settings->only = optarg;
			break;
		case 't':
			settings->tool = realpath(optarg, NULL);
			break;
		case 'w':
			settings->target = realpath(optarg, NULL);
			break;
		default:
			exit(2);
		}
	}
	if (settings->tool == NULL || settings->target == NULL)
		give_up("-t TOOL and -w TARGET must be there");
	if (settings->jobs < 1 || settings->jobs > 16)
		give_up("1 to 16 jobs");
}

static void
base_make(char *base, size_t size)
{
	const char *above = getenv("TMPDIR");

	if (snprintf(base, size, "%s/fault.XXXXXX", above != NULL ? above :
	    "/tmp") >= (int)size || mkdtemp(base) == NULL ||
	    chmod(base, 0755) == -1)
		give_up("cannot make a directory: %s", strerror(errno));
}

int
main(int argc, char *argv[])
{
	struct settings settings = {
		.jobs = 2,
		.want_faults = true,
		.want_kills = true,
	};
	const char *missing = trace_missing();
	struct totals *totals;
	sigset_t child;
	int i;

	settings_read(&settings, argc, argv);
	if (missing != NULL) {
		printf("1..0 # skip %s\n", missing);
		return (77);
	}
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	umask(022);
	totals = mmap(NULL, sizeof(*totals), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (totals == MAP_FAILED)
		give_up("out of memory");
	setvbuf(stdout, NULL, _IOLBF, 0);
	base_make(settings.base, sizeof(settings.base));
	for (i = 0; scenarios[i].name != NULL; i++) {
		if (is_wanted(&scenarios[i], &settings, argv + optind))
			scenario_run(&scenarios[i], &settings, totals);
	}
	if (rmdir(settings.base) == -1)
		give_up("cannot remove %s: %s", settings.base,
		    strerror(errno));
	if (!settings.is_listing)
		summarize(totals);
	return (totals->failed == 0 ? 0 : 1);
}
