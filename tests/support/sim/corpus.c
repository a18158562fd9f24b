/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * corpus.c - runs the conformance runner with all that it prints caught.
 */
#include "corpus.h"

#include "kit.h"

#include <stdlib.h>

void said_of(const struct conform_options *options, const char *const *files,
	     unsigned nr, struct said *ret_said)
{
	struct conform_options own = *options;
	size_t size;

	own.out = open_memstream(&ret_said->out, &size);
	assert_non_null(own.out);
	ret_said->status = sim_conform_run(&own, files, nr, &ret_said->total);
	assert_int_equal(fclose(own.out), 0);
}

void said_release(struct said *said)
{
	free(said->out);
}
