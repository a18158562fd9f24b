/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * quote.c - replay commands that can be copied into a shell as they are.
 */
#include "quote.h"

#include <stdio.h>
#include <string.h>

#define PLAIN                        \
	"abcdefghijklmnopqrstuvwxyz" \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"0123456789_-./:,=@%+"

const char *sim_quote(const char *word, char *buf, size_t size)
{
	size_t used = 1;

	if (*word && !word[strspn(word, PLAIN)]) {
		snprintf(buf, size, "%s", word);
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
