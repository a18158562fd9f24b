/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_nondeterminism.c - scenarios that look at a clock, at addresses, or at
 * what an earlier run left behind: no search lets them pass.
 */
#include "kit.h"

#include <vfiosim/atomic.h>
#include <vfiosim/lock.h>

#include "cmd.h"
#include "sandbox.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define BOOKS 8u
#define BITS 16u
#define LATE 1000u

struct book {
	int open;
};

static struct shelf {
	struct book *book[BOOKS];
	int sign, hidden;
	struct mutex front, back;
} * shelf;

/* Set-ups since a search began: outside the arena, so no run forgets them. */
static unsigned runs;

static void setup(void)
{
	unsigned i;

	runs++;
	shelf = kzalloc_obj(shelf);
	for (i = 0; i < BOOKS; i++) {
		shelf->book[i] = slab_alloc("book", sizeof(struct book));
		once_init(&shelf->book[i]->open, sizeof(int));
	}
	once_init(&shelf->sign, sizeof(shelf->sign));
	mutex_init(&shelf->front);
	mutex_init(&shelf->back);
}

static void lock_and_unlock(struct mutex *m)
{
	mutex_lock(m);
	mutex_unlock(m);
}

/* A step for each bit: that two times agree in all of them is no accident that
 * ever happens. */
static void follow_bits(unsigned bits)
{
	unsigned i;

	for (i = 0; i < BITS; i++)
		lock_and_unlock(bits >> i & 1 ? &shelf->front : &shelf->back);
}

/* What all of them race with. */
static void look(void)
{
	(void)READ_ONCE(shelf->sign);
	lock_and_unlock(&shelf->front);
}

static void follow_the_clock(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	follow_bits((unsigned)(now.tv_nsec >> 4));
}

/* Whole seconds: the second time is mostly like the first. */
static void follow_the_second(void)
{
	follow_bits((unsigned)time(NULL));
}

/* As a table does that is sorted by address: the system never gives the same
 * ones again while earlier ones stay. */
static void follow_addresses(void)
{
	uint32_t key[BOOKS];
	unsigned i, j;

	for (i = 0; i < BOOKS; i++) {
		void *p = mmap(NULL, 1, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS,
			       -1, 0);

		assert_ptr_not_equal(p, MAP_FAILED);
		key[i] = (uint32_t)((uintptr_t)p >> 12) * 0x9e3779b1u;
	}
	for (i = 0; i < BOOKS; i++) {
		unsigned first = 0;

		for (j = 1; j < BOOKS; j++)
			if (key[j] < key[first])
				first = j;
		key[first] = ~0u;
		WRITE_ONCE(shelf->book[first]->open, 1);
	}
}

/* Every other run. */
static void follow_a_counter(void)
{
	static unsigned calls;

	if (calls++ % 2)
		lock_and_unlock(&shelf->back);
	else
		lock_and_unlock(&shelf->front);
}

static void change_late(void)
{
	if (runs >= LATE)
		lock_and_unlock(&shelf->back);
	else
		lock_and_unlock(&shelf->front);
}

/* No step tells it. */
static void hide_a_counter(void)
{
	lock_and_unlock(&shelf->front);
	shelf->hidden = (int)runs;
}

/* Only what is read tells it, and in the end it is gone. */
static void read_a_counter(void)
{
	WRITE_ONCE(shelf->sign, (int)runs);
	WRITE_ONCE(shelf->sign, 0);
}

static void look_often(void)
{
	unsigned i;

	for (i = 0; i < 6; i++)
		lock_and_unlock(&shelf->front);
}

#define PLANTED(name_, fn_)                                 \
	{                                                   \
		.name = (name_), .setup = setup, .tasks = { \
			{ "reader", look, NULL },           \
			{ "odd", (fn_), NULL }              \
		}                                           \
	}

static const struct sim_scenario clocked = PLANTED("clocked", follow_the_clock);
static const struct sim_scenario by_address =
	PLANTED("by-address", follow_addresses);
static const struct sim_scenario counted = PLANTED("counted", follow_a_counter);
static const struct sim_scenario hidden = PLANTED("hidden", hide_a_counter);
static const struct sim_scenario valued = PLANTED("valued", read_a_counter);

/* More runs than anybody makes. */
static const struct sim_scenario by_second = {
	.name = "by-second",
	.setup = setup,
	.tasks = { { "reader", look_often, NULL },
		   { "odd", follow_the_second, NULL },
		   { "other", look_often, NULL } },
};

/* Thousands of runs, so that there is a late one. */
static const struct sim_scenario late = {
	.name = "late",
	.setup = setup,
	.tasks = { { "reader", look_often, NULL },
		   { "odd", change_late, NULL },
		   { "other", look_often, NULL } },
};

/* -------------------------------------------------------------- what is said */

static const char *const strategies[] = { "auto",   "dpor", "dfs", "bound",
					  "random", "pct",  "pos" };

#define STRATEGIES_NR (sizeof(strategies) / sizeof(strategies[0]))

/* "step 3: task odd: expected lock shelf.front #1 in f, found ... */
static void expect_step(const char *strategy, const char *error,
			const char *task)
{
	const char *step = strstr(error, "step ");
	unsigned number;

	if (!step || strncmp(error, "uncontrolled nondeterminism: ", 29) ||
	    sscanf(step, "step %u: task ", &number) != 1 || !number ||
	    !strstr(step, task) || !strstr(step, ": expected ") ||
	    !strstr(step, ", found "))
		fail_msg("%s: no step is named: %s", strategy, error);
}

static void expect_error(const struct sim_scenario *scenario,
			 struct sim_options *options, char *ret_error)
{
	struct sim_result result;
	int ret;

	runs = 0;
	ret = sim_explore(scenario, options, &result);
	memcpy(ret_error, result.error, SIM_TEXT_MAX);
	if (ret != -ENOTRECOVERABLE)
		fail_msg("%s by %s: it passed, with %llu runs", scenario->name,
			 options->strategy, (unsigned long long)result.runs);
	assert_false(result.exhausted);
	sim_result_release(&result);
}

static void expect_of_all(const struct sim_scenario *scenario, bool all)
{
	const enum sim_carrier_kind *carrier;
	char error[SIM_TEXT_MAX];
	size_t i;

	for (carrier = kit_carriers(); *carrier; carrier++)
		for (i = 0; i < STRATEGIES_NR; i++) {
			struct sim_options options = {
				.strategy = strategies[i],
				.carrier = *carrier,
				.all = all,
			};

			expect_error(scenario, &options, error);
			expect_step(strategies[i], error, "task odd");
		}
}

/* ------------------------------------------------------------- at the start */

static void a_clock_is_found_out_by_every_strategy(void **state)
{
	(void)state;
	expect_of_all(&clocked, true);
	expect_of_all(&clocked, false);
}

static void an_order_of_addresses_is_found_out_by_every_strategy(void **state)
{
	(void)state;
	expect_of_all(&by_address, true);
}

static void a_counter_that_stays_is_found_out_by_every_strategy(void **state)
{
	(void)state;
	expect_of_all(&counted, true);
}

static void a_value_that_differs_is_found_out_by_every_strategy(void **state)
{
	(void)state;
	expect_of_all(&valued, true);
}

static void the_message_says_what_was_expected_and_what_came(void **state)
{
	struct sim_options options = { .strategy = "dpor" };
	char error[SIM_TEXT_MAX], expected[SIM_TEXT_MAX];

	(void)state;
	expect_error(&valued, &options, error);
	(void)snprintf(
		expected, sizeof(expected),
		"uncontrolled nondeterminism: the first run, made again, "
		"step 4: task odd: expected write shelf.sign #1 = 1 in "
		"read_a_counter, found write shelf.sign #1 = 2 in "
		"read_a_counter");
	assert_string_equal(error, expected);
}

static void a_state_that_differs_is_found_out_by_every_strategy(void **state)
{
	char error[SIM_TEXT_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < STRATEGIES_NR; i++) {
		struct sim_options options = { .strategy = strategies[i] };

		expect_error(&hidden, &options, error);
		assert_non_null(strstr(error,
				       "behind step 5, the last: all steps "
				       "were the same, but the state in which "
				       "they ended is not: expected "));
	}
}

/* ---------------------------------------------------------------------- late */

/* A run's beginning is that of an earlier run, or the first run, made again
 * now and then, is not what it was. */
static void a_change_in_run_1000_is_found_out_by_every_strategy(void **state)
{
	char error[SIM_TEXT_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < STRATEGIES_NR; i++) {
		struct sim_options options = { .strategy = strategies[i],
					       .no_por = true,
					       .bound = 6,
					       .bound_set = true,
					       .budget_runs = 20000 };

		expect_error(&late, &options, error);
		expect_step(strategies[i], error, "task odd");
		assert_true(runs >= LATE && runs < 3 * LATE);
	}
}

/* Both are as they were at each of their runs, and the search is over before
 * it is time to look again. */
static void a_change_behind_the_last_look_is_found_at_the_end(void **state)
{
	struct sim_options options = { .strategy = "random",
				       .budget_runs = LATE - 5 };
	char error[SIM_TEXT_MAX];

	(void)state;
	/* Made again until then: nine runs, and the first each time. */
	expect_error(&late, &options, error);
	expect_step("random", error, "task odd");
	assert_non_null(strstr(error, "the first run, made again, "));
}

/* The second passes while the search goes on. */
static void a_clock_of_seconds_is_found_out_when_one_passes(void **state)
{
	struct sim_options options = { .strategy = "random",
				       .budget_runs = 100 * 1000 * 1000 };
	char error[SIM_TEXT_MAX];

	(void)state;
	expect_error(&by_second, &options, error);
	expect_step("random", error, "task odd");
	options.strategy = "dfs";
	options.no_por = true;
	options.budget_runs = 0;
	expect_error(&by_second, &options, error);
	expect_step("dfs", error, "task odd");
}

/* ------------------------------------------------------------------- replays */

static const char hidden_schedule[] = "vfiosim schedule 1\n"
				      "scenario  hidden\n"
				      "era       v3.19\n"
				      "reader    runs to its end\n"
				      "odd       runs to its end\n"
				      "end\n";

static const char clocked_schedule[] = "vfiosim schedule 1\n"
				       "scenario  clocked\n"
				       "era       v3.19\n"
				       "reader    runs to its end\n"
				       "odd       runs to its end\n"
				       "end\n";

static void a_replay_is_made_twice(void **state)
{
	struct sim_result result;

	(void)state;
	assert_int_equal(sim_replay_text(&hidden, hidden_schedule, "s", NULL,
					 &result),
			 -ENOTRECOVERABLE);
	assert_non_null(strstr(result.error, "made again, behind step 5"));
	sim_result_release(&result);
	assert_int_equal(sim_replay_text(&clocked, clocked_schedule, "s", NULL,
					 &result),
			 -ENOTRECOVERABLE);
	expect_step("replay", result.error, "task odd");
	sim_result_release(&result);
	assert_int_equal(sim_minimise_text(&clocked, clocked_schedule, "s",
					   NULL, &result),
			 -ENOTRECOVERABLE);
	sim_result_release(&result);
}

/* ------------------------------------------------------------- command line */

const struct sim_scenario *__real_sim_scenario_find(const char *name);
const struct sim_scenario *__wrap_sim_scenario_find(const char *name);

/* The linker puts it in front of the catalogue's. */
const struct sim_scenario *__wrap_sim_scenario_find(const char *name)
{
	static const struct sim_scenario *const planted[] = {
		&clocked, &by_address, &counted, &hidden
	};
	size_t i;

	for (i = 0; i < sizeof(planted) / sizeof(planted[0]); i++)
		if (!strcmp(planted[i]->name, name))
			return planted[i];
	return __real_sim_scenario_find(name);
}

static int explore(void *scenario)
{
	char command[] = "explore", all[] = "--all";
	char *argv[] = { command, scenario, all, NULL };

	return sim_cmd_explore(3, argv);
}

static int replay(void *path)
{
	char command[] = "replay", option[] = "--scenario=clocked";
	char *argv[] = { command, option, path, NULL };

	return sim_cmd_replay(3, argv);
}

static void the_command_ends_with_2_and_names_the_step(void **state)
{
	char names[][16] = { "clocked", "by-address", "counted", "hidden" };
	char path[] = "clocked.schedule";
	struct sandbox_output output;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		sandbox_call(explore, names[i], &output);
		assert_int_equal(output.status, 2);
		assert_string_equal(output.out, "");
		sandbox_contains(output.err, "vfiosim explore: uncontrolled "
					     "nondeterminism: ");
		sandbox_contains(output.err, "step ");
		sandbox_release(&output);
	}
	sandbox_write(path, clocked_schedule);
	sandbox_call(replay, path, &output);
	assert_int_equal(output.status, 2);
	sandbox_contains(output.err, "vfiosim replay: uncontrolled "
				     "nondeterminism: made again, step ");
	sandbox_contains(output.err, ": task odd: expected ");
	sandbox_release(&output);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_clock_is_found_out_by_every_strategy),
		cmocka_unit_test(
			an_order_of_addresses_is_found_out_by_every_strategy),
		cmocka_unit_test(
			a_counter_that_stays_is_found_out_by_every_strategy),
		cmocka_unit_test(
			a_value_that_differs_is_found_out_by_every_strategy),
		cmocka_unit_test(
			the_message_says_what_was_expected_and_what_came),
		cmocka_unit_test(
			a_state_that_differs_is_found_out_by_every_strategy),
		cmocka_unit_test(
			a_change_in_run_1000_is_found_out_by_every_strategy),
		cmocka_unit_test(
			a_change_behind_the_last_look_is_found_at_the_end),
		cmocka_unit_test(
			a_clock_of_seconds_is_found_out_when_one_passes),
		cmocka_unit_test(a_replay_is_made_twice),
		cmocka_unit_test_setup_teardown(
			the_command_ends_with_2_and_names_the_step,
			sandbox_setup, sandbox_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
