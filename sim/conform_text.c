/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * conform_text.c - texts that grow, written once per step and kept for the
 * next one.
 */
#include "conform_internal.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_MAX 4096

static bool reserve(struct conform_text *text, size_t size)
{
	size_t max = text->max ? text->max : FIRST_MAX;
	char *bytes;

	if (text->used + size < text->max)
		return true;
	while (max <= text->used + size)
		max *= 2;
	bytes = realloc(text->bytes, max);
	if (!bytes) {
		text->failed = true;
		return false;
	}
	text->bytes = bytes;
	text->max = max;
	return true;
}

void sim_conform_text_clear(struct conform_text *text)
{
	text->used = 0;
	text->failed = false;
	if (reserve(text, 1))
		text->bytes[0] = '\0';
}

void sim_conform_text_release(struct conform_text *text)
{
	free(text->bytes);
	memset(text, 0, sizeof(*text));
}

static void append(struct conform_text *text, const char *s, size_t size)
{
	if (!reserve(text, size + 1))
		return;
	memcpy(text->bytes + text->used, s, size);
	text->used += size;
	text->bytes[text->used] = '\0';
}

void sim_conform_write(struct conform_text *text, const char *s)
{
	append(text, s, strlen(s));
}

void sim_conform_print(struct conform_text *text, const char *format, ...)
{
	va_list ap;
	int size;

	va_start(ap, format);
	size = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	if (size < 0 || !reserve(text, (size_t)size + 1)) {
		text->failed = true;
		return;
	}
	va_start(ap, format);
	vsnprintf(text->bytes + text->used, (size_t)size + 1, format, ap);
	va_end(ap);
	text->used += (size_t)size;
}

void sim_conform_quote(struct conform_text *text, const char *s)
{
	append(text, "\"", 1);
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			append(text, "\\", 1);
		if ((unsigned char)*s < 0x20)
			sim_conform_print(text, "\\u%04x", (unsigned)*s);
		else
			append(text, s, 1);
	}
	append(text, "\"", 1);
}
