/*
 * utf8.h: what is a character and what is only bytes.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>

/*
 * Length of the UTF-8 character at TEXT (RFC 3629: no overlong forms, no
 * surrogates, at most U+10FFFF), or 0 where there is none.
 */
size_t utf8_length(const char *text);

/*
 * Writes BYTE, which NEXT follows, to TO as vis(3bsd) with FLAGS does: at most
 * four bytes, without a NUL. Returns their end. Text needs no memory; other
 * bytes are a question mark where there is none.
 */
char *utf8_escape(char *to, char byte, int flags, char next);

#endif
