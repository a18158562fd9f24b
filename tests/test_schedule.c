/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_schedule.c - the text of schedules: what is read, what is refused and
 * in which words, and that what is written reads back.
 */
#include "kit.h"

#include "schedule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER "vfiosim schedule 1\nscenario  lost-update\nera       v3.19\n"

static struct sim_schedule schedule;
static char error[SIM_TEXT_MAX];

static void accept(const char *text)
{
	if (sim_schedule_parse(text, "x", &schedule, error))
		fail_msg("%s", error);
	assert_string_equal(error, "");
}

static void refuse(const char *text, const char *expected)
{
	assert_int_equal(sim_schedule_parse(text, "x", &schedule, error),
			 -EINVAL);
	assert_string_equal(error, expected);
	assert_null(schedule.lines);
	assert_int_equal(schedule.nr_lines, 0);
}

/* The body of a schedule whose header is right. */
static void refuse_body(const char *body, const char *expected)
{
	char text[4096];

	(void)snprintf(text, sizeof(text), HEADER "%s", body);
	refuse(text, expected);
}

/* ------------------------------------------------------------ what is read */

static void every_kind_of_line_is_read(void **state)
{
	const struct sim_line *l;

	(void)state;
	accept(HEADER
	       "found     check failed: it is 2 (by dfs, run 3)\n"
	       "a runs until it is past read counter #1 in add_one\n"
	       "b runs until it is about to lock-shared t.rwsem #2 in f (3)\n"
	       "a runs until it blocks\n"
	       "b alloc vfio_unbound_dev in g fails\n"
	       "b sleep q.queue #1 in g (2) expires\n"
	       "b sleep q.queue #1 in g is interrupted\n"
	       "b runs to its end\n"
	       "end\n");
	assert_string_equal(schedule.scenario, "lost-update");
	assert_string_equal(schedule.era.name, "v3.19");
	assert_true(schedule.has_verdict);
	assert_int_equal(schedule.verdict, SIM_CHECK_FAILED);
	assert_string_equal(schedule.found,
			    "check failed: it is 2 (by dfs, run 3)");
	assert_int_equal(schedule.nr_lines, 7);
	l = schedule.lines;
	assert_int_equal(l[0].type, SIM_LINE_PAST);
	assert_string_equal(l[0].task, "a");
	assert_int_equal(l[0].point.kind, SCHED_READ);
	assert_string_equal(l[0].point.object, "counter #1");
	assert_string_equal(l[0].point.func, "add_one");
	assert_int_equal(l[0].point.nth, 1);
	assert_int_equal(l[0].lineno, 5);
	assert_int_equal(l[1].type, SIM_LINE_BEFORE);
	assert_int_equal(l[1].point.kind, SCHED_LOCK_SHARED);
	assert_string_equal(l[1].point.object, "t.rwsem #2");
	assert_int_equal(l[1].point.nth, 3);
	assert_int_equal(l[2].type, SIM_LINE_BLOCKS);
	assert_int_equal(l[3].type, SIM_LINE_CHOICE);
	assert_int_equal(l[3].point.kind, SCHED_ALLOC);
	assert_int_equal(l[3].outcome, 1);
	assert_int_equal(l[4].outcome, SCHED_EXPIRED);
	assert_int_equal(l[4].point.nth, 2);
	assert_int_equal(l[5].outcome, SCHED_SIGNALLED);
	assert_int_equal(l[6].type, SIM_LINE_END);
	sim_schedule_release(&schedule);
}

static void blanks_comments_and_carriage_returns_do_not_count(void **state)
{
	(void)state;
	accept("\n# by hand\n  vfiosim schedule 1  # the format\r\n\r\n"
	       "\tscenario\tlost-update\r\n"
	       "era v3.19 # the first\n#\n\n"
	       "  a   runs until it is past read x #1 in f # not \"# 1\"\r\n"
	       "a\truns\tto its end\r\n"
	       "end # of it\n\n# and nothing else\n\n");
	assert_int_equal(schedule.nr_lines, 2);
	assert_string_equal(schedule.lines[0].point.object, "x #1");
	assert_string_equal(schedule.lines[0].point.func, "f");
	assert_int_equal(schedule.lines[0].lineno, 9);
	sim_schedule_release(&schedule);
}

static void the_last_line_needs_no_end_of_line(void **state)
{
	(void)state;
	accept(HEADER "end");
	assert_int_equal(schedule.nr_lines, 0);
	assert_false(schedule.has_verdict);
	sim_schedule_release(&schedule);
}

static void an_era_may_have_overrides(void **state)
{
	(void)state;
	accept("vfiosim schedule 1\nscenario s\n"
	       "era v3.19-patched check_order=atomic kvm_del=match_group\nend\n");
	assert_string_equal(schedule.era.name, "v3.19-patched");
	assert_int_equal(schedule.era.value[ERA_CHECK_ORDER], ERA_CHECK_ATOMIC);
	sim_schedule_release(&schedule);
}

static void a_found_line_without_verdict_is_only_text(void **state)
{
	(void)state;
	accept(HEADER "found     something odd\nend\n");
	assert_false(schedule.has_verdict);
	assert_string_equal(schedule.found, "something odd");
	sim_schedule_release(&schedule);
}

static void every_verdict_is_recognised(void **state)
{
	char text[512];
	unsigned v;

	(void)state;
	for (v = 0; v < SIM_VERDICT_NR; v++) {
		(void)snprintf(text, sizeof(text),
			       HEADER "found %s: in f\nend\n",
			       sim_verdict_name((enum sim_verdict)v));
		accept(text);
		assert_true(schedule.has_verdict);
		assert_int_equal(schedule.verdict, v);
		sim_schedule_release(&schedule);
	}
}

static void every_kind_of_operation_is_recognised(void **state)
{
	char text[512];
	unsigned k;

	(void)state;
	for (k = 0; k < SCHED_KIND_NR; k++) {
		(void)snprintf(text, sizeof(text),
			       HEADER "a runs until it is past %s x in f\n"
				      "end\n",
			       sim_kind_name((enum sched_kind)k));
		accept(text);
		assert_int_equal(schedule.lines[0].point.kind, k);
		sim_schedule_release(&schedule);
	}
}

static void many_lines_are_read_and_too_many_refused(void **state)
{
	static char text[SCHEDULE_LINES_MAX * 24 + 200];
	unsigned i;
	size_t used;

	(void)state;
	strcpy(text, HEADER);
	used = strlen(text);
	for (i = 0; i < SCHEDULE_LINES_MAX; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "a runs to its end\n");
	(void)snprintf(text + used, sizeof(text) - used, "end\n");
	accept(text);
	assert_int_equal(schedule.nr_lines, SCHEDULE_LINES_MAX);
	sim_schedule_release(&schedule);
	(void)snprintf(text + used, sizeof(text) - used,
		       "a runs to its end\nend\n");
	refuse(text, "x:40004: expected at most 40000 lines");
}

/* --------------------------------------------------------- what is refused */

static void a_wrong_beginning_is_refused(void **state)
{
	char text[700];

	(void)state;
	refuse("", "x:1: expected 'vfiosim schedule 1', found 'nothing'");
	refuse("# c\n\n",
	       "x:3: expected 'vfiosim schedule 1', found 'nothing'");
	refuse("vfiosim schedule 2\n",
	       "x:1: expected 'vfiosim schedule 1', found 'vfiosim schedule "
	       "2'");
	refuse("vfiosim schedule 1 1\n",
	       "x:1: expected 'vfiosim schedule 1', found 'vfiosim schedule 1 "
	       "1'");
	memset(text, 'z', sizeof(text));
	text[600] = '\0';
	refuse(text, "x:1: expected at most 511 characters, found a line of "
		     "600");
}

static void a_wrong_header_is_refused(void **state)
{
	(void)state;
	refuse("vfiosim schedule 1\n",
	       "x:2: expected 'scenario', found the end of the file");
	refuse("vfiosim schedule 1\nera v3.19\n",
	       "x:2: expected 'scenario', found 'era v3.19'");
	refuse("vfiosim schedule 1\nscenarios x\n",
	       "x:2: expected 'scenario', found 'scenarios x'");
	refuse("vfiosim schedule 1\nscenario\n",
	       "x:2: expected the name of a scenario, found ''");
	refuse("vfiosim schedule 1\nscenario two words\n",
	       "x:2: expected the name of a scenario, found 'two words'");
	refuse("vfiosim schedule 1\nscenario s\n\n",
	       "x:4: expected 'era', found the end of the file");
	refuse("vfiosim schedule 1\nscenario s\nend\n",
	       "x:3: expected 'era', found 'end'");
}

static void a_wrong_era_is_refused(void **state)
{
	(void)state;
	refuse("vfiosim schedule 1\nscenario s\nera v2.6\nend\n",
	       "x:3: expected an era like v3.19 or v3.19-patched, found "
	       "'v2.6'");
	refuse("vfiosim schedule 1\nscenario s\nera\nend\n",
	       "x:3: expected an era like v3.19 or v3.19-patched, found ''");
	refuse("vfiosim schedule 1\nscenario s\nera v3.19 colour=red\nend\n",
	       "x:3: expected an era flag, found 'colour' (red)");
	refuse("vfiosim schedule 1\nscenario s\nera v3.19 check_order\nend\n",
	       "x:3: expected FLAG=VALUE, found 'check_order'");
	refuse("vfiosim schedule 1\nscenario s\nera v3.19 check_order=blue\n",
	       "x:3: flag check_order has no value 'blue'");
	refuse("vfiosim schedule 1\nscenario s\nera v3.19 del_wait=completion\n",
	       "x:3: expected flags that go together: "
	       "del_wait=completion needs device_free=unregister_unlinks");
}

static void a_file_that_is_cut_off_is_refused(void **state)
{
	(void)state;
	refuse_body("", "x:4: expected a task or 'end', found the end of the "
			"file: it is cut off");
	refuse_body("a runs to its end\n",
		    "x:5: expected a task or 'end', found the end of the "
		    "file: it is cut off");
	refuse_body("a runs to its en",
		    "x:4: expected 'to its end', 'until it is past ...', "
		    "'until it is about to ...' or 'until it blocks', found "
		    "'to its en'");
}

static void text_behind_the_end_is_refused(void **state)
{
	(void)state;
	refuse_body("end\na runs to its end\n",
		    "x:5: expected nothing after 'end', found 'a runs to its "
		    "end'");
	refuse_body("end\nend\n",
		    "x:5: expected nothing after 'end', found 'end'");
}

static void a_wrong_line_is_refused(void **state)
{
	(void)state;
	refuse_body("a\n",
		    "x:4: expected an operation like lock, unlock, read or "
		    "update, found ''");
	refuse_body("a walks to its end\n",
		    "x:4: expected an operation like lock, unlock, read or "
		    "update, found 'walks'");
	refuse_body("a runs\n",
		    "x:4: expected 'to its end', 'until it is past ...', "
		    "'until it is about to ...' or 'until it blocks', found "
		    "''");
	refuse_body("a runs to its end soon\n",
		    "x:4: expected the end of the line, found 'soon'");
	refuse_body("a runs until it blocks twice\n",
		    "x:4: expected the end of the line, found 'twice'");
	refuse_body("end of it\n",
		    "x:4: expected an operation like lock, unlock, read or "
		    "update, found 'of'");
	refuse_body("a runs to its end\nfound BUG: late\nend\n",
		    "x:5: expected an operation like lock, unlock, read or "
		    "update, found 'BUG:'");
	refuse_body("this-name-has-more-than-31-letters-in-it runs to its "
		    "end\n",
		    "x:4: expected the name of a task, found "
		    "'this-name-has-more-than-31-letters-in-it...'");
}

static void a_wrong_point_is_refused(void **state)
{
	(void)state;
	refuse_body("a runs until it is past locks x in f\n",
		    "x:4: expected an operation like lock, unlock, read or "
		    "update, found 'locks'");
	refuse_body("a runs until it is past lock x\n",
		    "x:4: expected an object, 'in' and a function after "
		    "'lock', found 'x'");
	refuse_body("a runs until it is past lock x in\n",
		    "x:4: expected an object, 'in' and a function after "
		    "'lock', found 'x in'");
	refuse_body("a runs until it is past lock x in f g\n",
		    "x:4: expected the end of the line, found 'g'");
	refuse_body("a runs until it is past lock x in f (2) g\n",
		    "x:4: expected the end of the line, found 'g'");
}

static void a_wrong_choice_is_refused(void **state)
{
	(void)state;
	refuse_body("a alloc x in f\n", "x:4: expected 'fails', found ''");
	refuse_body("a alloc x in f succeeds\n",
		    "x:4: expected 'fails', found 'succeeds'");
	refuse_body("a alloc x in f fails again\n",
		    "x:4: expected the end of the line, found 'again'");
	refuse_body("a alloc x in f expires\n",
		    "x:4: expected 'fails', found 'expires'");
	refuse_body("a sleep x in f fails\n",
		    "x:4: expected 'expires' or 'is interrupted', found "
		    "'fails'");
	refuse_body("a lock x in f fails\n",
		    "x:4: expected 'runs ...', or alloc or sleep and its "
		    "outcome, found 'lock'");
}

static void absurd_numbers_are_refused(void **state)
{
	static const char *const numbers[] = {
		"()",	   "(0)",
		"(-1)",	   "(+2)",
		"( 2)",	   "(2",
		"(2x)",	   "(1e3)",
		"(20001)", "(99999999999999999999999999999999)",
		"(0x10)",
	};
	char body[200], expected[200];
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		(void)snprintf(body, sizeof(body),
			       "a runs until it is past lock x in f %s\n",
			       numbers[i]);
		(void)snprintf(expected, sizeof(expected),
			       "x:4: expected the number of an occurrence, "
			       "like (2), found '%s'",
			       numbers[i]);
		refuse_body(body, expected);
	}
	accept(HEADER "a runs until it is past lock x in f (20000)\nend\n");
	assert_int_equal(schedule.lines[0].point.nth, 20000);
	sim_schedule_release(&schedule);
}

static void long_lines_and_names_are_refused(void **state)
{
	char body[1200], name[200];

	(void)state;
	memset(name, 'n', 130);
	name[130] = '\0';
	(void)snprintf(body, sizeof(body),
		       "a runs until it is past lock %s in f\n", name);
	refuse_body(body, "x:4: expected a shorter name than "
			  "'nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn...'");
	(void)snprintf(body, sizeof(body),
		       "a runs until it is past lock x in %s\n", name);
	refuse_body(body, "x:4: expected a shorter name than "
			  "'nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn...'");
	memset(body, ' ', 512);
	strcpy(body + 512, "\nend\n");
	refuse_body(body, "x:4: expected at most 511 characters, found a line "
			  "of 512");
	strcpy(body + 511, "\nend\n");
	memcpy(name, HEADER, sizeof(HEADER));
	(void)snprintf(body, sizeof(body), HEADER "%511s\nend\n", "");
	accept(body);
	sim_schedule_release(&schedule);
}

/* Files are untrusted, and what they say is printed. */
static void what_could_steer_a_terminal_is_refused(void **state)
{
	static const struct {
		const char *body, *error;
	} cases[] = {
		{ "a \x1b[2J runs to its end\n", "found byte 0x1b" },
		{ "a\rb runs to its end\n", "found byte 0x0d" },
		{ "found BUG: \x07\nend\n", "found byte 0x07" },
		{ "a runs to its end \x7f\n", "found byte 0x7f" },
		{ "found BUG: \xc2\x9b", "found byte 0xc2" },
		{ "\x9b"
		  "2J runs to its end\n",
		  "found byte 0x9b" },
	};
	char error_text[80];
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		(void)snprintf(error_text, sizeof(error_text),
			       "x:4: expected printable text in UTF-8, %s",
			       cases[i].error);
		refuse_body(cases[i].body, error_text);
	}
	refuse("\x7f\x45LF\n", "x:1: expected printable text in UTF-8, found "
			       "byte 0x7f");
	accept(HEADER "# \x1b[2J\nend\n");
	sim_schedule_release(&schedule);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_line_is_read),
		cmocka_unit_test(
			blanks_comments_and_carriage_returns_do_not_count),
		cmocka_unit_test(the_last_line_needs_no_end_of_line),
		cmocka_unit_test(an_era_may_have_overrides),
		cmocka_unit_test(a_found_line_without_verdict_is_only_text),
		cmocka_unit_test(every_verdict_is_recognised),
		cmocka_unit_test(every_kind_of_operation_is_recognised),
		cmocka_unit_test(many_lines_are_read_and_too_many_refused),
		cmocka_unit_test(a_wrong_beginning_is_refused),
		cmocka_unit_test(a_wrong_header_is_refused),
		cmocka_unit_test(a_wrong_era_is_refused),
		cmocka_unit_test(a_file_that_is_cut_off_is_refused),
		cmocka_unit_test(text_behind_the_end_is_refused),
		cmocka_unit_test(a_wrong_line_is_refused),
		cmocka_unit_test(a_wrong_point_is_refused),
		cmocka_unit_test(a_wrong_choice_is_refused),
		cmocka_unit_test(absurd_numbers_are_refused),
		cmocka_unit_test(long_lines_and_names_are_refused),
		cmocka_unit_test(what_could_steer_a_terminal_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
