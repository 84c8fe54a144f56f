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

/* What getopt_long(3) says of rule N is LONG_ONLY + N. */
enum { LONG_ONLY = 256 };

static const struct rule {
	const char *name;
	char letter;		/* see request.h */
	bool has_value;
} rules[] = {
	{ "pidfile", 'p', true },
	{ "json", 'j', false },
	{ "timeout", 't', true },
	{ "schedule", REQUEST_SCHEDULE, true },
	{ "tree", REQUEST_TREE, false },
	{ "all", 'a', false },
	{ "follow", 'f', false },
	{ "lines", 'n', true },
	{ "verbose", 'v', false },
	{ "help", 'h', false },
	{ "version", 'V', false },
};

enum { N_RULES = sizeof(rules) / sizeof(rules[0]) };

const char *
request_help(void)
{
	return
	    "Options:\n"
	    "  -p, --pidfile=FILE           the daemon of FILE, not of NAME\n"
	    "  -j, --json                   status, list, inspect as JSON\n"
	    "  -t, --timeout=TIME           stop, restart: before KILL; "
	    "wait: at most\n"
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

/* Says what getopt_long did not like; GOT is its answer. */
static int
complain(int got, char *const *argv)
{
	const char *word = argv[optind > 0 ? optind - 1 : 0];

	if (got == ':' && optopt >= LONG_ONLY)
		message_error("option '--%s' needs a value",
		    rules[optopt - LONG_ONLY].name);
	else if (got == ':')
		message_error("option '-%c' needs a value", optopt);
	else if (optopt >= LONG_ONLY)
		message_error("option '--%s' takes no value",
		    rules[optopt - LONG_ONLY].name);
	else if (optopt != 0)
		message_error("unknown option '-%c'; see 'daemonctl --help'",
		    optopt);
	else
		message_error("unknown or ambiguous option '%s'; see "
		    "'daemonctl --help'", word);
	return -1;
}

static int
refuse(const char *option, const char *why)
{
	message_error("invalid --%s '%s': %s", option, optarg, why);
	return -1;
}

static int
store(struct request *request, char letter, size_t *pidfiles)
{
	long long lines;

	switch (letter) {
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
	case REQUEST_SCHEDULE:
		if (schedule_parse(&request->schedule, optarg) == -1)
			return refuse("schedule",
			    "must be like TERM/10/KILL/5");
		request->schedule_text = optarg;
		break;
	case REQUEST_TREE:
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

static size_t
rule_of(int got)
{
	size_t i;

	if (got >= LONG_ONLY)
		return (size_t)(got - LONG_ONLY);
	for (i = 0; i + 1 < N_RULES && rules[i].letter != got;)
		i++;
	return i;
}

/* Reads all words. Returns 0, or -1 after a message. */
static int
scan(struct request *request, int argc, char **argv)
{
	struct option longs[N_RULES + 1] = { { NULL, 0, NULL, 0 } };
	size_t pidfiles = 0, operands = 0, i;
	int got;

	for (i = 0; i < N_RULES; i++)
		longs[i] = (struct option){
			.name = rules[i].name, .val = LONG_ONLY + (int)i,
			.has_arg = rules[i].has_value ? required_argument :
			    no_argument,
		};
	opterr = 0;
	/* '-': operands are handed over in their place, as 1. */
	while ((got = getopt_long(argc, argv, "-:p:jt:afn:vhV", longs,
	    NULL)) != -1) {
		if (got == '?' || got == ':')
			return complain(got, argv);
		if (got == 1) {
			request->operand[operands++] = optarg;
			continue;
		}
		i = rule_of(got);
		request->given |= 1U << i;
		if (store(request, rules[i].letter, &pidfiles) == -1)
			return -1;
	}
	while (argv[optind] != NULL)	/* after "--" */
		request->operand[operands++] = argv[optind++];
	return 0;
}

int
request_parse(struct request *request, int argc, char **argv)
{
	*request = (struct request){
		.timeout_ms = -1, .lines = LINES_DEFAULT,
	};
	request->pidfile = calloc((size_t)argc + 1, sizeof(char *));
	request->operand = calloc((size_t)argc + 1, sizeof(char *));
	if (request->pidfile == NULL || request->operand == NULL) {
		message_error("cannot allocate memory");
		return -1;
	}
	if (argc < 1)
		return 0;
	if (scan(request, argc, argv) == -1)
		return -1;
	request->verb = request->operand[0];
	if (request->verb != NULL)
		request->operand++;
	return 0;
}

int
request_check(const struct request *request, const char *letters)
{
	size_t i;

	for (i = 0; i < N_RULES; i++) {
		if ((request->given & 1U << i) == 0 ||
		    strchr(letters, rules[i].letter) != NULL ||
		    strchr("vhV", rules[i].letter) != NULL)
			continue;
		message_error("%s takes no --%s", request->verb,
		    rules[i].name);
		return -1;
	}
	if (request->schedule_text == NULL || request->timeout_ms == -1)
		return 0;
	message_error("cannot combine --timeout and --schedule");
	return -1;
}
