/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_bound_reference.c - what bound saves on the reference scenario, and how
 * soon the default of explore finds its bug, to the last run.
 */
#include "kit.h"

#include "reference.h"

#include <string.h>

struct row {
	enum reference_variant variant;
	unsigned size[3];
	uint64_t plain, runs, pruned; /* with at most two preemptions */
};

static void explore(const struct sim_scenario *scenario, bool por,
		    struct sim_result *ret_result)
{
	const struct sim_options options = { .strategy = "bound",
					     .no_por = !por,
					     .all = true };

	kit_explore(scenario, &options, ret_result);
	assert_true(ret_result->exhausted);
}

static void expect_row(const struct row *row)
{
	const struct reference reference = { row->variant, false, row->size[0],
					     row->size[1], row->size[2] };
	struct sim_scenario s = reference_scenario(&reference);
	struct sim_result plain, reduced;

	explore(&s, false, &plain);
	explore(&s, true, &reduced);
	kit_expect_same(s.name, &plain, &reduced);
	if (plain.runs != row->plain || reduced.runs != row->runs ||
	    reduced.pruned != row->pruned)
		fail_msg("variant %d, (%u,%u,%u): %llu runs and %llu pruned "
			 "instead of %llu",
			 row->variant, row->size[0], row->size[1], row->size[2],
			 (unsigned long long)reduced.runs,
			 (unsigned long long)reduced.pruned,
			 (unsigned long long)plain.runs);
	sim_result_release(&plain);
	sim_result_release(&reduced);
}

/* Without reduction the rounds begin anew each: all their runs are counted. */
static void steps_that_commute_are_saved(void **state)
{
	static const struct row rows[] = {
		{ REFERENCE_POSTX, { 1, 1, 1 }, 72, 10, 17 },
		{ REFERENCE_FIX, { 1, 1, 1 }, 56, 5, 14 },
		{ REFERENCE_POSTX, { 2, 1, 2 }, 3310, 790, 736 },
		{ REFERENCE_FIX, { 2, 1, 2 }, 1520, 164, 286 },
		{ REFERENCE_POSTX, { 2, 2, 2 }, 45274, 11936, 7452 },
		{ REFERENCE_FIX, { 2, 2, 2 }, 34294, 3194, 3650 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (kit_scale(100) == 100 || rows[i].plain < 100)
			expect_row(&rows[i]);
}

/*
 * Of 512 KiB a quarter is for what is left for later, and there is more of it
 * before the last round.  So that begins at the beginning, without reduction,
 * and has seen the same in the end.
 */
static void without_memory_a_bound_is_kept_all_the_same(void **state)
{
	const struct reference reference = { REFERENCE_POSTX, false, 2, 2, 1 };
	struct sim_scenario s = reference_scenario(&reference);
	struct sim_options options = {
		.strategy = "bound",
		.bound = 3,
		.bound_set = true,
		.all = true,
	};
	struct sim_result all, some;

	(void)state;
	if (kit_scale(100) < 100)
		skip();
	kit_explore(&s, &options, &all);
	options.budget_bytes = 512 * 1024;
	kit_explore(&s, &options, &some);
	assert_true(some.runs > 2 * all.runs);
	assert_true(some.exhausted && some.bounded);
	assert_int_equal(some.bound, 3);
	kit_expect_same("without memory", &all, &some);
	sim_result_release(&all);
	sim_result_release(&some);
}

/* --------------------------------------------------------------- first bug */

/* The most runs, those that were cut short included, over the orders in which
 * the tasks from @nr on can be listed. */
static uint64_t worst(struct sim_scenario *s, unsigned nr)
{
	uint64_t runs = 0, other;
	struct sim_result result;
	unsigned i;

	for (i = nr; i < SIM_SCENARIO_TASKS_MAX && s->tasks[i].fn; i++) {
		struct sim_task task = s->tasks[i];

		s->tasks[i] = s->tasks[nr];
		s->tasks[nr] = task;
		other = worst(s, nr + 1);
		runs = other > runs ? other : runs;
		s->tasks[nr] = s->tasks[i];
		s->tasks[i] = task;
	}
	if (i > nr)
		return runs;
	kit_explore(s, NULL, &result);
	assert_int_equal(result.verdicts, SIM_SET(SIM_CHECK_FAILED));
	runs = result.runs + result.pruned;
	sim_result_release(&result);
	return runs;
}

static void the_bug_is_found_soon_whoever_is_listed_first(void **state)
{
	static const struct {
		unsigned size[3];
		uint64_t runs;
	} rows[] = {
		{ { 1, 1, 1 }, 4 },   { { 2, 1, 1 }, 4 },  { { 2, 2, 1 }, 9 },
		{ { 2, 1, 2 }, 10 },  { { 2, 2, 2 }, 37 }, { { 3, 3, 1 }, 31 },
		{ { 3, 3, 2 }, 181 },
	};
	unsigned v;
	size_t i;

	(void)state;
	for (v = REFERENCE_PRE; v <= REFERENCE_POST; v++)
		for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			const struct reference reference = { v, false,
							     rows[i].size[0],
							     rows[i].size[1],
							     rows[i].size[2] };
			struct sim_scenario s = reference_scenario(&reference);

			if (kit_scale(100) == 100 || rows[i].runs < 10)
				assert_int_equal(worst(&s, 0), rows[i].runs);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_that_commute_are_saved),
		cmocka_unit_test(without_memory_a_bound_is_kept_all_the_same),
		cmocka_unit_test(the_bug_is_found_soon_whoever_is_listed_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
