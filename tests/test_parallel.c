/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_parallel.c - a search in several processes sees what one process sees,
 * whatever the size of its jobs, and survives those that die.
 */
#include "kit.h"
#include "program.h"
#include "sandbox.h"

#include "parallel.h"

#include "reference.h"

#include <vfiosim/atomic.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAMS 300u
#define INTERLEAVINGS_MAX 1000.0
/* Runs in one process; programs that need more are passed over. */
#define RUNS_MAX 20000u

static uint64_t cut_short, compared;

/* ------------------------------------------------------------------ helpers */

struct search {
	struct sim_result result;
	char *certificate; /* NULL: it found no end */
};

static void explore(const struct sim_scenario *scenario,
		    const struct sim_options *base, unsigned jobs,
		    struct search *ret_search)
{
	struct sim_options options = *base;

	options.strategy = "dpor";
	options.all = true;
	options.jobs = jobs;
	options.certificate = "certificate";
	options.no_minimise = true;
	kit_explore(scenario, &options, &ret_search->result);
	ret_search->certificate = ret_search->result.certified ?
					  sandbox_read("certificate") :
					  NULL;
}

static void release(struct search *search)
{
	sim_result_release(&search->result);
	free(search->certificate);
}

static uint64_t findings(const struct sim_result *r)
{
	uint64_t nr = 0;
	unsigned i;

	for (i = 0; i < r->nr_findings; i++)
		nr += r->findings[i].count;
	return nr;
}

static void expect_same(const char *what, const struct search *a,
			const struct search *b)
{
	if (a->result.runs != b->result.runs)
		fail_msg("%s: %llu runs, in processes %llu", what,
			 (unsigned long long)a->result.runs,
			 (unsigned long long)b->result.runs);
	kit_expect_same(what, &a->result, &b->result);
	if (findings(&a->result) != findings(&b->result))
		fail_msg("%s: findings in %llu runs, in processes in %llu",
			 what, (unsigned long long)findings(&a->result),
			 (unsigned long long)findings(&b->result));
	assert_true(b->result.exhausted);
	assert_non_null(b->certificate);
	if (strcmp(a->certificate, b->certificate))
		fail_msg("%s: another certificate", what);
	cut_short += b->result.pruned;
	compared++;
}

/* With jobs of so many runs, in so many processes. */
static void compare(const struct sim_scenario *scenario,
		    const struct sim_options *options, const char *what,
		    const struct search *plain, unsigned quota, unsigned jobs)
{
	struct search search;
	char text[800];

	(void)snprintf(text, sizeof(text), "%s, %u jobs of %u runs", what, jobs,
		       quota);
	sim_parallel_set_quota(quota);
	explore(scenario, options, jobs, &search);
	sim_parallel_set_quota(0);
	expect_same(text, plain, &search);
	release(&search);
}

/* ---------------------------------------------------------------- programs */

static void compare_program(uint64_t seed)
{
	static const unsigned quotas[] = { 1, 2, 5, 100000 };
	struct sim_options options = { .budget_runs = RUNS_MAX };
	struct program program;
	struct sim_scenario s;
	struct search plain;
	char text[512], what[600];
	size_t i;

	program_make(&program, seed, INTERLEAVINGS_MAX);
	(void)snprintf(what, sizeof(what), "program %llu, %s",
		       (unsigned long long)seed,
		       program_print(&program, text, sizeof(text)));
	s = program_scenario(&program);
	options.timeouts = program.timeouts;
	options.signals = program.signals;
	explore(&s, &options, 0, &plain);
	for (i = 0; plain.certificate && i < 4; i++)
		compare(&s, &options, what, &plain, quotas[i],
			1 + (unsigned)(seed + i) % 4);
	release(&plain);
}

static void jobs_of_any_size_see_what_one_process_sees(void **state)
{
	(void)state;
	program_each(kit_scale(PROGRAMS), compare_program);
	print_message("%llu searches, %llu runs cut short\n",
		      (unsigned long long)compared,
		      (unsigned long long)cut_short);
	assert_true(compared > 0);
}

/* --------------------------------------------------------------- reference */

static void
the_reference_scenario_has_the_same_classes_in_processes(void **state)
{
	static const unsigned quotas[] = { 1, 7, 100 };
	const struct reference reference = { REFERENCE_POSTX, false, 2, 2, 1 };
	const struct sim_scenario s = reference_scenario(&reference);
	const struct sim_options options = { .carrier = SIM_FIBER };
	struct search plain;
	unsigned i;

	(void)state;
	explore(&s, &options, 0, &plain);
	assert_int_equal(plain.result.runs, 495);
	for (i = 0; i < 3; i++)
		compare(&s, &options, "POSTX(2,2,1)", &plain, quotas[i], i + 2);
	release(&plain);
}

/* ------------------------------------------------------------------ deaths */

/* Tasks that end the process that they run in, if it is not this one. */
static struct {
	pid_t self;
	bool always;
	int counter;
} deadly;

static void set_up(void)
{
	deadly.counter = 0;
}

/* A folder can be made once, by one process alone. */
static void die(void)
{
	if (getpid() != deadly.self && (deadly.always || !mkdir("dead", 0777)))
		(void)raise(SIGKILL);
	WRITE_ONCE(deadly.counter, deadly.counter + 1);
}

static const struct sim_scenario dying = {
	.name = "dying",
	.summary = "tasks that kill their process",
	.setup = set_up,
	.tasks = { { "a", die, NULL }, { "b", die, NULL }, { "c", die, NULL } },
};

static void nobody_is_left_behind(void)
{
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void a_process_that_is_killed_is_replaced_and_its_job_done(void **state)
{
	const struct sim_options options = { .carrier = SIM_FIBER };
	struct search plain;
	unsigned jobs;

	(void)state;
	deadly.self = getpid();
	deadly.always = false;
	explore(&dying, &options, 0, &plain);
	assert_int_equal(plain.result.runs, 6);
	for (jobs = 1; jobs <= 3; jobs++) {
		compare(&dying, &options, "dying", &plain, 1, jobs);
		/* Somebody did die. */
		assert_int_equal(rmdir("dead"), 0);
		nobody_is_left_behind();
	}
	release(&plain);
}

static void a_job_that_kills_whoever_does_it_ends_the_search(void **state)
{
	struct sim_options options = { .strategy = "dpor", .jobs = 2 };
	struct sim_result result;

	(void)state;
	deadly.self = getpid();
	deadly.always = true;
	assert_int_equal(sim_explore(&dying, &options, &result), -ECHILD);
	assert_string_equal(result.error,
			    "a process of the search was killed by signal 9, "
			    "and so was the one that took its place");
	assert_false(result.exhausted);
	sim_result_release(&result);
	nobody_is_left_behind();
}

/* -------------------------------------------------------------------- ends */

static int stop(const struct sim_progress *progress, void *arg)
{
	(void)arg;
	return progress->runs > 0;
}

static void who_is_told_to_stop_keeps_what_is_known(void **state)
{
	const struct reference reference = { REFERENCE_POSTX, false, 2, 2, 1 };
	const struct sim_scenario s = reference_scenario(&reference);
	const struct sim_options options = {
		.strategy = "dpor", .all = true, .jobs = 2, .progress = stop
	};
	struct sim_result result;

	(void)state;
	sim_parallel_set_quota(10);
	kit_explore(&s, &options, &result);
	sim_parallel_set_quota(0);
	assert_false(result.exhausted);
	assert_in_range(result.runs, 1, 20);
	sim_result_release(&result);
	nobody_is_left_behind();
}

/* So many runs, and not one more. */
static void
a_budget_of_runs_is_the_same_for_any_number_of_processes(void **state)
{
	const struct reference reference = { REFERENCE_POSTX, false, 2, 2, 1 };
	const struct sim_scenario s = reference_scenario(&reference);
	struct sim_options options = { .strategy = "dpor", .all = true };
	unsigned i;

	(void)state;
	sim_parallel_set_quota(7);
	for (i = 1; i <= 3; i++) {
		struct sim_result result;

		options.jobs = i;
		options.budget_runs = 100;
		kit_explore(&s, &options, &result);
		assert_int_equal(result.runs + result.pruned, 100);
		assert_int_equal(result.ended, SIM_BUDGET_RUNS);
		sim_result_release(&result);
	}
	sim_parallel_set_quota(0);
}

static void too_large_a_certificate_ends_the_search_undecided(void **state)
{
	const struct reference reference = { REFERENCE_POSTX, false, 2, 2, 2 };
	const struct sim_scenario s = reference_scenario(&reference);
	const struct sim_options options = { .strategy = "dpor",
					     .all = true,
					     .jobs = 2,
					     .certificate = "certificate",
					     .budget_bytes = 256 << 10 };
	struct sim_result result;

	(void)state;
	kit_explore(&s, &options, &result);
	assert_false(result.exhausted);
	assert_int_equal(result.certified, 0);
	assert_true(result.ended == SIM_BUDGET_CERTIFICATE ||
		    result.ended == SIM_BUDGET_BYTES);
	sim_result_release(&result);
}

static void threads_are_not_shared(void **state)
{
	const struct sim_options options = { .strategy = "dpor",
					     .jobs = 2,
					     .carrier = SIM_THREAD };
	struct sim_result result;

	(void)state;
	assert_int_equal(sim_explore(&dying, &options, &result), -EINVAL);
	sandbox_contains(result.error, "expected the carrier fiber");
	sim_result_release(&result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_are_not_shared),
		cmocka_unit_test(
			too_large_a_certificate_ends_the_search_undecided),
		cmocka_unit_test(who_is_told_to_stop_keeps_what_is_known),
		cmocka_unit_test(
			a_budget_of_runs_is_the_same_for_any_number_of_processes),
		cmocka_unit_test_setup_teardown(
			a_process_that_is_killed_is_replaced_and_its_job_done,
			sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(
			a_job_that_kills_whoever_does_it_ends_the_search,
			sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(
			the_reference_scenario_has_the_same_classes_in_processes,
			sandbox_setup, sandbox_teardown),
		cmocka_unit_test_setup_teardown(
			jobs_of_any_size_see_what_one_process_sees,
			sandbox_setup, sandbox_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
