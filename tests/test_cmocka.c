/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_cmocka.c - scenarios as CMocka tests: what passes, what fails, and what
 * a failure prints.  The groups under test run in children.
 */
#include "kit.h"
#include "sandbox.h"

#include <vfiosim/atomic.h>
#include <vfiosim/cmocka.h>

#include <string.h>
#include <sys/stat.h>

static const char diagram[] = "  CPU0 (a)                CPU1 (b)\n"
			      "  ----                    ----\n"
			      "  *counter == 0\n"
			      "\n"
			      "                          *counter == 0\n"
			      "                          *counter = 1\n"
			      "\n"
			      "  *counter = 1\n"
			      "\n"
			      "  => check failed: PEEK_ONCE(*counter) == 2\n";

/* --------------------------------------------------------------- scenarios */

static int *counter;

static void setup(void)
{
	counter = slab_alloc("counter", sizeof(*counter));
	once_init(counter, sizeof(*counter));
}

static void add_one(void)
{
	WRITE_ONCE(*counter, READ_ONCE(*counter) + 1);
}

static void write_one(void)
{
	WRITE_ONCE(*counter, 1);
}

static void check_two(void)
{
	SIM_CHECK(PEEK_ONCE(*counter) == 2);
}

static void teardown(void)
{
	kfree(counter);
}

static const struct sim_scenario racy = {
	.name = "racy",
	.summary = "two tasks add one",
	.setup = setup,
	.tasks = { { "a", add_one, NULL }, { "b", add_one, NULL } },
	.check = check_two,
	.teardown = teardown,
};

static const struct sim_scenario clean = {
	.name = "clean",
	.summary = "two tasks write one",
	.setup = setup,
	.tasks = { { "a", write_one, NULL }, { "b", write_one, NULL } },
	.teardown = teardown,
};

static void check_kind(void)
{
	if (PEEK_ONCE(*counter) == 1)
		SIM_REFUSE("counting", -EINVAL);
	else
		SIM_CHECK(PEEK_ONCE(*counter) == 1);
}

static const struct sim_scenario two_kinds = {
	.name = "two-kinds",
	.summary = "a verdict for serial runs, another for the rest",
	.setup = setup,
	.tasks = { { "a", add_one, NULL }, { "b", add_one, NULL } },
	.check = check_kind,
	.teardown = teardown,
};

static const struct sim_options by_chance = {
	.strategy = "random",
	.budget_runs = 3,
};

/* ------------------------------------------------------------------ groups */

static int run_list(void *arg)
{
	const struct CMUnitTest *test = arg;
	const struct CMUnitTest group[] = { test[0], test[1] };

	if (!test[1].test_func)
		return _cmocka_run_group_tests("one", group, 1, NULL, NULL);
	return _cmocka_run_group_tests("two", group, 2, NULL, NULL);
}

/* Run one or two tests in a child; the second ends the list if it is zero. */
static void run_group(struct CMUnitTest first, struct CMUnitTest second,
		      struct sandbox_output *ret_output)
{
	struct CMUnitTest tests[] = { first, second };

	sandbox_call(run_list, tests, ret_output);
}

#define NO_TEST ((struct CMUnitTest){ NULL, NULL, NULL, NULL, NULL })
#define TEST(...) ((struct CMUnitTest)__VA_ARGS__)

static void expect_failure(struct CMUnitTest test, const char *says)
{
	struct sandbox_output output;

	run_group(test, NO_TEST, &output);
	assert_int_equal(output.status, 1);
	sandbox_contains(output.err, says);
	sandbox_release(&output);
}

static void expect_pass(struct CMUnitTest test)
{
	struct sandbox_output output;

	run_group(test, NO_TEST, &output);
	if (output.status)
		fail_msg("expected to pass, but: %s", output.err);
	sandbox_release(&output);
}

/* The path in "schedule: PATH"; static. */
static const char *find_schedule(const char *text)
{
	static char path[SIM_PATH_MAX];
	const char *at = strstr(text, "schedule: ");

	assert_non_null(at);
	at += strlen("schedule: ");
	snprintf(path, sizeof(path), "%.*s", (int)strcspn(at, "\n"), at);
	return path;
}

/* ------------------------------------------------------------------- tests */

static void a_scenario_without_findings_passes_and_writes_nothing(void **state)
{
	(void)state;
	expect_pass(TEST(SIM_CMOCKA_TEST(clean)));
	assert_int_equal(sandbox_count("."), 0);
}

static void a_finding_fails_with_verdict_diagram_and_command(void **state)
{
	struct sandbox_output output;
	char command[2 * SIM_PATH_MAX];
	const char *verdict = "check failed: PEEK_ONCE(*counter) == 2\n";
	const char *path;

	(void)state;
	run_group(TEST(SIM_CMOCKA_TEST(racy)), NO_TEST, &output);
	assert_int_equal(output.status, 1);
	sandbox_contains(output.err, verdict);
	sandbox_contains(output.err, diagram);
	path = find_schedule(output.err);
	sandbox_contains(path, "findings/racy-check-failed-");
	snprintf(command, sizeof(command), "\nVFIOSIM_REPLAY=%s %s\n", path,
		 program_invocation_name);
	sandbox_contains(output.err, command);
	assert_int_equal(sandbox_count("findings"), 1);
	sandbox_release(&output);
}

static void the_printed_command_replays_the_finding_alone(void **state)
{
	struct sandbox_output output;
	char path[SIM_PATH_MAX];

	(void)state;
	run_group(TEST(SIM_CMOCKA_TEST(racy)), NO_TEST, &output);
	snprintf(path, sizeof(path), "%s", find_schedule(output.err));
	sandbox_release(&output);

	setenv("VFIOSIM_REPLAY", path, 1);
	run_group(TEST(SIM_CMOCKA_TEST(racy)), TEST(SIM_CMOCKA_TEST(clean)),
		  &output);
	unsetenv("VFIOSIM_REPLAY");
	assert_int_equal(output.status, 1);
	sandbox_contains(output.err, diagram);
	assert_string_equal(find_schedule(output.err), path);
	sandbox_contains(output.err, "1 SKIPPED TEST(S)");
	sandbox_contains(output.err, "1 FAILED TEST(S)");
	sandbox_release(&output);
}

static void a_replay_of_what_is_expected_passes_and_shows_the_run(void **state)
{
	struct sandbox_output output;
	char path[SIM_PATH_MAX];

	(void)state;
	run_group(TEST(SIM_CMOCKA_TEST(racy)), NO_TEST, &output);
	snprintf(path, sizeof(path), "%s", find_schedule(output.err));
	sandbox_release(&output);

	setenv("VFIOSIM_REPLAY", path, 1);
	run_group(TEST(SIM_CMOCKA_EXPECT(racy, SIM_SET(SIM_CHECK_FAILED))),
		  NO_TEST, &output);
	unsetenv("VFIOSIM_REPLAY");
	assert_int_equal(output.status, 0);
	sandbox_contains(output.err, diagram);
	sandbox_release(&output);
}

static void a_schedule_that_is_none_fails_and_is_named(void **state)
{
	(void)state;
	sandbox_write("bad", "vfiosim schedule 2\n");
	setenv("VFIOSIM_REPLAY", "bad", 1);
	expect_failure(TEST(SIM_CMOCKA_TEST(racy)),
		       "bad:1: expected 'vfiosim schedule 1', found 'vfiosim "
		       "schedule 2'");
	setenv("VFIOSIM_REPLAY", "missing", 1);
	expect_failure(TEST(SIM_CMOCKA_TEST(racy)), "missing: cannot read");
	unsetenv("VFIOSIM_REPLAY");
}

static void expected_verdicts_pass_and_write_nothing(void **state)
{
	(void)state;
	expect_pass(TEST(SIM_CMOCKA_EXPECT(racy, SIM_SET(SIM_CHECK_FAILED))));
	assert_int_equal(sandbox_count("."), 0);
}

static void all_expected_verdicts_are_looked_for(void **state)
{
	(void)state;
	expect_pass(TEST(SIM_CMOCKA_EXPECT(
		two_kinds, SIM_SET(SIM_CHECK_FAILED) | SIM_SET(SIM_REFUSED))));
}

/* In a child, since threads that explored once would be missing in others. */
static int store_twice(void *arg)
{
	const struct sim_options options = { .output = "own" };
	struct sim_result result;
	int ret = sim_explore(&racy, &options, &result);

	(void)arg;
	ret |= sim_result_store(&result, "other");
	ret |= sandbox_count("own") != 1 || sandbox_count("other") != 0;
	result.findings[0].path[0] = '\0';
	ret |= sim_result_store(&result, "other");
	ret |= sandbox_count("other") != 1;
	sim_result_release(&result);
	return ret;
}

static void a_schedule_that_has_a_file_is_not_written_again(void **state)
{
	struct sandbox_output output;

	(void)state;
	assert_int_equal(mkdir("own", 0777), 0);
	assert_int_equal(mkdir("other", 0777), 0);
	sandbox_call(store_twice, NULL, &output);
	assert_int_equal(output.status, 0);
	sandbox_release(&output);
}

static void an_expected_verdict_that_is_missing_fails(void **state)
{
	(void)state;
	/* Two tasks of one step each that do not commute: 2 runs. */
	expect_failure(TEST(SIM_CMOCKA_EXPECT(clean, SIM_SET(SIM_DEADLOCK))),
		       "expected deadlock, found none in 2 runs");
}

static void a_verdict_besides_the_expected_one_fails(void **state)
{
	struct sandbox_output output;

	(void)state;
	run_group(TEST(SIM_CMOCKA_EXPECT(racy, SIM_SET(SIM_LEAK))), NO_TEST,
		  &output);
	assert_int_equal(output.status, 1);
	sandbox_contains(output.err, diagram);
	sandbox_contains(output.err, "expected leak, found none in ");
	sandbox_release(&output);
}

static void options_reach_the_exploration(void **state)
{
	(void)state;
	expect_pass(TEST(SIM_CMOCKA_WITH(clean, 0, &by_chance)));
	expect_failure(
		TEST(SIM_CMOCKA_WITH(clean, SIM_SET(SIM_LEAK), &by_chance)),
		"expected leak, found none in 3 runs");
}

static void the_environment_overrides_options(void **state)
{
	(void)state;
	setenv("VFIOSIM_BUDGET", "1", 1);
	expect_failure(TEST(SIM_CMOCKA_TEST(clean)),
		       "undecided after 1 run: budget of 1 run ended");
	unsetenv("VFIOSIM_BUDGET");
	setenv("VFIOSIM_OUTPUT", "missing", 1);
	expect_failure(TEST(SIM_CMOCKA_TEST(racy)),
		       "missing/racy-check-failed");
	unsetenv("VFIOSIM_OUTPUT");
}

static void a_bad_variable_fails_and_is_named(void **state)
{
	(void)state;
	setenv("VFIOSIM_STRATEGY", "dsf", 1);
	expect_failure(
		TEST(SIM_CMOCKA_TEST(clean)),
		"VFIOSIM_STRATEGY: expected a strategy: auto, dpor, dfs, "
		"bound, graph, random, pct or pos; found 'dsf', nearest is dfs");
	unsetenv("VFIOSIM_STRATEGY");
	setenv("VFIOSIM_SEDE", "3", 1);
	expect_failure(TEST(SIM_CMOCKA_TEST(clean)),
		       "expected a variable that is read, found "
		       "'VFIOSIM_SEDE', nearest is VFIOSIM_SEED");
	unsetenv("VFIOSIM_SEDE");
}

static void an_output_folder_of_ones_own_takes_the_schedules(void **state)
{
	(void)state;
	assert_int_equal(mkdir("own", 0777), 0);
	setenv("VFIOSIM_OUTPUT", "own", 1);
	expect_failure(TEST(SIM_CMOCKA_TEST(racy)), "schedule: own/racy-");
	unsetenv("VFIOSIM_OUTPUT");
	assert_int_equal(sandbox_count("own"), 1);
	assert_int_equal(sandbox_count("."), 1);
}

#define sandbox_test(name) \
	cmocka_unit_test_setup_teardown(name, sandbox_setup, sandbox_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		sandbox_test(
			a_scenario_without_findings_passes_and_writes_nothing),
		sandbox_test(a_finding_fails_with_verdict_diagram_and_command),
		sandbox_test(the_printed_command_replays_the_finding_alone),
		sandbox_test(
			a_replay_of_what_is_expected_passes_and_shows_the_run),
		sandbox_test(a_schedule_that_is_none_fails_and_is_named),
		sandbox_test(expected_verdicts_pass_and_write_nothing),
		sandbox_test(all_expected_verdicts_are_looked_for),
		sandbox_test(a_schedule_that_has_a_file_is_not_written_again),
		sandbox_test(an_expected_verdict_that_is_missing_fails),
		sandbox_test(a_verdict_besides_the_expected_one_fails),
		sandbox_test(options_reach_the_exploration),
		sandbox_test(the_environment_overrides_options),
		sandbox_test(a_bad_variable_fails_and_is_named),
		sandbox_test(an_output_folder_of_ones_own_takes_the_schedules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
