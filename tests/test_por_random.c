/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_por_random.c - sleep sets against every interleaving, on programs made
 * at random over everything that tasks can share.
 */
#include "program.h"

#define PROGRAMS 400u
#define INTERLEAVINGS_MAX 1000.0
/* Runs without sleep sets; programs that need more are passed over. */
#define RUNS_MAX 20000u

static uint64_t spent, saved, blocked;
static unsigned compared;

enum search { SEARCH_ALL, SEARCH_SLEEP, SEARCH_DPOR };

static void explore(const struct sim_scenario *scenario,
		    const struct program *program, enum search search,
		    struct sim_result *ret_result)
{
	const struct sim_options options = {
		.strategy = search == SEARCH_DPOR ? "dpor" : "dfs",
		.no_por = search == SEARCH_ALL,
		.all = true,
		.budget_runs = RUNS_MAX,
		.timeouts = program->timeouts,
		.signals = program->signals,
	};

	kit_explore(scenario, &options, ret_result);
}

static void compare(const struct sim_scenario *scenario,
		    const struct program *program, const char *what,
		    struct sim_result *reduced)
{
	struct sim_result all, dpor;

	explore(scenario, program, SEARCH_ALL, &all);
	explore(scenario, program, SEARCH_SLEEP, reduced);
	explore(scenario, program, SEARCH_DPOR, &dpor);
	if (all.exhausted) {
		assert_true(reduced->exhausted);
		assert_true(dpor.exhausted);
		kit_expect_same(what, &all, reduced);
		kit_expect_same(what, &all, &dpor);
		assert_true(reduced->runs <= all.runs);
		if (dpor.runs != reduced->runs && !program_counts(program))
			fail_msg("%s: %llu runs, dpor %llu", what,
				 (unsigned long long)reduced->runs,
				 (unsigned long long)dpor.runs);
		blocked += dpor.pruned;
		spent += reduced->runs + reduced->pruned;
		saved += all.runs;
		compared++;
	}
	sim_result_release(&all);
	sim_result_release(&dpor);
}

static void compare_program(uint64_t seed)
{
	struct sim_scenario s, r;
	struct sim_result one, other;
	struct program program;
	char text[512], what[600];

	program_make(&program, seed, INTERLEAVINGS_MAX);
	(void)snprintf(what, sizeof(what), "program %llu, %s",
		       (unsigned long long)seed,
		       program_print(&program, text, sizeof(text)));
	s = program_scenario(&program);
	r = kit_reversed(&s);
	compare(&s, &program, what, &one);
	compare(&r, &program, what, &other);
	if ((one.runs != other.runs && !program_counts(&program)) ||
	    one.final_states != other.final_states ||
	    one.verdicts != other.verdicts)
		fail_msg("%s: %llu runs and %llu states, in the other order "
			 "%llu and %llu",
			 what, (unsigned long long)one.runs,
			 (unsigned long long)one.final_states,
			 (unsigned long long)other.runs,
			 (unsigned long long)other.final_states);
	sim_result_release(&one);
	sim_result_release(&other);
}

static void sleep_sets_lose_nothing_of_programs_made_at_random(void **state)
{
	(void)state;
	program_each(kit_scale(PROGRAMS), compare_program);
	print_message("%u searches, %llu runs instead of %llu; dpor was "
		      "blocked %llu times\n",
		      compared, (unsigned long long)spent,
		      (unsigned long long)saved, (unsigned long long)blocked);
	assert_true(compared > 0);
}

/*
 * Each of these showed a mistake that few programs show: a trylock that failed
 * taken for the holder, a step that stops only in another order, three puts in
 * front of a get, a writer's queue, an outcome that spoke for the other.
 */
static void programs_that_few_are_like_lose_nothing(void **state)
{
	static const uint64_t seeds[] = { 129,	 260,	336,   600,   2195,
					  2345,	 3483,	4961,  5174,  7085,
					  9389,	 10318, 11428, 11830, 11844,
					  12826, 13826, 19350, 21403, 22750 };
	size_t i, end = kit_scale(sizeof(seeds) / sizeof(seeds[0]));

	(void)state;
	for (i = 0; i < end; i++)
		compare_program(seeds[i]);
}

/* Tasks that are made late have other numbers in other runs; the names in a
 * finding's trace are its own. */
static void findings_keep_the_names_of_their_tasks(void **state)
{
	static const uint64_t seeds[] = { 24096, 24409 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++) {
		struct program program;
		struct sim_scenario s;
		struct sim_result result;

		program_make(&program, seeds[i], 200.0);
		s = program_scenario(&program);
		explore(&s, &program, SEARCH_DPOR, &result);
		assert_true(result.nr_findings > 0);
		sim_result_release(&result);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(findings_keep_the_names_of_their_tasks),
		cmocka_unit_test(programs_that_few_are_like_lose_nothing),
		cmocka_unit_test(
			sleep_sets_lose_nothing_of_programs_made_at_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
