/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_checkpoint.c - searches whose runs go on in the middle of the one before
 * see what those see that begin every run at boot.
 */
#include "../bench/reference.h"
#include "program.h"

#include <vfiosim/atomic.h>

#include <stdlib.h>
#include <string.h>

#define PROGRAMS 500u
#define INTERLEAVINGS_MAX 400.0
#define RUNS_MAX 20000u

static void explore(const struct sim_scenario *scenario,
		    struct sim_options *options, bool no_checkpoints,
		    struct sim_result *ret_result)
{
	options->all = true;
	options->no_minimise = true;
	options->no_checkpoints = no_checkpoints;
	kit_explore(scenario, options, ret_result);
}

static void compare(const struct sim_scenario *scenario, const char *what,
		    struct sim_options *options)
{
	struct sim_result with, without;
	unsigned i;

	explore(scenario, options, false, &with);
	explore(scenario, options, true, &without);
	kit_expect_same(what, &with, &without);
	assert_int_equal(with.runs, without.runs);
	assert_int_equal(with.pruned, without.pruned);
	assert_int_equal(with.steps, without.steps);
	assert_int_equal(with.exhausted, without.exhausted);
	assert_int_equal(with.nr_findings, without.nr_findings);
	for (i = 0; i < with.nr_findings; i++) {
		assert_string_equal(with.findings[i].schedule,
				    without.findings[i].schedule);
		assert_int_equal(sim_trace_hash(with.findings[i].trace),
				 sim_trace_hash(without.findings[i].trace));
	}
	sim_result_release(&with);
	sim_result_release(&without);
}

static void programs_made_at_random_are_searched_alike(void **state)
{
	static const char *const strategies[] = { "dpor", "dfs" };
	uint64_t seed, end = kit_scale(PROGRAMS);
	struct program program;
	char text[512];
	unsigned i;

	(void)state;
	for (seed = 1; seed < end; seed++) {
		struct sim_scenario s;

		program_make(&program, seed, INTERLEAVINGS_MAX);
		s = program_scenario(&program);
		for (i = 0; i < 3; i++) {
			struct sim_options options = {
				.strategy = strategies[i > 0],
				.no_por = i == 2,
				.budget_runs = RUNS_MAX,
				.timeouts = program.timeouts,
				.signals = program.signals,
			};

			compare(&s, program_print(&program, text, sizeof(text)),
				&options);
		}
	}
}

static void the_catalogue_is_searched_alike(void **state)
{
	const struct sim_scenario *s;
	unsigned nr;

	(void)state;
	for (nr = 0; (s = sim_scenario_nth(nr)); nr++) {
		struct sim_options options = { .strategy = "dpor",
					       .budget_runs = 300 };

		assert_true(s->rewindable);
		compare(s, s->name, &options);
	}
}

static void the_reference_scenario_is_searched_alike(void **state)
{
	static const struct reference references[] = {
		{ REFERENCE_POST, false, 2, 1, 1 },
		{ REFERENCE_POSTX, true, 2, 1, 2 },
		{ REFERENCE_FIX, false, 3, 3, 1 },
	};
	struct sim_options options = { .strategy = "dpor",
				       .budget_runs = 5000 };
	struct sim_scenario s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(references) / sizeof(references[0]); i++) {
		s = reference_scenario(&references[i]);
		compare(&s, "reference", &options);
	}
}

/* Outside of the machine, and so not what it was at the checkpoint. */
static int *word, calls;

static void setup(void)
{
	calls = 0;
	word = slab_alloc("word", sizeof(*word));
	once_init(word, sizeof(*word));
}

static void teardown(void)
{
	kfree(word);
}

static void count(void)
{
	unsigned i;

	for (i = 0; i < 8; i++)
		WRITE_ONCE(*word, ++calls);
}

static const struct sim_scenario outsider = {
	.name = "outsider",
	.setup = setup,
	.rewindable = true,
	.tasks = { { "a", count, NULL }, { "b", count, NULL } },
	.teardown = teardown,
};

/* Each run is right by itself: only made again it ends otherwise. */
static void state_outside_of_the_machine_is_found_out(void **state)
{
	struct sim_options options = { .strategy = "dfs", .all = true };
	struct sim_result result;

	(void)state;
	assert_int_equal(sim_explore(&outsider, &options, &result),
			 -ENOTRECOVERABLE);
	assert_non_null(strstr(result.error, "uncontrolled nondeterminism"));
	sim_result_release(&result);
	options.no_checkpoints = true;
	options.budget_runs = 2000;
	kit_explore(&outsider, &options, &result);
	sim_result_release(&result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_reference_scenario_is_searched_alike),
		cmocka_unit_test(state_outside_of_the_machine_is_found_out),
		cmocka_unit_test(the_catalogue_is_searched_alike),
		cmocka_unit_test(programs_made_at_random_are_searched_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
