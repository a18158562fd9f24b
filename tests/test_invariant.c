/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_invariant.c - what must hold between any two steps, in every order.
 *
 * A broken invariant ends its run, which must not hide what others show.
 */
#include "kit.h"

#include <vfiosim/atomic.h>

static struct desk {
	int a, b, c;
} * desk;

static void setup(void)
{
	desk = kzalloc_obj(desk);
	once_init(desk, sizeof(*desk));
}

static void check_b(void)
{
	SIM_CHECK(READ_ONCE(desk->b) == 0);
}

static void write_a(void)
{
	WRITE_ONCE(desk->a, 1);
}

static void write_b(void)
{
	WRITE_ONCE(desk->b, 1);
}

static void read_c(void)
{
	SIM_CHECK(READ_ONCE(desk->c) == 2);
}

static const char *a_comes_first(void)
{
	return PEEK_ONCE(desk->b) > PEEK_ONCE(desk->a) ? "b before a" : NULL;
}

static const char *nobody_writes_b(void)
{
	return PEEK_ONCE(desk->b) ? "b was written" : NULL;
}

/* Two writes to different words commute, but what lies between them shows. */
static void an_invariant_sees_every_order_of_writes(void **state)
{
	const struct sim_scenario s = {
		.name = "invariant",
		.setup = setup,
		.tasks = { { "a", write_a, NULL },
			   { "b", write_b, NULL },
			   { "c", read_c, NULL } },
		.invariant = a_comes_first,
	};
	const struct sim_scenario r = kit_reversed(&s);
	struct sim_result result;

	(void)state;
	kit_compare_searches(&s);
	kit_compare_searches(&r);
	kit_dfs(&s, true, &result);
	assert_string_equal(kit_finding(&result, SIM_INVARIANT)->text,
			    "b before a");
	(void)kit_finding(&result, SIM_CHECK_FAILED);
	sim_result_release(&result);
}

static const char *not_both(void)
{
	return PEEK_ONCE(desk->a) && PEEK_ONCE(desk->b) ? "both" : NULL;
}

/*
 * What b does alone is fine, and so is what a does: only the second of them
 * ends the run.  So they depend on each other, or the check behind b that comes
 * before a is never made to the end.
 */
static void who_breaks_an_invariant_depends_on_who_came_before(void **state)
{
	const struct sim_scenario s = {
		.name = "not-both",
		.setup = setup,
		.tasks = { { "a", write_a, NULL },
			   { "b", write_b, NULL },
			   { "c", check_b, NULL } },
		.invariant = not_both,
	};
	const struct sim_scenario r = kit_reversed(&s);
	struct sim_result result;

	(void)state;
	kit_compare_searches(&s);
	kit_compare_searches(&r);
	kit_dfs(&s, true, &result);
	assert_int_equal(result.verdicts,
			 SIM_SET(SIM_INVARIANT) | SIM_SET(SIM_CHECK_FAILED));
	sim_result_release(&result);
}

/* c is independent of b, but behind b it never comes to its check. */
static void a_broken_invariant_hides_no_finding_of_others(void **state)
{
	const struct sim_scenario s = {
		.name = "invariant-first",
		.setup = setup,
		.tasks = { { "b", write_b, NULL }, { "c", read_c, NULL } },
		.invariant = nobody_writes_b,
	};
	const struct sim_scenario r = kit_reversed(&s);
	struct sim_result result;

	(void)state;
	kit_compare_searches(&s);
	kit_compare_searches(&r);
	kit_dfs(&s, true, &result);
	assert_int_equal(result.verdicts,
			 SIM_SET(SIM_INVARIANT) | SIM_SET(SIM_CHECK_FAILED));
	sim_result_release(&result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_invariant_sees_every_order_of_writes),
		cmocka_unit_test(
			who_breaks_an_invariant_depends_on_who_came_before),
		cmocka_unit_test(a_broken_invariant_hides_no_finding_of_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
