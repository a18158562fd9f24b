/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_explore.c - when a search stops, what it counts, and what it does when
 * a scenario is not the same each time.
 */
#include "kit.h"

#include <vfiosim/atomic.h>
#include <vfiosim/file.h>
#include <vfiosim/lock.h>

#include "run.h"

#include <string.h>

static struct panel {
	int a, b;
	struct mutex m;
	char order[16];
} * panel;

static void setup(void)
{
	panel = kzalloc_obj(panel);
	once_init(&panel->a, 2 * sizeof(panel->a));
	mutex_init(&panel->m);
}

static void write_a(void)
{
	WRITE_ONCE(panel->a, 1);
}

static void write_b(void)
{
	WRITE_ONCE(panel->b, 1);
}

static void check_a(void)
{
	SIM_CHECK(READ_ONCE(panel->a) == 1);
}

static void warn_at_b(void)
{
	(void)WARN_ON(READ_ONCE(panel->b) == 1);
}

/* Two writers and a reader of each: 4! = 24 orders of their four steps. */
static const struct sim_scenario readers = {
	.name = "readers",
	.setup = setup,
	.tasks = { { "a", write_a, NULL },
		   { "b", write_b, NULL },
		   { "ra", check_a, NULL },
		   { "rb", warn_at_b, NULL } },
};

/* ---------------------------------------------------------- when it stops */

static void the_first_finding_ends_a_search(void **state)
{
	const struct sim_options options = { .strategy = "dfs",
					     .no_por = true };
	struct sim_result result;

	(void)state;
	kit_explore(&readers, &options, &result);
	assert_int_equal(result.nr_findings, 1);
	assert_int_equal(result.findings[0].run, result.runs);
	assert_false(result.exhausted);
	sim_result_release(&result);
}

/* ra comes before a in half of the orders, b before rb in half of them. */
static void all_of_a_search_counts_each_kind(void **state)
{
	const struct sim_options options = { .strategy = "dfs",
					     .no_por = true,
					     .all = true };
	struct sim_result result;

	(void)state;
	kit_explore(&readers, &options, &result);
	assert_int_equal(result.runs, 24);
	assert_int_equal(result.steps, 24 * 4);
	assert_int_equal(result.nr_findings, 2);
	assert_int_equal(kit_finding(&result, SIM_CHECK_FAILED)->count, 12);
	assert_int_equal(kit_finding(&result, SIM_WARN)->count, 12);
	assert_int_equal(result.verdicts,
			 SIM_SET(SIM_CHECK_FAILED) | SIM_SET(SIM_WARN));
	assert_true(result.exhausted);
	sim_result_release(&result);
}

static void only_what_is_looked_for_counts(void **state)
{
	struct sim_options options = { .strategy = "dfs",
				       .no_por = true,
				       .find = SIM_SET(SIM_WARN) };
	struct sim_result result;

	(void)state;
	kit_explore(&readers, &options, &result);
	assert_int_equal(result.verdicts, SIM_SET(SIM_WARN));
	assert_int_equal(result.nr_findings, 1);
	sim_result_release(&result);
	options.find = SIM_SET(SIM_DEADLOCK) | SIM_SET(SIM_LEAK);
	kit_explore(&readers, &options, &result);
	assert_int_equal(result.nr_findings, 0);
	assert_int_equal(result.runs, 24);
	assert_true(result.exhausted);
	sim_result_release(&result);
}

static void a_budget_that_ends_leaves_it_undecided(void **state)
{
	struct sim_options options = { .strategy = "dfs",
				       .no_por = true,
				       .find = SIM_SET(SIM_LEAK),
				       .budget_runs = 23 };
	struct sim_result result;

	(void)state;
	kit_explore(&readers, &options, &result);
	assert_int_equal(result.runs, 23);
	assert_false(result.exhausted);
	sim_result_release(&result);
	/* 24 are all. */
	options.budget_runs = 24;
	kit_explore(&readers, &options, &result);
	assert_int_equal(result.runs, 24);
	assert_true(result.exhausted);
	sim_result_release(&result);
}

static struct sim_progress seen;
static unsigned calls, calls_max;

static int watch(const struct sim_progress *progress, void *arg)
{
	assert_ptr_equal(arg, &seen);
	assert_true(progress->runs + progress->pruned >
		    seen.runs + seen.pruned);
	assert_true(progress->steps >= seen.steps);
	assert_true(progress->findings >= seen.findings);
	assert_true(progress->seconds >= seen.seconds);
	assert_non_null(progress->strategy);
	seen = *progress;
	return ++calls == calls_max;
}

static void progress_is_told_after_each_run_and_may_stop_it(void **state)
{
	struct sim_options options = { .strategy = "dfs",
				       .no_por = true,
				       .all = true,
				       .no_minimise = true,
				       .progress = watch,
				       .progress_arg = &seen };
	struct sim_result result;

	(void)state;
	memset(&seen, 0, sizeof(seen));
	calls = calls_max = 0;
	kit_explore(&readers, &options, &result);
	assert_int_equal(calls, 24);
	assert_int_equal(seen.runs, 24);
	assert_int_equal(seen.findings, 2);
	assert_string_equal(seen.strategy, "dfs");
	assert_true(result.exhausted);
	sim_result_release(&result);
	memset(&seen, 0, sizeof(seen));
	calls = 0;
	calls_max = 5;
	kit_explore(&readers, &options, &result);
	assert_int_equal(result.runs, 5);
	assert_false(result.exhausted);
	sim_result_release(&result);
}

/* ------------------------------------------------------------ what it counts */

static void fail_always(void)
{
	(void)READ_ONCE(panel->a);
	SIM_CHECK(panel == NULL);
}

/* One class: one run, one finding in it, whatever was begun and cut short. */
static void findings_of_runs_that_were_cut_short_do_not_count(void **state)
{
	const struct sim_scenario s = {
		.name = "pruned",
		.setup = setup,
		.tasks = { { "a", fail_always, NULL }, { "b", write_b, NULL } },
	};
	struct sim_result result;

	(void)state;
	kit_dfs(&s, true, &result);
	assert_int_equal(result.runs, 1);
	assert_int_equal(result.pruned, 1);
	assert_int_equal(result.findings[0].count, 1);
	sim_result_release(&result);
}

static void append(char who)
{
	mutex_lock(&panel->m);
	panel->order[strlen(panel->order)] = who;
	mutex_unlock(&panel->m);
}

static void append_a(void)
{
	append('a');
	append('a');
}

static void append_b(void)
{
	append('b');
	append('b');
}

static void append_c(void)
{
	append('c');
	append('c');
}

static char texts[128][16];
static unsigned nr_texts;

/* A finding of its own for each order. */
static void tell_order(void)
{
	unsigned i;

	for (i = 0; i < nr_texts; i++)
		if (!strcmp(texts[i], panel->order))
			break;
	assert_true(i < 128);
	if (i == nr_texts)
		strcpy(texts[nr_texts++], panel->order);
	sim_check_failed(texts[i], SCHED_SITE(NULL));
}

/* 6!/(2!)^3 = 90 orders, of which 64 fit. */
static void more_kinds_of_findings_than_fit_are_told(void **state)
{
	const struct sim_scenario s = {
		.name = "orders",
		.setup = setup,
		.tasks = { { "a", append_a, NULL },
			   { "b", append_b, NULL },
			   { "c", append_c, NULL } },
		.check = tell_order,
	};
	struct sim_result result;

	(void)state;
	nr_texts = 0;
	kit_dfs(&s, true, &result);
	assert_int_equal(result.runs, 90);
	assert_int_equal(nr_texts, 90);
	assert_int_equal(result.nr_findings, SIM_FINDINGS_MAX);
	assert_true(result.truncated);
	assert_int_equal(result.final_states, 90);
	sim_result_release(&result);
}

static void final_states_are_counted_once(void **state)
{
	struct sim_result por, all;

	(void)state;
	/* The counter ends as 1 or 2. */
	kit_dfs(sim_scenario_find("lost-update"), true, &por);
	kit_dfs(sim_scenario_find("lost-update"), false, &all);
	assert_int_equal(por.final_states, 2);
	assert_int_equal(all.final_states, 2);
	assert_true(por.final_hash == all.final_hash);
	assert_int_equal(all.runs, 6);
	assert_false(por.truncated);
	sim_result_release(&por);
	sim_result_release(&all);
}

static const struct file_operations no_operations;

/* The files are the tasks' own; who has which number stands in a table that
 * boot made. */
static void open_a_file(void)
{
	int fd = get_unused_fd();

	fd_install(fd, file_alloc(&no_operations, NULL));
}

static void close_both(void)
{
	(void)sys_close(3);
	(void)sys_close(4);
}

static void what_changed_in_what_boot_made_is_another_end(void **state)
{
	const struct sim_scenario s = {
		.name = "descriptors",
		.tasks = { { "a", open_a_file, NULL },
			   { "b", open_a_file, NULL } },
		.teardown = close_both,
	};
	struct sim_result result;

	(void)state;
	kit_dfs(&s, true, &result);
	assert_int_equal(result.nr_findings, 0);
	assert_int_equal(result.final_states, 2);
	sim_result_release(&result);
}

/* ------------------------------------------------------------- not the same */

static unsigned run_nr, odd_from;
static bool odd_object;

/* From some run on it writes where it read, or to something else. */
static void behave(void)
{
	bool odd = odd_from && run_nr >= odd_from;

	WRITE_ONCE(panel->a, 1);
	if (odd_object)
		WRITE_ONCE(*(odd ? &panel->b : &panel->a), 1);
	else if (odd)
		WRITE_ONCE(panel->b, 1);
	else
		(void)READ_ONCE(panel->b);
}

static void setup_counted(void)
{
	run_nr++;
	setup();
}

static const struct sim_scenario moody = {
	.name = "moody",
	.setup = setup_counted,
	.tasks = { { "a", behave, NULL }, { "b", write_a, NULL } },
};

static void expect_nondeterminism(const char *strategy, unsigned from,
				  const char *error)
{
	const struct sim_options options = { .strategy = strategy,
					     .no_por = true,
					     .all = true };
	struct sim_result result;

	run_nr = 0;
	odd_from = from;
	assert_int_equal(sim_explore(&moody, &options, &result),
			 -ENOTRECOVERABLE);
	assert_string_equal(result.error, error);
	assert_false(result.exhausted);
	sim_result_release(&result);
}

/* The first run is done twice: the second one differs. */
static void a_scenario_that_changes_at_once_is_found_out(void **state)
{
	char error[SIM_TEXT_MAX];

	(void)state;
	(void)snprintf(error, sizeof(error),
		       "uncontrolled nondeterminism: again on carrier %s, "
		       "step 2: task a: expected read panel.b #1 = 0 in "
		       "behave, found write panel.b #1 = 1 in behave",
		       sim_carriers()[0]->name);
	expect_nondeterminism("dfs", 2, error);
}

/* Runs 1 and 2 are one; run 3 begins as they did. */
static void a_scenario_that_changes_later_is_found_out_at_its_step(void **state)
{
	(void)state;
	expect_nondeterminism("dfs", 3,
			      "uncontrolled nondeterminism: step 2: task a: "
			      "expected read panel.b #1 = 0 in behave, found "
			      "write panel.b #1 in behave");
	odd_object = true;
	expect_nondeterminism("dfs", 3,
			      "uncontrolled nondeterminism: step 2: task a: "
			      "expected write panel.a #1 = 1 in behave, found "
			      "another object of that name");
	odd_object = false;
}

static void tell_its_mood(void)
{
	(void)READ_ONCE(panel->a);
	sim_note("mood: %u", run_nr);
}

/* The same steps, but not the same tale. */
static void a_task_that_learns_something_else_is_found_out(void **state)
{
	const struct sim_scenario s = {
		.name = "mood",
		.setup = setup_counted,
		.tasks = { { "a", tell_its_mood, NULL } },
	};
	struct sim_result result;

	(void)state;
	run_nr = 0;
	assert_int_equal(sim_explore(&s, NULL, &result), -ENOTRECOVERABLE);
	assert_non_null(strstr(result.error, "step 1: task a: expected "
					     "\"mood: 1\", found \"mood: 2\""));
	sim_result_release(&result);
}

static void a_scenario_that_stays_the_same_is_none(void **state)
{
	struct sim_result result;

	(void)state;
	odd_from = 0;
	kit_dfs(&moody, false, &result);
	assert_int_equal(result.runs, 3);
	sim_result_release(&result);
}

/* ------------------------------------------------------------------ options */

static void no_options_are_the_defaults(void **state)
{
	struct sim_result result;

	(void)state;
	assert_int_equal(sim_explore(sim_scenario_find("abba-deadlock"), NULL,
				     &result),
			 0);
	assert_string_equal(result.era.name, "v3.19");
	assert_int_equal(result.nr_findings, 1);
	assert_ptr_equal(result.scenario, sim_scenario_find("abba-deadlock"));
	assert_string_equal(result.findings[0].path, "");
	sim_result_release(&result);
}

static void an_unknown_strategy_is_refused(void **state)
{
	const struct sim_options options = { .strategy = "luck" };
	struct sim_result result;

	(void)state;
	assert_int_equal(sim_explore(&readers, &options, &result), -EINVAL);
	assert_string_equal(
		result.error,
		"unknown strategy 'luck': expected auto, dpor, dfs, "
		"bound, graph, random, pct or pos");
	sim_result_release(&result);
}

static void tasks_that_cannot_be_told_apart_are_refused(void **state)
{
	struct sim_scenario s = readers;
	struct sim_result result;

	(void)state;
	s.tasks[2].name = "a";
	assert_int_equal(sim_explore(&s, NULL, &result), -EINVAL);
	assert_string_equal(result.error,
			    "scenario readers: two tasks are called a");
	sim_result_release(&result);
	s.tasks[2].name = "the reader";
	assert_int_equal(sim_explore(&s, NULL, &result), -EINVAL);
	assert_string_equal(result.error, "scenario readers: expected a task's "
					  "name without blanks, found 'the "
					  "reader'");
	sim_result_release(&result);
}

static void a_machine_that_runs_already_is_in_the_way(void **state)
{
	struct sim_result result;

	(void)state;
	assert_int_equal(kernel_boot(NULL), 0);
	assert_int_equal(sim_explore(&readers, NULL, &result), -EBUSY);
	assert_string_equal(result.error, "the machine could not be booted");
	sim_result_release(&result);
	assert_int_equal(kernel_halt(NULL, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_finding_ends_a_search),
		cmocka_unit_test(all_of_a_search_counts_each_kind),
		cmocka_unit_test(only_what_is_looked_for_counts),
		cmocka_unit_test(a_budget_that_ends_leaves_it_undecided),
		cmocka_unit_test(
			progress_is_told_after_each_run_and_may_stop_it),
		cmocka_unit_test(
			findings_of_runs_that_were_cut_short_do_not_count),
		cmocka_unit_test(more_kinds_of_findings_than_fit_are_told),
		cmocka_unit_test(final_states_are_counted_once),
		cmocka_unit_test(what_changed_in_what_boot_made_is_another_end),
		cmocka_unit_test(a_scenario_that_changes_at_once_is_found_out),
		cmocka_unit_test(
			a_scenario_that_changes_later_is_found_out_at_its_step),
		cmocka_unit_test(
			a_task_that_learns_something_else_is_found_out),
		cmocka_unit_test(a_scenario_that_stays_the_same_is_none),
		cmocka_unit_test(no_options_are_the_defaults),
		cmocka_unit_test(an_unknown_strategy_is_refused),
		cmocka_unit_test(tasks_that_cannot_be_told_apart_are_refused),
		cmocka_unit_test(a_machine_that_runs_already_is_in_the_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
