/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * quote.h - words as a shell takes them, for commands that are to be copied,
 * and texts as a terminal takes them, whoever wrote them.
 */
#ifndef SIM_QUOTE_H
#define SIM_QUOTE_H

#include <stddef.h>

/* Quote @word if it needs that.  Returns @buf, cut off at @size. */
const char *sim_quote(const char *word, char *buf, size_t size);

/*
 * How many bytes of @text, from its beginning on, a terminal only shows: no
 * control characters, nor those from U+0080 to U+009F, and no broken UTF-8.
 */
size_t sim_printable(const char *text);

/* The same text with every other byte as \xNN, also ends of lines.  Returns
 * @buf, which is not @text, cut off at @size. */
const char *sim_escape(const char *text, char *buf, size_t size);

#endif
