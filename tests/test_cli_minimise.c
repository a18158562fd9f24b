/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_cli_minimise.c - vfiosim minimise from outside, and what a scenario of
 * the catalogue comes to.
 */
#include "kit.h"
#include "sandbox.h"

#include <stdlib.h>
#include <string.h>

/* Whatever finds it, it is the one preemption that the patch is about, and
 * takes less than 100 runs to get to. */
static void the_window_needs_one_preemption(void **state)
{
	const struct sim_scenario *s = sim_scenario_find("viability-window");
	struct sim_options options = { .find = SIM_SET(SIM_REFUSED) };
	const struct sim_finding *f;
	struct sim_result result;

	(void)state;
	for (; options.seed < kit_scale(20); options.seed++) {
		kit_explore(s, &options, &result);
		f = kit_finding(&result, SIM_REFUSED);
		assert_true(f->minimised.proven);
		assert_int_equal(f->minimised.preemptions, 1);
		assert_int_equal(f->minimised.switches, 2);
		assert_int_equal(f->minimised.tasks, 2);
		assert_in_range(f->minimised.runs, 1, 99);
		sim_result_release(&result);
		options.strategy = "random";
	}
}

static void explore_says_how_small_a_finding_is(void **state)
{
	struct sandbox_output output;

	(void)state;
	sandbox_run("explore lost-update --output .", 1, &output);
	sandbox_contains(output.out, "\n   1 preemption, proven fewest\n");
	sandbox_contains(output.err, "\nminimised in ");
	sandbox_release(&output);
	sandbox_run("explore lost-update --no-minimise --output .", 1, &output);
	assert_null(strstr(output.out, "proven"));
	assert_null(strstr(output.err, "minimised"));
	sandbox_release(&output);
}

/* It preempts once more than it needs to. */
static void write_old_schedule(void)
{
	sandbox_write("old.schedule",
		      "vfiosim schedule 1\n"
		      "scenario lost-update\n"
		      "era v3.19\n"
		      "b runs until it is past read counter.counter #1 in "
		      "add_one\n"
		      "a runs until it is past read counter.counter #1 in "
		      "add_one\n"
		      "b runs to its end\n"
		      "a runs to its end\n"
		      "end\n");
}

static void the_command_prints_or_writes_what_is_left(void **state)
{
	struct sandbox_output printed, written;
	char *small;

	(void)state;
	write_old_schedule();
	sandbox_run("minimise old.schedule", 0, &printed);
	sandbox_contains(printed.out, "vfiosim schedule 1\n");
	sandbox_contains(printed.out, "\n# 1 preemption, proven fewest\n");
	sandbox_contains(printed.err,
			 "1 preemption, proven fewest; 2 switches, 0 faults, "
			 "2 tasks; in ");
	sandbox_run("minimise old.schedule --output new.schedule --quiet", 0,
		    &written);
	assert_string_equal(written.out, "");
	assert_string_equal(written.err, "");
	small = sandbox_read("new.schedule");
	assert_string_equal(small, printed.out);
	assert_int_equal(sandbox_count("."), 2);
	free(small);
	sandbox_release(&written);
	sandbox_release(&printed);
	sandbox_run("replay new.schedule", 1, &printed);
	sandbox_release(&printed);
}

static void other_formats_show_the_smaller_run(void **state)
{
	struct sandbox_output output;

	(void)state;
	write_old_schedule();
	sandbox_run("minimise old.schedule --format commit", 0, &output);
	sandbox_contains(output.out, "CPU0");
	sandbox_release(&output);
	sandbox_run("minimise old.schedule --format json", 0, &output);
	sandbox_contains(output.out, "\"minimised\":{");
	sandbox_contains(output.out, "\"proven\":true");
	sandbox_release(&output);
}

static void a_schedule_that_shows_nothing_cannot_be_minimised(void **state)
{
	struct sandbox_output output;

	(void)state;
	sandbox_write("clean.schedule", "vfiosim schedule 1\n"
					"scenario lost-update\n"
					"era v3.19\n"
					"a runs to its end\n"
					"b runs to its end\n"
					"end\n");
	sandbox_run("minimise clean.schedule", 1, &output);
	assert_string_equal(output.out, "");
	assert_string_equal(output.err, "clean.schedule: the schedule does not "
					"show anything\n");
	sandbox_release(&output);
}

static void bad_arguments_and_files_are_refused(void **state)
{
	struct sandbox_output output;

	(void)state;
	sandbox_write("bad.schedule", "vfiosim schedule 1\n"
				      "scenario lost-update\n"
				      "era v3.19\n"
				      "c runs to its end\n"
				      "end\n");
	sandbox_run("minimise bad.schedule", 2, &output);
	sandbox_contains(output.err, "bad.schedule:4: ");
	sandbox_release(&output);
	sandbox_run("minimise", 2, &output);
	sandbox_contains(output.err, "expected a schedule's file");
	sandbox_release(&output);
	sandbox_run("minimise bad.schedule other", 2, &output);
	sandbox_contains(output.err, "expected one file");
	sandbox_release(&output);
	sandbox_run("minimise no-such-file", 2, &output);
	sandbox_release(&output);
	write_old_schedule();
	sandbox_run("minimise old.schedule --output no/such/folder", 2,
		    &output);
	assert_string_equal(output.out, "");
	sandbox_release(&output);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, sandbox_setup, sandbox_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_window_needs_one_preemption),
		TEST(explore_says_how_small_a_finding_is),
		TEST(the_command_prints_or_writes_what_is_left),
		TEST(other_formats_show_the_smaller_run),
		TEST(a_schedule_that_shows_nothing_cannot_be_minimised),
		TEST(bad_arguments_and_files_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
