/*
 * help.c: --help and --version, made from the option table.
 */
#include "plan/options.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/message.h"

enum { HELP_MAX = 16384, HELP_COLUMN = 30, HELP_WIDTH = 79 };

static const char *const group_titles[] = {
	[GROUP_INSTANCE] = "Single instance:",
	[GROUP_SURROUNDINGS] = "Surroundings:",
	[GROUP_STREAMS] = "Streams:",
	[GROUP_READY] = "Readiness and jobs:",
	[GROUP_GENERAL] = "General:",
};
_Static_assert(sizeof(group_titles) / sizeof(char *) == N_GROUPS,
    "every group has a title");

/* Text that grows up to its size. */
struct help {
	char text[HELP_MAX];
	size_t at;
	size_t column;
};

static void add(struct help *help, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
add(struct help *help, const char *format, ...)
{
	size_t room = sizeof(help->text) - help->at;
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(help->text + help->at, room, format, args);
	va_end(args);
	help->at += (size_t)len < room ? (size_t)len : room - 1;
	help->column += (size_t)len;
}

/* "-c, --chdir=DIR"; without a letter only the long form. */
static void
name_rule(char *text, size_t size, const struct option_rule *rule)
{
	(void)snprintf(text, size, "--%s%s%s", rule->name,
	    rule->value == NULL || option_rule_is_optional(rule) ? "" : "=",
	    rule->value == NULL ? "" : rule->value);
}

static void
explain(struct help *help, const struct option_rule *rule)
{
	char name[64], left[72];

	name_rule(name, sizeof(name), rule);
	(void)snprintf(left, sizeof(left), "  %c%c%c %s",
	    rule->letter == '\0' ? ' ' : '-',
	    rule->letter == '\0' ? ' ' : rule->letter,
	    rule->letter == '\0' ? ' ' : ',', name);
	add(help, "%-*s %s\n", HELP_COLUMN, left, rule->help);
}

/* The rare ones of GROUP, one after the other. */
static void
list_rare(struct help *help, enum option_group group)
{
	char name[64];
	size_t i;

	help->column = 0;
	for (i = 0; i < option_rule_count; i++) {
		if (option_rules[i].group != group ||
		    (option_rules[i].flags & OPTION_RARE) == 0)
			continue;
		name_rule(name, sizeof(name), &option_rules[i]);
		if (help->column + 1 + strlen(name) > HELP_WIDTH) {
			add(help, "\n");
			help->column = 0;
		}
		add(help, "%s%s", help->column == 0 ? "      " : " ", name);
	}
	if (help->column > 0)
		add(help, "\n");
}

int
options_print_help(bool all)
{
	struct help help = { .at = 0 };
	enum option_group group;
	size_t i;

	add(&help, "Usage: daemonize [OPTION]... [--] COMMAND [ARG]...\n"
	    "Run COMMAND as a daemon. Exit status 0: it really runs.\n");
	for (group = 0; group < N_GROUPS; group++) {
		add(&help, "%s\n", group_titles[group]);
		for (i = 0; i < option_rule_count; i++)
			if (option_rules[i].group == group &&
			    (all || (option_rules[i].flags & OPTION_RARE) == 0))
				explain(&help, &option_rules[i]);
		if (!all)
			list_rare(&help, group);
	}
	add(&help, "TARGET: PATH, file:PATH, pipe:COMMAND, journal:[LEVEL], "
	    "null:, inherit: or\n  syslog:[[FACILITY.]LEVEL].\n");
	add(&help, "COND: exec, alive:TIME, notify, fd:N, file:PATH, "
	    "unix:PATH,\n  tcp:[HOST:]PORT, log:REGEX, command:CMD or "
	    "exit.\n");
	add(&help, "TIME takes ms, s, m, h, d; SIZE takes K, M, G. "
	    "See daemonize(1).\n");
	return message_text(help.text);
}

int
options_print_version(void)
{
	return message_text("daemonize " PACKAGE_VERSION "\n");
}
