/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_faults_random.c - searches that leave out what commutes, against every
 * interleaving, where a run may have a few faults: who has one may take the
 * last from another, and nothing but their number says so.
 */
#include "program.h"

#define PROGRAMS 1000u
#define INTERLEAVINGS_MAX 200.0
/* Runs of every interleaving; programs that need more are passed over. */
#define RUNS_MAX 20000u

static unsigned compared, more;

enum search { SEARCH_ALL, SEARCH_SLEEP, SEARCH_DPOR };

static void explore(const struct sim_scenario *scenario, enum search search,
		    const struct sim_faults *faults,
		    struct sim_result *ret_result)
{
	const struct sim_options options = {
		.strategy = search == SEARCH_DPOR ? "dpor" : "dfs",
		.no_por = search == SEARCH_ALL,
		.all = true,
		.budget_runs = RUNS_MAX,
		.faults = *faults,
	};

	kit_explore(scenario, &options, ret_result);
}

/* Returns how many final states there are, or 0: too many runs. */
static uint64_t compare(const struct sim_scenario *scenario, const char *what,
			const struct sim_faults *faults)
{
	struct sim_result all, sleep, dpor;
	uint64_t states = 0;

	explore(scenario, SEARCH_ALL, faults, &all);
	if (all.exhausted) {
		explore(scenario, SEARCH_SLEEP, faults, &sleep);
		explore(scenario, SEARCH_DPOR, faults, &dpor);
		assert_true(sleep.exhausted);
		assert_true(dpor.exhausted);
		kit_expect_same(what, &all, &sleep);
		kit_expect_same(what, &all, &dpor);
		assert_true(dpor.runs <= all.runs);
		sim_result_release(&sleep);
		sim_result_release(&dpor);
		compared++;
		states = all.final_states + all.nr_findings;
	}
	sim_result_release(&all);
	return states;
}

static void compare_program(uint64_t seed)
{
	static const unsigned every = (1u << SIM_FAULT_NR) - 1;
	struct program program;
	struct sim_scenario s, r;
	char text[512], what[600];
	unsigned max;
	uint64_t states[3] = { 0 };

	program_make(&program, seed, INTERLEAVINGS_MAX);
	if (program_faults(&program) < 2)
		return;
	s = program_scenario(&program);
	r = kit_reversed(&s);
	for (max = 1; max <= 2; max++) {
		const struct sim_faults faults = { every, every, max };

		(void)snprintf(what, sizeof(what),
			       "program %llu, %u faults, %s",
			       (unsigned long long)seed, max,
			       program_print(&program, text, sizeof(text)));
		states[max] = compare(&s, what, &faults);
		if (compare(&r, what, &faults) != states[max])
			fail_msg("%s: not the same states in the other order",
				 what);
	}
	more += states[2] > states[1];
}

static void
no_search_loses_what_a_limited_number_of_faults_leads_to(void **state)
{
	(void)state;
	program_each(kit_scale(PROGRAMS), compare_program);
	print_message("%u searches; in %u programs a second fault shows more\n",
		      compared, more);
	/* Slow tools may come to no program that is small enough. */
	assert_true(compared > 0 || kit_scale(PROGRAMS) < PROGRAMS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			no_search_loses_what_a_limited_number_of_faults_leads_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
