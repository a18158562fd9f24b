/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_dfs.c - how many runs depth-first search makes, counted by hand.
 *
 * Without sleep sets one for each interleaving; with them one for each class
 * of interleavings that differ by swapping independent neighbours alone.
 */
#include "kit.h"

#include <vfiosim/atomic.h>
#include <vfiosim/lock.h>

#include <string.h>

#define WORDS_MAX 4

struct board {
	int word[WORDS_MAX];
	struct mutex m;
	struct kref ref;
	int released;
	int plain;
};

static struct board *board;
static int first_count; /* of board->ref */
static unsigned rounds;

static void setup(void)
{
	board = kzalloc_obj(board);
	once_init(board->word, sizeof(board->word));
	mutex_init(&board->m);
	atomic_init(&board->ref.refcount, first_count);
}

static void teardown(void)
{
	mutex_destroy(&board->m);
	kfree(board);
}

/* Two operations each, on a word of its own or on a shared one. */
static void write_first(void)
{
	WRITE_ONCE(board->word[0], 1);
	WRITE_ONCE(board->word[0], 2);
}

static void write_second(void)
{
	WRITE_ONCE(board->word[1], 1);
	WRITE_ONCE(board->word[1], 2);
}

static void write_first_again(void)
{
	WRITE_ONCE(board->word[0], 3);
	WRITE_ONCE(board->word[0], 4);
}

static void read_first(void)
{
	(void)READ_ONCE(board->word[0]);
	(void)READ_ONCE(board->word[0]);
}

static const struct sim_scenario independent_pair = {
	.name = "independent-pair",
	.setup = setup,
	.tasks = { { "a", write_first, NULL }, { "b", write_second, NULL } },
	.teardown = teardown,
};

static const struct sim_scenario dependent_pair = {
	.name = "dependent-pair",
	.setup = setup,
	.tasks = { { "a", write_first, NULL },
		   { "b", write_first_again, NULL } },
	.teardown = teardown,
};

static const struct sim_scenario reader_pair = {
	.name = "reader-pair",
	.setup = setup,
	.tasks = { { "a", read_first, NULL }, { "b", read_first, NULL } },
	.teardown = teardown,
};

/* C(4,2) = 6: which two of the four steps are the first task's. */
static void two_tasks_of_two_operations_have_six_interleavings(void **state)
{
	(void)state;
	kit_expect_runs(&independent_pair, false, 6);
	kit_expect_runs(&dependent_pair, false, 6);
	kit_expect_runs(&reader_pair, false, 6);
}

static void one_class_of_independent_tasks_is_one_run(void **state)
{
	(void)state;
	kit_expect_runs(&independent_pair, true, 1);
	kit_expect_runs(&reader_pair, true, 1);
}

/* Every pair of steps conflicts: each interleaving is a class of its own. */
static void dependent_operations_lose_nothing_to_sleep_sets(void **state)
{
	(void)state;
	kit_expect_runs(&dependent_pair, true, 6);
}

static void write_one(unsigned word, int value)
{
	WRITE_ONCE(board->word[word], value);
}

static void write_one_0(void)
{
	write_one(0, 1);
}

static void write_one_1(void)
{
	write_one(1, 2);
}

static void write_one_2(void)
{
	write_one(2, 3);
}

static void write_shared_1(void)
{
	write_one(0, 2);
}

static void write_shared_2(void)
{
	write_one(0, 3);
}

/* 3! = 6 orders of three single operations; 1 class if they are independent. */
static void three_tasks_of_one_operation_have_six_orders(void **state)
{
	const struct sim_scenario apart = {
		.name = "three-apart",
		.setup = setup,
		.tasks = { { "a", write_one_0, NULL },
			   { "b", write_one_1, NULL },
			   { "c", write_one_2, NULL } },
		.teardown = teardown,
	};
	struct sim_scenario together = apart;

	(void)state;
	together.name = "three-together";
	together.tasks[1].fn = write_shared_1;
	together.tasks[2].fn = write_shared_2;
	kit_expect_runs(&apart, false, 6);
	kit_expect_runs(&apart, true, 1);
	kit_expect_runs(&together, false, 6);
	kit_expect_runs(&together, true, 6);
}

static void write_thrice(void)
{
	write_first();
	write_one(0, 5);
}

static void write_thrice_apart(void)
{
	write_second();
	write_one(1, 5);
}

/* C(6,3) = 20; and of 1 and 3 steps C(4,1) = 4. */
static void interleavings_of_longer_tasks_are_binomials(void **state)
{
	struct sim_scenario s = independent_pair;

	(void)state;
	s.tasks[0].fn = write_thrice;
	s.tasks[1].fn = write_thrice_apart;
	kit_expect_runs(&s, false, 20);
	kit_expect_runs(&s, true, 1);
	s.tasks[1].fn = write_one_1;
	kit_expect_runs(&s, false, 4);
	kit_expect_runs(&s, true, 1);
}

static void nobody_to_run_is_one_run(void **state)
{
	const struct sim_scenario s = {
		.name = "nobody",
		.setup = setup,
		.teardown = teardown,
	};

	(void)state;
	kit_expect_runs(&s, true, 1);
	kit_expect_runs(&s, false, 1);
}

/* ------------------------------------------- lock, increment, unlock */

static void increment(void)
{
	unsigned i;

	for (i = 0; i < rounds; i++) {
		mutex_lock(&board->m);
		SHARED_WRITE(board->plain, SHARED_READ(board->plain) + 1);
		mutex_unlock(&board->m);
	}
}

static void expect_classes(unsigned nr_tasks, unsigned nr_rounds,
			   uint64_t classes)
{
	static const char *const names[] = { "a", "b", "c", "d" };
	struct sim_scenario s = {
		.name = "increments",
		.setup = setup,
		.teardown = teardown,
	};
	struct sim_result result;
	unsigned i;

	rounds = nr_rounds;
	for (i = 0; i < nr_tasks; i++)
		s.tasks[i] = (struct sim_task){ names[i], increment, NULL };
	kit_dfs(&s, true, &result);
	assert_int_equal(result.runs, classes);
	assert_int_equal(result.final_states, 1);
	assert_int_equal(result.verdicts, 0);
	assert_true(result.exhausted);
	sim_result_release(&result);
}

/*
 * Critical sections of one lock do not commute: the classes are the orders of
 * the sections, (N * K)! / (K!)^N.  2 x 2: 4!/(2!2!) = 6; 2 x 4: 8!/(4!4!) =
 * 70; 3 x 1: 3! = 6; 3 x 2: 6!/(2!2!2!) = 90; 4 x 1: 4! = 24.
 */
static void classes_of_critical_sections_are_their_orders(void **state)
{
	(void)state;
	expect_classes(2, 2, 6);
	expect_classes(3, 1, 6);
	expect_classes(4, 1, 24);
	expect_classes(2, 4, 70);
	expect_classes(3, 2, 90);
}

/* 9! / (3!)^3 = 362,880 / 216. */
static void three_tasks_of_three_sections_have_1680_classes(void **state)
{
	(void)state;
	if (kit_scale(8) < 2)
		skip();
	expect_classes(3, 3, 1680);
}

/* ------------------------------------------------------- counts that commute */

static void release(struct kref *ref)
{
	(void)ref;
	sim_note("released");
	WRITE_ONCE(board->released, 1);
}

static void get(void)
{
	kref_get(&board->ref);
}

static void put(void)
{
	(void)kref_put(&board->ref, release);
}

static void peek(void)
{
	sim_note("%d", atomic_read(&board->ref.refcount));
}

static void expect_count_runs(int count, void (*one)(void), void (*two)(void),
			      uint64_t runs)
{
	const struct sim_scenario s = {
		.name = "counts",
		.setup = setup,
		.tasks = { { "a", one, NULL }, { "b", two, NULL } },
		.teardown = teardown,
	};
	const struct sim_scenario r = kit_reversed(&s);

	first_count = count;
	kit_expect_runs(&s, true, runs);
	kit_expect_runs(&r, true, runs);
}

/* The lower of both ways stays at 1 or above: the order cannot be seen. */
static void changes_of_a_count_away_from_zero_commute(void **state)
{
	(void)state;
	expect_count_runs(1, get, get, 1);
	expect_count_runs(2, get, put, 1);
	expect_count_runs(3, put, put, 1);
	expect_count_runs(7, put, get, 1);
}

/* A put may find the last reference or not: both orders count. */
static void changes_of_a_count_at_its_end_do_not_commute(void **state)
{
	(void)state;
	/* a b and b a; whoever is last writes ->released behind it. */
	expect_count_runs(2, put, put, 2);
	/* get first, then put; put and release first: get after the update of
	 * the count, before or behind the write of ->released, which it does
	 * not touch; but a get from zero ends the run: three. */
	expect_count_runs(1, get, put, 3);
}

static void who_reads_a_count_sees_every_order(void **state)
{
	(void)state;
	expect_count_runs(5, peek, put, 2);
	expect_count_runs(5, peek, get, 2);
	expect_count_runs(5, peek, peek, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			two_tasks_of_two_operations_have_six_interleavings),
		cmocka_unit_test(one_class_of_independent_tasks_is_one_run),
		cmocka_unit_test(
			dependent_operations_lose_nothing_to_sleep_sets),
		cmocka_unit_test(three_tasks_of_one_operation_have_six_orders),
		cmocka_unit_test(interleavings_of_longer_tasks_are_binomials),
		cmocka_unit_test(nobody_to_run_is_one_run),
		cmocka_unit_test(classes_of_critical_sections_are_their_orders),
		cmocka_unit_test(
			three_tasks_of_three_sections_have_1680_classes),
		cmocka_unit_test(changes_of_a_count_away_from_zero_commute),
		cmocka_unit_test(changes_of_a_count_at_its_end_do_not_commute),
		cmocka_unit_test(who_reads_a_count_sees_every_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
