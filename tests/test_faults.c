/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_faults.c - a limited number of faults in each run: every place where one
 * may be, no more of them than asked for, and schedules that say so themselves.
 */
#include "kit.h"

#include "trace.h"

#include <vfiosim/wait.h>

#include <string.h>

static struct completion done;

static void setup(void)
{
	init_completion(&done);
	SIM_CHECK(slab_alloc("page", 16) != NULL);
}

static void alone(void)
{
	void *page = slab_alloc("page", 16);

	SIM_CHECK(page != NULL);
	kfree(page);
}

/* Its final states differ by which of them failed. */
static void allocate(void)
{
	static const char *const types[] = { "one", "two", "three" };
	unsigned i;

	for (i = 0; i < 3; i++)
		if (!slab_alloc(types[i], 16))
			sim_note("no %s", types[i]);
}

static const struct sim_scenario three = {
	.name = "three",
	.setup = setup,
	.tasks = { { "a", allocate, NULL } },
	.check = alone,
};

static const struct sim_scenario six = {
	.name = "six",
	.setup = setup,
	.tasks = { { "a", allocate, NULL }, { "b", allocate, NULL } },
	.check = alone,
};

static void explore(const struct sim_scenario *scenario, const char *strategy,
		    const char *faults, struct sim_result *ret_result)
{
	struct sim_options options = { .strategy = strategy, .all = true };
	char error[SIM_TEXT_MAX];

	assert_int_equal(sim_option_set(&options, "faults", faults, error), 0);
	kit_explore(scenario, &options, ret_result);
}

/* With at most k of 3 failing: the sum of 3 over i, for i up to k. */
static void every_set_of_failing_allocations_is_a_run(void **state)
{
	static const struct {
		const char *faults;
		unsigned runs;
	} rows[] = {
		{ "alloc", 1 + 3 },
		{ "alloc:1", 1 + 3 },
		{ "alloc:2", 1 + 3 + 3 },
		{ "alloc:3", 1 + 3 + 3 + 1 },
		{ "alloc:100", 1 + 3 + 3 + 1 },
		{ "alloc:any", 1 + 3 + 3 + 1 },
		{ "timeout,signal:3", 1 },
	};
	static const char *const strategies[] = { "dfs", "dpor" };
	struct sim_result result;
	size_t i, s;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (s = 0; s < 2; s++) {
			explore(&three, strategies[s], rows[i].faults, &result);
			assert_true(result.exhausted);
			assert_int_equal(result.nr_findings, 0);
			assert_int_equal(result.runs, rows[i].runs);
			assert_int_equal(result.final_states, rows[i].runs);
			sim_result_release(&result);
		}
}

/* One limit for all tasks: of 6 allocations none, or one, fails; with two
 * faults also each of 15 pairs, and those of two tasks in either order. */
static void tasks_share_the_number_of_faults(void **state)
{
	struct sim_result result;

	(void)state;
	explore(&six, "dpor", "alloc:1", &result);
	assert_int_equal(result.runs, 1 + 6);
	assert_int_equal(result.final_states, 1 + 6);
	sim_result_release(&result);
	explore(&six, "dpor", "alloc:2", &result);
	assert_int_equal(result.runs, 1 + 6 + 15 + 9);
	assert_int_equal(result.final_states, 1 + 6 + 15);
	sim_result_release(&result);
	explore(&six, "bound", "alloc:1", &result);
	assert_int_equal(result.final_states, 1 + 6);
	sim_result_release(&result);
	explore(&six, "dfs", "alloc:1", &result);
	assert_int_equal(result.runs, 1 + 6);
	sim_result_release(&result);
}

/* ------------------------------------------------------------------ sleeps */

/* Its final states differ by how it ended. */
static void doze(void)
{
	sim_note("%ld", wait_for_completion_interruptible_timeout(&done, 5));
}

static const struct sim_scenario dozing = {
	.name = "dozing",
	.setup = setup,
	.tasks = { { "a", doze, NULL }, { "b", doze, NULL } },
};

/* Nobody wakes them: each ends by a fault, or never. */
static void sleeps_end_early_as_often_as_allowed(void **state)
{
	struct sim_result result;

	(void)state;
	explore(&dozing, "dpor", "timeout:1", &result);
	assert_int_equal(result.verdicts, SIM_SET(SIM_HANG));
	assert_int_equal(result.final_states, 0);
	sim_result_release(&result);
	explore(&dozing, "dpor", "timeout:2", &result);
	assert_int_equal(result.final_states, 1);
	sim_result_release(&result);
	explore(&dozing, "dpor", "timeout,signal:2", &result);
	assert_int_equal(result.final_states, 4);
	sim_result_release(&result);
	explore(&dozing, "dpor", "timeout:any", &result);
	assert_int_equal(result.final_states, 1);
	sim_result_release(&result);
}

/* ---------------------------------------------------------------- schedules */

/* One page, or a finding. */
static const struct sim_scenario pages = {
	.name = "pages",
	.setup = setup,
	.tasks = { { "a", alone, NULL }, { "b", alone, NULL } },
	.check = alone,
};

/* Steps of set-up, check and teardown at which an allocation might fail. */
static unsigned allocations_of_the_machine(const struct sim_trace *trace)
{
	unsigned nr = 0;
	size_t i;

	for (i = 0; i < trace->nr_events; i++)
		nr += trace->events[i].type == SIM_EVENT_STEP &&
		      trace->events[i].kind == SCHED_ALLOC &&
		      !trace->events[i].task;
	return nr;
}

static void a_schedule_says_which_faults_a_run_might_have(void **state)
{
	struct sim_result result, again;
	const char *schedule;

	(void)state;
	explore(&pages, "dpor", "alloc,signal:2", &result);
	assert_int_equal(result.verdicts, SIM_SET(SIM_CHECK_FAILED));
	schedule = result.findings[0].schedule;
	assert_non_null(strstr(schedule, "\nfaults    alloc,signal:2\n"));
	assert_non_null(strstr(schedule, " alloc page in alone fails\n"));
	assert_int_equal(sim_replay_text(&pages, schedule, "it", NULL, &again),
			 0);
	assert_int_equal(again.verdicts, SIM_SET(SIM_CHECK_FAILED));
	assert_true(sim_trace_hash(sim_result_trace(&again)) ==
		    sim_trace_hash(result.findings[0].trace));
	assert_int_equal(allocations_of_the_machine(sim_result_trace(&again)),
			 0);
	sim_result_release(&again);
	sim_result_release(&result);
}

/* v3.19-patched as in the kernel's history: nobody says which one fails. */
static void the_entry_that_cannot_be_allocated_is_found_unasked(void **state)
{
	struct sim_options options = { .strategy = "dpor",
				       .all = true,
				       .faults = { 1, 1, 1 } };
	struct sim_result result;
	const struct sim_finding *f;

	(void)state;
	era_lookup("v3.19-patched", &options.era);
	assert_int_equal(era_set(&options.era, "check_order", "corrected"), 0);
	kit_explore(sim_scenario_find("viability-group-del"), &options,
		    &result);
	assert_true(result.exhausted);
	assert_int_equal(result.verdicts,
			 SIM_SET(SIM_REFUSED) | SIM_SET(SIM_WARN));
	f = kit_finding(&result, SIM_REFUSED);
	assert_non_null(strstr(f->schedule, " alloc vfio_unbound_dev in "
					    "vfio_del_group_dev fails\n"));
	sim_result_release(&result);
	memset(&options.faults, 0, sizeof(options.faults));
	kit_explore(sim_scenario_find("viability-group-del"), &options,
		    &result);
	assert_true(result.exhausted);
	assert_int_equal(result.verdicts, 0);
	sim_result_release(&result);
}

/* ----------------------------------------------------------------- chance */

/* Wherever in a run the fault is, it has its share of the runs. */
static void chance_finds_each_place_of_a_fault(void **state)
{
	static const char *const strategies[] = { "random", "pct", "pos" };
	struct sim_result result;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		explore(&six, strategies[i], "alloc:1", &result);
		assert_int_equal(result.final_states, 1 + 6);
		sim_result_release(&result);
	}
}

/* ------------------------------------------------------------------ options */

static void expect_error(const char *text, const char *why)
{
	struct sim_options options = { .seed = 0 };
	char error[SIM_TEXT_MAX];

	assert_int_equal(sim_option_set(&options, "faults", text, error),
			 -EINVAL);
	assert_string_equal(error, why);
}

static void what_is_no_fault_is_refused(void **state)
{
	struct sim_options options = { .seed = 0 };
	char error[SIM_TEXT_MAX];

	(void)state;
	expect_error("alocs", "expected a fault: alloc, timeout or "
			      "signal; found 'alocs', nearest is alloc");
	expect_error("", "expected a fault: alloc, timeout or "
			 "signal; found ''");
	expect_error("alloc:0", "faults: expected 'any' or a number from 1 to "
				"100 behind the colon, found '0'");
	expect_error("alloc:101", "faults: expected 'any' or a number from 1 "
				  "to 100 behind the colon, found '101'");
	expect_error("alloc:", "faults: expected 'any' or a number from 1 to "
			       "100 behind the colon, found ''");
	expect_error("alloc:-1", "faults: expected 'any' or a number from 1 to "
				 "100 behind the colon, found '-1'");
	assert_int_equal(sim_option_set(&options, "faults", "alloc:2", error),
			 0);
	assert_int_equal(
		sim_option_set(&options, "faults", "signal:any", error), 0);
	assert_int_equal(options.faults.set,
			 SIM_FAULT_SET(SIM_FAULT_ALLOC) |
				 SIM_FAULT_SET(SIM_FAULT_SIGNAL));
	assert_int_equal(options.faults.limited,
			 SIM_FAULT_SET(SIM_FAULT_ALLOC));
	assert_int_equal(options.faults.max, 2);
	assert_int_equal(sim_option_set(&options, "faults", "timeout:3", error),
			 -EINVAL);
	assert_string_equal(error, "faults: expected one number for all of a "
				   "run, found 2 and 3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_set_of_failing_allocations_is_a_run),
		cmocka_unit_test(tasks_share_the_number_of_faults),
		cmocka_unit_test(sleeps_end_early_as_often_as_allowed),
		cmocka_unit_test(a_schedule_says_which_faults_a_run_might_have),
		cmocka_unit_test(
			the_entry_that_cannot_be_allocated_is_found_unasked),
		cmocka_unit_test(chance_finds_each_place_of_a_fault),
		cmocka_unit_test(what_is_no_fault_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
