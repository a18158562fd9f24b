/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_dpor.c - how many classes there are, to the last one.
 *
 * The numbers of the reference scenario come from an enumerator that shares no
 * code with this one; those of the locks are multinomial coefficients.
 */
#include "kit.h"

#include "locks.h"
#include "reference.h"

#include <vfiosim/atomic.h>
#include <vfiosim/wait.h>

#include <string.h>

static void expect_classes(const struct sim_scenario *scenario,
			   const char *strategy, uint64_t classes)
{
	const struct sim_options options = { .strategy = strategy,
					     .all = true };
	struct sim_result result;

	kit_explore(scenario, &options, &result);
	if (result.runs != classes || !result.exhausted)
		fail_msg("%s by %s: %llu classes, expected %llu",
			 scenario->name, strategy,
			 (unsigned long long)result.runs,
			 (unsigned long long)classes);
	if (!strcmp(scenario->name, "locks") && !strcmp(strategy, "dpor"))
		assert_int_equal(result.pruned, 0);
	sim_result_release(&result);
}

static void tasks_take_one_lock_in_as_many_orders_as_there_are(void **state)
{
	static const struct {
		unsigned tasks, rounds, classes;
	} rows[] = { { 2, 4, 70 }, { 3, 2, 90 }, { 3, 3, 1680 } };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sim_scenario s =
			locks_scenario(rows[i].tasks, rows[i].rounds);

		if (kit_scale(100) < 100 && rows[i].classes > 1000)
			continue;
		expect_classes(&s, "dpor", rows[i].classes);
		expect_classes(&s, "dfs", rows[i].classes);
	}
}

struct row {
	unsigned devices, unbinders, lookups;
	uint64_t postx, fix;
};

static void expect_reference(enum reference_variant variant, bool precise,
			     const struct row *row)
{
	const struct reference reference = { variant, precise, row->devices,
					     row->unbinders, row->lookups };
	uint64_t classes = variant == REFERENCE_FIX ? row->fix : row->postx;
	struct sim_scenario s = reference_scenario(&reference);

	if (kit_scale(100) < 100 && classes > 1000)
		return;
	expect_classes(&s, "dpor", classes);
	if (classes < 1000 && kit_scale(100) == 100)
		expect_classes(&s, "dfs", classes);
}

static void the_reference_scenario_has_the_classes_it_has(void **state)
{
	static const struct row rows[] = {
		{ 1, 1, 1, 6, 3 },	   { 2, 1, 1, 13, 4 },
		{ 2, 2, 1, 495, 195 },	   { 2, 1, 2, 776, 62 },
		{ 2, 2, 2, 58150, 16130 }, { 3, 3, 1, 154210, 51965 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		expect_reference(REFERENCE_POSTX, false, &rows[i]);
		expect_reference(REFERENCE_FIX, false, &rows[i]);
	}
}

static void users_that_all_depend_on_each_other_make_more_classes(void **state)
{
	static const struct row rows[] = {
		{ 2, 1, 2, 3222, 266 },
		{ 2, 2, 2, 242420, 66528 },
	};

	(void)state;
	expect_reference(REFERENCE_POSTX, true, &rows[0]);
	expect_reference(REFERENCE_FIX, true, &rows[0]);
	expect_reference(REFERENCE_FIX, true, &rows[1]);
}

/* Whoever is listed first runs first; the classes are the same. */
static void the_order_of_tasks_changes_no_number(void **state)
{
	const struct reference reference = { REFERENCE_POSTX, false, 2, 1, 2 };
	struct sim_scenario s = reference_scenario(&reference);
	struct sim_scenario r = kit_reversed(&s);

	(void)state;
	expect_classes(&r, "dpor", 776);
}

/* What the variants are for. */
static void only_the_safe_order_refuses_nobody(void **state)
{
	static const unsigned verdicts[] = {
		[REFERENCE_PRE] = SIM_SET(SIM_CHECK_FAILED),
		[REFERENCE_POST] = SIM_SET(SIM_CHECK_FAILED),
		[REFERENCE_POSTX] = 0,
		[REFERENCE_FIX] = 0,
	};
	unsigned v;

	(void)state;
	for (v = REFERENCE_PRE; v <= REFERENCE_FIX; v++) {
		const struct reference reference = { v, false, 1, 1, 1 };
		const struct sim_options options = { .strategy = "dpor",
						     .all = true };
		struct sim_scenario s = reference_scenario(&reference);
		struct sim_result result;

		kit_explore(&s, &options, &result);
		assert_int_equal(result.verdicts, verdicts[v]);
		sim_result_release(&result);
	}
}

/* ------------------------------------------------------- tasks made late */

struct turn {
	struct completion done;
	int word;
};

static struct turn *turn;

static void turn_setup(void)
{
	turn = kzalloc_obj(turn);
	init_completion(&turn->done);
	complete(&turn->done);
}

static void take_turn(void)
{
	wait_for_completion(&turn->done);
}

static void take_turn_late(void *arg)
{
	(void)arg;
	take_turn();
}

static void make_another(void)
{
	(void)READ_ONCE(turn->word);
	(void)kthread_run("late", take_turn_late, NULL);
}

/* One of the two waits for ever, and it need not be the one made late. */
static void a_task_made_late_may_come_first_all_the_same(void **state)
{
	const struct sim_scenario s = {
		.name = "turn",
		.setup = turn_setup,
		.tasks = { { "first", take_turn, NULL },
			   { "maker", make_another, NULL } },
	};

	(void)state;
	expect_classes(&s, "dfs", 2);
	expect_classes(&s, "dpor", 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			tasks_take_one_lock_in_as_many_orders_as_there_are),
		cmocka_unit_test(the_reference_scenario_has_the_classes_it_has),
		cmocka_unit_test(
			users_that_all_depend_on_each_other_make_more_classes),
		cmocka_unit_test(the_order_of_tasks_changes_no_number),
		cmocka_unit_test(only_the_safe_order_refuses_nobody),
		cmocka_unit_test(a_task_made_late_may_come_first_all_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
