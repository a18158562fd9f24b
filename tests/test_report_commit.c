/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_report_commit.c - diagrams: those of the catalogue byte for byte, and
 * those of traces made by hand for what the catalogue does not have.
 */
#include "golden.h"
#include "kit.h"
#include "paint.h"

#include <stdlib.h>
#include <string.h>

#define LINE_MAX_COLUMNS 75
#define RUNS_MAX 400

static void expect_sane(const char *name, const char *text)
{
	const char *line = text;

	if (golden_width(text) > LINE_MAX_COLUMNS)
		fail_msg("%s: %u columns:\n%s", name, golden_width(text), text);
	for (; *line; line += strcspn(line, "\n") + 1) {
		size_t n = strcspn(line, "\n");

		if (n && line[n - 1] == ' ')
			fail_msg("%s: blank at a line's end:\n%s", name, text);
	}
	assert_memory_equal(text, "  CPU0 (", 8);
	assert_non_null(strstr(text, "\n  ----"));
}

static unsigned count_rows(const char *text)
{
	unsigned rows = 0;

	for (; *text; text += strcspn(text, "\n") + 1)
		rows += *text != '\n';
	return rows - 2;
}

/* --------------------------------------------------------------- catalogue */

/* Schedules are kept too, so that another order of search changes nothing. */
static void expect_golden(const char *name)
{
	char path[1024], file[128];
	struct sim_result result;
	char *text;

	snprintf(path, sizeof(path), "%s/%s.schedule", VFIOSIM_GOLDEN, name);
	if (sim_replay_file(NULL, path, NULL, &result))
		fail_msg("%s", result.error);
	assert_true(result.nr_findings > 0);
	text = paint_commit(sim_result_trace(&result));
	expect_sane(name, text);
	snprintf(file, sizeof(file), "%s.commit", name);
	golden_compare(file, text);
	free(text);
	sim_result_release(&result);
}

static void the_textbook_races_have_these_diagrams(void **state)
{
	(void)state;
	expect_golden("lost-update");
	expect_golden("abba-deadlock");
	expect_golden("lost-wakeup");
	expect_golden("recursive-read");
}

static void the_viability_window_has_these_diagrams(void **state)
{
	(void)state;
	expect_golden("viability-group-del");
	expect_golden("viability-window");
	expect_golden("viability-device-open");
}

static void the_patch_leaves_a_head_race_and_a_tail_race(void **state)
{
	(void)state;
	expect_golden("viability-status-head");
	expect_golden("viability-status-tail");
}

static void a_notifier_that_waits_for_its_own_chain_shows_both(void **state)
{
	(void)state;
	expect_golden("viability-window-deadlock");
}

static void a_use_after_free_shows_the_free(void **state)
{
	(void)state;
	expect_golden("put-external-user");
}

/* Explore with @runs_max runs; returns how many findings had a good diagram. */
static unsigned explore(const char *scenario, const char *era,
			unsigned runs_max)
{
	struct sim_options options = { .all = true, .budget_runs = runs_max };
	struct sim_result result;
	char error[SIM_TEXT_MAX];
	unsigned i, nr;

	if (sim_era_parse(era, &options.era, error))
		fail_msg("%s", error);
	kit_explore(sim_scenario_find(scenario), &options, &result);
	nr = result.nr_findings;
	for (i = 0; i < nr; i++) {
		char *text = paint_commit(result.findings[i].trace);

		expect_sane(scenario, text);
		free(text);
	}
	sim_result_release(&result);
	return nr;
}

static void no_diagram_of_the_catalogue_is_wider_than_75(void **state)
{
	const struct sim_scenario *s;
	unsigned i, v, diagrams = 0, showing = 0;

	(void)state;
	for (i = 0; (s = sim_scenario_nth(i)); i++) {
		showing += s->expect[0].set != 0;
		for (v = 0; s->expect && s->expect[v].era; v++)
			diagrams += explore(s->name, s->expect[v].era,
					    kit_scale(RUNS_MAX));
	}
	/* Those that show something in their first era do so here, too. */
	assert_true(diagrams >= showing);
}

static void a_diagram_is_the_same_on_each_carrier(void **state)
{
	const enum sim_carrier_kind *c;
	struct sim_result result;
	char *first = NULL, *text;

	(void)state;
	for (c = kit_carriers(); *c; c++) {
		const struct sim_options options = { .carrier = *c };

		kit_explore(sim_scenario_find("viability-status"), &options,
			    &result);
		text = paint_commit(result.findings[0].trace);
		if (first)
			assert_string_equal(text, first);
		free(first);
		first = text;
		sim_result_release(&result);
	}
	free(first);
}

/* ----------------------------------------------------------------- by hand */

static const char *const two[] = { "a", "b", NULL };

static void expect_diagram(struct paint *p, const char *expected)
{
	char *text = paint_commit(&p->trace);

	expect_sane("painted", text);
	assert_string_equal(text, expected);
	free(text);
	paint_end(p);
}

static void calls_that_lead_to_nothing_are_left_out(void **state)
{
	struct paint p;

	(void)state;
	paint_begin(&p, two);
	paint_enter(&p, 1, "outer");
	paint_enter(&p, 1, "boring");
	paint_word(&p, 1, SCHED_READ, 0, "own", 7);
	paint_leave(&p, 1, "boring");
	paint_enter(&p, 1, "inner");
	paint_word(&p, 1, SCHED_READ, 1, "shared->word", 0);
	paint_word(&p, 2, SCHED_WRITE, 1, "s->word", 1);
	paint_word(&p, 2, SCHED_WRITE, 1, "s->word", 2);
	paint_finding(&p, 1, SIM_WARN, "too early");
	expect_diagram(&p, "  CPU0 (a)                CPU1 (b)\n"
			   "  ----                    ----\n"
			   "  outer()\n"
			   "    inner()\n"
			   "      shared->word == 0\n"
			   "\n"
			   "                          s->word = 1\n"
			   "\n"
			   "      => WARN: too early\n");
}

static void a_read_is_shown_with_the_write_that_it_saw(void **state)
{
	struct paint p;

	(void)state;
	paint_begin(&p, two);
	paint_word(&p, 2, SCHED_WRITE, 1, "s->word", 1);
	paint_word(&p, 2, SCHED_WRITE, 1, "s->word", 2);
	paint_word(&p, 1, SCHED_READ, 1, "s->word", 2);
	paint_word(&p, 1, SCHED_READ, 2, "s->other", 0);
	paint_finding(&p, 1, SIM_REFUSED, "call: -EINVAL");
	paint_word(&p, 2, SCHED_WRITE, 1, "s->word", 3);
	paint_word(&p, 2, SCHED_WRITE, 3, "s->third", 3);
	expect_diagram(&p, "  CPU0 (a)                CPU1 (b)\n"
			   "  ----                    ----\n"
			   "                          s->word = 2\n"
			   "\n"
			   "  s->word == 2\n"
			   "  => call: -EINVAL\n");
}

static void list_edits_stand_for_their_accesses(void **state)
{
	struct paint p;

	(void)state;
	paint_begin(&p, two);
	paint_step(&p, 2, SCHED_LOCK, 5, "&lock");
	paint_access(&p, 2, 1, true);
	paint_access(&p, 2, 2, true);
	paint_fact(&p, 2, "list_del(&node->link)");
	paint_step(&p, 2, SCHED_UNLOCK, 5, "&lock");
	paint_enter(&p, 1, "find");
	paint_step(&p, 1, SCHED_LOCK, 5, "&lock");
	paint_access(&p, 1, 2, false);
	paint_fact(&p, 1, "node is not there");
	paint_leave(&p, 1, "find");
	paint_note(&p, 1, "call: -ENOENT");
	paint_finding(&p, 1, SIM_REFUSED, "call, node not found");
	expect_diagram(&p, "  CPU0 (a)                 CPU1 (b)\n"
			   "  ----                     ----\n"
			   "                           list_del(&node->link)\n"
			   "\n"
			   "  find()\n"
			   "    node is not there\n"
			   "  => call, node not found\n");
}

static void what_a_call_wrote_itself_explains_nothing(void **state)
{
	struct paint p;

	(void)state;
	paint_begin(&p, two);
	paint_enter(&p, 1, "first");
	paint_word(&p, 1, SCHED_WRITE, 1, "s->earlier", 1);
	paint_leave(&p, 1, "first");
	paint_word(&p, 2, SCHED_WRITE, 2, "s->own", 1);
	paint_enter(&p, 1, "second");
	paint_word(&p, 1, SCHED_WRITE, 2, "s->own", 5);
	paint_word(&p, 1, SCHED_READ, 2, "s->own", 5);
	paint_word(&p, 1, SCHED_READ, 1, "s->earlier", 1);
	paint_leave(&p, 1, "second");
	paint_finding(&p, 1, SIM_WARN, "here");
	expect_diagram(&p, "  CPU0 (a)\n"
			   "  ----\n"
			   "  first()\n"
			   "    s->earlier = 1\n"
			   "  second()\n"
			   "    s->earlier == 1\n"
			   "  => WARN: here\n");
}

static void words_that_nobody_changes_are_not_shown(void **state)
{
	struct paint p;

	(void)state;
	paint_begin(&p, two);
	paint_word(&p, 1, SCHED_READ, 1, "s->constant", 1);
	paint_word(&p, 2, SCHED_READ, 1, "s->constant", 1);
	paint_word(&p, 1, SCHED_RMW, 2, "&s->count", 1);
	paint_word(&p, 2, SCHED_RMW, 2, "&s->count", 2);
	paint_word(&p, 1, SCHED_WRITE, 3, "s->word", 1);
	paint_word(&p, 2, SCHED_READ, 3, "s->word", 1);
	paint_finding(&p, 0, SIM_CHECK_FAILED, "word");
	expect_diagram(&p, "  CPU0 (a)                CPU1 (b)\n"
			   "  ----                    ----\n"
			   "  s->word = 1\n"
			   "\n"
			   "                          s->word == 1\n"
			   "\n"
			   "  => check failed: word\n");
}

static void a_use_after_free_shows_where_the_pointer_came_from(void **state)
{
	struct paint p;
	struct sim_event *e;

	(void)state;
	paint_begin(&p, two);
	e = paint_step(&p, 1, SCHED_READ, 2, "s->thing");
	e->has_value = e->pointer = true;
	e->value = 1;
	e->value_type = "thing";
	e->value_nr = 2;
	e = paint_step(&p, 1, SCHED_READ, 3, "s->thang");
	e->has_value = e->pointer = true;
	e->value = 1;
	e->value_type = "thing";
	e->value_nr = 1;
	paint_word(&p, 2, SCHED_WRITE, 4, "s->state", 7);
	paint_enter(&p, 1, "use");
	paint_word(&p, 1, SCHED_READ, 4, "s->state", 7);
	paint_free(&p, 2, 1, "thing", 2);
	paint_finding(&p, 1, SIM_USE_AFTER_FREE, "write of thing #2");
	p.trace.events[p.trace.nr_events - 1].obj = &p.object[1];
	expect_diagram(&p, "  CPU0 (a)                    CPU1 (b)\n"
			   "  ----                        ----\n"
			   "  s->thing != NULL\n"
			   "\n"
			   "                              s->state = 7\n"
			   "\n"
			   "  use()\n"
			   "    s->state == 7\n"
			   "\n"
			   "                              kfree(thing #2)\n"
			   "\n"
			   "    => use after free: write of thing #2\n");
}

static void a_writer_that_got_its_turn_is_shown_once(void **state)
{
	struct paint p;
	struct sim_event *e;

	(void)state;
	paint_begin(&p, two);
	paint_step(&p, 1, SCHED_LOCK_SHARED, 1, "&s->sem");
	paint_step(&p, 1, SCHED_UNLOCK_SHARED, 1, "&s->sem");
	paint_step(&p, 1, SCHED_QUEUE, 1, "&s->sem");
	paint_step(&p, 1, SCHED_LOCK, 1, "&s->sem");
	e = paint_step(&p, 2, SCHED_LOCK, 1, "&s->sem");
	e->type = SIM_EVENT_PENDING;
	paint_finding(&p, 2, SIM_DEADLOCK, "b waits");
	expect_diagram(&p,
		       "  CPU0 (a)                CPU1 (b)\n"
		       "  ----                    ----\n"
		       "  down_write(&s->sem)\n"
		       "\n"
		       "                          down_write(&s->sem) /* waits "
		       "*/\n"
		       "                          => deadlock: b waits\n");
}

static void a_wait_is_shown_when_others_act_meanwhile(void **state)
{
	struct paint p;
	struct sim_event *e;

	(void)state;
	paint_begin(&p, two);
	paint_word(&p, 1, SCHED_READ, 1, "s->word", 0);
	e = paint_step(&p, 2, SCHED_WRITE, 1, "s->word");
	e->how = SIM_SWITCH_BLOCKED;
	paint_step(&p, 1, SCHED_SLEEP, 2, "s->done");
	paint_finding(&p, 1, SIM_WARN, "late");
	expect_diagram(&p, "  CPU0 (a)                         CPU1 (b)\n"
			   "  ----                             ----\n"
			   "  s->word == 0\n"
			   "  wait_event(s->done) /* waits */\n"
			   "\n"
			   "                                   write s->word\n"
			   "\n"
			   "  => WARN: late\n");
}

static void long_chains_keep_their_ends(void **state)
{
	static const char *const calls[] = {
		"enter_from_user_space",  "pass_it_on_to_the_device",
		"let_the_driver_do_it",	  "driver_asks_the_library",
		"library_finds_an_error", "error_is_handled_here",
	};
	struct paint p;
	unsigned i, task;

	(void)state;
	paint_begin(&p, two);
	for (task = 1; task <= 2; task++)
		for (i = 0; i < 6; i++)
			paint_enter(&p, task, calls[i]);
	paint_word(&p, 1, SCHED_READ, 1, "some->rather_long->name_of_a_word",
		   0);
	paint_word(&p, 2, SCHED_WRITE, 1, "some->rather_long->name_of_a_word",
		   1);
	paint_finding(&p, 1, SIM_WARN, "late");
	expect_diagram(
		&p,
		"  CPU0 (a)                        CPU1 (b)\n"
		"  ----                            ----\n"
		"  enter_from_user_space()\n"
		"    error_is_handled_here()\n"
		"      some->rather_long->name_of_a_word == 0\n"
		"\n"
		"                                  enter_from_user_space()\n"
		"                                    error_is_handled_here()\n"
		"                                      some->rather_long->name_of_a_word = 1\n"
		"\n"
		"      => WARN: late\n");
}

static void a_call_that_leads_to_two_others_stays(void **state)
{
	static const char name[] = "a->name_that_makes_columns_overlap";
	struct paint p;
	unsigned i;

	(void)state;
	paint_begin(&p, two);
	for (i = 1; i <= 2; i++) {
		paint_enter(&p, i, "outer");
		paint_enter(&p, i, "branch");
		paint_enter(&p, i, "left");
		paint_word(&p, i, SCHED_READ, 1, name, 0);
		paint_leave(&p, i, "left");
		paint_enter(&p, i, "right");
		paint_word(&p, i, SCHED_WRITE, 1, name, 1);
	}
	paint_finding(&p, 0, SIM_CHECK_FAILED, "name");
	expect_diagram(
		&p,
		"  CPU0 (a)                    CPU1 (b)\n"
		"  ----                        ----\n"
		"  outer()\n"
		"    branch()\n"
		"      left()\n"
		"        a->name_that_makes_columns_overlap == 0\n"
		"      right()\n"
		"        a->name_that_makes_columns_overlap = 1\n"
		"\n"
		"                              outer()\n"
		"                                branch()\n"
		"                                  left()\n"
		"                                    a->name_that_makes_columns_overlap == 0\n"
		"                                  right()\n"
		"                                    a->name_that_makes_columns_overlap = 1\n"
		"\n"
		"  => check failed: name\n");
}

static void headers_never_overlap(void **state)
{
	static const char *const names[] = { "first-task-of-three",
					     "second-task-of-3", "third",
					     NULL };
	static const char name[] = "a->name_of_more_than_half_a_line_that_is";
	struct paint p;
	char *text;

	(void)state;
	paint_begin(&p, names);
	paint_word(&p, 1, SCHED_WRITE, 1, name, 1);
	paint_word(&p, 2, SCHED_WRITE, 1, name, 2);
	paint_word(&p, 3, SCHED_WRITE, 1, name, 3);
	paint_finding(&p, 0, SIM_CHECK_FAILED, "name");
	text = paint_commit(&p.trace);
	expect_sane("painted", text);
	assert_memory_equal(text,
			    "  CPU0 (first-task-of-three)   CPU1 "
			    "(second-task-of-3)  CPU2 (third)\n",
			    69);
	free(text);
	paint_end(&p);
}

static void a_row_that_is_too_deep_moves_to_the_left(void **state)
{
	static const char *const calls[] = { "c1", "c2", "c3", "c4", "c5",
					     "c6", "c7", "c8", "c9", "c10" };
	static const char name[] =
		"a->word_of_a_length_that_leaves_little_room_for_depth";
	struct paint p;
	char *text;
	unsigned i;

	(void)state;
	paint_begin(&p, two);
	for (i = 0; i < 10; i++) {
		paint_enter(&p, 1, calls[i]);
		paint_word(&p, 1, SCHED_WRITE, 1, "w", (int)i);
	}
	paint_word(&p, 1, SCHED_WRITE, 1, name, 8);
	paint_word(&p, 2, SCHED_READ, 1, "w", 8);
	paint_finding(&p, 0, SIM_CHECK_FAILED, "w");
	text = paint_commit(&p.trace);
	expect_sane("painted", text);
	/* 75 columns less the 57 of the row; its depth asks for 2 + 20. */
	assert_non_null(strstr(text, "\n                  a->word_of_a_length_"
				     "that_leaves_little_room_for_depth = "
				     "8\n"));
	free(text);
	paint_end(&p);
}

static void three_columns_fit(void **state)
{
	static const char *const three[] = { "reader", "writer", "sweeper",
					     NULL };
	struct paint p;

	(void)state;
	paint_begin(&p, three);
	paint_word(&p, 1, SCHED_READ, 1, "s->word", 0);
	paint_word(&p, 2, SCHED_WRITE, 1, "s->word", 1);
	paint_word(&p, 3, SCHED_WRITE, 1, "s->word", 2);
	paint_word(&p, 1, SCHED_READ, 1, "s->word", 2);
	paint_finding(&p, 0, SIM_CHECK_FAILED, "it stays");
	expect_diagram(
		&p,
		"  CPU0 (reader)           CPU1 (writer)           CPU2 (sweeper)\n"
		"  ----                    ----                    ----\n"
		"  s->word == 0\n"
		"\n"
		"                          s->word = 1\n"
		"\n"
		"                                                  s->word = 2\n"
		"\n"
		"  s->word == 2\n"
		"\n"
		"  => check failed: it stays\n");
}

static void what_is_too_long_for_a_line_is_cut_or_wrapped(void **state)
{
	static const char name[] =
		"a_name_that_never_ends_and_goes_on_and_on_until_it_is_cut_"
		"off_at_the_end_of_the_line_at_last";
	struct paint p;
	char *text;

	(void)state;
	paint_begin(&p, two);
	paint_word(&p, 1, SCHED_READ, 1, name, 0);
	paint_word(&p, 2, SCHED_WRITE, 1, name, 1);
	paint_finding(&p, 1, SIM_WARN,
		      "words that are wrapped between words and not inside "
		      "them, however many of them there may be");
	text = paint_commit(&p.trace);
	expect_sane("painted", text);
	assert_int_equal(golden_width(text), LINE_MAX_COLUMNS);
	assert_non_null(strstr(text, "until_it_is_cut_off_at_the_e...\n"));
	assert_non_null(strstr(text, "\n  => WARN: words that are wrapped "
				     "between words and not inside them,\n"
				     "     however many of them there may "
				     "be\n"));
	free(text);
	paint_end(&p);
}

static void the_middle_of_a_long_story_is_left_out(void **state)
{
	struct paint p;
	char *text;
	int i;

	(void)state;
	paint_begin(&p, two);
	for (i = 0; i < 60; i++)
		paint_word(&p, 1 + (unsigned)i % 2, SCHED_WRITE, 1, "s->word",
			   i);
	paint_finding(&p, 0, SIM_CHECK_FAILED, "s->word is odd");
	text = paint_commit(&p.trace);
	expect_sane("painted", text);
	/* 14 rows, "...", and the last 30, of which one is the finding. */
	assert_int_equal(count_rows(text), 45);
	assert_non_null(strstr(text, "s->word = 13\n\n  ...\n"));
	assert_null(strstr(text, "s->word = 14\n"));
	assert_null(strstr(text, "s->word = 30\n"));
	assert_non_null(strstr(text, "s->word = 31\n"));
	assert_non_null(strstr(text, "=> check failed: s->word is odd\n"));
	free(text);
	paint_end(&p);
}

static void without_a_finding_shared_words_are_shown(void **state)
{
	struct paint p;

	(void)state;
	paint_begin(&p, two);
	paint_word(&p, 1, SCHED_WRITE, 1, "s->word", 1);
	paint_word(&p, 1, SCHED_WRITE, 2, "s->own", 1);
	paint_word(&p, 2, SCHED_READ, 1, "s->word", 1);
	expect_diagram(&p, "  CPU0 (a)                CPU1 (b)\n"
			   "  ----                    ----\n"
			   "  s->word = 1\n"
			   "\n"
			   "                          s->word == 1\n");
}

static void counters_are_shown_when_there_is_nothing_else(void **state)
{
	struct paint p;

	(void)state;
	paint_begin(&p, two);
	paint_word(&p, 1, SCHED_RMW, 1, "&s->count", 2);
	paint_word(&p, 2, SCHED_RMW, 1, "&s->count", 3);
	paint_finding(&p, 0, SIM_LEAK, "1 object still alive: s #1");
	expect_diagram(&p, "  CPU0 (a)                CPU1 (b)\n"
			   "  ----                    ----\n"
			   "  s->count = 2\n"
			   "\n"
			   "                          s->count = 3\n"
			   "\n"
			   "  => leak: 1 object still alive: s #1\n");
}

static void a_failed_allocation_is_always_shown(void **state)
{
	struct paint p;
	struct sim_event *e;

	(void)state;
	paint_begin(&p, two);
	e = paint_step(&p, 1, SCHED_ALLOC, 1, "thing");
	e->outcome = 1;
	paint_note(&p, 2, "call: -ENOMEM");
	paint_finding(&p, 1, SIM_WARN, "!thing");
	expect_diagram(&p, "  CPU0 (a)                CPU1 (b)\n"
			   "  ----                    ----\n"
			   "  kzalloc(thing) fails\n"
			   "\n"
			   "                          call: -ENOMEM\n"
			   "\n"
			   "  => WARN: !thing\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_textbook_races_have_these_diagrams),
		cmocka_unit_test(the_viability_window_has_these_diagrams),
		cmocka_unit_test(the_patch_leaves_a_head_race_and_a_tail_race),
		cmocka_unit_test(
			a_notifier_that_waits_for_its_own_chain_shows_both),
		cmocka_unit_test(a_use_after_free_shows_the_free),
		cmocka_unit_test(no_diagram_of_the_catalogue_is_wider_than_75),
		cmocka_unit_test(a_diagram_is_the_same_on_each_carrier),
		cmocka_unit_test(calls_that_lead_to_nothing_are_left_out),
		cmocka_unit_test(a_read_is_shown_with_the_write_that_it_saw),
		cmocka_unit_test(list_edits_stand_for_their_accesses),
		cmocka_unit_test(what_a_call_wrote_itself_explains_nothing),
		cmocka_unit_test(words_that_nobody_changes_are_not_shown),
		cmocka_unit_test(
			a_use_after_free_shows_where_the_pointer_came_from),
		cmocka_unit_test(a_writer_that_got_its_turn_is_shown_once),
		cmocka_unit_test(a_wait_is_shown_when_others_act_meanwhile),
		cmocka_unit_test(long_chains_keep_their_ends),
		cmocka_unit_test(a_call_that_leads_to_two_others_stays),
		cmocka_unit_test(headers_never_overlap),
		cmocka_unit_test(a_row_that_is_too_deep_moves_to_the_left),
		cmocka_unit_test(three_columns_fit),
		cmocka_unit_test(what_is_too_long_for_a_line_is_cut_or_wrapped),
		cmocka_unit_test(the_middle_of_a_long_story_is_left_out),
		cmocka_unit_test(without_a_finding_shared_words_are_shown),
		cmocka_unit_test(counters_are_shown_when_there_is_nothing_else),
		cmocka_unit_test(a_failed_allocation_is_always_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
