/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_progress.c - how much of a search is left: what is said of it, and how
 * far that is from what turns out in the end.
 */
#include "kit.h"

#include <vfiosim/atomic.h>
#include <vfiosim/lock.h>

#include "progress.h"
#include "run.h"
#include "sandbox.h"
#include "terminal.h"

#include <stdlib.h>
#include <string.h>

static struct desk {
	struct mutex m;
	int pen;
} * desk;

static void setup(void)
{
	desk = kzalloc_obj(desk);
	mutex_init(&desk->m);
	once_init(&desk->pen, sizeof(desk->pen));
}

static void use(void)
{
	unsigned i;

	for (i = 0; i < 3; i++) {
		mutex_lock(&desk->m);
		mutex_unlock(&desk->m);
	}
}

static void take(void)
{
	WRITE_ONCE(desk->pen, READ_ONCE(desk->pen) + 1);
}

/* 9!/3!^3 = 1,680 classes. */
static const struct sim_scenario users = {
	.name = "users",
	.setup = setup,
	.tasks = { { "a", use, NULL }, { "b", use, NULL }, { "c", use, NULL } },
};

/* Two steps each, none waits: 6!/2!^3 = 90 interleavings. */
static const struct sim_scenario takers = {
	.name = "takers",
	.setup = setup,
	.tasks = { { "a", take, NULL },
		   { "b", take, NULL },
		   { "c", take, NULL } },
};

/* ----------------------------------------------------------------- the share */

struct shares {
	unsigned nr;
	double share[4096];
};

/* What @strategy, which is destroyed, says behind each of its runs. */
static void make(const struct sim_scenario *scenario,
		 struct sim_strategy *strategy, struct shares *ret_shares)
{
	struct sim_run_config config = {
		.scenario = scenario,
		.carrier = sim_carriers()[0],
		.steps_max = SIM_STEPS_MAX,
	};
	struct sim_trace *trace = kit_trace();
	static struct sim_run run;

	assert_non_null(strategy);
	assert_int_equal(era_lookup("v3.19", &config.era), 0);
	ret_shares->nr = 0;
	while (strategy->begin(strategy)) {
		assert_false(strategy->again);
		assert_int_equal(sim_run_once(&config, strategy, trace, &run),
				 0);
		assert_true(ret_shares->nr < 4096);
		ret_shares->share[ret_shares->nr++] = strategy->share(strategy);
	}
	assert_true(strategy->exhausted);
	strategy->destroy(strategy);
	kit_trace_free(trace);
}

static struct shares shares;

static bool is_near(double a, double b)
{
	return a - b < 1e-9 && b - a < 1e-9;
}

/* All that is left out is known from the start: every branch adds what it
 * stands for. */
static void the_share_of_a_whole_tree_only_grows(void **state)
{
	unsigned i;

	(void)state;
	make(&takers, sim_dfs_make(false, -1), &shares);
	assert_int_equal(shares.nr, 90);
	/* One task makes two steps of three that can, the next two of two. */
	assert_true(is_near(shares.share[0], 1.0 / (3 * 3 * 2 * 2)));
	for (i = 1; i < shares.nr; i++)
		assert_true(shares.share[i] > shares.share[i - 1]);
	/* A third begins with the first task. */
	assert_true(is_near(shares.share[29], 1.0 / 3));
	assert_true(is_near(shares.share[59], 2.0 / 3));
	assert_true(is_near(shares.share[89], 1));
}

/* It learns of branches as it goes on. */
static void the_share_of_a_search_is_1_when_it_ends(void **state)
{
	unsigned i;

	(void)state;
	make(&users, sim_dpor_make(), &shares);
	assert_int_equal(shares.nr, 1680);
	for (i = 0; i < shares.nr; i++)
		assert_true(shares.share[i] > 0 && shares.share[i] < 1 + 1e-9);
	assert_true(is_near(shares.share[1679], 1));
	make(&users, sim_dfs_make(true, -1), &shares);
	assert_true(is_near(shares.share[shares.nr - 1], 1));
	make(&takers, sim_dfs_make(false, 2), &shares);
	assert_true(is_near(shares.share[shares.nr - 1], 1));
}

/*
 * What a round leaves to the next is known only when that begins: 6 runs with
 * no preemption, 18 with one, and then 12, whose share is told; nothing is left
 * to be made behind the last of them but what was made on the way.
 */
static void of_rounds_only_the_last_knows_its_share(void **state)
{
	unsigned i;

	(void)state;
	make(&takers, sim_bound_make(2, 0), &shares);
	assert_int_equal(shares.nr, 6 + 18 + 12);
	for (i = 0; i < 6 + 18; i++)
		assert_true(is_near(shares.share[i], 0));
	for (; i < shares.nr; i++)
		assert_true(shares.share[i] > 0.5 && shares.share[i] <= 1);
	assert_true(shares.share[shares.nr - 1] > 0.9);
}

/* The whole that follows from it, when a tenth was made, a third, two thirds. */
static void expect_whole(double tenth, double third, double two_thirds)
{
	const double factors[] = { tenth, third, two_thirds };
	const unsigned nrs[] = { shares.nr / 10, shares.nr / 3,
				 2 * shares.nr / 3 };
	unsigned i;

	for (i = 0; i < 3; i++) {
		double whole = nrs[i] / shares.share[nrs[i] - 1];

		if (whole > factors[i] * shares.nr ||
		    whole < shares.nr / factors[i])
			fail_msg("after %u of %u runs it was %.0f", nrs[i],
				 shares.nr, whole);
	}
}

static void the_whole_is_known_better_as_time_goes_by(void **state)
{
	(void)state;
	make(&users, sim_dpor_make(), &shares);
	expect_whole(4, 2.5, 1.6);
	make(&takers, sim_dfs_make(false, -1), &shares);
	expect_whole(1.7, 1.2, 1.2);
}

/* ---------------------------------------------------------- what is told of it */

static struct sim_progress told;
static double least, most;

static int watch(const struct sim_progress *progress, void *arg)
{
	(void)arg;
	told = *progress;
	assert_true(told.whole >= told.searched);
	assert_true(told.seconds_left >= 0);
	if (told.whole < least)
		least = told.whole;
	if (told.whole > most)
		most = told.whole;
	return 0;
}

static void explore(const char *strategy, uint64_t budget)
{
	const struct sim_options options = { .strategy = strategy,
					     .budget_runs = budget,
					     .bound = 1,
					     .bound_set = true,
					     .no_por = true,
					     .progress = watch };
	struct sim_result result;

	least = 1e300;
	most = 0;
	kit_explore(&takers, &options, &result);
	sim_result_release(&result);
}

static void a_search_that_ends_has_made_what_was_foretold(void **state)
{
	(void)state;
	explore("dpor", 0);
	assert_true(is_near(told.searched, told.whole));
	assert_true(is_near(told.seconds_left, 0));
	/* Of the last bound alone: 3! and 6 orders of each preemption. */
	explore("bound", 0);
	assert_true(is_near(told.searched, told.whole));
	assert_true(told.searched < (double)told.runs);
}

static void nobody_makes_more_runs_than_asked_for(void **state)
{
	(void)state;
	explore("random", 40);
	assert_true(is_near(least, 40) && is_near(most, 40));
	assert_true(is_near(told.searched, 40));
	explore("dfs", 40);
	assert_true(most < 40 + 1e-9);
}

static const char *line(const struct sim_progress *progress)
{
	static char text[SIM_TEXT_MAX];

	sim_progress_format(progress, text, sizeof(text));
	return text;
}

static void the_line_says_how_much_is_left(void **state)
{
	struct sim_progress p = {
		.strategy = "dpor", .runs = 56000, .seconds = 2, .findings = 3
	};

	(void)state;
	assert_string_equal(line(&p), "dpor: 56 k runs, 28 k/s, 3 found");
	p.searched = 56000;
	p.whole = 160000;
	p.seconds_left = 12.3;
	assert_string_equal(line(&p),
			    "dpor: 56 k runs, 28 k/s, 3 found; about 35 % of "
			    "160 k, 12 s left");
	p.strategy = "bound";
	p.bound = 2;
	p.runs = 500;
	p.pruned = 20;
	p.whole = 3e7;
	p.seconds_left = 4000;
	assert_string_equal(line(&p),
			    "bound 2: 500 runs, 260/s, 3 found; about "
			    "0 % of 30 M, 67 min left");
	p.whole = 3e20;
	p.seconds_left = 1e15;
	assert_string_equal(line(&p),
			    "bound 2: 500 runs, 260/s, 3 found; about "
			    "0 % of 3e+08 T, years left");
	p.seconds_left = 1e5;
	assert_non_null(strstr(line(&p), ", 28 h left"));
	p.seconds_left = 3e6;
	assert_non_null(strstr(line(&p), ", 35 days left"));
}

/* -------------------------------------------------------------- the terminal */

static void a_terminal_shows_how_much_is_left(void **state)
{
	struct terminal terminal;

	(void)state;
	terminal_begin(&terminal, "explore viability-window --find leak "
				  "--strategy random --budget 1000000000");
	terminal_wait(&terminal, " % of 1000 M, ");
	terminal_wait(&terminal, " left");
	terminal_interrupt(&terminal, 3);
	sandbox_contains(terminal.err, "\r\033[Krandom: ");
	sandbox_contains(terminal.err, "/s, 0 found; about ");
	terminal_release(&terminal);
}

static void what_is_no_terminal_is_told_nothing(void **state)
{
	struct sandbox_output output;

	(void)state;
	sandbox_run("explore viability-window --find leak --strategy random "
		    "--budget 1s",
		    3, &output);
	assert_null(strstr(output.err, "left"));
	assert_null(strchr(output.err, '\r'));
	sandbox_release(&output);
}

#define SANDBOX(test) \
	cmocka_unit_test_setup_teardown((test), sandbox_setup, sandbox_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_share_of_a_whole_tree_only_grows),
		cmocka_unit_test(the_share_of_a_search_is_1_when_it_ends),
		cmocka_unit_test(of_rounds_only_the_last_knows_its_share),
		cmocka_unit_test(the_whole_is_known_better_as_time_goes_by),
		cmocka_unit_test(a_search_that_ends_has_made_what_was_foretold),
		cmocka_unit_test(nobody_makes_more_runs_than_asked_for),
		cmocka_unit_test(the_line_says_how_much_is_left),
		SANDBOX(a_terminal_shows_how_much_is_left),
		SANDBOX(what_is_no_terminal_is_told_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
