/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * measure_reference.c - the whole space of the reference scenario, beside what
 * SPIN needs for a hand-written abstraction of it.
 */
#include "sizes.h"
#include "spin.h"

#include <string.h>

static const struct bench_column columns[] = {
	{ "variant", "variant", BENCH_TEXT },
	{ "size", "N,U,L", BENCH_TEXT },
	{ "classes", "classes", BENCH_COUNT },
	{ "expected", "must be", BENCH_COUNT },
	{ "blocked", "blocked", BENCH_COUNT },
	{ "final_states", "ends", BENCH_COUNT },
	{ "steps", "steps", BENCH_COUNT },
	{ "cpu_seconds", "CPU s", BENCH_SECONDS },
	{ "boot_cpu_seconds", "from boot", BENCH_SECONDS },
	{ "repeated", "times", BENCH_COUNT },
	{ "spin_states", "SPIN", BENCH_COUNT },
	{ "spin_cpu_seconds", "CPU s", BENCH_SECONDS },
	{ "spin_full_states", "SPIN -NR", BENCH_COUNT },
	{ "spin_full_cpu_seconds", "CPU s", BENCH_SECONDS },
	{ "ratio_to_spin", "ratio", BENCH_RATIO },
	{ 0 },
};

enum {
	VARIANT,
	SIZE,
	CLASSES,
	EXPECTED,
	BLOCKED,
	ENDS,
	STEPS,
	CPU,
	BOOT_CPU,
	TIMES,
	SPIN,
	SPIN_CPU,
	FULL,
	FULL_CPU,
	RATIO
};

static const struct bench_table model = {
	.name = "reference",
	.title = "N devices, U unbinders, L lookups, explored to the end",
	.method =
		"By dpor, going on after findings; \"all\": every operation on "
		"container_users depends on every other.  Ends: different "
		"states in which runs end.  From boot: CPU s without "
		"checkpoints.  SPIN: states of bench/"
		"reference.pml with partial-order reduction, and without it "
		"(-NR); time of pan alone, built with cc -O3 -DSAFETY and run "
		"with -w18, which suits these sizes best.  Ratio: our time to "
		"SPIN's with reduction.",
	.columns = columns,
};

static void set_search(struct bench *bench, struct bench_row *row,
		       const struct bench_search *search, uint64_t expected)
{
	bench_expect(bench, row, CLASSES, search->runs,
		     search->cut || !expected ? search->runs : expected);
	row->cells[CLASSES].more = search->cut;
	if (expected)
		bench_set(row, EXPECTED, (double)expected);
	bench_set(row, BLOCKED, (double)search->pruned);
	bench_set(row, ENDS, (double)search->states);
	row->cells[ENDS].more = search->cut;
	bench_set(row, STEPS, (double)search->steps);
	bench_set(row, CPU, search->seconds);
	row->cells[CPU].more = search->cut;
	bench_set(row, TIMES, search->repeated);
}

static void set_spin(struct bench_row *row, const struct bench_spin *reduced,
		     const struct bench_spin *full)
{
	double ours = row->cells[CPU].number;

	bench_set(row, SPIN, (double)reduced->states);
	bench_set(row, SPIN_CPU, reduced->seconds);
	bench_set(row, FULL, (double)full->states);
	bench_set(row, FULL_CPU, full->seconds);
	if (reduced->seconds <= 0)
		return;
	bench_set(row, RATIO, ours / reduced->seconds);
	row->cells[RATIO].more = row->cells[CPU].more;
}

/* Only the variants that are explored to the end by both. */
static void measure_spin(struct bench *bench, struct bench_table *table,
			 struct bench_row *row,
			 const struct reference *reference)
{
	struct bench_spin reduced, full;

	if (bench->options.without_spin || reference->precise ||
	    reference->variant < REFERENCE_POSTX || table->remark[0])
		return;
	if (bench_spin_run(bench, reference, true, &reduced, table->remark) ||
	    bench_spin_run(bench, reference, false, &full, table->remark))
		return;
	set_spin(row, &reduced, &full);
}

/* The same with every run from its beginning. */
static bool measure_from_boot(struct bench *bench, struct bench_row *row,
			      const struct sim_scenario *scenario,
			      const struct bench_search *with)
{
	const struct sim_options options = { .strategy = "dpor",
					     .no_checkpoints = true,
					     .all = true };
	struct bench_search search;

	if (with->cut)
		return !bench_stopped(bench);
	if (!bench_explore(bench, scenario, &options, &search))
		return false;
	bench_set(row, BOOT_CPU, search.seconds);
	row->cells[BOOT_CPU].more = search.cut;
	return !bench_stopped(bench);
}

static bool measure(struct bench *bench, struct bench_table *table,
		    const struct bench_size *size,
		    enum reference_variant variant)
{
	const struct sim_options options = { .strategy = "dpor", .all = true };
	struct reference reference = bench_size_reference(size, variant);
	struct sim_scenario s = reference_scenario(&reference);
	uint64_t expected = variant == REFERENCE_POSTX ? size->postx :
			    variant == REFERENCE_FIX   ? size->fix :
							 0;
	struct bench_search search;
	struct bench_row *row;

	if (!bench_explore(bench, &s, &options, &search))
		return false;
	row = bench_add_row(bench, table);
	bench_set_text(row, VARIANT, bench_variants[variant]);
	bench_size_set(row, SIZE, size);
	set_search(bench, row, &search, expected);
	measure_spin(bench, table, row, &reference);
	return measure_from_boot(bench, row, &s, &search);
}

void bench_reference(struct bench *bench)
{
	static const enum reference_variant order[] = {
		REFERENCE_POSTX, REFERENCE_FIX, REFERENCE_PRE, REFERENCE_POST
	};
	struct bench_table *table = bench_add_table(bench, &model);
	const struct bench_size *size;
	size_t v;

	if (bench->options.without_spin)
		snprintf(table->remark, sizeof(table->remark),
			 "SPIN was left out.");
	for (v = 0; v < sizeof(order) / sizeof(order[0]); v++)
		for (size = bench_sizes; size->devices; size++) {
			/* With a check that fails, it says nothing new. */
			if (size->precise && order[v] < REFERENCE_POSTX)
				continue;
			if (bench_size_wanted(bench, size) &&
			    !measure(bench, table, size, order[v]))
				return;
		}
}
