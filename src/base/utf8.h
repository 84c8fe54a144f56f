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

#endif
