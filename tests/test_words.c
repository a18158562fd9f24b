/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_words.c - which word was meant, what a complaint says, options by name,
 * and words as shells take them.
 */
#include "kit.h"
#include "quote.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

static const char *const words[] = { "auto", "dfs", "bound", "random", NULL };

static void expect_nearest(const char *word, const char *nearest)
{
	const char *found = sim_words_nearest(word, words);

	if (!nearest) {
		if (found)
			fail_msg("%s: found %s, expected none", word, found);
		return;
	}
	if (!found)
		fail_msg("%s: found none, expected %s", word, nearest);
	assert_string_equal(found, nearest);
}

static void a_slip_of_the_finger_is_near(void **state)
{
	(void)state;
	expect_nearest("dsf", "dfs"); /* swapped */
	expect_nearest("bond", "bound"); /* one dropped */
	expect_nearest("rrandom", "random"); /* one added */
	expect_nearest("autp", "auto"); /* one changed */
	expect_nearest("rnadmo", "random"); /* swapped twice */
	expect_nearest("ran", "random"); /* begun */
}

static void another_case_is_nearer_than_any_slip(void **state)
{
	static const char *const cases[] = {
		"B10", "b1", "ab", "AB", "aB", NULL
	};

	(void)state;
	expect_nearest("DFS", "dfs");
	expect_nearest("Dsf", "dfs"); /* swapped, too */
	expect_nearest("RAN", "random"); /* begun */
	assert_string_equal(sim_words_nearest("B1", cases), "b1");
	/* Of two the better spelled one. */
	assert_string_equal(sim_words_nearest("aB", cases), "aB");
	assert_string_equal(sim_words_nearest("Abc", cases), "ab");
	assert_string_equal(sim_words_nearest("ABc", cases), "AB");
	/* A wrong letter weighs more than the case of many. */
	expect_nearest("RANDOMS", "random");
	expect_nearest("XYZZY", NULL);
}

static void another_word_is_not_near(void **state)
{
	(void)state;
	expect_nearest("xyzzy", NULL);
	expect_nearest("", NULL);
	expect_nearest("exhaustive", NULL);
	expect_nearest("ra", NULL);
}

static void a_word_without_end_is_compared_up_to_a_point(void **state)
{
	char endless[5000];

	(void)state;
	memset(endless, 'a', sizeof(endless) - 1);
	endless[sizeof(endless) - 1] = '\0';
	expect_nearest(endless, NULL);
}

static void a_complaint_names_few_words_and_the_nearest(void **state)
{
	static const char *const many[] = {
		"a1", "a2", "a3", "a4", "a5", "a6",
		"a7", "a8", "a9", "b1", "b2", NULL
	};
	static const char *const one[] = { "only", NULL };
	char error[SIM_TEXT_MAX];

	(void)state;
	assert_int_equal(sim_words_complain(error, "a strategy", "dsf", words),
			 -EINVAL);
	assert_string_equal(error, "expected a strategy: auto, dfs, bound or "
				   "random; found 'dsf', nearest is dfs");
	sim_words_complain(error, "a letter", "zz", many);
	assert_string_equal(error, "expected a letter; found 'zz'");
	sim_words_complain(error, "a word", "zzzz", one);
	assert_string_equal(error, "expected a word: only; found 'zzzz'");
	assert_int_equal(sim_words_find("bound", words), 2);
	assert_int_equal(sim_words_find("boun", words), -1);
}

/* ----------------------------------------------------------------- options */

static void expect_option(const char *name, const char *value,
			  const char *complaint)
{
	struct sim_options options = { .bound = 0 };
	char error[SIM_TEXT_MAX] = "";
	int ret = sim_option_set(&options, name, value, error);

	assert_string_equal(error, complaint);
	assert_int_equal(ret, *complaint ? -EINVAL : 0);
}

static void options_take_what_they_can_mean(void **state)
{
	struct sim_options o = { .bound = 0 };
	char error[SIM_TEXT_MAX];

	(void)state;
	assert_int_equal(sim_option_set(&o, "strategy", "dfs", error), 0);
	assert_string_equal(o.strategy, "dfs");
	assert_int_equal(sim_option_set(&o, "bound", "0", error), 0);
	assert_true(o.bound_set);
	assert_int_equal(
		sim_option_set(&o, "seed", "18446744073709551615", error), 0);
	assert_true(o.seed == UINT64_MAX);
	assert_int_equal(sim_option_set(&o, "budget", "12", error), 0);
	assert_int_equal(o.budget_runs, 12);
	assert_int_equal(sim_option_set(&o, "steps", "20000", error), 0);
	assert_int_equal(o.steps_max, SIM_STEPS_MAX);
	assert_int_equal(sim_option_set(&o, "carrier", "thread", error), 0);
	assert_int_equal(o.carrier, SIM_THREAD);
	assert_int_equal(
		sim_option_set(&o, "find", "leak,use-after-free", error), 0);
	assert_int_equal(sim_option_set(&o, "find", "lost-wake-up", error), 0);
	assert_int_equal(sim_option_set(&o, "find", "double free", error), 0);
	assert_int_equal(o.find, SIM_SET(SIM_LEAK) |
					 SIM_SET(SIM_USE_AFTER_FREE) |
					 SIM_SET(SIM_LOST_WAKEUP) |
					 SIM_SET(SIM_DOUBLE_FREE));
	assert_int_equal(sim_option_set(&o, "set", "check_order=atomic", error),
			 0);
	assert_string_equal(o.era.name, "v3.19");
	assert_int_equal(o.era.value[ERA_CHECK_ORDER], ERA_CHECK_ATOMIC);
	assert_int_equal(sim_option_set(&o, "era",
					"v3.19-patched "
					"check_order=corrected",
					error),
			 0);
	assert_int_equal(o.era.value[ERA_CHECK_ORDER], ERA_CHECK_CORRECTED);
	assert_int_equal(o.era.value[ERA_TRACK_UNBOUND], ERA_ON);
}

static void options_say_what_they_expected(void **state)
{
	(void)state;
	expect_option("sede", "1",
		      "expected an option; found 'sede', nearest "
		      "is seed");
	expect_option("seed", "18446744073709551616",
		      "seed: expected a number up to 18446744073709551615, "
		      "found '18446744073709551616'");
	expect_option("bound", "1001",
		      "bound: expected a number up to 1000, found '1001'");
	expect_option("bound", "1x",
		      "bound: expected a number up to 1000, found '1x'");
	expect_option("bound", "",
		      "bound: expected a number up to 1000, found ''");
	expect_option("steps", "0",
		      "steps: expected at least 1 step, found '0'");
	expect_option("find", ",", "expected a verdict; found ''");
	expect_option("find", "leak,laek",
		      "expected a verdict; found 'laek', nearest is leak");
	expect_option("era", "",
		      "expected an era: v3.19, v3.19-patched, v4.0, "
		      "v4.14, v5.15, v5.19 or v6.1; "
		      "found ''");
	expect_option("era", "v3.19 open_under_VD=of",
		      "expected a value of open_under_VD: off or on; found "
		      "'of', nearest is off");
	expect_option("era", "v3.19 =", "expected an era flag; found ''");
}

static void the_environment_names_the_variable_that_is_wrong(void **state)
{
	struct sim_options o = { .bound = 0 };
	char error[SIM_TEXT_MAX];

	(void)state;
	setenv("VFIOSIM_SEED", "7", 1);
	setenv("VFIOSIM_ERA", "v3.19-patched kvm_del=match_group", 1);
	assert_int_equal(sim_options_from_env(&o, error), 0);
	assert_int_equal(o.seed, 7);
	assert_int_equal(o.era.value[ERA_KVM_DEL], ERA_KVM_DEL_MATCH_GROUP);
	setenv("VFIOSIM_SEED", "seven", 1);
	assert_int_equal(sim_options_from_env(&o, error), -EINVAL);
	assert_string_equal(error, "VFIOSIM_SEED: seed: expected a number up "
				   "to 18446744073709551615, found 'seven'");
	unsetenv("VFIOSIM_SEED");
	unsetenv("VFIOSIM_ERA");
}

static void a_variable_that_nothing_reads_is_a_slip(void **state)
{
	struct sim_options o = { .bound = 0 };
	char error[SIM_TEXT_MAX];

	(void)state;
	setenv("VFIOSIM_STEP", "7", 1);
	assert_int_equal(sim_options_from_env(&o, error), -EINVAL);
	assert_string_equal(error, "expected a variable that is read, found "
				   "'VFIOSIM_STEP', nearest is VFIOSIM_STEPS");
	unsetenv("VFIOSIM_STEP");
	setenv("VFIOSIM_", "7", 1);
	assert_int_equal(sim_options_from_env(&o, error), -EINVAL);
	assert_string_equal(error, "expected a variable that is read, found "
				   "'VFIOSIM_'");
	unsetenv("VFIOSIM_");
	setenv("VFIOSIM_REPLAY", "f", 1);
	setenv("VFIOSIM_ROOT", "/opt", 1);
	setenv("VFIOSIM_TEST_SEED", "7", 1);
	assert_int_equal(sim_options_from_env(&o, error), 0);
	assert_int_equal(o.seed, 0);
	unsetenv("VFIOSIM_TEST_SEED");
	unsetenv("VFIOSIM_ROOT");
	unsetenv("VFIOSIM_REPLAY");
}

/* ------------------------------------------------------------------ quotes */

static void words_are_quoted_only_if_a_shell_would_split_them(void **state)
{
	char buf[32];

	(void)state;
	assert_string_equal(sim_quote("a/b-c_d.e", buf, sizeof(buf)),
			    "a/b-c_d.e");
	assert_string_equal(sim_quote("a b", buf, sizeof(buf)), "'a b'");
	assert_string_equal(sim_quote("", buf, sizeof(buf)), "''");
	assert_string_equal(sim_quote("it's", buf, sizeof(buf)), "'it'\\''s'");
	assert_string_equal(sim_quote("$(x)", buf, sizeof(buf)), "'$(x)'");
	assert_int_equal(
		strlen(sim_quote("''''''''''''''''''''", buf, 32)) < 32, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_slip_of_the_finger_is_near),
		cmocka_unit_test(another_case_is_nearer_than_any_slip),
		cmocka_unit_test(another_word_is_not_near),
		cmocka_unit_test(a_word_without_end_is_compared_up_to_a_point),
		cmocka_unit_test(a_complaint_names_few_words_and_the_nearest),
		cmocka_unit_test(options_take_what_they_can_mean),
		cmocka_unit_test(options_say_what_they_expected),
		cmocka_unit_test(
			the_environment_names_the_variable_that_is_wrong),
		cmocka_unit_test(a_variable_that_nothing_reads_is_a_slip),
		cmocka_unit_test(
			words_are_quoted_only_if_a_shell_would_split_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
