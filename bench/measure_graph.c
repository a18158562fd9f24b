/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * measure_graph.c - every state of the reference scenario, beside SPIN, which
 * goes by states as well.
 */
#include "sizes.h"
#include "spin.h"

#include <string.h>

static const struct bench_column columns[] = {
	{ "variant", "variant", BENCH_TEXT },
	{ "size", "N,U,L", BENCH_TEXT },
	{ "states", "states", BENCH_COUNT },
	{ "transitions", "transitions", BENCH_COUNT },
	{ "final_states", "ends", BENCH_COUNT },
	{ "bytes", "bytes", BENCH_COUNT },
	{ "cpu_seconds", "CPU s", BENCH_SECONDS },
	{ "raw_states", "raw", BENCH_COUNT },
	{ "raw_final_states", "ends", BENCH_COUNT },
	{ "raw_cpu_seconds", "CPU s", BENCH_SECONDS },
	{ "spin_states", "SPIN", BENCH_COUNT },
	{ "spin_cpu_seconds", "CPU s", BENCH_SECONDS },
	{ "ratio_to_spin", "ratio", BENCH_RATIO },
	{ 0 },
};

enum {
	VARIANT,
	SIZE,
	STATES,
	TRANSITIONS,
	ENDS,
	BYTES,
	CPU,
	RAW,
	RAW_ENDS,
	RAW_CPU,
	SPIN,
	SPIN_CPU,
	RATIO
};

static const struct bench_table model = {
	.name = "graph",
	.title = "N devices, U unbinders, L lookups, state by state",
	.method =
		"By graph, going on after findings: states told apart by "
		"declared locals, and by raw stacks (raw), with the final "
		"states of each.  SPIN: bench/reference.pml as in the table "
		"reference, with partial-order reduction.  Ratio: our time by "
		"declared locals to SPIN's.",
	.columns = columns,
};

/* What raw stacks do not get through in the time there is says nothing. */
static bool measure_raw(struct bench *bench, struct bench_row *row,
			const struct sim_scenario *scenario)
{
	const struct sim_options options = { .strategy = "graph",
					     .states = SIM_STATES_RAW,
					     .all = true };
	struct bench_search raw;

	if (!bench_explore(bench, scenario, &options, &raw))
		return false;
	bench_set(row, RAW, (double)raw.vertices);
	bench_set(row, RAW_CPU, raw.seconds);
	row->cells[RAW].more = row->cells[RAW_CPU].more = raw.cut;
	if (!raw.cut)
		bench_expect(bench, row, RAW_ENDS, raw.states,
			     (uint64_t)row->cells[ENDS].number);
	return true;
}

static void measure_spin(struct bench *bench, struct bench_table *table,
			 struct bench_row *row,
			 const struct reference *reference)
{
	struct bench_spin spin;

	if (bench->options.without_spin ||
	    reference->variant < REFERENCE_POSTX || table->remark[0] ||
	    bench_spin_run(bench, reference, true, &spin, table->remark))
		return;
	bench_set(row, SPIN, (double)spin.states);
	bench_set(row, SPIN_CPU, spin.seconds);
	if (spin.seconds <= 0)
		return;
	bench_set(row, RATIO, row->cells[CPU].number / spin.seconds);
	row->cells[RATIO].more = row->cells[CPU].more;
}

static bool measure(struct bench *bench, struct bench_table *table,
		    const struct bench_size *size,
		    enum reference_variant variant)
{
	const struct sim_options options = { .strategy = "graph",
					     .states = SIM_STATES_DECLARED,
					     .all = true };
	struct reference reference = bench_size_reference(size, variant);
	struct sim_scenario s = reference_scenario(&reference);
	struct bench_search search;
	struct bench_row *row;

	if (!bench_explore(bench, &s, &options, &search))
		return false;
	row = bench_add_row(bench, table);
	bench_set_text(row, VARIANT, bench_variants[variant]);
	bench_size_set(row, SIZE, size);
	bench_set(row, STATES, (double)search.vertices);
	bench_set(row, TRANSITIONS, (double)search.transitions);
	bench_set(row, ENDS, (double)search.states);
	bench_set(row, BYTES, (double)search.bytes);
	bench_set(row, CPU, search.seconds);
	row->cells[STATES].more = row->cells[CPU].more = search.cut;
	measure_spin(bench, table, row, &reference);
	return measure_raw(bench, row, &s) && !bench_stopped(bench);
}

/* Where the table is of no use on this machine, it says why. */
static bool can(struct bench_table *table)
{
	const struct sim_options options = { .strategy = "graph" };
	const struct reference small = { REFERENCE_FIX, false, 1, 1, 1 };
	struct sim_scenario s = reference_scenario(&small);
	struct sim_result result;
	int ret = sim_explore(&s, &options, &result);

	if (ret)
		snprintf(table->remark, sizeof(table->remark), "%s",
			 result.error);
	sim_result_release(&result);
	return !ret;
}

void bench_graph(struct bench *bench)
{
	static const enum reference_variant order[] = { REFERENCE_POSTX,
							REFERENCE_FIX };
	struct bench_table *table = bench_add_table(bench, &model);
	const struct bench_size *size;
	size_t v;

	if (!can(table))
		return;
	if (bench->options.without_spin)
		snprintf(table->remark, sizeof(table->remark),
			 "SPIN was left out.");
	for (v = 0; v < sizeof(order) / sizeof(order[0]); v++)
		for (size = bench_sizes; size->devices; size++)
			if (!size->precise && bench_size_wanted(bench, size) &&
			    !measure(bench, table, size, order[v]))
				return;
}
