/*
 * syslog.c: see syslog.h.
 */
#include "control/syslog.h"

#include <ctype.h>
#include <string.h>
#include <unistd.h>

#include "log/text.h"

enum { TAG_MAX = 32, TIME_LEN = sizeof("Nov 22 01:02:03") - 1 };

const char *
syslog_find(void)
{
	static const char *const paths[] = {
		"/var/log/syslog", "/var/log/messages", "/var/log/daemon.log",
	};
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (access(paths[i], R_OK) == 0)
			return paths[i];
	return NULL;
}

/* Behind the next blank, or END. */
static const char *
skip_word(const char *at, const char *end)
{
	const char *blank = memchr(at, ' ', (size_t)(end - at));

	return blank == NULL ? end : blank + 1;
}

/* Behind the time: "Nov 22 01:02:03 ", or one word (RFC 3339). */
static const char *
skip_time(const char *line, const char *end)
{
	if (end - line > TIME_LEN && line[3] == ' ' && line[6] == ' ' &&
	    line[9] == ':' && line[12] == ':' && line[TIME_LEN] == ' ')
		return line + TIME_LEN + 1;
	return skip_word(line, end);
}

/* "TAG[" or "TAG:" */
static bool
has_tag(const char *at, const char *end, const char *tag, size_t len)
{
	return (size_t)(end - at) > len && memcmp(at, tag, len) == 0 &&
	    (at[len] == '[' || at[len] == ':');
}

bool
syslog_is_of(const char *line, size_t len, const char *name)
{
	const char *end = line + len, *at, *word;
	size_t i, tag_len = text_cut(name, strlen(name), TAG_MAX);
	char tag[TAG_MAX + 1];

	/* The tag is made of the name as the logger makes it. */
	(void)strlcpy(tag, name, tag_len + 1);
	for (i = 0; i < tag_len; i++)
		if (iscntrl((unsigned char)tag[i]) ||
		    strchr(" [:", tag[i]) != NULL)
			tag[i] = '_';
	/* Behind the host; busybox has "FACILITY.LEVEL" in between. */
	at = skip_word(skip_time(line, end), end);
	if (has_tag(at, end, tag, tag_len))
		return true;
	word = skip_word(at, end);
	return word != end && memchr(at, '.', (size_t)(word - at)) != NULL &&
	    word[-2] != ':' && has_tag(word, end, tag, tag_len);
}
