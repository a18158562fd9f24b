/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_minimise_order.c - steps of a task are gathered past those of others
 * with which they commute, and past no others.
 */
#include "kit.h"

#include "minimise.h"

#include <vfiosim/atomic.h>

#include <string.h>

static struct board {
	int phase, easy, other;
} * board;

static void setup(void)
{
	board = kzalloc_obj(board);
	once_init(&board->phase, 3 * sizeof(board->phase));
}

struct trial {
	struct sim_run_config config;
	struct sim_run run;
	struct sim_trace *trace;
};

static void begin(struct trial *t, const struct sim_scenario *s)
{
	memset(t, 0, sizeof(*t));
	t->config.scenario = s;
	t->config.carrier = sim_carriers()[0];
	t->config.steps_max = SIM_STEPS_MAX;
	assert_int_equal(era_lookup("v3.19", &t->config.era), 0);
	t->trace = kit_trace();
}

static void make(struct trial *t, struct sim_traced *moves, size_t nr,
		 bool record)
{
	struct sim_strategy *strategy = sim_retrace_make(moves, nr, record);

	assert_non_null(strategy);
	assert_int_equal(sim_run_once(&t->config, strategy, t->trace, &t->run),
			 0);
	assert_int_equal(t->run.status, SIM_RUN_DONE);
	strategy->destroy(strategy);
}

static void write_other(void)
{
	unsigned i;

	for (i = 0; i < 6; i++)
		WRITE_ONCE(board->other, 1);
}

static void write_easy_then_other(void)
{
	unsigned i;

	for (i = 0; i < 5; i++)
		WRITE_ONCE(board->easy, 1);
	WRITE_ONCE(board->other, 2);
}

/*
 * x and y take turns.  The last step of y depends on all of x, of which five
 * come before it and one behind it: neither can be over before the other
 * begins.
 */
static void steps_are_gathered_as_far_as_others_allow(void **state)
{
	static const unsigned turns[12] = {
		1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 2, 1
	};
	const struct sim_scenario s = {
		.name = "turns",
		.setup = setup,
		.tasks = { { "x", write_other, NULL },
			   { "y", write_easy_then_other, NULL } },
	};
	struct trial t;
	struct sim_order order = { .nr = 0 };
	struct sim_traced moves[12], gathered[12];
	unsigned i;

	(void)state;
	memset(moves, 0, sizeof(moves));
	for (i = 0; i < 12; i++)
		moves[i].task = turns[i];
	begin(&t, &s);
	make(&t, moves, 12, false);
	assert_int_equal(sim_trace_switches(t.trace), 10);
	assert_int_equal(sim_order_read(&order, t.trace), 0);
	make(&t, order.moves, order.nr, true);
	assert_int_equal(sim_order_relate(&order, t.trace), 0);
	/* x five times, y six times, x; or y five times, x five times, y, x. */
	assert_int_equal(sim_order_gather(&order, 1, gathered), 2);
	for (i = 0; i < 12; i++)
		assert_int_equal(gathered[i].task, i < 5 || i == 11 ? 1 : 2);
	assert_int_equal(sim_order_gather(&order, 2, gathered), 3);
	sim_order_release(&order);
	kit_trace_free(t.trace);
}

static void count_up(void)
{
	int i;

	for (i = 1; i <= 3; i++) {
		WRITE_ONCE(board->easy, i);
		WRITE_ONCE(board->phase, i);
		WRITE_ONCE(board->easy, i);
	}
}

static void see_each(void)
{
	int i, seen = 0;

	SCHED_FUNC();
	for (i = 1; i <= 3; i++) {
		WRITE_ONCE(board->other, i);
		seen += READ_ONCE(board->phase) == i;
		WRITE_ONCE(board->other, i);
	}
	SIM_CHECK(seen != 3);
}

/*
 * In turns, the reader sees each number.  Of the 17 switches 5 are needed for
 * that; to find out which, line by line, takes more runs than gathering.
 */
static void gathering_spares_runs(void **state)
{
	const struct sim_scenario s = {
		.name = "numbers",
		.setup = setup,
		.tasks = { { "x", count_up, NULL }, { "y", see_each, NULL } },
	};
	struct trial t;
	struct sim_minimise job = { .config = &t.config,
				    .finding = &t.run.findings[0],
				    .fewest = 9 };
	struct sim_minimal minimal;
	struct sim_traced moves[18];
	char error[SIM_TEXT_MAX];
	unsigned i;

	(void)state;
	memset(moves, 0, sizeof(moves));
	for (i = 0; i < 18; i++)
		moves[i].task = 1 + i % 2;
	begin(&t, &s);
	make(&t, moves, 18, false);
	assert_int_equal(t.run.nr_findings, 1);
	assert_int_equal(sim_trace_switches(t.trace), 17);
	job.trace = t.trace;
	assert_int_equal(sim_minimise(&job, &minimal, error), 0);
	assert_int_equal(minimal.cost.switches, 5);
	assert_int_equal(minimal.cost.preemptions, 4);
	assert_in_range(minimal.runs, 1, 14);
	sim_trace_free(minimal.trace);
	kit_trace_free(t.trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_are_gathered_as_far_as_others_allow),
		cmocka_unit_test(gathering_spares_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
