/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_footprint.c - which steps depend on each other, by what they touched.
 *
 * Counts are held against what they do: both orders are carried out.
 */
#include "kit.h"

#include "strategy.h"

#include <string.h>

static char memory[64];

static struct sim_touch touch(unsigned at, size_t size, bool write)
{
	return (struct sim_touch){ .obj = &memory[at],
				   .size = size,
				   .write = write };
}

static struct sim_footprint footprint_of(const struct sim_touch *touches,
					 size_t nr)
{
	struct sim_footprint f = { .nr = 0 };
	size_t i;

	for (i = 0; i < nr; i++)
		assert_true(sim_footprint_add(&f, &touches[i]));
	return f;
}

static bool dependent(struct sim_touch one, struct sim_touch other)
{
	struct sim_footprint a = footprint_of(&one, 1);
	struct sim_footprint b = footprint_of(&other, 1);
	bool answer = sim_footprints_dependent(&a, &b);

	assert_int_equal(sim_footprints_dependent(&b, &a), answer);
	sim_footprint_release(&a);
	sim_footprint_release(&b);
	return answer;
}

static void steps_that_only_read_are_independent(void **state)
{
	(void)state;
	assert_false(dependent(touch(0, 1, false), touch(0, 1, false)));
	assert_true(dependent(touch(0, 1, false), touch(0, 1, true)));
	assert_true(dependent(touch(0, 1, true), touch(0, 1, true)));
}

static void steps_on_different_memory_are_independent(void **state)
{
	(void)state;
	assert_false(dependent(touch(0, 1, true), touch(1, 1, true)));
	assert_false(dependent(touch(0, 8, true), touch(8, 1, true)));
	assert_false(dependent(touch(8, 8, true), touch(0, 8, true)));
}

/* A free writes its whole block: 16 bytes from 8 on. */
static void a_free_depends_on_each_byte_of_its_block(void **state)
{
	const struct sim_touch freed = touch(8, 16, true);
	unsigned at;

	(void)state;
	for (at = 0; at < 32; at++) {
		assert_int_equal(dependent(freed, touch(at, 1, false)),
				 at >= 8 && at < 24);
		assert_int_equal(dependent(touch(at, 1, true), freed),
				 at >= 8 && at < 24);
	}
	assert_true(dependent(touch(0, 64, false), freed));
	assert_true(dependent(touch(0, 9, true), freed));
}

static void nothing_touched_depends_on_nothing(void **state)
{
	const struct sim_footprint empty = { .nr = 0 };
	struct sim_touch t = touch(0, 64, true);
	struct sim_footprint full = footprint_of(&t, 1);

	(void)state;
	assert_false(sim_footprints_dependent(&empty, &empty));
	assert_false(sim_footprints_dependent(&empty, &full));
	assert_false(sim_footprints_dependent(&full, &empty));
	sim_footprint_release(&full);
}

static void a_step_that_stops_the_run_depends_on_everything(void **state)
{
	const struct sim_footprint empty = { .nr = 0 };
	const struct sim_footprint stops = { .stops = true };

	(void)state;
	assert_true(sim_footprints_dependent(&stops, &empty));
	assert_true(sim_footprints_dependent(&empty, &stops));
	assert_true(sim_footprints_dependent(&stops, &stops));
}

static void one_conflict_among_many_touches_is_enough(void **state)
{
	struct sim_touch a[] = { touch(0, 1, true), touch(4, 1, false),
				 touch(9, 1, false) };
	struct sim_touch b[] = { touch(4, 1, false), touch(1, 1, true),
				 touch(9, 1, true) };
	struct sim_footprint one = footprint_of(a, 3);
	struct sim_footprint other = footprint_of(b, 3);

	(void)state;
	assert_true(sim_footprints_dependent(&one, &other));
	assert_true(sim_footprints_dependent(&other, &one));
	other.nr = 2;
	assert_false(sim_footprints_dependent(&one, &other));
	assert_false(sim_footprints_dependent(&other, &one));
	sim_footprint_release(&one);
	sim_footprint_release(&other);
}

/* ------------------------------------------------------------------ counts */

struct change {
	const char *name;
	int count;
	/* Returns what the caller learns; changes *value. */
	int (*make)(int *value);
};

static int make_inc(int *value)
{
	return ++*value == 0;
}

static int make_dec_and_test(int *value)
{
	return --*value == 0;
}

static int make_inc_not_zero(int *value)
{
	if (!*value)
		return 0;
	++*value;
	return 1;
}

/* A get or put reports a count that has no reference left. */
static int make_get(int *value)
{
	bool wrong = *value <= 0;

	++*value;
	return wrong ? -1 : 0;
}

static int make_put(int *value)
{
	int wrong = *value <= 0 ? -10 : 0;

	return wrong + (--*value == 0);
}

/* kref_put_mutex(): all but the last reference. */
static int make_put_not_last(int *value)
{
	if (*value == 1)
		return 1;
	--*value;
	return 0;
}

static const struct change changes[] = {
	{ "inc", 1, make_inc },
	{ "dec-and-test", -1, make_dec_and_test },
	{ "inc-not-zero", 1, make_inc_not_zero },
	{ "get", 1, make_get },
	{ "put", -1, make_put },
	{ "put-not-last", -1, make_put_not_last },
};

#define CHANGES_NR (sizeof(changes) / sizeof(changes[0]))

/* Do both orders end in one value and tell both callers the same? */
static bool commute(const struct change *a, const struct change *b, int value)
{
	int one = value, other = value;
	int a_first = a->make(&one), b_second = b->make(&one);
	int b_first = b->make(&other), a_second = a->make(&other);

	return one == other && a_first == a_second && b_first == b_second;
}

static struct sim_touch change_of(const int *counter, int count, int old)
{
	return (struct sim_touch){ .obj = counter,
				   .size = 1,
				   .write = true,
				   .operation = 1 + SCHED_RMW,
				   .count = count,
				   .old = old };
}

static bool called_dependent(const struct change *a, const struct change *b,
			     int value)
{
	static int counter;

	return dependent(change_of(&counter, a->count, value),
			 change_of(&counter, b->count, value));
}

static void counts_called_independent_do_commute(void **state)
{
	unsigned a, b;
	int value;

	(void)state;
	for (a = 0; a < CHANGES_NR; a++)
		for (b = 0; b < CHANGES_NR; b++)
			for (value = -2; value <= 6; value++)
				if (!called_dependent(&changes[a], &changes[b],
						      value) &&
				    !commute(&changes[a], &changes[b], value))
					fail_msg("%s and %s at %d",
						 changes[a].name,
						 changes[b].name, value);
}

/* The lower of both ways must stay at 1: that many references are needed. */
static void counts_away_from_their_end_are_called_independent(void **state)
{
	unsigned a, b;
	int value;

	(void)state;
	for (a = 0; a < CHANGES_NR; a++)
		for (b = 0; b < CHANGES_NR; b++) {
			int need = 1 + (changes[a].count < 0) +
				   (changes[b].count < 0);

			for (value = -2; value <= 6; value++)
				assert_int_equal(called_dependent(&changes[a],
								  &changes[b],
								  value),
						 value < need);
		}
}

static void two_puts_commute_from_three_references_on(void **state)
{
	(void)state;
	assert_true(called_dependent(&changes[4], &changes[4], 2));
	assert_false(called_dependent(&changes[4], &changes[4], 3));
	assert_true(called_dependent(&changes[3], &changes[4], 1));
	assert_false(called_dependent(&changes[3], &changes[4], 2));
}

static void a_count_depends_on_whoever_reads_or_frees_it(void **state)
{
	struct sim_touch count = touch(8, 1, true);

	(void)state;
	count.count = 1;
	count.old = 5;
	assert_true(dependent(count, touch(8, 1, false)));
	assert_true(dependent(count, touch(8, 1, true)));
	assert_true(dependent(count, touch(0, 16, true)));
	assert_false(dependent(count, touch(9, 1, true)));
}

/* Counts commute as one count; two that share bytes are something else. */
static void counts_that_overlap_depend_on_each_other(void **state)
{
	struct sim_touch one = touch(0, 4, true), other = touch(2, 4, true);

	(void)state;
	one.count = other.count = 1;
	one.old = other.old = 9;
	assert_true(dependent(one, other));
	assert_false(dependent(one, one));
}

/* The value that counts is the one before the step made last. */
static void the_value_is_that_of_the_state_both_could_start_in(void **state)
{
	static int counter;
	struct sim_touch slept = change_of(&counter, -1, 9);
	struct sim_touch made = change_of(&counter, -1, 2);
	struct sim_footprint a = footprint_of(&slept, 1);
	struct sim_footprint b = footprint_of(&made, 1);

	(void)state;
	assert_true(sim_footprints_dependent(&a, &b));
	b.touches[0].old = 3;
	assert_false(sim_footprints_dependent(&a, &b));
	sim_footprint_release(&a);
	sim_footprint_release(&b);
}

/* --------------------------------------------------------------- collecting */

static void the_same_touch_twice_is_kept_once(void **state)
{
	struct sim_footprint f = { .nr = 0 };
	const struct sim_touch read = touch(0, 1, false);
	const struct sim_touch write = touch(0, 1, true);
	const struct sim_touch wide = touch(0, 8, true);

	(void)state;
	assert_true(sim_footprint_add(&f, &read));
	assert_true(sim_footprint_add(&f, &read));
	assert_int_equal(f.nr, 1);
	assert_true(sim_footprint_add(&f, &write));
	assert_int_equal(f.nr, 2);
	assert_true(sim_footprint_add(&f, &read));
	assert_int_equal(f.nr, 2);
	assert_true(sim_footprint_add(&f, &wide));
	assert_int_equal(f.nr, 3);
	assert_true(sim_footprint_add(&f, &write));
	assert_int_equal(f.nr, 3);
	sim_footprint_release(&f);
	assert_int_equal(f.nr, 0);
	assert_null(f.touches);
}

static void a_read_or_write_is_not_lost_in_a_count(void **state)
{
	struct sim_footprint f = { .nr = 0 };
	struct sim_touch count = touch(0, 1, true);
	const struct sim_touch write = touch(0, 1, true);

	(void)state;
	count.count = -1;
	count.old = 4;
	assert_true(sim_footprint_add(&f, &count));
	assert_true(sim_footprint_add(&f, &write));
	assert_true(sim_footprint_add(&f, &count));
	assert_int_equal(f.nr, 3);
	sim_footprint_release(&f);
}

/* More than the first buffer of 64 takes. */
static void footprints_grow_and_are_copied_whole(void **state)
{
	struct sim_footprint f = { .nr = 0 }, copy = { .nr = 0 };
	unsigned i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		const struct sim_touch t = touch(i % 2, 1, i % 3 == 0);

		assert_true(sim_footprint_add(&f, &t));
	}
	f.stops = true;
	assert_true(sim_footprint_copy(&copy, &f));
	assert_int_equal(copy.nr, f.nr);
	assert_true(copy.stops);
	assert_memory_equal(copy.touches, f.touches, f.nr * sizeof(*f.touches));
	f.nr = 0;
	f.stops = false;
	assert_true(sim_footprint_copy(&copy, &f));
	assert_int_equal(copy.nr, 0);
	assert_false(copy.stops);
	sim_footprint_release(&f);
	sim_footprint_release(&copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_that_only_read_are_independent),
		cmocka_unit_test(steps_on_different_memory_are_independent),
		cmocka_unit_test(a_free_depends_on_each_byte_of_its_block),
		cmocka_unit_test(nothing_touched_depends_on_nothing),
		cmocka_unit_test(
			a_step_that_stops_the_run_depends_on_everything),
		cmocka_unit_test(one_conflict_among_many_touches_is_enough),
		cmocka_unit_test(counts_called_independent_do_commute),
		cmocka_unit_test(
			counts_away_from_their_end_are_called_independent),
		cmocka_unit_test(two_puts_commute_from_three_references_on),
		cmocka_unit_test(a_count_depends_on_whoever_reads_or_frees_it),
		cmocka_unit_test(counts_that_overlap_depend_on_each_other),
		cmocka_unit_test(
			the_value_is_that_of_the_state_both_could_start_in),
		cmocka_unit_test(the_same_touch_twice_is_kept_once),
		cmocka_unit_test(a_read_or_write_is_not_lost_in_a_count),
		cmocka_unit_test(footprints_grow_and_are_copied_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
