/*
 * config.c: configuration files; see config.h.
 */
#include "plan/config.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <libutil.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/message.h"
#include "base/parse.h"
#include "plan/option_ready.h"

#define SITE_FILE "/etc/daemonize.conf"

/* How a file is read, as bits. */
enum { CONFIG_SITE = 1, CONFIG_LENIENT = 2 };

/* Ends TEXT before trailing white space and skips the leading one. */
static char *
trim(char *text)
{
	char *end = text + strlen(text);

	while (end > text && isspace((unsigned char)end[-1]))
		end--;
	*end = '\0';
	while (isspace((unsigned char)*text))
		text++;
	return text;
}

static int
set_switch(struct options *options, const struct option_rule *rule,
    const char *value, const char **why)
{
	if (value == NULL || strcmp(value, "yes") == 0 ||
	    strcmp(value, "no") == 0)
		return rule->set(options, value, why);
	*why = "must be yes or no";
	return -1;
}

static int
set_command(struct options *options, const char *value, const char **why)
{
	char **words;

	if (parse_words(value, &words) == -1) {
		*why = errno == EINVAL ? "has an open quote" : strerror(errno);
		return -1;
	}
	if (words[0] == NULL) {
		free(words);
		*why = "must not be empty";
		return -1;
	}
	options->command = words;
	return 0;
}

/* Would all daemons be the same one if the site said it? */
static bool
is_one_daemons(const char *key)
{
	return strcmp(key, "name") == 0 || strcmp(key, "pidfile") == 0;
}

/* One line, which is kept: options borrow from it. */
static int
config_line(struct options *options, const char *path, size_t number,
    char *line, bool is_site)
{
	const struct option_rule *rule;
	const char *why = "";
	char *key, *value;
	int result;

	value = strchr(line, '=');
	if (value != NULL)
		*value++ = '\0';
	key = trim(line);
	if (value != NULL)
		value = trim(value);
	if (*key == '\0' && value == NULL)
		return 0;
	rule = option_rule_find(key);
	/* The site has no business to say what is run. */
	if (rule == NULL ? is_site || strcmp(key, "command") != 0 :
	    (rule->flags & OPTION_COMMAND_LINE) != 0) {
		message_error("%s:%zu: unknown key '%s'", path, number, key);
		return -1;
	}
	if (is_site && is_one_daemons(key)) {
		message_error("%s:%zu: '%s' is for one daemon, not for all",
		    path, number, key);
		return -1;
	}
	if (rule != NULL && rule->value == NULL) {
		result = set_switch(options, rule, value, &why);
	} else if (value == NULL &&
	    (rule == NULL || !option_rule_is_optional(rule))) {
		result = -1;
		why = "needs a value";
	} else if (rule != NULL) {
		result = rule->set(options, value, &why);
	} else {
		result = set_command(options, value, &why);
	}
	if (result == -1)
		message_error("%s:%zu: invalid %s '%s': %s", path, number,
		    key, value == NULL ? "" : value, why);
	return result;
}

/* Does it say how the daemon is found and ended? KEY is not cut. */
static bool
is_vital(const char *key)
{
	key += strspn(key, " \t\r\f\v");
	return strncmp(key, "pid", 3) == 0 || strncmp(key, "stop", 4) == 0;
}

static int
config_lines(struct options *options, const char *path, FILE *file,
    unsigned int kind)
{
	static const char delimiters[3] = { '\\', '\\', '#' };
	size_t number = 0, len;
	char *line;

	for (;;) {
		errno = 0;
		line = fparseln(file, &len, &number, delimiters,
		    FPARSELN_UNESCCOMM | FPARSELN_UNESCCONT);
		if (line == NULL)
			break;
		if (strlen(line) != len) {
			message_error("%s:%zu: a NUL byte", path, number);
			return -1;
		}
		if (config_line(options, path, number, line,
		    (kind & CONFIG_SITE) != 0) == 0)
			continue;
		if ((kind & CONFIG_LENIENT) == 0 || is_vital(line))
			return -1;
	}
	if (ferror(file) || errno != 0) {
		message_error("cannot read %s: %s", path,
		    strerror(errno != 0 ? errno : EIO));
		return -1;
	}
	return 0;
}

/* What the head of config.h asks of a file. */
static int
config_check(int fd, const char *path, bool is_site)
{
	struct stat st;

	if (fstat(fd, &st) == -1) {
		message_error("cannot read %s: %s", path, strerror(errno));
		return -1;
	}
	if (!S_ISREG(st.st_mode)) {
		message_error("cannot read %s: not a regular file", path);
		return -1;
	}
	if ((st.st_uid != 0 && (is_site || st.st_uid != getuid())) ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		message_error("cannot trust %s: others may write it "
		    "(uid %ld, mode %04o)", path, (long)st.st_uid,
		    (unsigned int)st.st_mode & 07777);
		return -1;
	}
	return 0;
}

static int
config_read_fd(struct options *options, const char *path, int fd,
    unsigned int kind)
{
	FILE *file;
	int result;

	option_ready_begin(options);
	if (config_check(fd, path, (kind & CONFIG_SITE) != 0) == -1) {
		(void)close(fd);	/* nothing was written */
		return -1;
	}
	file = fdopen(fd, "r");
	if (file == NULL) {
		message_error("cannot read %s: %s", path, strerror(errno));
		(void)close(fd);
		return -1;
	}
	result = config_lines(options, path, file, kind);
	(void)fclose(file);	/* nothing was written */
	return result;
}

static int
config_open(const char *path)
{
	/* Not to hang on a FIFO. */
	return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

static int
config_read_path(struct options *options, const char *path,
    unsigned int kind)
{
	int fd = config_open(path);

	if (fd == -1 && errno == ENOENT && (kind & CONFIG_SITE) != 0)
		return 0;
	if (fd == -1) {
		message_error("cannot open %s: %s", path, strerror(errno));
		return -1;
	}
	return config_read_fd(options, path, fd, kind);
}

int
config_read(struct options *options, const char *path)
{
	return config_read_path(options, path, 0);
}

int
config_read_site(struct options *options)
{
	return config_read_path(options, SITE_FILE, CONFIG_SITE);
}

int
config_read_vital(struct options *options, const char *path)
{
	return config_read_path(options, path, CONFIG_LENIENT);
}

int
config_read_site_vital(struct options *options)
{
	return config_read_path(options, SITE_FILE,
	    CONFIG_SITE | CONFIG_LENIENT);
}
