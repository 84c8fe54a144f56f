/*
 * text.h: where lines can be cut, and what in them is no text.
 */
#ifndef LOG_TEXT_H
#define LOG_TEXT_H

#include <stddef.h>

/*
 * How many of LEN bytes go into MAX without a part of a UTF-8 character at
 * the end.
 */
size_t text_cut(const char *bytes, size_t len, size_t max);

/* How many of LEN bytes go through the first newline; LEN: there is none. */
size_t text_first_line(const char *bytes, size_t len);

/* How many of LEN bytes go through the last newline; 0: there is none. */
size_t text_whole_lines(const char *bytes, size_t len);

/* How many of LEN bytes stand before the first control character but tab. */
size_t text_plain(const char *bytes, size_t len);

/*
 * Writes at most MAX bytes of NAME to WORD, with its NUL: "_" for all control
 * characters and what BANNED names.
 */
void text_word(char *word, const char *name, size_t max, const char *banned);

#endif
