/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * quote.h - words as a shell takes them, for commands that are to be copied.
 */
#ifndef SIM_QUOTE_H
#define SIM_QUOTE_H

#include <stddef.h>

/* Quote @word if it needs that.  Returns @buf, cut off at @size. */
const char *sim_quote(const char *word, char *buf, size_t size);

#endif
