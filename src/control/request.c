/*
 * request.c: see request.h.
 */
#include "control/request.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/message.h"
#include "base/parse.h"

enum { LINES_DEFAULT = 10 };
#define LINES_MAX 1000000000000000LL

static const struct option long_options[] = {
	{ "pidfile", required_argument, NULL, 'p' },
	{ "json", no_argument, NULL, 'j' },
	{ "timeout", required_argument, NULL, 't' },
	{ "schedule", required_argument, NULL, 's' },
	{ "tree", no_argument, NULL, 'T' },
	{ "all", no_argument, NULL, 'a' },
	{ "follow", no_argument, NULL, 'f' },
	{ "lines", required_argument, NULL, 'n' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

const char *
request_help(void)
{
	return
	    "Options:\n"
	    "  -p, --pidfile=FILE           the daemon of FILE, not of NAME\n"
	    "  -j, --json                   status, list, inspect as JSON\n"
	    "  -t, --timeout=TIME           stop: before KILL; wait: at most\n"
	    "      --schedule=SIG/TIME/...  stop, restart: instead of "
	    "TERM/10/KILL/5\n"
	    "      --tree                   stop: descendants as well\n"
	    "  -a, --all                    list: dead ones as well\n"
	    "  -f, --follow                 logs: go on as it grows\n"
	    "  -n, --lines=N                logs: so many, not 10\n"
	    "  -v, --verbose                say what is done\n"
	    "  -h, --help                   show this help\n"
	    "  -V, --version                show the version\n";
}

static int
complain(int got, char *const *argv)
{
	const char *word = argv[optind > 0 ? optind - 1 : 0];

	if (got == ':')
		message_error("option '%s' needs a value", word);
	else
		message_error("unknown option '%s'; see 'daemonctl --help'",
		    word);
	return -1;
}

static int
refuse(const char *option, const char *why)
{
	message_error("invalid --%s '%s': %s", option, optarg, why);
	return -1;
}

static int
store(struct request *request, int got, size_t *pidfiles)
{
	long long lines;

	switch (got) {
	case 'p':
		if (*optarg == '\0')
			return refuse("pidfile", "must not be empty");
		request->pidfile[(*pidfiles)++] = optarg;
		break;
	case 'j':
		request->is_json = true;
		break;
	case 't':
		if (parse_duration(optarg, &request->timeout_ms) == -1)
			return refuse("timeout",
			    "must be a time (10s, 500ms, 2m, ...)");
		break;
	case 's':
		if (schedule_parse(&request->schedule, optarg) == -1)
			return refuse("schedule",
			    "must be like TERM/10/KILL/5");
		request->schedule_text = optarg;
		break;
	case 'T':
		request->is_tree = true;
		break;
	case 'a':
		request->is_all = true;
		break;
	case 'f':
		request->is_following = true;
		break;
	case 'n':
		if (parse_number(optarg, 0, LINES_MAX, &lines) == -1)
			return refuse("lines", "must be a number, 0 or more");
		request->lines = (uint64_t)lines;
		break;
	case 'v':
		request->is_verbose = true;
		break;
	case 'h':
		request->wants_help = true;
		break;
	default:
		request->wants_version = true;
		break;
	}
	return 0;
}

int
request_parse(struct request *request, int argc, char **argv)
{
	static char *none[] = { NULL };
	size_t pidfiles = 0;
	int got;

	*request = (struct request){
		.timeout_ms = -1, .operand = none, .lines = LINES_DEFAULT,
	};
	request->pidfile = calloc((size_t)argc + 1, sizeof(char *));
	if (request->pidfile == NULL) {
		message_error("cannot allocate memory");
		return -1;
	}
	if (argc < 1)
		return 0;
	opterr = 0;
	while ((got = getopt_long(argc, argv, ":p:jt:afn:vhV", long_options,
	    NULL)) != -1) {
		if (got == '?' || got == ':')
			return complain(got, argv);
		if (store(request, got, &pidfiles) == -1)
			return -1;
	}
	if (argv[optind] != NULL) {
		request->verb = argv[optind];
		request->operand = &argv[optind + 1];
	}
	return 0;
}
