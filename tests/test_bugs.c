/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_bugs.c - each hazard is shown by search in the eras that have it, and in
 * no other: the history of the kernel, spelled out a second time.
 * test_scenarios.c explores what is counted on here.
 */
#include "kit.h"

#include "bugs.h"

#include <stdio.h>
#include <string.h>

/* Eras, one letter each: n 3.19, p with the patch, t 4.0, m 4.14, c 5.15,
 * o 5.19, d 6.1; without overrides. */
static const char letters[] = "nptmcod";

static const struct {
	const char *bug, *eras;
} history[] = {
	{ "B1", "n" },	  { "B2", "ptmc" },	     { "B3", "nptmc" },
	{ "B4", "ptmc" }, { "B5", "ptmc" },	     { "B6", "npt" },
	{ "B7", "" },	  { "B8", "npt" },	     { "B9", "mc" },
	{ "B11", "npt" }, { "B12", "np" },	     { "B14", "nptm" },
	{ "B15", "npt" }, { "B16", "npt" },	     { "B17", "t" },
	{ "B21", "mc" },  { "B22", "nptmc" },	     { "B23", "mc" },
	{ "B24", "o" },	  { "double-bind", "nptm" }, { "empty-claim", "o" },
};

static void eras_of(const char *bug, char *ret_eras)
{
	const struct sim_scenario *s;
	unsigned nth, i;

	for (nth = 0; era_name(nth); nth++)
		for (i = 0; (s = sim_scenario_nth(i)); i++)
			if (sim_bug_shown(s, era_name(nth), bug)) {
				*ret_eras++ = letters[nth];
				break;
			}
	*ret_eras = '\0';
}

static void each_bug_is_shown_in_the_eras_that_have_it(void **state)
{
	char eras[sizeof(letters)];
	size_t i;

	(void)state;
	for (i = 0; sim_bug_nth((unsigned)i); i++) {
		assert_true(i < sizeof(history) / sizeof(history[0]));
		assert_string_equal(sim_bug_nth((unsigned)i)->name,
				    history[i].bug);
		eras_of(history[i].bug, eras);
		if (strcmp(eras, history[i].eras) != 0)
			fail_msg("%s: shown in \"%s\", expected \"%s\"",
				 history[i].bug, eras, history[i].eras);
	}
	assert_int_equal(i, sizeof(history) / sizeof(history[0]));
}

/* 4.9 and later, built for tests of drivers: an option of each era. */
static void a_test_removal_is_shown_where_it_is_switched_on(void **state)
{
	const struct sim_scenario *s = sim_scenario_find("test-remove");

	(void)state;
	assert_true(sim_bug_shown(s, "v4.14 debug_test_remove=on", "B7"));
	assert_true(sim_bug_shown(s, "v5.15 debug_test_remove=on", "B7"));
	assert_false(sim_bug_shown(s, "v5.19 debug_test_remove=on", "B7"));
}

static void names_are_whole_words(void **state)
{
	(void)state;
	assert_true(sim_bug_among("B1 B8", "B1"));
	assert_true(sim_bug_among("B1 B8", "B8"));
	assert_false(sim_bug_among("B11 B18", "B1"));
	assert_false(sim_bug_among("B1 B8", "B"));
	assert_false(sim_bug_among("", "B1"));
	assert_false(sim_bug_among(NULL, "B1"));
}

/* A word that no table knows would be a bug that nobody lists. */
static void what_scenarios_name_is_in_the_table(void **state)
{
	const struct sim_scenario *s;
	const struct sim_expect *e;
	char words[64], *word, *save;
	unsigned i, nth;

	(void)state;
	for (i = 0; (s = sim_scenario_nth(i)); i++)
		for (e = s->expect; e && e->era; e++) {
			snprintf(words, sizeof(words), "%s",
				 e->bugs ? e->bugs : "");
			for (word = strtok_r(words, " ", &save); word;
			     word = strtok_r(NULL, " ", &save)) {
				for (nth = 0; sim_bug_nth(nth); nth++)
					if (!strcmp(sim_bug_nth(nth)->name,
						    word))
						break;
				if (!sim_bug_nth(nth))
					fail_msg("%s: %s", s->name, word);
			}
			/* What is found has a name; what has none, none. */
			if (s->expect->bugs && !e->set != !e->bugs)
				fail_msg("%s in %s", s->name, e->era);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_bug_is_shown_in_the_eras_that_have_it),
		cmocka_unit_test(
			a_test_removal_is_shown_where_it_is_switched_on),
		cmocka_unit_test(names_are_whole_words),
		cmocka_unit_test(what_scenarios_name_is_in_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
