/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_graph.c - the search by states against every interleaving; and with it
 * dpor and bound, so that all four agree on the same programs.
 */
#include "../bench/reference.h"
#include "program.h"

#include <vfiosim/atomic.h>
#include <vfiosim/lock.h>

#include <stdlib.h>
#include <string.h>

#define PROGRAMS 1000u
#define INTERLEAVINGS_MAX 400.0
#define RUNS_MAX 20000u

static uint64_t states, transitions, all_transitions;
static unsigned compared;

static void explore(const struct sim_scenario *scenario,
		    const struct program *program, const char *strategy,
		    bool no_por, struct sim_result *ret_result)
{
	const struct sim_options options = {
		.strategy = strategy,
		.no_por = no_por,
		.no_minimise = true,
		.all = true,
		.budget_runs = RUNS_MAX,
		.timeouts = program->timeouts,
		.signals = program->signals,
		.bound = 1000,
		.bound_set = !strcmp(strategy, "bound"),
	};

	kit_explore(scenario, &options, ret_result);
}

static void compare(const struct sim_scenario *scenario,
		    const struct program *program, const char *what)
{
	struct sim_result dfs, dpor, bound, all, some;

	explore(scenario, program, "dfs", true, &dfs);
	if (dfs.exhausted) {
		explore(scenario, program, "dpor", false, &dpor);
		explore(scenario, program, "bound", false, &bound);
		explore(scenario, program, "graph", true, &all);
		explore(scenario, program, "graph", false, &some);
		assert_true(all.exhausted);
		assert_true(some.exhausted);
		kit_expect_same(what, &dfs, &dpor);
		kit_expect_same(what, &dfs, &bound);
		kit_expect_same(what, &dfs, &all);
		kit_expect_same(what, &dfs, &some);
		states += some.states;
		transitions += some.transitions;
		all_transitions += all.transitions;
		compared++;
		sim_result_release(&dpor);
		sim_result_release(&bound);
		sim_result_release(&all);
		sim_result_release(&some);
	}
	sim_result_release(&dfs);
}

static void compare_program(uint64_t seed)
{
	struct sim_scenario s, r;
	struct program program;
	char text[512], what[600];

	program_make(&program, seed, INTERLEAVINGS_MAX);
	(void)snprintf(what, sizeof(what), "program %llu, %s",
		       (unsigned long long)seed,
		       program_print(&program, text, sizeof(text)));
	s = program_scenario(&program);
	r = kit_reversed(&s);
	compare(&s, &program, what);
	compare(&r, &program, what);
}

static void all_searches_agree_on_programs_made_at_random(void **state)
{
	(void)state;
	program_each(kit_scale(PROGRAMS), compare_program);
	print_message("%u searches, %llu states, %llu transitions instead of "
		      "%llu\n",
		      compared, (unsigned long long)states,
		      (unsigned long long)transitions,
		      (unsigned long long)all_transitions);
	assert_true(compared > 0);
}

/* ------------------------------------------------- the reference scenario */

struct size {
	unsigned devices, unbinders, lookups;
	uint64_t postx, fix;
};

static const struct size sizes[] = {
	{ 1, 1, 1, 32, 24 },	 { 2, 2, 1, 260, 165 },
	{ 2, 1, 2, 504, 171 },	 { 3, 3, 1, 1800, 1050 },
	{ 2, 2, 2, 2730, 1117 }, { 3, 3, 2, 26150, 9030 },
};

static void go(const struct size *size, enum reference_variant variant,
	       const struct sim_options *options, struct sim_result *ret_result)
{
	const struct reference reference = { .variant = variant,
					     .devices = size->devices,
					     .unbinders = size->unbinders,
					     .lookups = size->lookups };
	struct sim_scenario s = reference_scenario(&reference);

	kit_explore(&s, options, ret_result);
	assert_true(ret_result->exhausted);
}

static void the_reference_scenario_has_so_many_states(void **state)
{
	const struct sim_options options = { .strategy = "graph", .all = true };
	struct sim_result result;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		go(&sizes[i], REFERENCE_POSTX, &options, &result);
		assert_int_equal(result.states, sizes[i].postx);
		assert_int_equal(result.nr_findings, 0);
		sim_result_release(&result);
		go(&sizes[i], REFERENCE_FIX, &options, &result);
		assert_int_equal(result.states, sizes[i].fix);
		assert_int_equal(result.nr_findings, 0);
		sim_result_release(&result);
	}
}

static void declared_locals_end_where_raw_stacks_do(void **state)
{
	const struct sim_options options = { .strategy = "graph",
					     .states = SIM_STATES_BOTH,
					     .all = true };
	const enum reference_variant variants[] = {
		REFERENCE_PRE, REFERENCE_POST, REFERENCE_POSTX, REFERENCE_FIX
	};
	struct sim_result result;
	size_t i, v;

	(void)state;
	for (i = 0; i < 5; i++)
		for (v = 0; v < 4; v++) {
			go(&sizes[i], variants[v], &options, &result);
			assert_true(result.raw_states >= result.states);
			sim_result_release(&result);
		}
}

static void it_ends_where_dpor_does(void **state)
{
	const struct sim_options graph = { .strategy = "graph", .all = true };
	const struct sim_options dpor = { .strategy = "dpor", .all = true };
	struct sim_result a, b;

	(void)state;
	go(&sizes[1], REFERENCE_POST, &graph, &a);
	go(&sizes[1], REFERENCE_POST, &dpor, &b);
	assert_int_equal(a.final_hash, b.final_hash);
	assert_int_equal(a.final_states, b.final_states);
	assert_int_equal(a.verdicts, b.verdicts);
	assert_true(a.nr_findings > 0);
	sim_result_release(&a);
	sim_result_release(&b);
}

/* ------------------------------------------------------ small scenarios */

static struct shelf {
	int flag, word;
	atomic_t count;
	struct mutex lock;
} * shelf;

static void setup(void)
{
	shelf = kzalloc_obj(shelf);
	once_init(&shelf->flag, sizeof(shelf->flag));
	once_init(&shelf->word, sizeof(shelf->word));
	atomic_init(&shelf->count, 0);
	mutex_init(&shelf->lock);
}

static void teardown(void)
{
	mutex_destroy(&shelf->lock);
	kfree(shelf);
}

static void spin(void)
{
	while (!READ_ONCE(shelf->flag))
		(void)atomic_read(&shelf->count);
}

static void raise(void)
{
	WRITE_ONCE(shelf->flag, 1);
}

static const struct sim_scenario spinner = {
	.name = "spinner",
	.setup = setup,
	.rewindable = true,
	.tasks = { { "spin", spin, NULL }, { "raise", raise, NULL } },
	.teardown = teardown,
};

static void a_state_that_comes_again_is_a_livelock(void **state)
{
	const struct sim_options options = { .strategy = "graph",
					     .all = true,
					     .steps_max = 200 };
	struct sim_result result;

	(void)state;
	kit_explore(&spinner, &options, &result);
	assert_int_equal(result.nr_findings, 1);
	assert_int_equal(result.findings[0].verdict, SIM_LIVELOCK);
	assert_true(result.cycles > 0);
	assert_int_equal(result.final_states, 1);
	assert_false(result.exhausted);
	sim_result_release(&result);
}

/* What each reads lives on in a local that nobody declared. */
static void copy(void)
{
	int word = READ_ONCE(shelf->word);

	atomic_inc(&shelf->count);
	WRITE_ONCE(shelf->word, word + 1);
}

static void overwrite(void)
{
	WRITE_ONCE(shelf->word, 5);
}

static struct sim_scenario copiers(void)
{
	return (struct sim_scenario){
		.name = "copiers",
		.setup = setup,
		.rewindable = true,
		.tasks = { { "a", copy, NULL }, { "b", overwrite, NULL } },
		.teardown = teardown,
	};
}

static void expect_error(const struct sim_scenario *scenario,
			 enum sim_states_by by, int ret, const char *text)
{
	const struct sim_options options = { .strategy = "graph",
					     .states = by };
	struct sim_result result;

	assert_int_equal(sim_explore(scenario, &options, &result), ret);
	assert_non_null(strstr(result.error, text));
	sim_result_release(&result);
}

static void a_local_that_nobody_declared_is_missed(void **state)
{
	struct sim_scenario s = copiers();

	(void)state;
	expect_error(&s, SIM_STATES_DECLARED, -EINVAL, "declares no locals");
	s.locals = true;
	expect_error(&s, SIM_STATES_BOTH, -EINVAL, "SIM_LOCAL() is missing");
}

static void a_scenario_must_say_that_it_can_go_back(void **state)
{
	struct sim_scenario s = copiers();

	(void)state;
	s.rewindable = false;
	expect_error(&s, SIM_STATES_RAW, -EINVAL, ".rewindable");
}

/* What a task said of what it saw is a part of the final state, and of nothing
 * else here: the word is the same in the end. */
static void say(void)
{
	sim_note("saw %d", READ_ONCE(shelf->word));
}

static void there_and_back(void)
{
	WRITE_ONCE(shelf->word, 1);
	WRITE_ONCE(shelf->word, 0);
}

static void what_a_task_said_tells_states_apart(void **state)
{
	const struct sim_options options = { .strategy = "graph", .all = true };
	struct sim_scenario s = copiers();
	struct sim_result dfs, graph;

	(void)state;
	s.tasks[0].fn = say;
	s.tasks[1].fn = there_and_back;
	kit_dfs(&s, false, &dfs);
	kit_explore(&s, &options, &graph);
	assert_int_equal(dfs.final_states, 2);
	kit_expect_same("notes", &dfs, &graph);
	sim_result_release(&dfs);
	sim_result_release(&graph);
}

/* How many faults a run has had says how many it may have yet. */
static void limited_faults_tell_states_apart(void **state)
{
	static const unsigned every = (1u << SIM_FAULT_NR) - 1;
	unsigned max, same = 0;
	uint64_t seed;

	(void)state;
	for (seed = 1; seed < 300; seed++) {
		struct program program;
		struct sim_scenario s;

		program_make(&program, seed, 100.0);
		if (program_faults(&program) < 2)
			continue;
		s = program_scenario(&program);
		for (max = 1; max <= 2; max++) {
			struct sim_options options = {
				.strategy = "dfs",
				.no_por = true,
				.no_minimise = true,
				.all = true,
				.budget_runs = RUNS_MAX,
				.faults = { every, every, max },
			};
			struct sim_result dfs, graph;

			kit_explore(&s, &options, &dfs);
			options.strategy = "graph";
			options.no_por = false;
			kit_explore(&s, &options, &graph);
			if (dfs.exhausted)
				kit_expect_same("faults", &dfs, &graph);
			same += dfs.exhausted;
			sim_result_release(&dfs);
			sim_result_release(&graph);
		}
	}
	assert_true(same > 0);
}

/* Outside of the machine, so it does not go back. */
static unsigned calls;

static void count_calls(void)
{
	(void)READ_ONCE(shelf->word);
	if (calls++ % 3)
		(void)READ_ONCE(shelf->flag);
	(void)READ_ONCE(shelf->word);
}

static void what_does_not_go_back_is_found_out(void **state)
{
	struct sim_scenario s = copiers();

	(void)state;
	s.tasks[0].fn = s.tasks[1].fn = count_calls;
	expect_error(&s, SIM_STATES_RAW, -ENOTRECOVERABLE, "step ");
}

static void expect_ended(const struct sim_options *options,
			 enum sim_budget what)
{
	const struct reference reference = { REFERENCE_POSTX, false, 3, 3, 2 };
	struct sim_scenario s = reference_scenario(&reference);
	struct sim_result result;

	kit_explore(&s, options, &result);
	assert_false(result.exhausted);
	assert_int_equal(result.ended, what);
	sim_result_release(&result);
}

static void a_budget_ends_it(void **state)
{
	struct sim_options options = { .strategy = "graph",
				       .budget_states = 100 };

	(void)state;
	expect_ended(&options, SIM_BUDGET_STATES);
	options.budget_states = 0;
	options.budget_bytes = 1 << 20;
	expect_ended(&options, SIM_BUDGET_BYTES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_reference_scenario_has_so_many_states),
		cmocka_unit_test(declared_locals_end_where_raw_stacks_do),
		cmocka_unit_test(it_ends_where_dpor_does),
		cmocka_unit_test(a_state_that_comes_again_is_a_livelock),
		cmocka_unit_test(a_local_that_nobody_declared_is_missed),
		cmocka_unit_test(a_scenario_must_say_that_it_can_go_back),
		cmocka_unit_test(what_does_not_go_back_is_found_out),
		cmocka_unit_test(a_budget_ends_it),
		cmocka_unit_test(what_a_task_said_tells_states_apart),
		cmocka_unit_test(limited_faults_tell_states_apart),
		cmocka_unit_test(all_searches_agree_on_programs_made_at_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
