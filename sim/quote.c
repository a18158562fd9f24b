/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * quote.c - replay commands that can be copied into a shell as they are, and
 * texts out of files that cannot steer the terminal on which they are shown.
 */
#include "quote.h"

#include <stdio.h>
#include <string.h>

#define PLAIN                        \
	"abcdefghijklmnopqrstuvwxyz" \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"0123456789_-./:,=@%+"

/* Bytes of a character in UTF-8 by its first two; 0: no such character, one
 * written longer than it need be, or a control character. */
static size_t length_of(unsigned char first, unsigned char second)
{
	if (first < 0x80)
		return first >= ' ' && first != 0x7f;
	if (first < 0xe0)
		return first > 0xc2 || (first == 0xc2 && second >= 0xa0) ? 2 :
									   0;
	if (first < 0xf0)
		return first > 0xe0 || second >= 0xa0 ? 3 : 0;
	return first < 0xf5 && (first > 0xf0 || second >= 0x90) ? 4 : 0;
}

/* Of the character at @c; 0: it is not to be shown. */
static size_t printable_length(const char *c)
{
	const unsigned char second = c[0] ? (unsigned char)c[1] : 0;
	size_t length = length_of((unsigned char)c[0], second), i;

	for (i = 1; i < length; i++)
		if (((unsigned char)c[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

size_t sim_printable(const char *text)
{
	const char *c = text;
	size_t n;

	while ((n = printable_length(c)))
		c += n;
	return (size_t)(c - text);
}

const char *sim_escape(const char *text, char *buf, size_t size)
{
	size_t used = 0, n;

	for (; *text; text += n ? n : 1) {
		n = printable_length(text);
		if (used + (n ? n : 4) >= size)
			break;
		if (n)
			memcpy(buf + used, text, n);
		else
			snprintf(buf + used, size - used, "\\x%02x",
				 (unsigned)(unsigned char)*text);
		used += n ? n : 4;
	}
	buf[used] = '\0';
	return buf;
}

/* As bash, zsh and ksh read it: $'\x1b'. */
static void quote_escaped(const char *word, char *buf, size_t size)
{
	size_t used = (size_t)snprintf(buf, size, "$'"), n;

	for (; *word && used + 7 < size; word += n ? n : 1) {
		n = printable_length(word);
		if (n && *word != '\'' && *word != '\\') {
			memcpy(buf + used, word, n);
			used += n;
		} else {
			used += (size_t)snprintf(
				buf + used, size - used, n ? "\\%c" : "\\%03o",
				n ? (unsigned)*word : (unsigned char)*word);
		}
	}
	snprintf(buf + used, size - used, "'");
}

const char *sim_quote(const char *word, char *buf, size_t size)
{
	size_t used = 1;

	if (*word && !word[strspn(word, PLAIN)]) {
		snprintf(buf, size, "%s", word);
		return buf;
	}
	if (word[sim_printable(word)]) {
		quote_escaped(word, buf, size);
		return buf;
	}
	buf[0] = '\'';
	/* A quote costs four characters: end, \', begin. */
	for (; *word && used + 6 < size; word++)
		if (*word == '\'') {
			memcpy(buf + used, "'\\''", 4);
			used += 4;
		} else {
			buf[used++] = *word;
		}
	buf[used] = '\'';
	buf[used + 1] = '\0';
	return buf;
}
