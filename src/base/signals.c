/*
 * signals.c: see signals.h.
 */
#include "base/signals.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <strings.h>

#include "base/parse.h"

/* POSIX.1-2008, <signal.h>, and what BSD and Linux both have. */
static const struct {
	const char *name;
	int number;
} signals[] = {
	{ "HUP", SIGHUP }, { "INT", SIGINT }, { "QUIT", SIGQUIT },
	{ "ILL", SIGILL }, { "TRAP", SIGTRAP }, { "ABRT", SIGABRT },
	{ "BUS", SIGBUS }, { "FPE", SIGFPE }, { "KILL", SIGKILL },
	{ "USR1", SIGUSR1 }, { "SEGV", SIGSEGV }, { "USR2", SIGUSR2 },
	{ "PIPE", SIGPIPE }, { "ALRM", SIGALRM }, { "TERM", SIGTERM },
	{ "CHLD", SIGCHLD }, { "CONT", SIGCONT }, { "STOP", SIGSTOP },
	{ "TSTP", SIGTSTP }, { "TTIN", SIGTTIN }, { "TTOU", SIGTTOU },
	{ "URG", SIGURG }, { "XCPU", SIGXCPU }, { "XFSZ", SIGXFSZ },
	{ "VTALRM", SIGVTALRM }, { "PROF", SIGPROF },
	{ "WINCH", SIGWINCH }, { "IO", SIGIO }, { "SYS", SIGSYS },
#ifdef SIGPWR
	{ "PWR", SIGPWR },
#endif
#ifdef SIGINFO
	{ "INFO", SIGINFO },
#endif
};

/* "RTMIN", "RTMIN+N", "RTMAX", "RTMAX-N" as kill(1) has them; -1: none. */
static int
real_time_number(const char *text)
{
	bool is_max = strncasecmp(text, "RTMAX", 5) == 0;
	long long distance;

	if (!is_max && strncasecmp(text, "RTMIN", 5) != 0)
		return -1;
	text += 5;
	if (*text == '\0')
		return is_max ? SIGRTMAX : SIGRTMIN;
	if (*text != (is_max ? '-' : '+') || !isdigit((unsigned char)text[1]) ||
	    parse_number(text + 1, 0, SIGRTMAX - SIGRTMIN, &distance) == -1)
		return -1;
	return is_max ? SIGRTMAX - (int)distance : SIGRTMIN + (int)distance;
}

int
signal_number(const char *text)
{
	long long number;
	int real_time;
	size_t i;

	/* 64 is the last one of every system that we know. */
	if (parse_number(text, 1, 64, &number) == 0 && *text != '+')
		return (int)number;
	if (strncasecmp(text, "SIG", 3) == 0)
		text += 3;
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (strcasecmp(signals[i].name, text) == 0)
			return signals[i].number;
	real_time = real_time_number(text);
	if (real_time == -1)
		errno = EINVAL;
	return real_time;
}

const char *
signal_name(int number)
{
	static char other[32];
	size_t i;

	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (signals[i].number == number)
			return signals[i].name;
	if (number == SIGRTMIN)
		return "RTMIN";
	if (number > SIGRTMIN && number <= SIGRTMAX)
		(void)snprintf(other, sizeof(other), "RTMIN+%d",
		    number - SIGRTMIN);
	else
		(void)snprintf(other, sizeof(other), "signal %d", number);
	return other;
}
