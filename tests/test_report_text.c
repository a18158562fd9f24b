/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_report_text.c - every step of a run, with the reason of each switch.
 */
#include "golden.h"
#include "kit.h"
#include "paint.h"

#include <stdlib.h>
#include <string.h>

static const char *const two[] = { "a", "b", NULL };

static void expect_golden(const char *name)
{
	char path[1024], file[128];
	struct sim_result result;
	char *text;

	snprintf(path, sizeof(path), "%s/%s.schedule", VFIOSIM_GOLDEN, name);
	if (sim_replay_file(NULL, path, NULL, &result))
		fail_msg("%s", result.error);
	text = paint_text(sim_result_trace(&result));
	snprintf(file, sizeof(file), "%s.text", name);
	golden_compare(file, text);
	free(text);
	sim_result_release(&result);
}

static void expect_text(struct paint *p, const char *expected)
{
	char *text = paint_text(&p->trace);

	assert_string_equal(text, expected);
	free(text);
	paint_end(p);
}

static void the_textbook_races_have_these_steps(void **state)
{
	(void)state;
	expect_golden("lost-update");
	expect_golden("abba-deadlock");
	expect_golden("lost-wakeup");
	expect_golden("recursive-read");
}

static void steps_are_numbered_without_a_gap(void **state)
{
	struct sim_result result;
	char path[1024], *text, *line;
	unsigned number = 0;

	(void)state;
	snprintf(path, sizeof(path), "%s/viability-window.schedule",
		 VFIOSIM_GOLDEN);
	assert_int_equal(sim_replay_file(NULL, path, NULL, &result), 0);
	text = paint_text(sim_result_trace(&result));
	for (line = text; *line; line += strcspn(line, "\n") + 1)
		if (strspn(line, " ") < 4 && line[5] == ' ' &&
		    strtoul(line, NULL, 10)) {
			number++;
			assert_int_equal(strtoul(line, NULL, 10), number);
		}
	assert_int_equal(number, result.steps);
	free(text);
	sim_result_release(&result);
}

static void each_switch_has_its_reason(void **state)
{
	struct paint p;

	(void)state;
	paint_begin(&p, two);
	paint_step(&p, 1, SCHED_LOCK, 0, "&l->lock");
	paint_step(&p, 2, SCHED_READ, 1, "l->word");
	paint_step(&p, 1, SCHED_UNLOCK, 0, "&l->lock")->how =
		SIM_SWITCH_BLOCKED;
	paint_step(&p, 2, SCHED_LOCK, 0, "&l->lock")->how = SIM_SWITCH_ENDED;
	expect_text(&p, "step  a                                 b\n"
			"   1  lock lock in painted\n"
			"      -- preempted\n"
			"   2                                    read word in "
			"painted\n"
			"                                        -- waits for "
			"lock lock in painted\n"
			"   3  unlock lock in painted\n"
			"      -- ended\n"
			"   4                                    lock lock in "
			"painted\n");
}

static void values_and_outcomes_stand_behind_their_step(void **state)
{
	struct paint p;

	(void)state;
	paint_begin(&p, two);
	paint_word(&p, 1, SCHED_READ, 0, "s->word", -1);
	paint_word(&p, 1, SCHED_WRITE, 0, "s->word", 2);
	paint_word(&p, 1, SCHED_RMW, 1, "s->count", 3);
	paint_step(&p, 1, SCHED_ALLOC, 2, "thing")->outcome = 1;
	paint_step(&p, 1, SCHED_SLEEP, 3, "q")->outcome = SCHED_EXPIRED;
	paint_step(&p, 1, SCHED_SLEEP, 3, "q")->outcome = SCHED_SIGNALLED;
	expect_text(&p, "step  a                                 b\n"
			"   1  read word in painted: -1\n"
			"   2  write word in painted = 2\n"
			"   3  update count in painted = 3\n"
			"   4  alloc thing in painted fails\n"
			"   5  sleep q in painted expires\n"
			"   6  sleep q in painted is interrupted\n");
}

static void notes_edits_and_findings_stand_in_place(void **state)
{
	struct paint p;

	(void)state;
	paint_begin(&p, two);
	paint_note(&p, 0, "set up");
	paint_step(&p, 0, SCHED_LOCK, 0, "&l->lock");
	p.trace.steps = 0;
	paint_step(&p, 2, SCHED_LOCK, 0, "&l->lock");
	paint_fact(&p, 2, "list_del(&n->link)");
	paint_note(&p, 2, "call: -EINVAL");
	paint_finding(&p, 2, SIM_REFUSED, "call: -EINVAL");
	paint_finding(&p, 0, SIM_LEAK, "1 object still alive");
	expect_text(&p, "step  a                                 b\n"
			"   1                                    lock lock in "
			"painted\n"
			"                                        "
			"list_del(&n->link)\n"
			"                                        \"call: "
			"-EINVAL\"\n"
			"   => b: refused: call: -EINVAL\n"
			"   => leak: 1 object still alive\n");
}

static void names_that_are_long_push_the_next_column_on(void **state)
{
	static const char *const names[] = { "a-name-of-more-than-22-letters",
					     "b", "c", NULL };
	struct paint p;

	(void)state;
	paint_begin(&p, names);
	paint_step(&p, 3, SCHED_LOCK, 0, "&l->lock");
	expect_text(&p,
		    "step  a-name-of-more-than-22-letters b            c\n"
		    "   1                                              lock "
		    "lock in painted\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_textbook_races_have_these_steps),
		cmocka_unit_test(steps_are_numbered_without_a_gap),
		cmocka_unit_test(each_switch_has_its_reason),
		cmocka_unit_test(values_and_outcomes_stand_behind_their_step),
		cmocka_unit_test(notes_edits_and_findings_stand_in_place),
		cmocka_unit_test(names_that_are_long_push_the_next_column_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
