/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * measure_speed.c - how many operations and executions a processor second
 * holds, with the trace and all checks that a search always has.
 */
#include "bench.h"
#include "locks.h"
#include "reference.h"

#include <string.h>

static const struct bench_column columns[] = {
	{ "scenario", "scenario", BENCH_TEXT },
	{ "strategy", "strategy", BENCH_TEXT },
	{ "carrier", "carrier", BENCH_TEXT },
	{ "runs", "runs", BENCH_COUNT },
	{ "steps", "steps", BENCH_COUNT },
	{ "cpu_seconds", "CPU s", BENCH_SECONDS },
	{ "steps_per_second", "steps/s", BENCH_RATE },
	{ "runs_per_second", "runs/s", BENCH_RATE },
	{ "ratio", "ratio", BENCH_RATIO },
	{ 0 },
};

enum {
	SCENARIO,
	STRATEGY,
	CARRIER,
	RUNS,
	STEPS,
	CPU,
	STEP_RATE,
	RUN_RATE,
	RATIO
};

static const struct bench_table model = {
	.name = "speed",
	.title = "visible operations and executions per CPU second",
	.method =
		"A step is one visible operation.  Everything that explore "
		"does is in it: boot and halt of a machine for each run, trace, "
		"checks, counts.  dfs: every interleaving, no reduction.  "
		"Ratio: steps per second to those of the first row with the "
		"same scenario.",
	.columns = columns,
};

enum scenario { LOCKS, FIX_111, FIX_222, FIX_332 };

static const struct speed {
	enum scenario scenario;
	const char *strategy;
	enum sim_carrier_kind carrier;
	uint64_t runs;
} rows[] = {
	{ LOCKS, "random", SIM_FIBER, 20000 },
	{ LOCKS, "dfs", SIM_FIBER, 20000 },
	{ LOCKS, "dpor", SIM_FIBER, 5000 },
	{ LOCKS, "random", SIM_THREAD, 500 },
	{ FIX_111, "random", SIM_FIBER, 200000 },
	{ FIX_111, "random", SIM_THREAD, 2000 },
	{ FIX_222, "random", SIM_FIBER, 50000 },
	{ FIX_332, "random", SIM_FIBER, 50000 },
};

static struct sim_scenario make(enum scenario scenario, const char **ret_name)
{
	static const struct {
		const char *name;
		struct reference reference;
	} fixed[] = {
		[FIX_111] = { "FIX(1,1,1)", { REFERENCE_FIX, false, 1, 1, 1 } },
		[FIX_222] = { "FIX(2,2,2)", { REFERENCE_FIX, false, 2, 2, 2 } },
		[FIX_332] = { "FIX(3,3,2)", { REFERENCE_FIX, false, 3, 3, 2 } },
	};

	*ret_name = "2 x 50 lock-unlock";
	if (scenario == LOCKS)
		return locks_scenario(2, 50);
	*ret_name = fixed[scenario].name;
	return reference_scenario(&fixed[scenario].reference);
}

/* Steps per second of the first row with the scenario of the last one. */
static double first_rate(const struct bench_table *table)
{
	const char *name = table->rows[table->nr_rows - 1].cells[SCENARIO].text;
	unsigned i;

	for (i = 0; strcmp(table->rows[i].cells[SCENARIO].text, name); i++)
		;
	return table->rows[i].cells[STEP_RATE].number;
}

static bool measure(struct bench *bench, struct bench_table *table,
		    const struct speed *speed)
{
	const struct sim_options options = {
		.strategy = speed->strategy,
		.carrier = speed->carrier,
		.no_por = true,
		.all = true,
		.budget_runs = speed->runs,
	};
	const char *name;
	struct sim_scenario s = make(speed->scenario, &name);
	struct bench_search search;
	struct bench_row *row;

	if (!bench_explore(bench, &s, &options, &search))
		return false;
	row = bench_add_row(bench, table);
	bench_set_text(row, SCENARIO, name);
	bench_set_text(row, STRATEGY, speed->strategy);
	bench_set_text(row, CARRIER,
		       speed->carrier == SIM_THREAD ? "thread" : "fiber");
	bench_set(row, RUNS, (double)search.runs);
	bench_set(row, STEPS, (double)search.steps);
	bench_set(row, CPU, search.seconds);
	bench_set(row, STEP_RATE, (double)search.steps / search.seconds);
	bench_set(row, RUN_RATE, (double)search.runs / search.seconds);
	if (!bench_stopped(bench))
		bench_set(row, RATIO,
			  row->cells[STEP_RATE].number / first_rate(table));
	return true;
}

void bench_speed(struct bench *bench)
{
	struct bench_table *table = bench_add_table(bench, &model);
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!measure(bench, table, &rows[i]))
			return;
}
