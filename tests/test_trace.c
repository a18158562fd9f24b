/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_trace.c - what is written down of a run: names instead of addresses,
 * and a hash that changes with each of them.
 */
#include "kit.h"

#include "paint.h"
#include "trace.h"

#include <vfiosim/atomic.h>
#include <vfiosim/lock.h>

#include <stdlib.h>
#include <string.h>

static struct sim_trace trace;

static int boot(void **state)
{
	(void)state;
	return kernel_boot(NULL);
}

static int halt(void **state)
{
	(void)state;
	sim_trace_release(&trace);
	return kernel_halt(NULL, NULL) < 0;
}

/* ------------------------------------------------------------------- names */

static char *name(const void *obj, const char *label)
{
	static char buf[2][SIM_TEXT_MAX];
	static unsigned turn;
	struct sim_event e = { 0 };

	sim_trace_name_object(&trace, &e, obj, label);
	(void)sim_event_object(&e, buf[++turn % 2], SIM_TEXT_MAX);
	return buf[turn % 2];
}

static void objects_are_named_by_their_block_and_member(void **state)
{
	int *one = slab_alloc("group", 8), *two = slab_alloc("group", 8);

	(void)state;
	assert_string_equal(name(one, "kref"), "group.kref #1");
	assert_string_equal(name(two, "kref"), "group.kref #2");
	assert_string_equal(name(one, "&(x)->y.device_lock"),
			    "group.device_lock #1");
	assert_string_equal(name(one, NULL), "group #1");
	assert_string_equal(name(one, "(*counter)"), "group.counter #1");
	assert_string_equal(name(one, "array[i + 1]"), "group.array #1");
	kfree(two);
	assert_string_equal(name(two, "kref"), "group.kref #2");
}

static void
objects_outside_the_machine_are_numbered_as_they_appear(void **state)
{
	static int a, b, c;

	(void)state;
	assert_string_equal(name(&b, "&flag"), "flag");
	assert_string_equal(name(&a, "x->flag"), "flag #2");
	assert_string_equal(name(&c, "other"), "other");
	assert_string_equal(name(&b, "flag"), "flag");
	assert_string_equal(name(NULL, "vfio_group"), "vfio_group");
	sim_trace_reset(&trace);
	assert_string_equal(name(&a, "flag"), "flag");
}

/* Who is merely asked about must not be numbered: replays ask more. */
static void asking_for_a_name_changes_no_other_name(void **state)
{
	static int a, b;
	struct sim_event e = { 0 };
	char buf[SIM_TEXT_MAX];

	(void)state;
	assert_false(sim_trace_look_up(&trace, &e, &a, "flag"));
	assert_string_equal(sim_event_object(&e, buf, sizeof(buf)), "flag");
	assert_string_equal(name(&b, "flag"), "flag");
	assert_false(sim_trace_look_up(&trace, &e, &a, "flag"));
	assert_string_equal(sim_event_object(&e, buf, sizeof(buf)), "flag #2");
	assert_true(sim_trace_look_up(&trace, &e, &b, "flag"));
}

static void kinds_have_names_and_are_found_by_them(void **state)
{
	unsigned k, i;

	(void)state;
	for (k = 0; k < SCHED_KIND_NR; k++) {
		const char *kind = sim_kind_name((enum sched_kind)k);

		assert_int_equal(sim_kind_find(kind), k);
		for (i = 0; i < k; i++)
			assert_string_not_equal(
				kind, sim_kind_name((enum sched_kind)i));
		assert_null(strchr(kind, ' '));
	}
	assert_int_equal(sim_kind_find("loc"), SCHED_KIND_NR);
	assert_int_equal(sim_kind_find("locks"), SCHED_KIND_NR);
	assert_int_equal(sim_kind_find(""), SCHED_KIND_NR);
}

static void outcomes_have_names(void **state)
{
	(void)state;
	assert_string_equal(sim_outcome_name(SCHED_ALLOC, 0), "");
	assert_string_equal(sim_outcome_name(SCHED_ALLOC, 1), "fails");
	assert_string_equal(sim_outcome_name(SCHED_SLEEP, SCHED_WOKEN), "");
	assert_string_equal(sim_outcome_name(SCHED_SLEEP, SCHED_EXPIRED),
			    "expires");
	assert_string_equal(sim_outcome_name(SCHED_SLEEP, SCHED_SIGNALLED),
			    "is interrupted");
}

/* ------------------------------------------------------------------ hashes */

static struct paint paint;

static void paint_two(const char *first_task, const char *func,
		      const char *note)
{
	const char *const names[] = { first_task, "b", NULL };

	paint_begin(&paint, names);
	paint_enter(&paint, 1, func);
	paint_step(&paint, 1, SCHED_LOCK, 0, "&g->lock");
	paint_access(&paint, 1, 1, true);
	paint_note(&paint, 1, note);
	paint_leave(&paint, 1, func);
	paint_step(&paint, 2, SCHED_READ, 2, "g->count");
}

static uint64_t hash_of(const char *task, const char *func, const char *note)
{
	uint64_t hash;

	paint_two(task, func, note);
	hash = sim_trace_hash(&paint.trace);
	paint_end(&paint);
	return hash;
}

static void a_hash_changes_with_every_name(void **state)
{
	uint64_t hash = hash_of("a", "f", "it is 1");

	(void)state;
	assert_true(hash == hash_of("a", "f", "it is 1"));
	assert_false(hash == hash_of("aa", "f", "it is 1"));
	assert_false(hash == hash_of("a", "g", "it is 1"));
	assert_false(hash == hash_of("a", "f", "it is 2"));
}

static void expect_change(void (*change)(struct sim_event *e), unsigned type)
{
	uint64_t before, after;
	size_t i;

	paint_two("a", "f", "n");
	before = sim_trace_hash(&paint.trace);
	for (i = 0; i < paint.trace.nr_events; i++)
		if (paint.trace.events[i].type == type)
			break;
	assert_true(i < paint.trace.nr_events);
	change(&paint.trace.events[i]);
	after = sim_trace_hash(&paint.trace);
	assert_int_equal(before == after, type == SIM_EVENT_ACCESS);
	paint_end(&paint);
}

static void change_kind(struct sim_event *e)
{
	e->kind = SCHED_UNLOCK;
}

static void change_outcome(struct sim_event *e)
{
	e->outcome++;
}

static void change_task(struct sim_event *e)
{
	e->task = 3 - e->task;
}

static void change_label(struct sim_event *e)
{
	e->label = "other";
}

static void change_write(struct sim_event *e)
{
	e->write = !e->write;
}

/* An address never is: it may be anywhere. */
static void a_hash_changes_with_what_a_step_is(void **state)
{
	(void)state;
	expect_change(change_kind, SIM_EVENT_STEP);
	expect_change(change_outcome, SIM_EVENT_STEP);
	expect_change(change_task, SIM_EVENT_STEP);
	expect_change(change_label, SIM_EVENT_STEP);
	expect_change(change_label, SIM_EVENT_NOTE);
	/* Plain accesses differ from compiler to compiler. */
	expect_change(change_write, SIM_EVENT_ACCESS);
}

/* "" if they do not. */
static const char *where(const struct sim_trace *expected,
			 const struct sim_trace *found)
{
	static char text[SIM_TEXT_MAX];

	text[0] = '\0';
	if (!sim_trace_part(expected, found, text))
		assert_string_equal(text, "");
	return text;
}

static void traces_part_at_their_first_difference(void **state)
{
	struct sim_trace *copy;
	struct sim_event *step;
	size_t i = 0;

	(void)state;
	paint_two("a", "f", "n");
	copy = sim_trace_copy(&paint.trace);
	assert_string_equal(where(copy, &paint.trace), "");
	while (copy->events[i].type != SIM_EVENT_STEP)
		i++;
	step = &copy->events[i];
	step->outcome = 1;
	assert_string_equal(
		where(copy, &paint.trace),
		"step 1: task a: expected lock lock that fails in painted, found lock lock in painted");
	assert_string_equal(
		where(&paint.trace, copy),
		"step 1: task a: expected lock lock in painted, found lock lock that fails in painted");
	step->outcome = 0;
	step->has_value = true;
	step->value = 7;
	assert_string_equal(
		where(copy, &paint.trace),
		"step 1: task a: expected lock lock = 7 in painted, found lock lock in painted");
	step->has_value = false;
	step->task = 3 - step->task;
	assert_string_equal(
		where(copy, &paint.trace),
		"step 1: task b: expected lock lock in painted, found read count in painted");
	step->task = 3 - step->task;
	copy->nr_events--;
	assert_string_equal(
		where(copy, &paint.trace),
		"step 2: task b: expected its end, found read count in painted");
	assert_string_equal(
		where(&paint.trace, copy),
		"step 2: task b: expected read count in painted, found its end");
	sim_trace_free(copy);
	paint_end(&paint);
}

/* A run that ended where it parted: nobody made a step there, but all say what
 * they would have done. */
static void a_run_that_ended_early_parts_by_what_was_to_come(void **state)
{
	struct sim_trace *copy;
	struct sim_event *last;
	size_t i;

	(void)state;
	paint_two("a", "f", "n");
	copy = sim_trace_copy(&paint.trace);
	for (i = copy->nr_events; copy->events[i - 1].type != SIM_EVENT_STEP;)
		i--;
	copy->nr_events = i;
	last = &copy->events[i - 1];
	last->type = SIM_EVENT_PENDING;
	last->step--;
	assert_string_equal(
		where(&paint.trace, copy),
		"step 2: task b: expected read count in painted, found that other tasks can go on");
	last->obj = copy;
	assert_string_equal(
		where(&paint.trace, copy),
		"step 2: task b: expected read count in painted, found another object of that name");
	last->label = "other";
	assert_string_equal(
		where(&paint.trace, copy),
		"step 2: task b: expected read count in painted, found read other in painted");
	sim_trace_free(copy);
	paint_end(&paint);
}

/* ------------------------------------------------------------------ copies */

static void a_copy_outlives_its_trace(void **state)
{
	struct sim_trace *copy;
	uint64_t hash;
	char text[32];

	(void)state;
	sim_trace_name_task(&trace, 0, "machine");
	sim_trace_name_task(&trace, 2, "second");
	(void)strcpy(text, "kept");
	sim_trace_append(&trace, SIM_EVENT_NOTE, 2)->label =
		sim_trace_keep(&trace, text);
	(void)strcpy(text, "gone");
	sim_trace_append(&trace, SIM_EVENT_STEP, 2)->func =
		sim_trace_keep(&trace, "function");
	hash = sim_trace_hash(&trace);
	copy = sim_trace_copy(&trace);
	assert_non_null(copy);
	sim_trace_release(&trace);
	assert_int_equal(copy->nr_events, 2);
	assert_string_equal(copy->events[0].label, "kept");
	assert_string_equal(copy->events[1].func, "function");
	assert_string_equal(copy->names[0], "machine");
	assert_string_equal(copy->names[1], "");
	assert_string_equal(copy->names[2], "second");
	assert_true(sim_trace_hash(copy) == hash);
	sim_trace_free(copy);
	sim_trace_free(NULL);
}

static void a_trace_grows_and_is_used_again(void **state)
{
	unsigned round, i;

	(void)state;
	for (round = 0; round < 3; round++) {
		sim_trace_reset(&trace);
		assert_int_equal(trace.nr_events, 0);
		for (i = 0; i < 5000; i++)
			sim_trace_append(&trace, SIM_EVENT_END, i % 7)->line =
				(int)i;
		assert_int_equal(trace.nr_events, 5000);
		for (i = 0; i < 5000; i++) {
			assert_int_equal(trace.events[i].line, i);
			assert_int_equal(trace.events[i].task, i % 7);
		}
		assert_false(trace.full);
	}
}

/* Notes are for people: the last ones of a run beyond all measure may go. */
static void texts_that_do_not_fit_any_more_are_dots(void **state)
{
	char text[1001];
	unsigned i;

	(void)state;
	memset(text, 'x', 1000);
	text[1000] = '\0';
	for (i = 0; i < 1000; i++)
		if (!strcmp(sim_trace_keep(&trace, text), "..."))
			break;
	/* 256 KiB. */
	assert_int_equal(i, (1u << 18) / 1001);
}

static void a_long_name_of_a_task_is_cut(void **state)
{
	(void)state;
	sim_trace_name_task(&trace, 1,
			    "a-name-of-a-task-that-is-much-too-long");
	assert_string_equal(trace.names[1], "a-name-of-a-task-that-is-much-t");
	assert_int_equal(strlen(trace.names[1]), SIM_TASK_NAME_MAX - 1);
}

#define TRACE_TEST(name) cmocka_unit_test_setup_teardown(name, boot, halt)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TRACE_TEST(objects_are_named_by_their_block_and_member),
		TRACE_TEST(
			objects_outside_the_machine_are_numbered_as_they_appear),
		TRACE_TEST(asking_for_a_name_changes_no_other_name),
		TRACE_TEST(kinds_have_names_and_are_found_by_them),
		TRACE_TEST(outcomes_have_names),
		TRACE_TEST(a_hash_changes_with_every_name),
		TRACE_TEST(a_hash_changes_with_what_a_step_is),
		TRACE_TEST(traces_part_at_their_first_difference),
		TRACE_TEST(a_run_that_ended_early_parts_by_what_was_to_come),
		TRACE_TEST(a_copy_outlives_its_trace),
		TRACE_TEST(a_trace_grows_and_is_used_again),
		TRACE_TEST(texts_that_do_not_fit_any_more_are_dots),
		TRACE_TEST(a_long_name_of_a_task_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
