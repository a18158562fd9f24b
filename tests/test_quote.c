/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_quote.c - words for a shell, which reads them back as they were, and
 * texts for a terminal, which finds nothing in them to obey.
 */
#include "kit.h"
#include "quote.h"

#include <string.h>

/* ----------------------------------------------------------------- terminals */

static void expect_escaped(const char *text, const char *shown)
{
	char buf[128];

	assert_string_equal(sim_escape(text, buf, sizeof(buf)), shown);
}

static void a_text_that_is_only_shown_stays_as_it_is(void **state)
{
	(void)state;
	expect_escaped("", "");
	expect_escaped("step 3: bind dev=\"d0\\n\" ~", "step 3: bind "
						       "dev=\"d0\\n\" ~");
	expect_escaped("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x9a\x82 \xc2\xa0",
		       "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x9a\x82 \xc2\xa0");
}

static void control_characters_are_shown_by_number(void **state)
{
	(void)state;
	expect_escaped("\033[2Ja\r\n\tb\x7f", "\\x1b[2Ja\\x0d\\x0a\\x09b\\x7f");
	/* U+009B alone begins a sequence, in UTF-8 or as the byte. */
	expect_escaped("\xc2\x9b"
		       "2J",
		       "\\xc2\\x9b2J");
	expect_escaped("\x9b"
		       "2J",
		       "\\x9b2J");
}

/* The same characters, written longer than they need be. */
static void broken_utf8_is_shown_by_number(void **state)
{
	(void)state;
	expect_escaped("\xc0\x9b", "\\xc0\\x9b");
	expect_escaped("\xe0\x82\x9b", "\\xe0\\x82\\x9b");
	expect_escaped("\xf0\x80\x82\x9b", "\\xf0\\x80\\x82\\x9b");
	expect_escaped("\xf5\x80\x80\x80", "\\xf5\\x80\\x80\\x80");
	expect_escaped("a\xe2\x82", "a\\xe2\\x82");
	expect_escaped("\xe2\x82z", "\\xe2\\x82z");
}

static void a_text_that_is_too_long_is_cut_between_characters(void **state)
{
	char buf[8];
	size_t size;

	(void)state;
	for (size = 1; size <= sizeof(buf); size++) {
		sim_escape("a\033\xc3\xa9z", buf, size);
		assert_string_equal(buf, size < 2 ? "" :
					 size < 6 ? "a" :
					 size < 8 ? "a\\x1b" :
						    "a\\x1b\xc3\xa9");
	}
}

static void the_printable_part_ends_at_the_first_other_byte(void **state)
{
	(void)state;
	assert_int_equal(sim_printable(""), 0);
	assert_int_equal(sim_printable("ab\xc3\xa9"), 4);
	assert_int_equal(sim_printable("ab\tc"), 2);
	assert_int_equal(sim_printable("ab\xc3"), 2);
}

/* -------------------------------------------------------------------- shells */

static void expect_quoted(const char *word, const char *quoted)
{
	char buf[128];

	assert_string_equal(sim_quote(word, buf, sizeof(buf)), quoted);
}

static void a_plain_word_is_not_quoted(void **state)
{
	(void)state;
	expect_quoted("findings/a-1.schedule", "findings/a-1.schedule");
	expect_quoted("", "''");
	expect_quoted("a b", "'a b'");
	expect_quoted("it's", "'it'\\''s'");
	expect_quoted("\xc3\xa9", "'\xc3\xa9'");
}

static void a_word_with_control_characters_is_quoted_by_number(void **state)
{
	(void)state;
	expect_quoted("a\033[2J'\\1", "$'a\\033[2J\\'\\\\1'");
	expect_quoted("\xff", "$'\\377'");
}

static void a_word_that_is_too_long_is_cut_and_closed(void **state)
{
	char word[64], buf[32];
	size_t size;

	(void)state;
	memset(word, '\n', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	for (size = 8; size <= sizeof(buf); size++) {
		sim_quote(word, buf, size);
		assert_true(strlen(buf) < size);
		assert_int_equal(buf[strlen(buf) - 1], '\'');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_that_is_only_shown_stays_as_it_is),
		cmocka_unit_test(control_characters_are_shown_by_number),
		cmocka_unit_test(broken_utf8_is_shown_by_number),
		cmocka_unit_test(
			a_text_that_is_too_long_is_cut_between_characters),
		cmocka_unit_test(
			the_printable_part_ends_at_the_first_other_byte),
		cmocka_unit_test(a_plain_word_is_not_quoted),
		cmocka_unit_test(
			a_word_with_control_characters_is_quoted_by_number),
		cmocka_unit_test(a_word_that_is_too_long_is_cut_and_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
