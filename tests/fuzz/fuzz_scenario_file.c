/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fuzz_scenario_file.c - any bytes as a scenario file.  What is none must be
 * refused with a reason; what is one must explore without surprises, whatever
 * it finds.
 */
#include "scenario_file.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned nr_eras(void)
{
	unsigned nr = 0;

	while (era_name(nr))
		nr++;
	return nr;
}

/* Which era is as good as chance, and as good as fixed. */
static void explore(const struct scenario_file *file, size_t size)
{
	const struct sim_scenario *scenario = sim_scenario_file_scenario(file);
	struct sim_options options = { .strategy = "random",
				       .budget_runs = 2,
				       .steps_max = 600,
				       .seed = size,
				       .all = true };
	struct sim_result result;

	if (era_lookup(era_name((unsigned)(size % nr_eras())), &options.era))
		abort();
	sim_scenario_file_options(file, &options);
	if (sim_explore(scenario, &options, &result)) {
		fprintf(stderr, "%s\n", result.error);
		abort();
	}
	sim_result_release(&result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char error[SCENARIO_FILE_ERROR_MAX] = "";
	struct scenario_file *file;

	if (sim_scenario_file_parse((const char *)data, size, "fuzz", &file,
				    error)) {
		if (strncmp(error, "fuzz:", 5) || strchr(error, '\n'))
			abort();
		return 0;
	}
	explore(file, size);
	sim_scenario_file_release(file);
	return 0;
}
