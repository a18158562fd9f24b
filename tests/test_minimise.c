/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_minimise.c - findings lose whatever they do not need, stay what they
 * are, and say truthfully whether fewer preemptions would do.
 */
#include "kit.h"
#include "sandbox.h"

#include "memory.h"
#include "minimise.h"

#include <vfiosim/atomic.h>
#include <vfiosim/lock.h>
#include <vfiosim/wait.h>

#include <stdlib.h>
#include <string.h>

static struct board {
	int phase, noise, easy, other;
	struct mutex a, b;
	struct wait_queue_head queue;
} * board;

static void setup(void)
{
	board = kzalloc_obj(board);
	once_init(&board->phase, 4 * sizeof(board->phase));
	mutex_init(&board->a);
	mutex_init(&board->b);
	init_waitqueue_head(&board->queue);
}

static void teardown(void)
{
	kfree(board);
}

static void make_noise(void)
{
	unsigned i;

	for (i = 0; i < 4; i++)
		WRITE_ONCE(board->noise, READ_ONCE(board->noise) + 1);
}

static void two_phases(void)
{
	make_noise();
	WRITE_ONCE(board->phase, 1);
	WRITE_ONCE(board->phase, 2);
	make_noise();
}

/*
 * Both phases are seen only if the writer is left between them and the reader
 * between its looks: two preemptions, not fewer.
 */
static void look_twice(void)
{
	int first, second;

	SCHED_FUNC();
	first = READ_ONCE(board->phase);
	second = READ_ONCE(board->phase);
	SIM_CHECK(first != 1 || second != 2);
}

static void see_both_phases(void)
{
	make_noise();
	look_twice();
	make_noise();
}

static const struct sim_scenario twice = {
	.name = "twice",
	.setup = setup,
	.tasks = { { "idle", make_noise, NULL },
		   { "writer", two_phases, NULL },
		   { "reader", see_both_phases, NULL } },
	.teardown = teardown,
};

static const struct sim_options by_chance = { .strategy = "random",
					      .seed = 1,
					      .budget_runs = 100000 };

/* What is found first, as it was found. */
static char *find_raw(const struct sim_scenario *s, struct sim_options o,
		      struct sim_cost *ret_cost)
{
	struct sim_result result;
	struct sim_raw_finding raw;
	char *text;

	o.no_minimise = true;
	kit_explore(s, &o, &result);
	assert_int_equal(result.nr_findings, 1);
	assert_false(result.findings[0].minimised.done);
	assert_null(strstr(result.findings[0].schedule, "#  "));
	memset(&raw, 0, sizeof(raw));
	raw.event = result.findings[0].trace->nr_events;
	*ret_cost = sim_cost_of(result.findings[0].trace, &raw);
	text = strdup(result.findings[0].schedule);
	assert_non_null(text);
	sim_result_release(&result);
	return text;
}

/* The finding of @text made smaller; its schedule is malloced. */
static char *minimise(const struct sim_scenario *s, const char *text,
		      struct sim_minimised *ret_minimised)
{
	struct sim_result result;
	char *small;
	int ret = sim_minimise_text(s, text, "test", NULL, &result);

	if (ret)
		fail_msg("error %d: %s", ret, result.error);
	assert_int_equal(result.nr_findings, 1);
	*ret_minimised = result.findings[0].minimised;
	small = strdup(result.findings[0].schedule);
	assert_non_null(small);
	sim_result_release(&result);
	return small;
}

/* ------------------------------------------------------------------ smaller */

static void a_walk_by_chance_is_reduced_to_two_preemptions(void **state)
{
	struct sim_minimised m;
	struct sim_cost raw;
	char *text = find_raw(&twice, by_chance, &raw);
	char *small = minimise(&twice, text, &m);

	(void)state;
	assert_true(raw.preemptions > 4);
	assert_true(m.done);
	assert_true(m.proven);
	assert_int_equal(m.preemptions, 2);
	/* writer, reader, writer, reader, and the idle one when they are over. */
	assert_int_equal(m.switches, 4);
	assert_int_equal(m.faults, 0);
	assert_int_equal(m.tasks, 2);
	assert_non_null(strstr(small, "\n# 2 preemptions, proven fewest\n"));
	free(small);
	free(text);
}

static void exploring_minimises_unless_told_not_to(void **state)
{
	struct sim_result result;
	const struct sim_finding *f;

	(void)state;
	kit_explore(&twice, &by_chance, &result);
	f = kit_finding(&result, SIM_CHECK_FAILED);
	assert_true(f->minimised.done);
	assert_true(f->minimised.proven);
	assert_int_equal(f->minimised.preemptions, 2);
	assert_int_equal(sim_trace_switches(f->trace), 4);
	assert_non_null(strstr(f->schedule, "(by random, run "));
	sim_result_release(&result);
}

/* A bound that was searched is not searched again. */
static void what_a_search_by_bounds_finds_is_proven_for_nothing(void **state)
{
	const struct sim_options options = { .strategy = "bound",
					     .bound = 3,
					     .bound_set = true };
	struct sim_result result;
	const struct sim_finding *f;

	(void)state;
	kit_explore(&twice, &options, &result);
	f = kit_finding(&result, SIM_CHECK_FAILED);
	assert_true(f->minimised.proven);
	assert_int_equal(f->minimised.preemptions, 2);
	/* Most of the search was bounds 0 and 1. */
	assert_true(f->run > 200);
	assert_true(f->minimised.runs < 50);
	sim_result_release(&result);
}

/* Whoever found it: a few runs with few preemptions come first. */
static void no_finding_of_the_window_takes_a_hundred_runs(void **state)
{
	static const char *const strategies[] = { "random", "pct", "pos",
						  "dpor", "dfs" };
	static const char *const eras[] = { "v3.19", "v3.19-patched", "v4.0" };
	unsigned i, nr = kit_scale(3 * 5 * 8), n;

	(void)state;
	for (i = 0; i < nr; i++) {
		struct sim_options options = { .strategy = strategies[i % 5],
					       .seed = i / 5 + 1 };
		struct sim_result result;
		char error[SIM_TEXT_MAX];

		assert_int_equal(sim_option_set(&options, "era",
						eras[i / 5 % 3], error),
				 0);
		kit_explore(sim_scenario_find("viability-window"), &options,
			    &result);
		for (n = 0; n < result.nr_findings; n++) {
			assert_true(result.findings[n].minimised.proven);
			assert_in_range(result.findings[n].minimised.runs, 1,
					99);
		}
		assert_true(n > 0);
		sim_result_release(&result);
	}
}

static void what_is_minimal_stays_as_it_is(void **state)
{
	struct sim_minimised m, again;
	struct sim_cost raw;
	char *text = find_raw(&twice, by_chance, &raw);
	char *small = minimise(&twice, text, &m);
	char *same = minimise(&twice, small, &again);

	(void)state;
	assert_string_equal(small, same);
	assert_true(again.done);
	assert_true(again.proven);
	free(same);
	free(small);
	free(text);
}

/* ------------------------------------------------------------- 1-minimality */

struct trial {
	struct sim_run_config config;
	struct sim_schedule schedule;
	struct sim_run run;
	struct sim_trace *trace;
};

/* Is the finding there at a lower cost without these lines? */
static bool shrinks(struct trial *t, unsigned first, unsigned nr,
		    const char *text, const struct sim_cost *cost)
{
	struct sim_strategy *strategy =
		sim_relaxed_make(&t->schedule, t->trace, first, nr);
	bool found = false;
	unsigned i;

	assert_non_null(strategy);
	assert_int_equal(sim_run_once(&t->config, strategy, t->trace, &t->run),
			 0);
	strategy->destroy(strategy);
	for (i = 0; i < t->run.nr_findings; i++) {
		struct sim_cost other =
			sim_cost_of(t->trace, &t->run.findings[i]);

		found |= !strcmp(t->run.findings[i].text, text) &&
			 sim_cost_compare(&other, cost) < 0;
	}
	return found;
}

/* None of @t's lines may go; with all of them the finding is there. */
static void expect_minimal(struct trial *t, const char *text,
			   const struct sim_cost *cost)
{
	const struct sim_cost more = { .preemptions = cost->preemptions + 1 };
	unsigned i, nr = t->schedule.nr_lines;

	assert_true(shrinks(t, nr, 0, text, &more));
	for (i = 0; i < nr; i++)
		assert_false(shrinks(t, i, 1, text, cost));
}

static void no_line_can_be_left_out(void **state)
{
	struct trial t = { .config = { .scenario = &twice,
				       .carrier = sim_carriers()[0],
				       .steps_max = SIM_STEPS_MAX } };
	const struct sim_cost cost = { .preemptions = 2,
				       .switches = 4,
				       .tasks = 2 };
	struct sim_options options = by_chance;
	struct sim_minimised m;
	struct sim_cost raw;
	char error[SIM_TEXT_MAX];

	(void)state;
	t.trace = kit_trace();
	assert_int_equal(era_lookup("v3.19", &t.config.era), 0);
	for (; options.seed <= kit_scale(10); options.seed++) {
		char *text = find_raw(&twice, options, &raw);
		char *small = minimise(&twice, text, &m);

		assert_int_equal(sim_schedule_parse(small, "small", &t.schedule,
						    error),
				 0);
		assert_int_equal(t.schedule.nr_lines, 5);
		expect_minimal(&t, "first != 1 || second != 2", &cost);
		sim_schedule_release(&t.schedule);
		free(small);
		free(text);
	}
	kit_trace_free(t.trace);
}

/* ------------------------------------------------------------- the same finding */

static void set_easy(void)
{
	make_noise();
	WRITE_ONCE(board->easy, 1);
}

static void see_easy_and_both(void)
{
	SIM_CHECK(READ_ONCE(board->easy) == 0);
	see_both_phases();
}

/* The same verdict at another site shows without any preemption. */
static const struct sim_scenario slippery = {
	.name = "slippery",
	.setup = setup,
	.tasks = { { "easy", set_easy, NULL },
		   { "writer", two_phases, NULL },
		   { "reader", see_easy_and_both, NULL } },
	.teardown = teardown,
};

static void a_finding_does_not_become_another_one(void **state)
{
	struct sim_options options = by_chance;
	struct sim_result result;
	unsigned i, seen = 0;

	(void)state;
	options.all = true;
	options.budget_runs = 3000;
	kit_explore(&slippery, &options, &result);
	for (i = 0; i < result.nr_findings; i++) {
		const struct sim_finding *f = &result.findings[i];
		bool both = strstr(f->text, "second") != NULL;

		assert_true(f->minimised.done);
		assert_true(f->minimised.proven);
		assert_int_equal(f->minimised.preemptions, both ? 2 : 0);
		seen |= both ? 2 : 1;
	}
	assert_int_equal(seen, 3);
	sim_result_release(&result);
}

static void of_a_run_with_two_the_one_that_is_claimed_is_kept(void **state)
{
	static const char text[] =
		"vfiosim schedule 1\n"
		"scenario slippery\n"
		"era v3.19\n"
		"found check failed: first != 1 || second != 2 (by hand)\n"
		"easy runs to its end\n"
		"writer runs until it is past write board.phase #1 in "
		"two_phases\n"
		"reader runs until it is past read board.phase #1 in "
		"look_twice\n"
		"writer runs to its end\n"
		"reader runs to its end\n"
		"end\n";
	struct sim_result result;

	(void)state;
	assert_int_equal(
		sim_replay_text(&slippery, text, "test", NULL, &result), 0);
	assert_int_equal(result.nr_findings, 2);
	sim_result_release(&result);
	assert_int_equal(
		sim_minimise_text(&slippery, text, "test", NULL, &result), 0);
	assert_int_equal(result.nr_findings, 1);
	assert_string_equal(result.findings[0].text,
			    "first != 1 || second != 2");
	assert_int_equal(result.findings[0].minimised.preemptions, 2);
	assert_non_null(strstr(result.findings[0].schedule,
			       "second != 2 (by hand)\n# 2 preemptions"));
	sim_result_release(&result);
}

/* ------------------------------------------------------------------ kinds */

static void wait_a_moment(void)
{
	(void)wait_event_interruptible_timeout(board->queue,
					       READ_ONCE(board->other) != 0, 5);
}

static void give(void)
{
	WRITE_ONCE(board->other, 1);
	wake_up(&board->queue);
}

static void sleep_and_see(void)
{
	wait_a_moment();
	see_both_phases();
}

static void sleep_and_need_a_signal(void)
{
	long left = wait_event_interruptible_timeout(
		board->queue, READ_ONCE(board->other) != 0, 5);

	wait_a_moment();
	SIM_CHECK(left != -ERESTARTSYS);
}

/* Whether the sleep ends by itself, a time-out or a signal is all the same. */
static void faults_that_do_not_matter_are_left_out(void **state)
{
	const struct sim_scenario s = {
		.name = "sleepy",
		.setup = setup,
		.tasks = { { "giver", give, NULL },
			   { "writer", two_phases, NULL },
			   { "reader", sleep_and_see, NULL } },
		.timeouts = true,
		.signals = true,
	};
	struct sim_options options = by_chance;
	struct sim_minimised m;
	struct sim_cost raw;
	char *text;

	(void)state;
	do {
		text = find_raw(&s, options, &raw);
		options.seed++;
		free(raw.faults ? NULL : text);
	} while (!raw.faults);
	free(minimise(&s, text, &m));
	free(text);
	assert_int_equal(m.faults, 0);
	assert_int_equal(m.preemptions, 2);
	assert_true(m.proven);
}

static void the_fault_that_matters_stays(void **state)
{
	const struct sim_scenario s = {
		.name = "signalled",
		.setup = setup,
		.tasks = { { "giver", give, NULL },
			   { "idle", make_noise, NULL },
			   { "sleeper", sleep_and_need_a_signal, NULL } },
		.timeouts = true,
		.signals = true,
	};
	struct sim_options options = by_chance;
	struct sim_minimised m;
	struct sim_cost raw;
	char *text;

	(void)state;
	do {
		text = find_raw(&s, options, &raw);
		options.seed++;
		free(raw.faults > 1 ? NULL : text);
	} while (raw.faults < 2);
	free(minimise(&s, text, &m));
	free(text);
	assert_int_equal(m.faults, 1);
	assert_true(m.proven);
}

static void lock_a_then_b(void)
{
	make_noise();
	mutex_lock(&board->a);
	mutex_lock(&board->b);
	mutex_unlock(&board->b);
	mutex_unlock(&board->a);
}

static void lock_b_then_a(void)
{
	make_noise();
	mutex_lock(&board->b);
	mutex_lock(&board->a);
	mutex_unlock(&board->a);
	mutex_unlock(&board->b);
}

static void a_deadlock_keeps_one_preemption(void **state)
{
	const struct sim_scenario s = {
		.name = "abba",
		.setup = setup,
		.tasks = { { "x", lock_a_then_b, NULL },
			   { "y", lock_b_then_a, NULL } },
	};
	struct sim_minimised m;
	struct sim_cost raw;
	char *text = find_raw(&s, by_chance, &raw);

	(void)state;
	free(minimise(&s, text, &m));
	free(text);
	assert_true(m.proven);
	assert_int_equal(m.preemptions, 1);
	assert_int_equal(m.switches, 1);
}

static struct forgotten {
	int word;
} * forgotten;

static void leak_if_both(void)
{
	int first, second;

	make_noise();
	first = READ_ONCE(board->phase);
	second = READ_ONCE(board->phase);
	if (first == 1 && second == 2)
		forgotten = kzalloc_obj(forgotten);
}

/* Found only when all tasks are over. */
static void a_leak_keeps_two_preemptions(void **state)
{
	const struct sim_scenario s = {
		.name = "leak",
		.setup = setup,
		.tasks = { { "writer", two_phases, NULL },
			   { "reader", leak_if_both, NULL } },
		.teardown = teardown,
	};
	struct sim_result result;
	const struct sim_finding *f;

	(void)state;
	kit_explore(&s, &by_chance, &result);
	f = kit_finding(&result, SIM_LEAK);
	assert_true(f->minimised.proven);
	assert_int_equal(f->minimised.preemptions, 2);
	sim_result_release(&result);
}

static void spin(void)
{
	make_noise();
	while (!READ_ONCE(board->other))
		;
}

/* A run without an end has no part that could go. */
static void a_livelock_stays_as_it_was_found(void **state)
{
	const struct sim_scenario s = {
		.name = "spinning",
		.setup = setup,
		.tasks = { { "spinner", spin, NULL },
			   { "idle", make_noise, NULL } },
	};
	struct sim_options options = by_chance;
	struct sim_result result;

	(void)state;
	options.steps_max = 300;
	kit_explore(&s, &options, &result);
	assert_false(kit_finding(&result, SIM_LIVELOCK)->minimised.done);
	sim_result_release(&result);
	assert_non_null(sim_minimise_refuse(SIM_LIVELOCK));
	assert_non_null(sim_minimise_refuse(SIM_STEP_LIMIT));
	assert_null(sim_minimise_refuse(SIM_DEADLOCK));
}

/* ------------------------------------------------------------------- proof */

static void make_much_noise(void)
{
	unsigned i;

	for (i = 0; i < 250; i++)
		WRITE_ONCE(board->noise, 1);
}

static void long_phases(void)
{
	make_much_noise();
	two_phases();
}

static void long_look(void)
{
	make_much_noise();
	see_both_phases();
}

/* Three tasks of 250 steps and more: one preemption is at any of 750 places,
 * with two tasks to go to, in runs of 780 steps, which is more than a million. */
static void what_is_too_much_to_try_is_not_called_proven(void **state)
{
	const struct sim_scenario s = {
		.name = "long",
		.setup = setup,
		.tasks = { { "idle", make_much_noise, NULL },
			   { "writer", long_phases, NULL },
			   { "reader", long_look, NULL } },
	};
	static const char text[] =
		"vfiosim schedule 1\n"
		"scenario long\n"
		"era v3.19\n"
		"writer runs until it is past write board.phase #1 in "
		"two_phases\n"
		"reader runs until it is past read board.phase #1 in "
		"look_twice\n"
		"writer runs to its end\n"
		"reader runs to its end\n"
		"idle runs to its end\n"
		"end\n";
	struct sim_minimised m;
	char *small;

	(void)state;
	if (kit_scale(2) < 2)
		skip();
	small = minimise(&s, text, &m);
	assert_true(m.done);
	assert_false(m.proven);
	assert_int_equal(m.preemptions, 2);
	assert_non_null(
		strstr(small, "\n# 2 preemptions, not proven fewest\n"));
	free(small);
}

static void spin_until_over(void)
{
	while (READ_ONCE(board->phase) != 2)
		;
}

/* Whoever spins first, and is not preempted, spins up to the limit: what would
 * have come after that is not known. */
static void where_runs_were_cut_off_nothing_is_proven(void **state)
{
	const struct sim_scenario s = {
		.name = "spinner",
		.setup = setup,
		.tasks = { { "spinner", spin_until_over, NULL },
			   { "writer", two_phases, NULL },
			   { "reader", see_both_phases, NULL } },
	};
	const struct sim_options options = { .steps_max = 300 };
	static const char text[] =
		"vfiosim schedule 1\n"
		"scenario spinner\n"
		"era v3.19\n"
		"writer runs until it is past write board.phase #1 in "
		"two_phases\n"
		"reader runs until it is past read board.phase #1 in "
		"look_twice\n"
		"writer runs to its end\n"
		"reader runs to its end\n"
		"spinner runs to its end\n"
		"end\n";
	struct sim_result result;

	(void)state;
	assert_int_equal(sim_minimise_text(&s, text, "test", &options, &result),
			 0);
	assert_int_equal(result.nr_findings, 1);
	assert_true(result.findings[0].minimised.done);
	assert_false(result.findings[0].minimised.proven);
	assert_int_equal(result.findings[0].minimised.preemptions, 2);
	sim_result_release(&result);
}

/* ---------------------------------------------------------------- interrupts */

static unsigned reruns_max;

static int stop_in_between(const struct sim_progress *progress, void *arg)
{
	(void)arg;
	assert_true(progress->reruns <= reruns_max);
	return progress->reruns == reruns_max;
}

static void interrupted_it_keeps_what_was_found(void **state)
{
	struct sim_options options = by_chance;
	struct sim_result result;
	struct sim_cost cost;
	char *raw = find_raw(&twice, by_chance, &cost), *stored;

	(void)state;
	options.progress = stop_in_between;
	options.output = ".";
	for (reruns_max = 1; reruns_max < 8; reruns_max += 3) {
		kit_explore(&twice, &options, &result);
		assert_int_equal(result.nr_findings, 1);
		assert_false(result.findings[0].minimised.done);
		assert_string_equal(result.findings[0].schedule, raw);
		stored = sandbox_read(result.findings[0].path);
		assert_string_equal(stored, raw);
		free(stored);
		sim_result_release(&result);
	}
	assert_int_equal(sandbox_count("."), 1);
	free(raw);
}

/* Of the one that was found first nothing is left behind. */
static void only_the_smaller_schedule_is_kept_in_a_folder(void **state)
{
	struct sim_options options = by_chance;
	struct sim_result result;
	char *stored;

	(void)state;
	options.output = ".";
	kit_explore(&twice, &options, &result);
	assert_int_equal(sandbox_count("."), 1);
	stored = sandbox_read(result.findings[0].path);
	assert_string_equal(stored, result.findings[0].schedule);
	free(stored);
	sim_result_release(&result);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, sandbox_setup, sandbox_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_walk_by_chance_is_reduced_to_two_preemptions),
		cmocka_unit_test(exploring_minimises_unless_told_not_to),
		cmocka_unit_test(
			what_a_search_by_bounds_finds_is_proven_for_nothing),
		cmocka_unit_test(no_finding_of_the_window_takes_a_hundred_runs),
		cmocka_unit_test(what_is_minimal_stays_as_it_is),
		cmocka_unit_test(no_line_can_be_left_out),
		cmocka_unit_test(a_finding_does_not_become_another_one),
		cmocka_unit_test(
			of_a_run_with_two_the_one_that_is_claimed_is_kept),
		cmocka_unit_test(faults_that_do_not_matter_are_left_out),
		cmocka_unit_test(the_fault_that_matters_stays),
		cmocka_unit_test(a_deadlock_keeps_one_preemption),
		cmocka_unit_test(a_leak_keeps_two_preemptions),
		cmocka_unit_test(a_livelock_stays_as_it_was_found),
		cmocka_unit_test(what_is_too_much_to_try_is_not_called_proven),
		cmocka_unit_test(where_runs_were_cut_off_nothing_is_proven),
		TEST(interrupted_it_keeps_what_was_found),
		TEST(only_the_smaller_schedule_is_kept_in_a_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
