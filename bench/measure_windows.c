/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * measure_windows.c - the races that the project is about, on the whole model:
 * from nothing to the first finding, and to the last interleaving.
 */
#include "bench.h"

#include <string.h>

static const struct bench_column columns[] = {
	{ "scenario", "scenario", BENCH_TEXT },
	{ "era", "era", BENCH_TEXT },
	{ "first_runs", "first run", BENCH_COUNT },
	{ "first_cpu_seconds", "ms", BENCH_MILLISECONDS },
	{ "classes", "classes", BENCH_COUNT },
	{ "blocked", "blocked", BENCH_COUNT },
	{ "findings", "kinds", BENCH_COUNT },
	{ "steps", "steps", BENCH_COUNT },
	{ "cpu_seconds", "CPU s", BENCH_SECONDS },
	{ "ratio_first_to_all", "first/all", BENCH_RATIO },
	{ 0 },
};

enum {
	SCENARIO,
	ERA,
	FIRST,
	FIRST_CPU,
	CLASSES,
	BLOCKED,
	KINDS,
	STEPS,
	CPU,
	RATIO
};

static const struct bench_table model = {
	.name = "windows",
	.title = "the unbind windows on the model of VFIO",
	.method =
		"First run: how many runs the default of explore makes until "
		"its first finding, those that were cut short included, and "
		"what all that costs with its replays on each carrier; blank: "
		"there is none.  Classes: by dpor, going on after findings, of "
		"which there are so many kinds.",
	.columns = columns,
};

static const char *const scenarios[] = {
	"viability-window",	  "viability-group-del",
	"viability-status",	  "viability-get-device-fd",
	"viability-external-get", "viability-device-open",
	"viability-sibling",
};

static const char *const eras[] = { "v3.19", "v3.19-patched",
				    "v3.19-patched check_order=corrected" };

static void set_all(struct bench_row *row, const struct bench_search *all)
{
	bench_set(row, CLASSES, (double)all->runs);
	row->cells[CLASSES].more = all->cut;
	bench_set(row, BLOCKED, (double)all->pruned);
	bench_set(row, KINDS, all->findings);
	bench_set(row, STEPS, (double)all->steps);
	bench_set(row, CPU, all->seconds);
	row->cells[CPU].more = all->cut;
}

static void set_first(struct bench_row *row, const struct bench_search *first,
		      const struct bench_search *all)
{
	if (!first->findings)
		return;
	bench_set(row, FIRST, (double)(first->runs + first->pruned));
	bench_set(row, FIRST_CPU, first->seconds);
	if (!all->cut)
		bench_set(row, RATIO, first->seconds / all->seconds);
}

static bool measure(struct bench *bench, struct bench_table *table,
		    const struct sim_scenario *scenario, const char *era)
{
	struct sim_options first_options = { .strategy = NULL };
	struct sim_options all_options = { .strategy = "dpor", .all = true };
	struct bench_search first, all;
	struct bench_row *row;
	char error[SIM_TEXT_MAX];

	if (sim_option_set(&first_options, "era", era, error)) {
		bench_fail(bench, "%.200s", error);
		return false;
	}
	all_options.era = first_options.era;
	if (!bench_explore(bench, scenario, &all_options, &all))
		return false;
	/* Where nothing is to be found, that was the answer. */
	memset(&first, 0, sizeof(first));
	if ((all.findings || all.cut) &&
	    !bench_explore(bench, scenario, &first_options, &first))
		return false;
	row = bench_add_row(bench, table);
	bench_set_text(row, SCENARIO, scenario->name);
	bench_set_text(row, ERA, era);
	set_all(row, &all);
	set_first(row, &first, &all);
	return true;
}

void bench_windows(struct bench *bench)
{
	struct bench_table *table = bench_add_table(bench, &model);
	const struct sim_scenario *scenario;
	size_t i, e;

	for (i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
		scenario = sim_scenario_find(scenarios[i]);
		if (!scenario) {
			bench_fail(bench, "no scenario is called %s",
				   scenarios[i]);
			return;
		}
		for (e = 0; e < sizeof(eras) / sizeof(eras[0]); e++)
			if (!measure(bench, table, scenario, eras[e]))
				return;
	}
}
