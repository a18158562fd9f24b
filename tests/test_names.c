/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_names.c - words for verdicts, errno values and eras, and back.
 */
#include "kit.h"

#include <errno.h>
#include <string.h>

static char error[SIM_TEXT_MAX];

static void every_verdict_has_a_name_of_its_own(void **state)
{
	unsigned v, w;

	(void)state;
	for (v = 0; v < SIM_VERDICT_NR; v++) {
		const char *name = sim_verdict_name((enum sim_verdict)v);

		assert_true(strlen(name) > 2);
		for (w = 0; w < v; w++)
			assert_string_not_equal(
				name, sim_verdict_name((enum sim_verdict)w));
		/* A name that begins like another one would end the search for
		 * it in a schedule. */
		assert_null(strpbrk(name, ":,\n"));
	}
	assert_string_equal(sim_verdict_name(SIM_USE_AFTER_FREE),
			    "use after free");
	assert_string_equal(sim_verdict_name(SIM_LOST_WAKEUP), "lost wake-up");
}

static void errors_have_the_kernel_s_names(void **state)
{
	(void)state;
	assert_string_equal(sim_errno_name(-EINVAL), "-EINVAL");
	assert_string_equal(sim_errno_name(-EBUSY), "-EBUSY");
	assert_string_equal(sim_errno_name(-ENODEV), "-ENODEV");
	assert_string_equal(sim_errno_name(-ENOTTY), "-ENOTTY");
	assert_string_equal(sim_errno_name(-512), "-ERESTARTSYS");
	assert_string_equal(sim_errno_name(-EOPNOTSUPP), "-EOPNOTSUPP");
	assert_string_equal(sim_errno_name(0), "0");
	assert_string_equal(sim_errno_name(EINVAL), "22");
	assert_string_equal(sim_errno_name(7), "7");
	assert_string_equal(sim_errno_name(-9999), "-9999");
}

/* -------------------------------------------------------------------- eras */

static void expect_back(const char *text)
{
	struct kernel_era era;
	char buf[SIM_TEXT_MAX];

	if (sim_era_parse(text, &era, error))
		fail_msg("%s: %s", text, error);
	sim_era_format(&era, buf, sizeof(buf));
	assert_string_equal(buf, text);
}

static void eras_and_overrides_come_back_as_they_were(void **state)
{
	unsigned nth;

	(void)state;
	for (nth = 0; era_name(nth); nth++)
		expect_back(era_name(nth));
	expect_back("v3.19 check_order=atomic");
	expect_back("v3.19-patched check_order=corrected "
		    "inject_track_enomem=on");
}

/* One era, each flag, each value that can stand alone. */
static void every_value_comes_back(void **state)
{
	struct kernel_era era, back;
	char text[SIM_TEXT_MAX];
	unsigned f, v, tried = 0;

	(void)state;
	for (f = 0; f < ERA_FLAG_NR; f++)
		for (v = 0; era_value_name((enum era_flag)f, v); v++) {
			assert_int_equal(era_lookup("v3.19", &era), 0);
			era.value[f] = (unsigned char)v;
			if (era_conflict(&era))
				continue;
			sim_era_format(&era, text, sizeof(text));
			assert_int_equal(sim_era_parse(text, &back, error), 0);
			assert_memory_equal(era.value, back.value,
					    sizeof(era.value));
			tried++;
		}
	assert_true(tried >= ERA_FLAG_NR);
}

static void what_an_era_has_anyway_is_not_an_override(void **state)
{
	struct kernel_era era;
	char text[SIM_TEXT_MAX];

	(void)state;
	assert_int_equal(sim_era_parse("v3.19-patched track_unbound=on", &era,
				       error),
			 0);
	sim_era_format(&era, text, sizeof(text));
	assert_string_equal(text, "v3.19-patched");
	assert_int_equal(sim_era_parse("\tv3.19   track_unbound=on "
				       "track_unbound=off ",
				       &era, error),
			 0);
	sim_era_format(&era, text, sizeof(text));
	assert_string_equal(text, "v3.19");
}

static void a_short_buffer_cuts_an_era(void **state)
{
	struct kernel_era era;
	char text[12] = "-----------";

	(void)state;
	assert_int_equal(sim_era_parse("v3.19 check_order=atomic", &era, error),
			 0);
	sim_era_format(&era, text, 10);
	assert_string_equal(text, "v3.19 che");
	sim_era_format(&era, text, 3);
	assert_string_equal(text, "v3");
	assert_string_equal(text + 3, "19 che");
}

static void expect_refusal(const char *text, const char *expected)
{
	struct kernel_era era;

	memset(&era, 0x5a, sizeof(era));
	assert_int_equal(sim_era_parse(text, &era, error), -EINVAL);
	assert_string_equal(error, expected);
	/* Nothing half-set. */
	assert_int_equal(era.value[0], 0x5a);
}

static void what_is_no_era_is_refused_in_words(void **state)
{
	char text[2 * SIM_TEXT_MAX * 4];

	(void)state;
	expect_refusal("", "expected an era like v3.19 or v3.19-patched, "
			   "found ''");
	expect_refusal("  ", "expected an era like v3.19 or v3.19-patched, "
			     "found ''");
	expect_refusal("V3.19", "expected an era like v3.19 or "
				"v3.19-patched, found 'V3.19'");
	expect_refusal("v3.19 x", "expected FLAG=VALUE, found 'x'");
	expect_refusal("v3.19 check_order=", "flag check_order has no value "
					     "''");
	expect_refusal("v3.19 =on", "expected an era flag, found '' (on)");
	expect_refusal("v3.19 check_order=atomic check_order=green",
		       "flag check_order has no value 'green'");
	memset(text, 'e', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	expect_refusal(text, "expected an era, found 2047 characters");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_verdict_has_a_name_of_its_own),
		cmocka_unit_test(errors_have_the_kernel_s_names),
		cmocka_unit_test(eras_and_overrides_come_back_as_they_were),
		cmocka_unit_test(every_value_comes_back),
		cmocka_unit_test(what_an_era_has_anyway_is_not_an_override),
		cmocka_unit_test(a_short_buffer_cuts_an_era),
		cmocka_unit_test(what_is_no_era_is_refused_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
