/*
 * environ.c: the daemon's environment; see environ.h.
 */
#include "plan/environ.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "exitcode.h"

struct environment {
	char **entry;		/* ends with NULL */
	size_t count;
	size_t room;
};

static bool
is_named(const char *entry, const char *name, size_t len)
{
	return strncmp(entry, name, len) == 0 && entry[len] == '=';
}

static int
append(struct environment *env, char *entry)
{
	char **grown;

	if (env->count + 1 >= env->room) {
		env->room = env->room == 0 ? 128 : 2 * env->room;
		grown = realloc(env->entry, env->room * sizeof(char *));
		if (grown == NULL)
			return -1;
		env->entry = grown;
	}
	env->entry[env->count++] = entry;
	env->entry[env->count] = NULL;
	return 0;
}

/* Removes every entry of that name: a hostile environment may hold two. */
static void
remove_name(struct environment *env, const char *name, size_t len)
{
	size_t i, kept = 0;

	for (i = 0; i < env->count; i++)
		if (!is_named(env->entry[i], name, len))
			env->entry[kept++] = env->entry[i];
	env->count = kept;
	if (env->entry != NULL)
		env->entry[kept] = NULL;
}

/* ENTRY, which is NAME=VALUE, is borrowed. */
static int
set(struct environment *env, const char *entry)
{
	remove_name(env, entry, strcspn(entry, "="));
	return append(env, (char *)(uintptr_t)entry);
}

static int
set_value(struct environment *env, const char *name, const char *value)
{
	char *entry;

	if (asprintf(&entry, "%s=%s", name, value) == -1)
		return -1;
	return set(env, entry);
}

static bool
is_manager_variable(const char *entry)
{
	static const char *const names[] = {
		"NOTIFY_SOCKET", "LISTEN_PID", "LISTEN_FDS",
		"LISTEN_FDNAMES", "WATCHDOG_PID", "WATCHDOG_USEC",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (is_named(entry, names[i], strlen(names[i])))
			return true;
	return false;
}

static int
inherit(struct environment *env, char *const *inherited, bool is_foreground)
{
	for (; *inherited != NULL; inherited++) {
		if (**inherited == '=' || strchr(*inherited, '=') == NULL)
			continue;
		/* They are for the process that the manager has started. */
		if (!is_foreground && is_manager_variable(*inherited))
			continue;
		if (append(env, *inherited) == -1)
			return -1;
	}
	if ((env->count == 0 || environ_get(env->entry, "PATH") == NULL) &&
	    set(env, "PATH=" ENVIRON_DEFAULT_PATH) == -1)
		return -1;
	if (environ_get(env->entry, "IFS") == NULL)
		return set(env, "IFS= \t\n");
	return 0;
}

/* What follows the word "export" at the beginning of LINE; LINE, without. */
static char *
after_export(char *line)
{
	const size_t len = strlen("export");

	if (strncmp(line, "export", len) != 0 ||
	    !isblank((unsigned char)line[len]))
		return line;
	return line + len + strspn(line + len, " \t");
}

/* One line of an --env-file; LINE is kept. */
static int
file_line(struct environment *env, char *line, struct failure *failure,
    const char *path, size_t number)
{
	char *value;
	size_t len = strcspn(line, "\n");

	if (len > 0 && line[len - 1] == '\r')	/* as from DOS */
		len--;
	line[len] = '\0';
	while (isspace((unsigned char)*line))
		line++;
	if (*line == '\0' || *line == '#')
		return 0;
	line = after_export(line);
	value = strchr(line, '=');
	if (value == NULL || strcspn(line, " \t=") != (size_t)(value - line) ||
	    value == line)
		return failure_set(failure, EXITCODE_USAGE,
		    "%s:%zu: not of the form NAME=VALUE", path, number);
	if (parse_unquote(value + 1) == -1)
		return failure_set(failure, EXITCODE_USAGE,
		    "%s:%zu: an open quote", path, number);
	if (set(env, line) == -1)
		return failure_set(failure, EXITCODE_FAILED,
		    "cannot read %s: %s", path, strerror(errno));
	return 0;
}

static int
read_file(struct environment *env, const char *path, struct failure *failure)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0, number = 0;
	int result = 0;
	ssize_t len;

	if (file == NULL)
		return failure_set(failure, EXITCODE_FAILED,
		    "cannot open %s: %s", path, strerror(errno));
	errno = 0;
	while (result == 0 && (len = getline(&line, &size, file)) != -1) {
		number++;
		if (strlen(line) != (size_t)len)
			result = failure_set(failure, EXITCODE_USAGE,
			    "%s:%zu: a NUL byte", path, number);
		else
			result = file_line(env, line, failure, path, number);
		line = NULL;	/* the entry lives in it */
		size = 0;
	}
	if (result == 0 && (ferror(file) || errno == ENOMEM))
		result = failure_set(failure, EXITCODE_FAILED,
		    "cannot read %s: %s", path, strerror(errno));
	free(line);
	(void)fclose(file);	/* nothing was written */
	return result;
}

static int
set_account(struct environment *env, const struct options *options,
    const struct account *account)
{
	size_t i;

	if (!account->is_set)
		return 0;
	if (set_value(env, "HOME", account->home) == -1 ||
	    set_value(env, "USER", account->name) == -1 ||
	    set_value(env, "LOGNAME", account->name) == -1)
		return -1;
	/* bmc daemonize knows the three above; SHELL gives way to -E. */
	for (i = 0; i < options->env.count; i++)
		if (is_named(options->env.item[i], "SHELL", strlen("SHELL")))
			return 0;
	return set_value(env, "SHELL", account->shell);
}

char **
environ_build(char *const *inherited, const struct options *options,
    const struct account *account, struct failure *failure)
{
	struct environment env = { .entry = NULL };
	const struct string_list *unset = &options->unset_env;
	size_t i;

	if (append(&env, NULL) == -1)
		goto no_memory;
	env.count = 0;
	if (!options->is_env_clear &&
	    inherit(&env, inherited, options->is_foreground) == -1)
		goto no_memory;
	for (i = 0; i < unset->count; i++)
		remove_name(&env, unset->item[i], strlen(unset->item[i]));
	for (i = 0; i < options->env_file.count; i++)
		if (read_file(&env, options->env_file.item[i], failure) == -1)
			return NULL;
	for (i = 0; i < options->env.count; i++)
		if (set(&env, options->env.item[i]) == -1)
			goto no_memory;
	if (set_account(&env, options, account) == -1)
		goto no_memory;
	return env.entry;

no_memory:
	(void)failure_set(failure, EXITCODE_FAILED,
	    "cannot build the environment: %s", strerror(errno));
	return NULL;
}

char **
environ_with(char *const *environment, const char *name, const char *value,
    struct failure *failure)
{
	struct environment env = { .entry = NULL };

	for (; *environment != NULL; environment++)
		if (append(&env, *environment) == -1)
			goto no_memory;
	if (set_value(&env, name, value) == 0)
		return env.entry;

no_memory:
	(void)failure_set(failure, EXITCODE_FAILED,
	    "cannot build the environment: %s", strerror(errno));
	return NULL;
}

const char *
environ_get(char *const *environment, const char *name)
{
	size_t len = strlen(name);

	for (; *environment != NULL; environment++)
		if (is_named(*environment, name, len))
			return *environment + len + 1;
	return NULL;
}
