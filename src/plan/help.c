/*
 * help.c: --help and --version, made from the option table.
 */
#include "plan/options.h"

#include <stdio.h>
#include <string.h>

#include "base/message.h"

enum { HELP_MAX = 8192, HELP_COLUMN = 30 };

static const char *const group_titles[] = {
	[GROUP_INSTANCE] = "Single instance:",
	[GROUP_SURROUNDINGS] = "Surroundings:",
	[GROUP_STREAMS] = "Streams (TARGET: PATH, file:PATH, null:, inherit:):",
	[GROUP_READY] = "Readiness and jobs (COND: exec, alive:TIME, notify, "
	    "fd:N, file:PATH,\nunix:PATH, tcp:[HOST:]PORT, log:REGEX, "
	    "command:CMD, exit):",
	[GROUP_GENERAL] = "General:",
};
_Static_assert(sizeof(group_titles) / sizeof(char *) == N_GROUPS,
    "every group has a title");

static size_t
help_rule(char *text, size_t size, const struct option_rule *rule)
{
	char left[64];

	(void)snprintf(left, sizeof(left), "  %c%c%c --%s%s%s",
	    rule->letter == '\0' ? ' ' : '-',
	    rule->letter == '\0' ? ' ' : rule->letter,
	    rule->letter == '\0' ? ' ' : ',', rule->name,
	    rule->value == NULL || option_rule_is_optional(rule) ? "" : "=",
	    rule->value == NULL ? "" : rule->value);
	return (size_t)snprintf(text, size, "%-*s %s\n", HELP_COLUMN, left,
	    rule->help);
}

int
options_print_help(void)
{
	char text[HELP_MAX];
	enum option_group group;
	size_t at, i;

	at = (size_t)snprintf(text, sizeof(text),
	    "Usage: daemonize [OPTION]... [--] COMMAND [ARG]...\n"
	    "Run COMMAND as a daemon. Exit status 0: it really runs.\n");
	for (group = 0; group < N_GROUPS; group++) {
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s\n",
		    group_titles[group]);
		for (i = 0; i < option_rule_count; i++)
			if (option_rules[i].group == group)
				at += help_rule(text + at, sizeof(text) - at,
				    &option_rules[i]);
	}
	(void)snprintf(text + at, sizeof(text) - at,
	    "TIME takes ms, s, m, h, d. See daemonize(1).\n");
	return message_text(text);
}

int
options_print_version(void)
{
	return message_text("daemonize " PACKAGE_VERSION "\n");
}
