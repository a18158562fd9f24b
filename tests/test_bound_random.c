/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_bound_random.c - bound against every run with so many preemptions, on
 * programs made at random over everything that tasks can share.
 */
#include "program.h"
#include "runs.h"

#include <string.h>

#define PROGRAMS 1000u
#define INTERLEAVINGS_MAX 300.0
/* Runs without reduction; programs that need more are passed over. */
#define RUNS_MAX 20000u
/* More preemptions than any of these programs has steps. */
#define BOUND_LARGE 99u

static uint64_t spent, saved;
static unsigned compared, with_all;

static void explore(const struct sim_scenario *scenario,
		    const struct program *program, const char *strategy,
		    unsigned bound, bool por, struct sim_result *ret_result)
{
	const struct sim_options options = {
		.strategy = strategy,
		.bound = bound,
		.bound_set = true,
		.no_por = !por,
		.no_minimise = true,
		.all = true,
		.budget_runs = RUNS_MAX,
		.timeouts = program->timeouts,
		.signals = program->signals,
	};

	kit_explore(scenario, &options, ret_result);
}

/* How many kinds of findings take so many preemptions? */
static unsigned kinds(const struct sim_result *r, enum sim_verdict verdict,
		      unsigned preemptions)
{
	unsigned i, nr = 0;

	for (i = 0; i < r->nr_findings; i++)
		nr += r->findings[i].verdict == verdict &&
		      runs_preemptions(r->findings[i].trace) == preemptions;
	return nr;
}

static void expect_same(const char *what, const struct sim_result *a,
			const struct sim_result *b)
{
	unsigned i;

	kit_expect_same(what, a, b);
	if (a->truncated || b->truncated)
		return;
	if (a->nr_findings != b->nr_findings)
		fail_msg("%s: %u kinds of findings, expected %u", what,
			 b->nr_findings, a->nr_findings);
	for (i = 0; i < a->nr_findings; i++) {
		enum sim_verdict v = a->findings[i].verdict;
		unsigned p = runs_preemptions(a->findings[i].trace);

		if (kinds(a, v, p) != kinds(b, v, p))
			fail_msg("%s: %s with %u preemptions %u times, "
				 "expected %u",
				 what, sim_verdict_name(v), p, kinds(b, v, p),
				 kinds(a, v, p));
	}
}

/* @before: runs without reduction up to the bound before this one.  Those of
 * this bound alone are never exceeded. */
static void expect_fewer(const char *what, const struct sim_result *plain,
			 const struct sim_result *reduced, uint64_t before)
{
	uint64_t runs = plain->runs > before ? plain->runs - before : before;

	if (reduced->runs + reduced->pruned > runs)
		fail_msg("%s: %llu runs and %llu pruned instead of %llu", what,
			 (unsigned long long)reduced->runs,
			 (unsigned long long)reduced->pruned,
			 (unsigned long long)runs);
	spent += reduced->runs + reduced->pruned;
	saved += plain->runs;
	compared++;
}

/* Returns the runs that the search without reduction made. */
static uint64_t compare_at(const struct sim_scenario *scenario,
			   const struct program *program, const char *what,
			   unsigned bound, uint64_t before)
{
	struct sim_result plain, reduced;
	uint64_t runs;
	char text[700];

	(void)snprintf(text, sizeof(text), "%s, bound %u", what, bound);
	explore(scenario, program, "bound", bound, false, &plain);
	explore(scenario, program, "bound", bound, true, &reduced);
	if (plain.exhausted) {
		assert_true(reduced.exhausted);
		expect_same(text, &plain, &reduced);
		expect_fewer(text, &plain, &reduced, before);
		/* What cut nothing off there cuts nothing off here. */
		assert_true(reduced.bounded <= plain.bounded);
	}
	runs = plain.runs;
	sim_result_release(&plain);
	sim_result_release(&reduced);
	return runs;
}

/* A bound that no run exceeds is none. */
static void compare_with_all(const struct sim_scenario *scenario,
			     const struct program *program, const char *what)
{
	struct sim_result all, reduced;

	explore(scenario, program, "dfs", 0, false, &all);
	explore(scenario, program, "bound", BOUND_LARGE, true, &reduced);
	if (all.exhausted) {
		assert_true(reduced.exhausted);
		assert_false(reduced.bounded);
		expect_same(what, &all, &reduced);
		with_all++;
	}
	sim_result_release(&all);
	sim_result_release(&reduced);
}

static void compare_program(uint64_t seed)
{
	struct sim_scenario s[2];
	struct program program;
	char text[512], what[600];
	uint64_t runs;
	unsigned i, bound;

	program_make(&program, seed, INTERLEAVINGS_MAX);
	(void)snprintf(what, sizeof(what), "program %llu, %s",
		       (unsigned long long)seed,
		       program_print(&program, text, sizeof(text)));
	s[0] = program_scenario(&program);
	s[1] = kit_reversed(&s[0]);
	for (i = 0; i < 2; i++) {
		for (bound = 0, runs = 0; bound < 3; bound++)
			runs = compare_at(&s[i], &program, what, bound, runs);
		compare_with_all(&s[i], &program, what);
	}
}

static void a_bound_loses_nothing_of_programs_made_at_random(void **state)
{
	(void)state;
	program_each(kit_scale(PROGRAMS), compare_program);
	print_message("%u and %u searches, %llu runs instead of %llu\n",
		      compared, with_all, (unsigned long long)spent,
		      (unsigned long long)saved);
	assert_true(spent < saved);
}

/*
 * Who left a task behind with a preemption may find the other one waiting for
 * a lock inside its own critical section, and is left for free then: reductions
 * that only try what races where it races, or where the task was let in, lose
 * that.
 */
static void a_task_left_for_free_inside_its_lock_is_not_lost(void **state)
{
	(void)state;
	compare_program(3320);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_task_left_for_free_inside_its_lock_is_not_lost),
		cmocka_unit_test(
			a_bound_loses_nothing_of_programs_made_at_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
