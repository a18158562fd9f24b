/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * golden.c - see golden.h.
 */
#include "golden.h"

#include "kit.h"

#include <stdlib.h>
#include <string.h>

static void write_golden(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (!file)
		fail_msg("%s: %s", path, strerror(errno));
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static char *read_golden(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = calloc(1, 1 << 20);

	assert_non_null(text);
	if (!file)
		fail_msg("%s: %s; VFIOSIM_GOLDEN_UPDATE=1 writes it", path,
			 strerror(errno));
	(void)fread(text, 1, (1 << 20) - 1, file);
	fclose(file);
	return text;
}

void golden_compare(const char *name, const char *text)
{
	char path[1024];
	char *golden;

	snprintf(path, sizeof(path), "%s/%s", VFIOSIM_GOLDEN, name);
	if (getenv("VFIOSIM_GOLDEN_UPDATE")) {
		write_golden(path, text);
		return;
	}
	golden = read_golden(path);
	if (strcmp(golden, text))
		print_error("%s differs; this is:\n%s\n", path, text);
	assert_string_equal(text, golden);
	free(golden);
}

unsigned golden_width(const char *text)
{
	size_t widest = 0;

	while (*text) {
		size_t n = strcspn(text, "\n");

		widest = n > widest ? n : widest;
		text += n + (text[n] == '\n');
	}
	return (unsigned)widest;
}
