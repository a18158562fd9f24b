/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_share.c - who shares a search gives out what is to be tried, when it is
 * known what sleeps there, and each of it once.
 */
#include "kit.h"

#include "share.h"

static int place; /* that both tasks write to */

struct fixture {
	struct sim_share *share;
	struct sim_touched_pool pool;
	struct sim_out job, result;
	uint64_t number;
};

static int setup(void **state)
{
	static struct fixture fixture;

	fixture = (struct fixture){ .share = sim_share_make(10) };
	*state = &fixture;
	return !fixture.share;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	sim_share_free(f->share);
	sim_out_release(&f->job);
	sim_out_release(&f->result);
	sim_touched_release(&f->pool);
	return 0;
}

/* Is there another job?  f->number is its. */
static bool next(struct fixture *f)
{
	unsigned quota = 0;
	int ret = sim_share_next(f->share, 1000, &f->job, &f->number, &quota);

	assert_in_range(ret, 0, 1);
	if (ret)
		assert_int_equal(quota, 10);
	return ret;
}

static int take(struct fixture *f, uint64_t number, enum sim_share_end end)
{
	struct sim_in in = { .bytes = f->result.bytes, .nr = f->result.nr };
	int ret = sim_share_take(f->share, number, end, &in);

	sim_out_clear(&f->result);
	return ret;
}

static void write_move(struct fixture *f, unsigned task, bool known)
{
	struct sim_touch touch = { .obj = &place, .size = 4, .write = true };
	const struct sim_footprint footprint = { .touches = &touch, .nr = 1 };
	struct sim_move move = { .task = task };

	if (known)
		move.touched = sim_touched_make(&f->pool, &footprint);
	sim_out_move(&f->result, &move);
}

/* Of the whole: tasks 1 and 2 may begin, 1 did, and 2 is to be tried. */
static void write_first_node(struct fixture *f, bool known)
{
	struct sim_out *out = &f->result;

	sim_out_number(out, 0); /* there was no step that led to it */
	sim_out_number(out, 0); /* nor anybody to plant for */
	sim_out_number(out, 1); /* a node is shared now */
	sim_out_number(out, 2);
	sim_out_number(out, 1);
	sim_out_number(out, 0);
	sim_out_number(out, 2);
	sim_out_number(out, 0);
	sim_out_number(out, 0); /* nobody sleeps */
	write_move(f, 1, known);
	sim_out_number(out, 1); /* a tree of one */
	write_move(f, 2, false);
	sim_out_number(out, 0);
	sim_out_number(out, 0); /* the rest: no node, and nothing below */
	sim_out_number(out, 0);
}

/* What @task's first step touches; nothing is to be planted. */
static void write_end(struct fixture *f, unsigned task)
{
	sim_out_number(&f->result, 1);
	write_move(f, task, true);
	sim_out_number(&f->result, 0);
}

static void all_of_a_search_is_the_first_job(void **state)
{
	struct fixture *f = *state;

	assert_true(next(f));
	assert_false(next(f));
	assert_int_equal(sim_share_jobs(f->share), 1);
	assert_false(sim_share_is_done(f->share));
	sim_out_number(&f->result, 0);
	sim_out_number(&f->result, 0);
	assert_int_equal(take(f, 1, SIM_SHARE_DONE), 0);
	assert_true(sim_share_is_done(f->share));
	assert_false(next(f));
}

static void a_node_that_is_shared_gives_out_what_is_to_be_tried(void **state)
{
	struct fixture *f = *state;

	assert_true(next(f));
	write_first_node(f, true);
	assert_int_equal(take(f, 1, SIM_SHARE_REST), 0);
	assert_true(next(f));
	assert_true(next(f));
	assert_false(next(f));
	write_end(f, 1);
	assert_int_equal(take(f, 2, SIM_SHARE_DONE), 0);
	write_end(f, 2);
	assert_int_equal(take(f, 3, SIM_SHARE_DONE), 0);
	assert_true(sim_share_is_done(f->share));
}

static void a_branch_waits_until_it_is_known_what_sleeps(void **state)
{
	struct fixture *f = *state;

	assert_true(next(f));
	write_first_node(f, false);
	assert_int_equal(take(f, 1, SIM_SHARE_REST), 0);
	assert_true(next(f));
	assert_false(next(f));
	write_end(f, 1);
	assert_int_equal(take(f, 2, SIM_SHARE_DONE), 0);
	assert_true(next(f));
	write_end(f, 2);
	assert_int_equal(take(f, 3, SIM_SHARE_DONE), 0);
	assert_true(sim_share_is_done(f->share));
}

static void a_count_that_is_low_begins_the_search_anew(void **state)
{
	struct fixture *f = *state;

	assert_true(next(f));
	write_first_node(f, true);
	assert_int_equal(take(f, 1, SIM_SHARE_REST), 0);
	assert_true(next(f));
	assert_true(next(f));
	sim_out_number(&f->result, 1);
	sim_out_address(&f->result, &place);
	assert_int_equal(take(f, 2, SIM_SHARE_VOID), 1);
	assert_true(sim_share_is_stale(f->share, 3));
	assert_true(next(f));
	assert_int_equal(f->number, 4);
	assert_false(sim_share_is_stale(f->share, 4));
	assert_false(next(f));
}

static void what_nobody_was_asked_for_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_true(next(f));
	assert_int_equal(take(f, 7, SIM_SHARE_DONE), -EINVAL);
	/* A step that leads to a whole search. */
	write_end(f, 1);
	assert_int_equal(take(f, 1, SIM_SHARE_DONE), -EINVAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_of_a_search_is_the_first_job),
		TEST(a_node_that_is_shared_gives_out_what_is_to_be_tried),
		TEST(a_branch_waits_until_it_is_known_what_sleeps),
		TEST(a_count_that_is_low_begins_the_search_anew),
		TEST(what_nobody_was_asked_for_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
