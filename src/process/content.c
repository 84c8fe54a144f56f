/*
 * content.c: see content.h.
 */
#include "process/content.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CONTENT_MAX = 1 << 20 };		/* no pidfile is longer */

static bool
is_strange(void)
{
	errno = EFTYPE;
	return false;
}

bool
content_is_pidfile(int fd, char *head, off_t *len)
{
	char text[4096];
	off_t at = 0;
	ssize_t n, i;

	for (;;) {
		n = pread(fd, text, sizeof(text), at);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		for (i = 0; i < n; i++)
			if (memchr("0123456789 \t\r\n", text[i], 15) == NULL)
				return is_strange();
		if (at == 0 && head != NULL)
			memcpy(head, text, n < CONTENT_HEAD_MAX ? (size_t)n :
			    CONTENT_HEAD_MAX);
		at += n;
		if (at > CONTENT_MAX)
			return is_strange();
	}
	if (len != NULL)
		*len = at;
	return n == 0;
}

pid_t
content_read_pid(int fd)
{
	char text[CONTENT_HEAD_MAX + 1] = "", *at = text;
	ssize_t len;
	long pid;

	len = pread(fd, text, sizeof(text) - 1, 0);
	if (len <= 0 || len > CONTENT_HEAD_MAX - 1)
		return -1;
	at += strspn(at, " \t\r\n");
	if (!isdigit((unsigned char)*at) || *at == '0')
		return -1;
	errno = 0;
	pid = strtol(at, &at, 10);
	if (errno != 0 || at[strspn(at, " \t\r\n")] != '\0' ||
	    pid > 0x7fffffffL)
		return -1;
	return (pid_t)pid;
}
