/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sizes.c - the sizes of the reference scenario; see sizes.h.
 */
#include "sizes.h"

#include <string.h>

const struct bench_size bench_sizes[] = {
	{ 1, 1, 1, 6, 3, false },	  { 2, 1, 1, 13, 4, false },
	{ 2, 2, 1, 495, 195, false },	  { 2, 1, 2, 776, 62, false },
	{ 2, 2, 2, 58150, 16130, false }, { 3, 3, 1, 154210, 51965, false },
	{ 3, 3, 2, 0, 0, false },	  { 2, 1, 2, 3222, 266, true },
	{ 2, 2, 2, 242420, 66528, true }, { 0 },
};

const char *const bench_variants[] = {
	[REFERENCE_PRE] = "PRE",
	[REFERENCE_POST] = "POST",
	[REFERENCE_POSTX] = "POSTX",
	[REFERENCE_FIX] = "FIX",
};

bool bench_size_wanted(const struct bench *bench, const struct bench_size *size)
{
	const unsigned *only = bench->options.size;

	return !only[0] ||
	       (only[0] == size->devices && only[1] == size->unbinders &&
		only[2] == size->lookups);
}

struct reference bench_size_reference(const struct bench_size *size,
				      enum reference_variant variant)
{
	return (struct reference){ .variant = variant,
				   .precise = size->precise,
				   .devices = size->devices,
				   .unbinders = size->unbinders,
				   .lookups = size->lookups };
}

void bench_size_set(struct bench_row *row, unsigned column,
		    const struct bench_size *size)
{
	char text[BENCH_CELL_MAX];

	snprintf(text, sizeof(text), "%u,%u,%u%s", size->devices,
		 size->unbinders, size->lookups, size->precise ? " all" : "");
	bench_set_text(row, column, text);
}
