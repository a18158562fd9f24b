/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * words.c - finds the word that somebody meant.
 *
 * The distance of two words is the number of letters to add, drop, change or
 * swap with their neighbour; a third of a word may be wrong.  A letter in the
 * other case is hardly wrong at all, but of two words the better spelled wins.
 */
#include "words.h"

#include <vfiosim/sim.h>

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* Longer words are compared up to here. */
#define WORD_MAX 48u
/* The weight of a wrong letter: more than all letters in the other case. */
#define WRONG (WORD_MAX + 1)
/* More words than this are not listed. */
#define LISTED_MAX 10u

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

static unsigned length(const char *word)
{
	size_t n = strlen(word);

	return n < WORD_MAX ? (unsigned)n : WORD_MAX;
}

static bool same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* What it weighs to change a letter. */
static unsigned change(char a, char b)
{
	return a == b ? 0 : same(a, b) ? 1 : WRONG;
}

/* By rows; a swap looks back two of them. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[3][WORD_MAX + 1];
	unsigned la = length(a), lb = length(b), i, j;

	for (j = 0; j <= lb; j++)
		row[0][j] = j * WRONG;
	for (i = 1; i <= la; i++) {
		unsigned *now = row[i % 3], *above = row[(i + 2) % 3];
		const unsigned *two_above = row[(i + 1) % 3];

		now[0] = i * WRONG;
		for (j = 1; j <= lb; j++) {
			now[j] =
				min3(above[j] + WRONG, now[j - 1] + WRONG,
				     above[j - 1] + change(a[i - 1], b[j - 1]));
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) &&
			    same(a[i - 2], b[j - 1]) &&
			    two_above[j - 2] + WRONG < now[j])
				now[j] = two_above[j - 2] + WRONG;
		}
	}
	return row[la % 3][lb];
}

const char *sim_words_nearest(const char *word, const char *const *words)
{
	const char *nearest = NULL;
	unsigned best = WRONG * (1 + (length(word) + 2) / 3);

	for (; *words; words++) {
		unsigned d = distance(word, *words);

		/* What somebody began to type is near however much is left. */
		if (d > WRONG && length(word) > 2 &&
		    !strncasecmp(word, *words, length(word)))
			d = WRONG;
		if (d < best) {
			best = d;
			nearest = *words;
		}
	}
	return nearest;
}

int sim_words_find(const char *word, const char *const *words)
{
	int i;

	for (i = 0; words[i]; i++)
		if (!strcmp(words[i], word))
			return i;
	return -1;
}

static void list_words(char *buf, size_t size, const char *const *words)
{
	unsigned i, nr = 0;
	size_t used = 0;

	buf[0] = '\0';
	while (words[nr])
		nr++;
	if (nr > LISTED_MAX)
		return;
	for (i = 0; i < nr && used < size; i++)
		used += (size_t)snprintf(buf + used, size - used, "%s%s",
					 i == 0	     ? ": " :
					 i + 1 == nr ? " or " :
						       ", ",
					 words[i]);
	if (used >= size)
		buf[0] = '\0';
}

int sim_words_complain(char *error, const char *what, const char *word,
		       const char *const *words)
{
	const char *nearest = sim_words_nearest(word, words);
	char list[100];

	list_words(list, sizeof(list), words);
	snprintf(error, SIM_TEXT_MAX, "expected %.60s%s; found '%.40s'%s%.40s",
		 what, list, word, nearest ? ", nearest is " : "",
		 nearest ? nearest : "");
	return -EINVAL;
}
