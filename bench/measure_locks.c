/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * measure_locks.c - how many classes a search finds where anybody can count
 * them: N tasks that take one lock K times each, in any order.
 */
#include "bench.h"
#include "locks.h"

static const struct bench_column columns[] = {
	{ "tasks", "tasks", BENCH_COUNT },
	{ "rounds", "rounds", BENCH_COUNT },
	{ "strategy", "strategy", BENCH_TEXT },
	{ "classes", "classes", BENCH_COUNT },
	{ "expected", "must be", BENCH_COUNT },
	{ "blocked", "blocked", BENCH_COUNT },
	{ "steps", "steps", BENCH_COUNT },
	{ "cpu_seconds", "ms", BENCH_MILLISECONDS },
	{ "runs_per_second", "runs/s", BENCH_RATE },
	{ 0 },
};

enum { TASKS, ROUNDS, STRATEGY, CLASSES, EXPECTED, BLOCKED, STEPS, CPU, RATE };

static const struct bench_table model = {
	.name = "locks",
	.title = "N tasks, each of which takes one lock K times",
	.method = "Every task locks, increments and unlocks.  The classes are "
		  "the orders in which the lock can be taken, (N*K)!/K!^N.  "
		  "Blocked: runs that sleep sets cut short.",
	.columns = columns,
};

/* (tasks * rounds)! / rounds!^tasks, factor by factor: always whole. */
static uint64_t count_orders(unsigned tasks, unsigned rounds)
{
	uint64_t orders = 1;
	unsigned t, k, n = 0;

	for (t = 0; t < tasks; t++)
		for (k = 1; k <= rounds; k++)
			orders = orders * ++n / k;
	return orders;
}

static bool measure(struct bench *bench, struct bench_table *table,
		    unsigned tasks, unsigned rounds, const char *strategy)
{
	const struct sim_options options = { .strategy = strategy,
					     .all = true };
	struct sim_scenario s = locks_scenario(tasks, rounds);
	uint64_t expected = count_orders(tasks, rounds);
	struct bench_search search;
	struct bench_row *row;

	if (!bench_explore(bench, &s, &options, &search))
		return false;
	row = bench_add_row(bench, table);
	bench_set(row, TASKS, tasks);
	bench_set(row, ROUNDS, rounds);
	bench_set_text(row, STRATEGY, strategy);
	bench_expect(bench, row, CLASSES, search.runs,
		     search.cut ? search.runs : expected);
	row->cells[CLASSES].more = search.cut;
	bench_set(row, EXPECTED, (double)expected);
	bench_set(row, BLOCKED, (double)search.pruned);
	bench_set(row, STEPS, (double)search.steps);
	bench_set(row, CPU, search.seconds);
	bench_set(row, RATE,
		  (double)(search.runs + search.pruned) / search.seconds);
	return true;
}

void bench_locks(struct bench *bench)
{
	static const struct {
		unsigned tasks, rounds;
	} rows[] = { { 2, 4 }, { 3, 2 }, { 3, 3 }, { 2, 8 }, { 4, 2 } };
	struct bench_table *table = bench_add_table(bench, &model);
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!measure(bench, table, rows[i].tasks, rows[i].rounds,
			     "dpor") ||
		    !measure(bench, table, rows[i].tasks, rows[i].rounds,
			     "dfs"))
			return;
}
