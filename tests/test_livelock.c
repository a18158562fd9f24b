/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_livelock.c - runs without end: those that repeat themselves, and those
 * that only go on.
 */
#include "kit.h"
#include "sandbox.h"

#include <vfiosim/atomic.h>

static struct counter {
	int flag, other;
	atomic_t count;
} * counter;

static void setup(void)
{
	counter = kzalloc_obj(counter);
	once_init(&counter->flag, 2 * sizeof(counter->flag));
	atomic_init(&counter->count, 0);
}

static void spin(void)
{
	while (!READ_ONCE(counter->flag))
		(void)atomic_read(&counter->count);
}

static void a_cycle_of_steps_is_a_livelock(void **state)
{
	const struct sim_options options = { .strategy = "dfs",
					     .steps_max = 60 };
	const struct sim_scenario s = {
		.name = "livelock",
		.setup = setup,
		.tasks = { { "p", spin, NULL } },
	};
	struct sim_result result;

	(void)state;
	kit_expect_finding(&s, &options, SIM_LIVELOCK,
			   "these 2 steps repeat: p: read counter.flag #1 in "
			   "spin, p: read counter.count #1 in spin");
	/* Something was left out: no proof of anything. */
	kit_dfs(&s, true, &result);
	assert_false(result.exhausted);
	sim_result_release(&result);
}

/* Reads and writes in the order of Thue and Morse, which repeats nothing three
 * times in a row. */
static void run_on(void)
{
	unsigned i;

	for (i = 0;; i++)
		if (__builtin_popcount(i) % 2)
			WRITE_ONCE(counter->other, 1);
		else
			(void)READ_ONCE(counter->flag);
}

static void a_run_without_cycle_meets_the_step_limit(void **state)
{
	const struct sim_options options = { .strategy = "dfs",
					     .steps_max = 500 };
	const struct sim_scenario s = {
		.name = "long",
		.setup = setup,
		.tasks = { { "p", run_on, NULL } },
	};

	(void)state;
	kit_expect_finding(&s, &options, SIM_STEP_LIMIT, "500 steps");
}

/* Something stands twice in a row at the end of many of these. */
static void a_cycle_seen_twice_is_no_livelock(void **state)
{
	const struct sim_scenario s = {
		.name = "short",
		.setup = setup,
		.tasks = { { "p", run_on, NULL } },
	};
	struct sim_options options = { .strategy = "dfs" };
	struct sim_result result;

	(void)state;
	for (options.steps_max = 1; options.steps_max < 70;
	     options.steps_max++) {
		kit_explore(&s, &options, &result);
		assert_int_equal(result.verdicts, SIM_SET(SIM_STEP_LIMIT));
		sim_result_release(&result);
	}
}

static void spin_on_one(void)
{
	while (!READ_ONCE(counter->flag))
		;
}

static void one_step_that_repeats_is_a_livelock(void **state)
{
	const struct sim_options options = { .strategy = "dfs",
					     .steps_max = 50 };
	const struct sim_scenario s = {
		.name = "spin",
		.setup = setup,
		.tasks = { { "p", spin_on_one, NULL } },
	};

	(void)state;
	kit_expect_finding(&s, &options, SIM_LIVELOCK,
			   "this step repeats: p: read counter.flag #1 in "
			   "spin_on_one");
}

static unsigned reads;

static void read_on(void)
{
	unsigned i;

	for (i = 0; i < reads; i++)
		(void)READ_ONCE(counter->other);
}

static unsigned count_lines(const char *text)
{
	unsigned nr = 0;

	for (; *text; text++)
		nr += *text == '\n';
	return nr;
}

/* As long as both run, every second step is the other one's: far more lines
 * than any race needs. */
static void
a_livelock_of_many_switches_has_a_schedule_that_replays(void **state)
{
	const struct sim_options options = {
		.strategy = "random",
		.budget_runs = 1,
		.output = ".",
		.steps_max = kit_scale(SIM_STEPS_MAX),
	};
	const struct sim_scenario s = {
		.name = "many",
		.setup = setup,
		.tasks = { { "p", spin_on_one, NULL }, { "q", read_on, NULL } },
	};
	struct sim_result result, again;

	(void)state;
	reads = kit_scale(8000);
	kit_explore(&s, &options, &result);
	assert_int_equal(result.nr_findings, 1);
	assert_int_equal(result.verdicts, SIM_SET(SIM_LIVELOCK));
	assert_true(count_lines(result.findings[0].schedule) > reads * 3 / 4);
	assert_int_equal(sim_replay_file(&s, result.findings[0].path, &options,
					 &again),
			 0);
	assert_int_equal(again.steps, options.steps_max);
	assert_int_equal(again.verdicts, SIM_SET(SIM_LIVELOCK));
	sim_result_release(&again);
	sim_result_release(&result);
}

static void ten_steps(void)
{
	unsigned i;

	for (i = 0; i < 10; i++)
		WRITE_ONCE(counter->other, (int)i);
}

/* Ten steps need a limit of ten. */
static void the_step_limit_is_exact(void **state)
{
	struct sim_options options = { .strategy = "dfs", .steps_max = 10 };
	const struct sim_scenario s = {
		.name = "ten",
		.setup = setup,
		.tasks = { { "p", ten_steps, NULL } },
	};
	struct sim_result result;

	(void)state;
	kit_expect_finding(&s, &options, SIM_STEP_LIMIT, "");
	options.steps_max = 9;
	kit_explore(&s, &options, &result);
	assert_int_equal(result.steps, 9);
	assert_int_equal(result.nr_findings, 1);
	sim_result_release(&result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cycle_of_steps_is_a_livelock),
		cmocka_unit_test(a_run_without_cycle_meets_the_step_limit),
		cmocka_unit_test(a_cycle_seen_twice_is_no_livelock),
		cmocka_unit_test(one_step_that_repeats_is_a_livelock),
		cmocka_unit_test(the_step_limit_is_exact),
		cmocka_unit_test_setup_teardown(
			a_livelock_of_many_switches_has_a_schedule_that_replays,
			sandbox_setup, sandbox_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
