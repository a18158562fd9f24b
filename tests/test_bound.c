/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_bound.c - search by number of preemptions: without reduction every run
 * with at most so many, no other, each once; with it no step twice behind
 * orders that are the same.
 */
#include "program.h"
#include "runs.h"

#include <vfiosim/atomic.h>
#include <vfiosim/lock.h>

static struct shelf {
	int word[2];
	struct mutex m;
} * shelf;

static void setup(void)
{
	shelf = kzalloc_obj(shelf);
	once_init(shelf->word, sizeof(shelf->word));
	mutex_init(&shelf->m);
}

static void teardown(void)
{
	mutex_destroy(&shelf->m);
	kfree(shelf);
}

static void two_writes(void)
{
	WRITE_ONCE(shelf->word[0], 1);
	WRITE_ONCE(shelf->word[0], 2);
}

static void two_other_writes(void)
{
	WRITE_ONCE(shelf->word[1], 1);
	WRITE_ONCE(shelf->word[1], 2);
}

static const struct sim_scenario pair = {
	.name = "pair",
	.setup = setup,
	.tasks = { { "a", two_writes, NULL }, { "b", two_other_writes, NULL } },
	.teardown = teardown,
};

static void expect_bound(const struct sim_scenario *scenario, int bound,
			 size_t nr, bool bounded)
{
	struct sim_strategy *strategy = sim_dfs_make(false, bound);
	struct sim_result result;
	const struct sim_options options = {
		.strategy = "bound",
		.bound = (unsigned)bound,
		.bound_set = true,
		.no_por = true,
		.all = true,
	};
	struct runs runs;

	runs_make(scenario, strategy, &runs);
	assert_int_equal(runs.nr, nr);
	runs_release(&runs);
	kit_explore(scenario, &options, &result);
	assert_true(result.exhausted);
	assert_int_equal(result.bounded, bounded);
	assert_int_equal(result.bound, bound);
	assert_string_equal(result.strategy, "bound");
	sim_result_release(&result);
}

/*
 * Of the C(4,2) = 6 interleavings of aa and bb, leaving a task that has ended
 * is no preemption: aabb bbaa have none, abba baab one, abab baba two.
 */
static void preemptions_are_counted_exactly(void **state)
{
	(void)state;
	expect_bound(&pair, 0, 2, true);
	expect_bound(&pair, 1, 4, true);
	expect_bound(&pair, 2, 6, false);
}

/* From 0 up: 2 runs, 4 and 6, and then no more, whatever the bound. */
static void a_bound_that_cut_nothing_off_ends_the_search(void **state)
{
	const struct sim_options options = {
		.strategy = "bound",
		.bound = 9,
		.bound_set = true,
		.no_por = true,
		.all = true,
	};
	struct sim_result result;

	(void)state;
	kit_explore(&pair, &options, &result);
	assert_int_equal(result.runs, 12);
	assert_true(result.exhausted);
	assert_false(result.bounded);
	assert_int_equal(result.bound, 2);
	sim_result_release(&result);
}

/* Two by default; 2 + 4 + 6 runs. */
static void the_default_bound_is_two(void **state)
{
	const struct sim_options options = { .strategy = "bound",
					     .no_por = true,
					     .all = true };
	struct sim_result result;

	(void)state;
	kit_explore(&pair, &options, &result);
	assert_int_equal(result.runs, 12);
	sim_result_release(&result);
}

/* ------------------------------------------------------------- reduction */

/* Goes on from 0 up to @bound; returns what is left in the result. */
static void explore_reduced(const struct sim_scenario *scenario, unsigned bound,
			    struct sim_result *ret_result)
{
	const struct sim_options options = {
		.strategy = "bound",
		.bound = bound,
		.bound_set = true,
		.all = true,
	};

	kit_explore(scenario, &options, ret_result);
	assert_true(ret_result->exhausted);
}

/* Every two of these steps depend on each other, so that all six orders
 * differ; and none is run again when more preemptions are allowed: 2 + 2 + 2,
 * not 2 + 4 + 6. */
static void each_order_is_run_with_as_few_preemptions_as_it_has(void **state)
{
	static const uint64_t runs[] = { 2, 4, 6 };
	struct sim_scenario s = pair;
	struct sim_result result;
	unsigned bound;

	(void)state;
	s.tasks[1].fn = two_writes;
	for (bound = 0; bound < 3; bound++) {
		explore_reduced(&s, bound, &result);
		assert_int_equal(result.runs, runs[bound]);
		assert_int_equal(result.pruned, 0);
		assert_int_equal(result.bound, bound);
		assert_int_equal(result.bounded, bound < 2);
		sim_result_release(&result);
	}
}

/*
 * No two of these depend on each other.  Of the 12 steps from one of the 9
 * states to the next aabb and bbaa make 8; a|bb and b|aa each make 2 more and
 * come to a state from which the last step was made.  Then there is none left,
 * whatever the bound.
 */
static void no_step_is_made_twice_behind_the_same_steps(void **state)
{
	struct sim_result result;

	(void)state;
	explore_reduced(&pair, 0, &result);
	assert_int_equal(result.runs, 2);
	assert_int_equal(result.pruned, 0);
	assert_true(result.bounded);
	sim_result_release(&result);
	explore_reduced(&pair, 9, &result);
	assert_int_equal(result.runs, 2);
	assert_int_equal(result.pruned, 2);
	assert_int_equal(result.steps, 2 * 4 + 2 * 3);
	assert_int_equal(result.bound, 1);
	assert_false(result.bounded);
	sim_result_release(&result);
}

static size_t within(const struct runs *runs, unsigned preemptions)
{
	size_t i, nr = 0;

	for (i = 0; i < runs->nr; i++)
		nr += runs->run[i].preemptions <= preemptions;
	return nr;
}

/* Half of it is for the set of what was done, which begins with 64 KiB; what is
 * left of so small a scenario does with 32. */
static void without_room_for_what_was_done_all_is_done(void **state)
{
	const struct sim_scenario *s = sim_scenario_find("lost-wakeup");
	struct runs all, some;
	size_t i;
	unsigned bound;

	(void)state;
	runs_make(s, sim_dfs_make(false, -1), &all);
	for (bound = 0; bound < 4; bound++) {
		runs_make(s, sim_bound_make(bound, 64 * 1024), &some);
		assert_int_equal(some.nr, within(&all, bound));
		for (i = 0; i < some.nr; i++)
			assert_true(runs_have(&all, some.run[i].hash));
		runs_release(&some);
	}
	runs_release(&all);
}

/* What was done is still complete, and it is said how far it goes. */
static void without_room_for_what_is_left_the_round_is_the_last(void **state)
{
	struct sim_run_config config = {
		.scenario = sim_scenario_find("lost-wakeup"),
		.carrier = sim_carriers()[0],
		.steps_max = SIM_STEPS_MAX,
	};
	struct sim_strategy *strategy = sim_bound_make(3, 1);
	struct sim_trace *trace = kit_trace();
	static struct sim_run run;

	(void)state;
	assert_int_equal(era_lookup("v3.19", &config.era), 0);
	while (strategy->begin(strategy)) {
		assert_int_equal(sim_run_once(&config, strategy, trace, &run),
				 0);
		assert_int_equal(runs_preemptions(trace), 0);
		assert_int_equal(strategy->bounds_done, 0);
	}
	assert_true(strategy->exhausted);
	assert_true(strategy->bounded);
	assert_int_equal(strategy->bound, 0);
	assert_int_equal(strategy->bounds_done, 1);
	strategy->destroy(strategy);
	kit_trace_free(trace);
}

/* ------------------------------------------------------------ preemptions */

static void locked_write(void)
{
	mutex_lock(&shelf->m);
	WRITE_ONCE(shelf->word[0], 1);
	mutex_unlock(&shelf->m);
}

/*
 * Whoever finds the lock taken is left without preemption, but to leave the
 * holder is one.  Without preemptions: ab, ba.
 */
static void leaving_a_task_that_waits_is_no_preemption(void **state)
{
	struct sim_scenario s = pair;
	struct runs runs;
	size_t i;

	(void)state;
	s.tasks[0].fn = s.tasks[1].fn = locked_write;
	runs_make(&s, sim_dfs_make(false, 0), &runs);
	assert_int_equal(runs.nr, 2);
	runs_release(&runs);
	runs_make(&s, sim_dfs_make(false, 1), &runs);
	/* The holder is left inside: b cannot run and a goes on; so beside ab
	 * and ba only leaving behind the unlock would count, and that is the
	 * end of a task. */
	assert_int_equal(runs.nr, 2);
	for (i = 0; i < runs.nr; i++)
		assert_int_equal(runs.run[i].preemptions, 0);
	runs_release(&runs);
}

/* Every run with at most @bound preemptions, from all runs there are. */
static void compare(const struct sim_scenario *scenario, const char *what,
		    int bound)
{
	struct runs all, some;
	size_t i, nr = 0;

	runs_make(scenario, sim_dfs_make(false, -1), &all);
	runs_make(scenario, sim_dfs_make(false, bound), &some);
	for (i = 0; i < all.nr; i++) {
		if (all.run[i].preemptions > (unsigned)bound)
			continue;
		nr++;
		if (!runs_have(&some, all.run[i].hash))
			fail_msg("%s, bound %d: a run is missing", what, bound);
	}
	if (some.nr != nr)
		fail_msg("%s, bound %d: %zu runs, expected %zu", what, bound,
			 some.nr, nr);
	runs_release(&all);
	runs_release(&some);
}

static void a_bound_finds_what_runs_with_so_few_preemptions_show(void **state)
{
	static const char *const names[] = { "lost-update", "abba-deadlock",
					     "lost-wakeup", "recursive-read" };
	unsigned i;
	int bound;

	(void)state;
	for (i = 0; i < 4; i++)
		for (bound = 0; bound < 4; bound++)
			compare(sim_scenario_find(names[i]), names[i], bound);
}

static void a_bound_keeps_its_word_on_programs_made_at_random(void **state)
{
	unsigned seed, nr = kit_scale(60);
	struct sim_scenario s;
	struct program program;
	char what[512];
	int bound;

	(void)state;
	for (seed = 1; seed <= nr; seed++) {
		program_make(&program, seed, 200);
		s = program_scenario(&program);
		(void)program_print(&program, what, sizeof(what));
		for (bound = 0; bound < 3; bound++)
			compare(&s, what, bound);
	}
}

/* The lost update needs one preemption, between the read and the write. */
static void auto_finds_with_the_fewest_preemptions_first(void **state)
{
	struct sim_result result;

	(void)state;
	kit_explore(sim_scenario_find("lost-update"), NULL, &result);
	assert_int_equal(result.nr_findings, 1);
	assert_string_equal(result.strategy, "bound");
	assert_int_equal(result.bound, 1);
	assert_int_equal(runs_preemptions(result.findings[0].trace), 1);
	sim_result_release(&result);
}

/* auto ends in a proof, by dpor, where the bound left something out. */
static void auto_goes_on_without_bound(void **state)
{
	const struct sim_options options = { .bound = 0, .bound_set = true };
	struct sim_result result;

	(void)state;
	kit_explore(&pair, &options, &result);
	assert_string_equal(result.strategy, "dpor");
	assert_true(result.exhausted);
	assert_false(result.bounded);
	/* Two without preemption, then the one class. */
	assert_int_equal(result.runs, 3);
	sim_result_release(&result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(preemptions_are_counted_exactly),
		cmocka_unit_test(a_bound_that_cut_nothing_off_ends_the_search),
		cmocka_unit_test(the_default_bound_is_two),
		cmocka_unit_test(
			each_order_is_run_with_as_few_preemptions_as_it_has),
		cmocka_unit_test(no_step_is_made_twice_behind_the_same_steps),
		cmocka_unit_test(without_room_for_what_was_done_all_is_done),
		cmocka_unit_test(
			without_room_for_what_is_left_the_round_is_the_last),
		cmocka_unit_test(leaving_a_task_that_waits_is_no_preemption),
		cmocka_unit_test(
			a_bound_finds_what_runs_with_so_few_preemptions_show),
		cmocka_unit_test(
			a_bound_keeps_its_word_on_programs_made_at_random),
		cmocka_unit_test(auto_finds_with_the_fewest_preemptions_first),
		cmocka_unit_test(auto_goes_on_without_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
