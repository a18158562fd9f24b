/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_replay.c - schedules are followed to the letter, or refused with the
 * line, what was expected, what happened instead, and what comes nearest.
 */
#include "kit.h"

#include "schedule.h"

#include <vfiosim/atomic.h>
#include <vfiosim/lock.h>
#include <vfiosim/wait.h>

#include <stdlib.h>
#include <string.h>

/* Points of the textbook scenarios. */
#define READ "read counter.counter #1 in add_one"
#define WRITE "write counter.counter #1 in add_one"
#define LOCK_A "lock pair.a #1 in lock_ab"

/* The schedule of a scenario, by its lines. */
static const char *schedule_of(const char *scenario, const char *lines)
{
	static char text[1024];

	(void)snprintf(text, sizeof(text),
		       "vfiosim schedule 1\nscenario %s\nera v3.19\n%send\n",
		       scenario, lines);
	return text;
}

/* The trace of a schedule that must replay; its findings to *ret_result. */
static uint64_t replay(const struct sim_scenario *scenario, const char *lines,
		       const struct sim_options *options,
		       struct sim_result *ret_result)
{
	const char *text = schedule_of(scenario->name, lines);
	int ret = sim_replay_text(scenario, text, "x", options, ret_result);

	if (ret)
		fail_msg("%d: %s\n%s", ret, ret_result->error, text);
	assert_non_null(sim_result_trace(ret_result));
	assert_int_equal(ret_result->runs, 1);
	assert_string_equal(ret_result->strategy, "replay");
	return sim_trace_hash(sim_result_trace(ret_result));
}

static uint64_t hash_of(const char *name, const char *lines)
{
	struct sim_result result;
	uint64_t hash = replay(sim_scenario_find(name), lines, NULL, &result);

	sim_result_release(&result);
	return hash;
}

static void refuse_of(const struct sim_scenario *scenario, const char *lines,
		      const char *expected)
{
	struct sim_result result;

	assert_int_equal(sim_replay_text(scenario,
					 schedule_of(scenario->name, lines),
					 "x", NULL, &result),
			 -EINVAL);
	assert_string_equal(result.error, expected);
	sim_result_release(&result);
}

static void refuse(const char *name, const char *lines, const char *expected)
{
	refuse_of(sim_scenario_find(name), lines, expected);
}

/* -------------------------------------------------------- written by hand */

static void a_point_may_be_passed_or_come_next(void **state)
{
	uint64_t past, next, serial, first;

	(void)state;
	past = hash_of("lost-update", "a runs until it is past " READ "\n"
				      "b runs to its end\n"
				      "a runs to its end\n");
	next = hash_of("lost-update", "a runs until it is about to " WRITE "\n"
				      "b runs to its end\n"
				      "a runs to its end\n");
	serial = hash_of("lost-update", "b runs to its end\n"
					"a runs to its end\n");
	/* About to do its first operation: nothing happens yet. */
	first = hash_of("lost-update", "a runs until it is about to " READ "\n"
				       "b runs to its end\n"
				       "a runs to its end\n");
	assert_true(past == next);
	assert_true(serial == first);
	assert_false(past == serial);
}

static void a_task_may_run_until_it_blocks(void **state)
{
	struct sim_result result;

	(void)state;
	(void)replay(sim_scenario_find("abba-deadlock"),
		     "ab runs until it is past " LOCK_A "\n"
		     "ba runs until it blocks\n"
		     "ab runs until it blocks\n",
		     NULL, &result);
	(void)kit_finding(&result, SIM_DEADLOCK);
	assert_int_equal(result.nr_findings, 1);
	sim_result_release(&result);
}

static void the_last_line_may_say_end_where_the_run_ends(void **state)
{
	struct sim_result result;

	(void)state;
	(void)replay(sim_scenario_find("put-external-user"),
		     "kvm-exit runs to its end\n", NULL, &result);
	(void)kit_finding(&result, SIM_USE_AFTER_FREE);
	sim_result_release(&result);
}

/* --------------------------------------------------- occurrences, choices */

static struct sheet {
	int word;
	struct mutex m;
	wait_queue_head_t queue;
} * sheet;

static void setup(void)
{
	sheet = kzalloc_obj(sheet);
	mutex_init(&sheet->m);
	init_waitqueue_head(&sheet->queue);
	once_init(&sheet->word, sizeof(sheet->word));
	(void)slab_fault_choice("page", true);
}

static void write_three(void)
{
	WRITE_ONCE(sheet->word, 1);
	WRITE_ONCE(sheet->word, 2);
	WRITE_ONCE(sheet->word, 3);
}

static void read_one(void)
{
	sim_note("%d", READ_ONCE(sheet->word));
}

static void allocate(void)
{
	void *page;
	unsigned i;

	for (i = 0; i < 3; i++) {
		page = slab_alloc("page", 8);
		sim_note("%s", page ? "page" : "none");
		kfree(page);
	}
}

static void doze(void)
{
	sim_note("%ld", wait_event_interruptible_timeout(
				sheet->queue, READ_ONCE(sheet->word) > 9, 7));
}

static const struct sim_scenario sheets = {
	.name = "sheets",
	.setup = setup,
	.tasks = { { "w", write_three, NULL }, { "r", read_one, NULL } },
};

static const struct sim_scenario pages = {
	.name = "pages",
	.setup = setup,
	.tasks = { { "p", allocate, NULL } },
};

static const struct sim_scenario dozing = {
	.name = "dozing",
	.setup = setup,
	.tasks = { { "d", doze, NULL }, { "r", read_one, NULL } },
};

/* All notes of a run, a blank behind each. */
static void expect_notes(const struct sim_scenario *scenario, const char *lines,
			 const char *expected)
{
	const struct sim_options options = { .timeouts = true,
					     .signals = true };
	const struct sim_trace *trace;
	struct sim_result result;
	char notes[256] = "";
	size_t i;

	(void)replay(scenario, lines, &options, &result);
	trace = sim_result_trace(&result);
	for (i = 0; i < trace->nr_events; i++)
		if (trace->events[i].type == SIM_EVENT_NOTE) {
			strcat(notes, trace->events[i].label);
			strcat(notes, " ");
		}
	assert_string_equal(notes, expected);
	sim_result_release(&result);
}

#define WRITE_3 "write sheet.word #1 in write_three"
#define PAGE "alloc page in allocate"
#define SLEEP "sleep sheet.queue #1 in doze"

static void occurrences_are_counted(void **state)
{
	(void)state;
	expect_notes(&sheets,
		     "w runs until it is past " WRITE_3 "\n"
		     "r runs to its end\nw runs to its end\n",
		     "1 ");
	expect_notes(&sheets,
		     "w runs until it is past " WRITE_3 " (2)\n"
		     "r runs to its end\nw runs to its end\n",
		     "2 ");
	expect_notes(&sheets,
		     "w runs until it is about to " WRITE_3 " (2)\n"
		     "r runs to its end\nw runs to its end\n",
		     "1 ");
	expect_notes(&sheets,
		     "w runs until it is past " WRITE_3 " (3)\n"
		     "r runs to its end\n",
		     "3 ");
}

static void a_choice_stands_in_front_of_the_run_it_is_made_in(void **state)
{
	(void)state;
	expect_notes(&pages, "p runs to its end\n", "page page page ");
	expect_notes(&pages, "p " PAGE " fails\np runs to its end\n",
		     "none page page ");
	expect_notes(&pages, "p " PAGE " (2) fails\np runs to its end\n",
		     "page none page ");
	expect_notes(&pages,
		     "p " PAGE " fails\np " PAGE " (3) fails\n"
		     "p runs to its end\n",
		     "none page none ");
}

/* A sleep that ends by itself: 0 jiffies left, or -ERESTARTSYS (512). */
static void a_sleep_expires_or_is_interrupted(void **state)
{
	(void)state;
	expect_notes(&dozing,
		     "d " SLEEP " expires\nd runs to its end\n"
		     "r runs to its end\n",
		     "0 0 ");
	expect_notes(&dozing,
		     "r runs to its end\nd " SLEEP " is interrupted\n"
		     "d runs to its end\n",
		     "0 -512 ");
}

/* ---------------------------------------------------- what cannot be done */

static void an_unknown_task_is_named(void **state)
{
	(void)state;
	refuse("lost-update", "z runs to its end\n",
	       "x:4: expected \"z runs to its end\", but there is no task z");
	refuse("lost-update",
	       "a runs to its end\nb runs to its end\nz runs to its end\n",
	       "x:6: expected \"z runs to its end\", but there is no task z");
}

static void what_is_never_reached_is_told_with_the_nearest(void **state)
{
	(void)state;
	refuse("lost-update",
	       "b runs to its end\n"
	       "a runs until it is past lock counter.counter #1 in add_one\n",
	       "x:5: expected \"a runs until it is past lock "
	       "counter.counter #1 in add_one\", but a has ended; nearest: "
	       "read counter.counter #1 in add_one");
	refuse("lost-update",
	       "a runs until it is past write counter.counter #2 in f\n",
	       "x:4: expected \"a runs until it is past write "
	       "counter.counter #2 in f\", but a has ended; nearest: write "
	       "counter.counter #1 in add_one");
	/* Nothing that the task did is like it. */
	refuse("lost-update", "a runs until it is past wake q in f\n",
	       "x:4: expected \"a runs until it is past wake q in f\", but a "
	       "has ended");
}

static void a_point_that_is_behind_is_never_reached(void **state)
{
	(void)state;
	refuse("lost-update",
	       "a runs until it is past " READ "\n"
	       "a runs until it is about to " READ "\n",
	       "x:5: expected \"a runs until it is about to read "
	       "counter.counter #1 in add_one\", but a has ended; nearest: "
	       "read counter.counter #1 in add_one");
	refuse("lost-update", "a runs until it is past " READ " (2)\n",
	       "x:4: expected \"a runs until it is past read "
	       "counter.counter #1 in add_one (2)\", but a has ended; "
	       "nearest: read counter.counter #1 in add_one");
}

static void a_task_that_is_blocked_says_where(void **state)
{
	(void)state;
	refuse("abba-deadlock",
	       "ab runs until it is past " LOCK_A "\nba runs to its end\n",
	       "x:5: expected \"ba runs to its end\", but ba is blocked: lock "
	       "pair.a #1 in lock_ba");
	refuse("abba-deadlock",
	       "ab runs until it is past " LOCK_A "\n"
	       "ba runs until it is past unlock pair.a #1 in lock_ba\n",
	       "x:5: expected \"ba runs until it is past unlock pair.a #1 in "
	       "lock_ba\", but ba is blocked: lock pair.a #1 in lock_ba; "
	       "nearest: lock pair.b #1 in lock_ba");
}

static void a_task_that_never_blocks_ends_instead(void **state)
{
	(void)state;
	refuse("lost-update", "a runs until it blocks\n",
	       "x:4: expected \"a runs until it blocks\", but a has ended");
}

static void lines_that_are_left_over_are_refused(void **state)
{
	(void)state;
	refuse("lost-update",
	       "a runs to its end\nb runs to its end\n"
	       "b runs until it is past " WRITE " (2)\n",
	       "x:6: expected \"b runs until it is past write "
	       "counter.counter #1 in add_one (2)\", but b has ended; "
	       "nearest: write counter.counter #1 in add_one");
	refuse("abba-deadlock",
	       "ab runs until it is past " LOCK_A "\n"
	       "ba runs until it blocks\nab runs to its end\n",
	       "x:6: expected \"ab runs to its end\", but ab is blocked: lock "
	       "pair.b #1 in lock_ab");
	refuse("put-external-user",
	       "kvm-exit runs to its end\nkvm-exit runs until it blocks\n",
	       "x:4: expected \"kvm-exit runs to its end\", but the run is "
	       "over");
}

static void tasks_that_are_left_over_are_refused(void **state)
{
	(void)state;
	refuse("lost-update", "",
	       "x:4: expected \"the end of the schedule\", but a can still "
	       "run");
	refuse("lost-update", "a runs to its end\n# that was a\n\n",
	       "x:7: expected \"the end of the schedule\", but b can still "
	       "run");
}

static void a_choice_that_is_never_made_is_refused(void **state)
{
	(void)state;
	refuse_of(&pages, "p " PAGE " (4) fails\np runs to its end\n",
		  "x:4: expected \"p alloc page in allocate (4) fails\", but "
		  "p has ended; nearest: alloc page in allocate");
	refuse_of(&pages, "p " PAGE " fails\n",
		  "x:4: expected \"p alloc page in allocate fails\", but no "
		  "line follows that lets p run");
}

/* Without the options that allow it, the sleep does not end by itself. */
static void a_choice_that_is_not_allowed_is_refused(void **state)
{
	(void)state;
	refuse_of(&dozing,
		  "r runs to its end\nd " SLEEP " expires\n"
		  "d runs to its end\n",
		  "x:5: expected \"d sleep sheet.queue #1 in doze expires\", "
		  "but d is blocked: sleep sheet.queue #1 in doze; nearest: "
		  "prepare sheet.queue #1 in doze");
	refuse_of(&dozing,
		  "r runs to its end\nd " SLEEP " is interrupted\n"
		  "d runs to its end\n",
		  "x:5: expected \"d sleep sheet.queue #1 in doze is "
		  "interrupted\", but d is blocked: sleep sheet.queue #1 in "
		  "doze; nearest: prepare sheet.queue #1 in doze");
}

/* ----------------------------------------------- which scenario, which era */

static void schedules_belong_to_a_scenario(void **state)
{
	struct sim_result result;

	(void)state;
	assert_int_equal(sim_replay_text(NULL, schedule_of("no-such-race", ""),
					 "x", NULL, &result),
			 -ENOENT);
	assert_string_equal(result.error, "x:2: expected a known scenario, "
					  "found no-such-race");
	sim_result_release(&result);
	assert_int_equal(sim_replay_text(&pages, schedule_of("lost-update", ""),
					 "x", NULL, &result),
			 -EINVAL);
	assert_string_equal(result.error, "x:2: expected scenario pages, found "
					  "lost-update");
	sim_result_release(&result);
}

static void an_era_of_the_options_replaces_the_schedule_s(void **state)
{
	struct sim_options options = { .steps_max = 0 };
	struct sim_result result;

	(void)state;
	assert_int_equal(era_lookup("v3.19-patched", &options.era), 0);
	(void)replay(sim_scenario_find("lost-update"),
		     "a runs to its end\nb runs to its end\n", &options,
		     &result);
	assert_string_equal(result.era.name, "v3.19-patched");
	sim_result_release(&result);
}

static void a_limit_of_steps_holds_in_replays(void **state)
{
	const struct sim_options options = { .steps_max = 3 };
	struct sim_result result;

	(void)state;
	(void)replay(sim_scenario_find("lost-update"),
		     "a runs to its end\nb runs to its end\n", &options,
		     &result);
	(void)kit_finding(&result, SIM_STEP_LIMIT);
	sim_result_release(&result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_point_may_be_passed_or_come_next),
		cmocka_unit_test(a_task_may_run_until_it_blocks),
		cmocka_unit_test(the_last_line_may_say_end_where_the_run_ends),
		cmocka_unit_test(occurrences_are_counted),
		cmocka_unit_test(
			a_choice_stands_in_front_of_the_run_it_is_made_in),
		cmocka_unit_test(a_sleep_expires_or_is_interrupted),
		cmocka_unit_test(an_unknown_task_is_named),
		cmocka_unit_test(
			what_is_never_reached_is_told_with_the_nearest),
		cmocka_unit_test(a_point_that_is_behind_is_never_reached),
		cmocka_unit_test(a_task_that_is_blocked_says_where),
		cmocka_unit_test(a_task_that_never_blocks_ends_instead),
		cmocka_unit_test(lines_that_are_left_over_are_refused),
		cmocka_unit_test(tasks_that_are_left_over_are_refused),
		cmocka_unit_test(a_choice_that_is_never_made_is_refused),
		cmocka_unit_test(a_choice_that_is_not_allowed_is_refused),
		cmocka_unit_test(schedules_belong_to_a_scenario),
		cmocka_unit_test(an_era_of_the_options_replaces_the_schedule_s),
		cmocka_unit_test(a_limit_of_steps_holds_in_replays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
