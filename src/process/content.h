/*
 * content.h: what may be in a pidfile.
 */
#ifndef PROCESS_CONTENT_H
#define PROCESS_CONTENT_H

#include <stdbool.h>
#include <sys/types.h>

enum { CONTENT_HEAD_MAX = 24 };		/* longer than any pid */

/*
 * Holds the open file FD nothing but digits, white space and NULs, in any
 * number up to a megabyte? Copies its beginning to HEAD, CONTENT_HEAD_MAX
 * bytes, and its length to *LEN (both may be NULL).
 * If not, errno is EFTYPE (something else) or that of pread(2).
 */
bool content_is_pidfile(int fd, char *head, off_t *len);

/*
 * The pid in the open file FD: one decimal number from 1 up without a sign or
 * leading zero, and white space; -1 for anything else.
 */
pid_t content_read_pid(int fd);

#ifndef EFTYPE		/* BSD: inappropriate file type or format */
#define EFTYPE EMEDIUMTYPE
#endif

#endif
