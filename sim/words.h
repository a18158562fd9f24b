/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * words.h - complaints about a word that is none of those expected.
 */
#ifndef SIM_WORDS_H
#define SIM_WORDS_H

#include <stddef.h>

/* The one of @words (ended by NULL) that @word is most likely a slip of, or
 * NULL: it resembles none.  A word in other case is nearer than any slip; of
 * equally near ones the first. */
const char *sim_words_nearest(const char *word, const char *const *words);

/* The index of @word in @words, or -1. */
int sim_words_find(const char *word, const char *const *words);

/*
 * Say in @error (SIM_TEXT_MAX) that @what was expected and @word found; name
 * all @words if they are few, and the nearest one.  Returns -EINVAL.
 */
int sim_words_complain(char *error, const char *what, const char *word,
		       const char *const *words);

#endif
