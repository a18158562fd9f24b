/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * measure_first.c - what the default of explore needs until it finds the bug
 * of the reference scenario, whatever the order in which its tasks are listed.
 */
#include "sizes.h"

#include <string.h>

#define ORDERS_MAX 120u

static const struct bench_column columns[] = {
	{ "variant", "variant", BENCH_TEXT },
	{ "size", "N,U,L", BENCH_TEXT },
	{ "orders", "orders", BENCH_COUNT },
	{ "runs_best", "best", BENCH_COUNT },
	{ "runs_median", "median", BENCH_COUNT },
	{ "runs_worst", "worst", BENCH_COUNT },
	{ "cpu_seconds", "median ms", BENCH_MILLISECONDS },
	{ "cpu_seconds_worst", "worst ms", BENCH_MILLISECONDS },
	{ "ratio_worst_to_best", "worst/best", BENCH_RATIO },
	{ 0 },
};

enum { VARIANT, SIZE, ORDERS, BEST, MEDIAN, WORST, CPU, CPU_WORST, RATIO };

static const struct bench_table model = {
	.name = "first-bug",
	.title = "runs until the first bug, over all orders of tasks",
	.method =
		"By the default of explore (bounds 0, 1, 2, then dpor), for "
		"every order in which the tasks can be listed.  Runs that were "
		"cut short count as well.  Time: of the "
		"whole search, with the replays that confirm what was found "
		"on each carrier; the median over repetitions for each order, "
		"then the median and the worst over orders.  Ratio: runs in "
		"the worst order to the best.",
	.columns = columns,
};

struct orders {
	unsigned nr;
	double runs[ORDERS_MAX], seconds[ORDERS_MAX];
};

/* The next order of @index in the dictionary; false: that was the last. */
static bool permute(unsigned *index, unsigned nr)
{
	unsigned i, j, low, high, swap;

	for (i = nr; i > 1 && index[i - 2] > index[i - 1]; i--)
		;
	if (i <= 1)
		return false;
	for (j = nr; index[j - 1] < index[i - 2]; j--)
		;
	swap = index[i - 2];
	index[i - 2] = index[j - 1];
	index[j - 1] = swap;
	for (low = i - 1, high = nr - 1; low < high; low++, high--) {
		swap = index[low];
		index[low] = index[high];
		index[high] = swap;
	}
	return true;
}

/* One search for each order.  Returns false when it was interrupted. */
static bool search_orders(struct bench *bench,
			  const struct sim_scenario *listed, unsigned nr_tasks,
			  struct orders *orders)
{
	const struct sim_options options = { .strategy = NULL };
	unsigned index[SIM_SCENARIO_TASKS_MAX], i;
	struct sim_scenario s = *listed;
	struct bench_search search;

	for (i = 0; i < nr_tasks; i++)
		index[i] = i;
	orders->nr = 0;
	do {
		for (i = 0; i < nr_tasks; i++)
			s.tasks[i] = listed->tasks[index[i]];
		if (!bench_explore(bench, &s, &options, &search))
			return false;
		/* Without a finding there is nothing to count. */
		if (search.findings) {
			orders->runs[orders->nr] =
				(double)(search.runs + search.pruned);
			orders->seconds[orders->nr++] = search.seconds;
		}
	} while (orders->nr < ORDERS_MAX && permute(index, nr_tasks));
	return true;
}

static void set_orders(struct bench_row *row, struct orders *orders)
{
	unsigned last;

	bench_set(row, ORDERS, orders->nr);
	if (!orders->nr)
		return;
	last = orders->nr - 1;
	/* Sorted by the median. */
	bench_set(row, MEDIAN, bench_median(orders->runs, orders->nr));
	bench_set(row, BEST, orders->runs[0]);
	bench_set(row, WORST, orders->runs[last]);
	bench_set(row, RATIO, orders->runs[last] / orders->runs[0]);
	bench_set(row, CPU, bench_median(orders->seconds, orders->nr));
	bench_set(row, CPU_WORST, orders->seconds[last]);
}

static bool measure(struct bench *bench, struct bench_table *table,
		    const struct bench_size *size,
		    enum reference_variant variant)
{
	struct reference reference = bench_size_reference(size, variant);
	struct sim_scenario s = reference_scenario(&reference);
	struct orders orders;
	struct bench_row *row;

	if (!search_orders(bench, &s, size->unbinders + size->lookups, &orders))
		return false;
	row = bench_add_row(bench, table);
	bench_set_text(row, VARIANT, bench_variants[variant]);
	bench_size_set(row, SIZE, size);
	set_orders(row, &orders);
	return true;
}

void bench_first(struct bench *bench)
{
	static const enum reference_variant order[] = { REFERENCE_PRE,
							REFERENCE_POST };
	struct bench_table *table = bench_add_table(bench, &model);
	const struct bench_size *size;
	size_t v;

	for (v = 0; v < sizeof(order) / sizeof(order[0]); v++)
		for (size = bench_sizes; size->devices; size++)
			if (!size->precise && bench_size_wanted(bench, size) &&
			    !measure(bench, table, size, order[v]))
				return;
}
