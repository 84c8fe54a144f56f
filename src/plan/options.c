/*
 * options.c: command line to struct options; see options.h.
 */
#include "plan/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/message.h"
#include "plan/config.h"
#include "plan/option_ready.h"

enum {
	RULES_MAX = 64,
	LONG_ONLY = 256,	/* getopt value of rule N: LONG_ONLY + N */
};

int
string_list_add(struct string_list *list, const char *item)
{
	const char **grown;

	grown = realloc(list->item, (list->count + 1) * sizeof(*list->item));
	if (grown == NULL)
		return -1;
	grown[list->count++] = item;
	list->item = grown;
	return 0;
}

void
options_init(struct options *options)
{
	*options = (struct options){
		.if_running_ms = -1,
		.log_mode = 0640,
		.log_keep = OPTIONS_LOG_KEEP,
		.timeout_ms = -1,
		.max_runtime_ms = -1,
	};
	schedule_init(&options->stop);
}

/* The table in the form of getopt_long(3); '+': stop at the first operand. */
static void
options_describe(struct option *longs, char *shorts)
{
	size_t i;

	*shorts++ = '+';
	*shorts++ = ':';
	for (i = 0; i < option_rule_count; i++) {
		longs[i].name = option_rules[i].name;
		longs[i].has_arg = option_rules[i].value == NULL ?
		    no_argument : option_rule_is_optional(&option_rules[i]) ?
		    optional_argument : required_argument;
		longs[i].flag = NULL;
		longs[i].val = LONG_ONLY + (int)i;
		if (option_rules[i].letter == '\0')
			continue;
		*shorts++ = option_rules[i].letter;
		/* In a group of letters nothing could be left out. */
		if (longs[i].has_arg == required_argument)
			*shorts++ = ':';
	}
	memset(&longs[i], 0, sizeof(longs[i]));
	*shorts = '\0';
}

static const struct option_rule *
rule_of(int got)
{
	size_t i;

	if (got >= LONG_ONLY)
		return &option_rules[got - LONG_ONLY];
	for (i = 0; i < option_rule_count; i++)
		if (option_rules[i].letter == got)
			return &option_rules[i];
	return NULL;
}

/* Says what getopt_long did not like; GOT is its answer. */
static void
complain(int got, char *const *argv)
{
	const char *word = argv[optind > 0 ? optind - 1 : 0];

	if (got == ':' && optopt >= LONG_ONLY)
		message_error("option '--%s' needs a value",
		    option_rules[optopt - LONG_ONLY].name);
	else if (got == ':')
		message_error("option '-%c' needs a value", optopt);
	else if (optopt >= LONG_ONLY)
		message_error("option '--%s' takes no value",
		    option_rules[optopt - LONG_ONLY].name);
	else if (optopt != 0)
		message_error("unknown option '-%c'; see 'daemonize --help'",
		    optopt);
	else
		message_error("unknown or ambiguous option '%s'; see "
		    "'daemonize --help'", word);
}

/*
 * One pass over the command line. With ONLY_CONFIG it looks for what must be
 * known before the configuration is read, and leaves the rest to the second.
 */
static int
options_scan(struct options *options, int argc, char **argv, bool only_config)
{
	struct option longs[RULES_MAX];
	char shorts[2 * RULES_MAX + 3];
	const struct option_rule *rule;
	const char *why;
	int got;

	options_describe(longs, shorts);
	option_ready_begin(options);
	opterr = 0;
	optind = 0;	/* glibc: start anew, also inside a group of letters */
	while ((got = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		rule = got == '?' || got == ':' ? NULL : rule_of(got);
		if (rule == NULL) {
			complain(got, argv);
			return -1;
		}
		if (only_config && (rule->flags & OPTION_COMMAND_LINE) == 0)
			continue;
		why = "";
		if (rule->set(options, optarg, &why) == -1) {
			message_error("invalid --%s '%s': %s", rule->name,
			    optarg == NULL ? "" : optarg, why);
			return -1;
		}
		if (options->wants_help || options->wants_version)
			return 0;
	}
	if (argv[optind] != NULL)
		options->command = &argv[optind];
	return 0;
}

int
options_parse(struct options *options, int argc, char **argv)
{
	_Static_assert(RULES_MAX < LONG_ONLY, "letters and rules are apart");

	options_init(options);
	options->argc = argc;
	options->argv = argv;
	if (argc < 1) {
		message_error("no command given; see 'daemonize --help'");
		return -1;
	}
	if (options_scan(options, argc, argv, true) == -1)
		return -1;
	if (options->wants_help || options->wants_version)
		return 0;
	options->command = NULL;
	if (config_read_site(options) == -1)
		return -1;
	options->is_log_of_config = true;
	if (options->config != NULL &&
	    config_read(options, options->config) == -1)
		return -1;
	options->is_log_of_config = true;
	if (options_scan(options, argc, argv, false) == -1)
		return -1;
	if (options->command == NULL) {
		message_error("no command given; see 'daemonize --help'");
		return -1;
	}
	return 0;
}
