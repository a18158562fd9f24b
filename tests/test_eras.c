/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_eras.c - scenarios by eras: what cells say, how they stand to what is
 * stated, and where runs depart from one era to another.
 */
#include "eras.h"
#include "jobs.h"
#include "kit.h"
#include "progress.h"
#include "sandbox.h"

#include <vfiosim/atomic.h>
#include <vfiosim/lock.h>
#include <vfiosim/slab.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------- scenarios */

struct pair {
	struct mutex lock;
	int value, other;
};

static struct pair *words;

static void pair_setup(void)
{
	words = kzalloc_obj(pair);
	mutex_init(&words->lock);
}

static void pair_teardown(void)
{
	kfree(words);
}

/* Refused unless b came between the two writes; with the patch under a lock. */
static void writer(void)
{
	bool patched = era_flag(ERA_TRACK_UNBOUND) == ERA_ON;

	if (patched)
		mutex_lock(&words->lock);
	WRITE_ONCE(words->value, 1);
	WRITE_ONCE(words->other, 1);
	if (patched)
		mutex_unlock(&words->lock);
}

static void reader(void)
{
	bool patched = era_flag(ERA_TRACK_UNBOUND) == ERA_ON;
	bool torn;

	if (patched)
		mutex_lock(&words->lock);
	torn = READ_ONCE(words->value) != READ_ONCE(words->other);
	if (patched)
		mutex_unlock(&words->lock);
	if (torn)
		SIM_REFUSE("reader", 0);
}

static const struct sim_scenario torn_read = {
	.name = "torn-read",
	.summary = "two words written one after the other",
	.setup = pair_setup,
	.tasks = { { "writer", writer, NULL }, { "reader", reader, NULL } },
	.teardown = pair_teardown,
	.expect =
		(const struct sim_expect[]){
			{ "v3.19", SIM_SET(SIM_REFUSED), "B1 B2", 0 },
			/* Spelled as nobody else would. */
			{ "v3.19-patched track_unbound=off",
			  SIM_SET(SIM_REFUSED), NULL, 1 },
			{ "v3.19-patched", 0, NULL, 0 },
			{ NULL, 0, NULL, 0 },
		},
};

static void die(void)
{
	if (era_flag(ERA_TRACK_UNBOUND) == ERA_ON)
		(void)raise(SIGKILL);
}

static const struct sim_scenario deadly = {
	.name = "deadly",
	.summary = "its process dies in one of two eras",
	.tasks = { { "die", die, NULL } },
};

/* What a task does next depends on the era. */
static bool patched(void)
{
	return era_flag(ERA_TRACK_UNBOUND) == ERA_ON;
}

static void write_one(void)
{
	if (patched())
		WRITE_ONCE(words->other, 1);
	else
		WRITE_ONCE(words->value, 1);
}

static const struct sim_scenario another_word = {
	.name = "another-word",
	.summary = "one of two words is written",
	.setup = pair_setup,
	.tasks = { { "writer", write_one, NULL } },
	.teardown = pair_teardown,
};

static void spin(void)
{
	while (patched() && !READ_ONCE(words->value))
		;
	WRITE_ONCE(words->other, 1);
}

static const struct sim_scenario spinning = {
	.name = "spinning",
	.summary = "waits for what nobody does",
	.setup = pair_setup,
	.tasks = { { "spin", spin, NULL } },
	.teardown = pair_teardown,
};

static void write_twice(void)
{
	WRITE_ONCE(words->value, 1);
	WRITE_ONCE(words->value, 2);
}

/* A bug in one era; in the other one it looks again. */
static void look_twice(void)
{
	if (READ_ONCE(words->value) == 1 && !patched())
		BUG_ON(true);
	if (READ_ONCE(words->value) == 1)
		SIM_REFUSE("look", 0);
}

static const struct sim_scenario looking = {
	.name = "looking",
	.summary = "a bug ends the run in one of two eras",
	.setup = pair_setup,
	.tasks = { { "writer", write_twice, NULL },
		   { "looker", look_twice, NULL } },
	.teardown = pair_teardown,
};

#define BUSY_WRITES 40

static void write_often(void)
{
	unsigned i;

	for (i = 0; i < BUSY_WRITES; i++)
		WRITE_ONCE(words->value, 1);
}

/* Of 120 steps two preemptions: some 100000 runs. */
static const struct sim_scenario busy = {
	.name = "busy",
	.summary = "three tasks write the same word",
	.setup = pair_setup,
	.tasks = { { "a", write_often, NULL },
		   { "b", write_often, NULL },
		   { "c", write_often, NULL } },
	.teardown = pair_teardown,
};

/* -------------------------------------------------------------------- tables */

static struct sim_eras *make_table(const struct sim_scenario *scenario,
				   const char *const *eras)
{
	struct sim_eras *table = calloc(1, sizeof(*table));
	char error[SIM_TEXT_MAX];
	struct kernel_era era;

	assert_non_null(table);
	assert_int_equal(sim_eras_add_scenario(table, scenario), 0);
	for (; *eras; eras++) {
		assert_int_equal(sim_era_parse(*eras, &era, error), 0);
		assert_int_equal(sim_eras_add_column(table, &era, true), 0);
	}
	table->jobs = 2;
	table->compare = true;
	return table;
}

static void explore(struct sim_eras *table)
{
	sim_progress_begin(true);
	assert_int_equal(sim_eras_explore(table), 0);
	(void)sim_progress_end();
}

static void free_table(struct sim_eras *table)
{
	sim_eras_release(table);
	free(table);
}

static const char *const two_eras[] = { "v3.19", "v3.19-patched", NULL };

static void a_cell_is_explored_as_its_row_says(void **state)
{
	static const char *const eras[] = { "v3.19", "v3.19-patched",
					    "v3.19-patched track_unbound=off",
					    "v4.0 track_unbound=off", NULL };
	struct sim_eras *table = make_table(&torn_read, eras);
	const struct sim_eras_cell *cell;

	(void)state;
	explore(table);
	cell = sim_eras_cell(table, 0, 0);
	assert_int_equal(cell->state, SIM_ERAS_EXPLORED);
	assert_int_equal(cell->verdicts, SIM_SET(SIM_REFUSED));
	assert_string_equal(cell->expect->bugs, "B1 B2");
	assert_true(cell->exhausted && !cell->bounded);
	/* One lock around each: two orders. */
	cell = sim_eras_cell(table, 0, 1);
	assert_int_equal(cell->verdicts, 0);
	assert_int_equal(cell->runs, 2);
	/* At most one preemption, as its row says, however that is spelled. */
	cell = sim_eras_cell(table, 0, 2);
	assert_true(cell->exhausted && cell->bounded);
	assert_int_equal(cell->bound, 1);
	assert_non_null(cell->expect);
	/* Nothing is stated, and no row of the others allows more than one
	 * preemption: of C(4,2) = 6 interleavings 2 have none, 2 one. */
	cell = sim_eras_cell(table, 0, 3);
	assert_null(cell->expect);
	assert_int_equal(cell->runs, 4);
	assert_int_equal(sim_eras_judge(cell), SIM_ERAS_NOT_STATED);
	free_table(table);
}

/* There is no end of it: a table must come to one, and say that this did not.
 */
static void an_era_without_a_row_is_explored_for_so_many_steps(void **state)
{
	static const char *const eras[] = { "v3.19", NULL };
	struct sim_eras *table = make_table(&busy, eras);
	const struct sim_eras_cell *cell;

	(void)state;
	explore(table);
	cell = sim_eras_cell(table, 0, 0);
	assert_false(cell->exhausted);
	/* The run that came beyond is the last one. */
	assert_in_range(cell->steps, SIM_ERAS_STEPS_MAX,
			SIM_ERAS_STEPS_MAX + 3 * BUSY_WRITES);
	assert_int_equal(cell->bound, 2);
	assert_int_equal(sim_eras_judge(cell), SIM_ERAS_NOT_STATED);
	free_table(table);
}

static void an_own_bound_goes_before_the_row(void **state)
{
	struct sim_eras *table = make_table(&torn_read, two_eras);

	(void)state;
	table->options.bound_set = true;
	explore(table);
	assert_true(sim_eras_cell(table, 0, 0)->bounded);
	assert_int_equal(sim_eras_cell(table, 0, 0)->bound, 0);
	assert_int_equal(sim_eras_cell(table, 0, 0)->verdicts, 0);
	/* The race needs one preemption: missing it decides nothing. */
	assert_int_equal(sim_eras_judge(sim_eras_cell(table, 0, 0)),
			 SIM_ERAS_UNDECIDED);
	free_table(table);
}

static void the_number_of_processes_changes_nothing(void **state)
{
	struct sim_eras *one = make_table(&torn_read, two_eras);
	struct sim_eras *many = make_table(&torn_read, two_eras);
	unsigned i;

	(void)state;
	one->jobs = 1;
	many->jobs = SIM_JOBS_MAX;
	explore(one);
	explore(many);
	for (i = 0; i < 2; i++) {
		const struct sim_eras_cell *a = sim_eras_cell(one, 0, i);
		const struct sim_eras_cell *b = sim_eras_cell(many, 0, i);

		assert_int_equal(a->runs, b->runs);
		assert_int_equal(a->pruned, b->pruned);
		assert_int_equal(a->steps, b->steps);
		assert_int_equal(a->nr_findings, b->nr_findings);
		if (a->nr_findings)
			assert_string_equal(a->findings[0].schedule,
					    b->findings[0].schedule);
		assert_memory_equal(&a->comparison, &b->comparison,
				    sizeof(a->comparison));
	}
	free_table(one);
	free_table(many);
}

static void a_process_that_dies_breaks_its_cell_alone(void **state)
{
	struct sim_eras *table = make_table(&deadly, two_eras);
	const struct sim_eras_cell *cell;

	(void)state;
	explore(table);
	assert_int_equal(sim_eras_cell(table, 0, 0)->state, SIM_ERAS_EXPLORED);
	assert_int_equal(sim_eras_cell(table, 0, 0)->runs, 1);
	cell = sim_eras_cell(table, 0, 1);
	assert_int_equal(cell->state, SIM_ERAS_BROKEN);
	assert_string_equal(cell->error, "killed by signal 9");
	assert_int_equal(sim_eras_judge(cell), SIM_ERAS_FAILED);
	free_table(table);
}

static void headings_are_short_and_differ(void **state)
{
	static const char *const eras[] = {
		"v3.19",
		"v3.19 check_order=atomic",
		"v3.19-patched check_order=atomic",
		"v3.19-patched inject_track_enomem=on",
		"v3.19-patched check_order=atomic kvm_del=match_group",
		NULL
	};
	static const char *const headings[] = { "v3.19", "+atomic", "+atomic#2",
						"+inject_track_enomem",
						"+atomic+" };
	struct sim_eras *table = make_table(&torn_read, eras);
	unsigned i;

	(void)state;
	for (i = 0; i < table->nr_columns; i++)
		assert_string_equal(table->column[i].heading, headings[i]);
	free_table(table);
}

static void overrides_stand_behind_the_era_that_they_change(void **state)
{
	struct sim_eras *table = make_table(&torn_read, two_eras);

	(void)state;
	assert_int_equal(sim_eras_add_overrides(table), 0);
	assert_int_equal(table->nr_columns, 3);
	assert_string_equal(table->column[2].text,
			    "v3.19-patched track_unbound=off");
	assert_false(table->column[2].given);
	free_table(table);
}

/* Without a column of the era there is nothing to stand behind. */
static void overrides_of_other_eras_are_left_out(void **state)
{
	static const char *const eras[] = { "v3.19", NULL };
	struct sim_eras *table = make_table(&torn_read, eras);

	(void)state;
	assert_int_equal(sim_eras_add_overrides(table), 0);
	assert_int_equal(table->nr_columns, 1);
	free_table(table);
}

/* Of two findings of one verdict the first, and so the shortest, is kept. */
static void the_shortest_schedule_of_a_verdict_is_written(void **state)
{
	static const char *const eras[] = { "v3.19", NULL };
	struct sim_eras *table =
		make_table(sim_scenario_find("viability-window"), eras);
	const struct sim_eras_cell *cell;
	char error[SIM_TEXT_MAX], *text;
	unsigned i, written = 0;

	(void)state;
	table->compare = false;
	table->options.bound = 2;
	table->options.bound_set = true;
	explore(table);
	cell = sim_eras_cell(table, 0, 0);
	assert_true(cell->nr_findings > 2);
	for (i = 1; i < cell->nr_findings; i++)
		assert_true(cell->findings[i - 1].switches <=
			    cell->findings[i].switches);
	assert_int_equal(sim_eras_store(table, ".", error), 0);
	/* Two verdicts. */
	assert_int_equal(sandbox_count("."), 2);
	for (i = 0; i < cell->nr_findings; i++)
		written += cell->findings[i].path[0] != '\0';
	assert_int_equal(written, 2);
	text = sandbox_read(cell->findings[0].path);
	assert_string_equal(text, cell->findings[0].schedule);
	free(text);
	free_table(table);
}

static int explore_interrupted(void *arg)
{
	struct sim_eras *table = make_table(&torn_read, two_eras);

	(void)arg;
	sim_progress_begin(true);
	(void)raise(SIGTERM);
	assert_int_equal(sim_eras_explore(table), 0);
	sim_report_eras_text(stdout, table, false);
	free_table(table);
	return 0;
}

static void what_an_interrupt_left_undone_is_not_broken(void **state)
{
	struct sandbox_output output;

	(void)state;
	sandbox_call(explore_interrupted, NULL, &output);
	assert_int_equal(output.status, 0);
	sandbox_contains(output.out, "\n? v3.19 ");
	sandbox_contains(output.out, "  not explored  ");
	assert_null(strstr(output.out, "interrupted"));
	sandbox_release(&output);
}

/* --------------------------------------------------------------- judgements */

static void judgements_follow_from_what_was_tried(void **state)
{
	static const struct sim_expect refused = { "v3.19",
						   SIM_SET(SIM_REFUSED), NULL,
						   0 };
	static const struct sim_expect clean = { "v3.19", 0, NULL, 0 };
	static const struct sim_expect within_2 = { "v3.19", 0, NULL, 2 };
	static const struct {
		const struct sim_expect *expect;
		unsigned verdicts;
		bool exhausted, bounded;
		unsigned bound;
		enum sim_eras_judgement judgement;
	} rows[] = {
		{ &refused, SIM_SET(SIM_REFUSED), true, false, 0,
		  SIM_ERAS_AS_EXPECTED },
		/* What is found is found, wherever the search ended. */
		{ &refused, SIM_SET(SIM_REFUSED), false, false, 0,
		  SIM_ERAS_AS_EXPECTED },
		{ &refused, SIM_SET(SIM_BUG), false, false, 0,
		  SIM_ERAS_DIFFERS },
		{ &refused, SIM_SET(SIM_REFUSED) | SIM_SET(SIM_BUG), true,
		  false, 0, SIM_ERAS_DIFFERS },
		{ &refused, 0, true, false, 0, SIM_ERAS_DIFFERS },
		{ &refused, 0, true, true, 2, SIM_ERAS_UNDECIDED },
		{ &refused, 0, false, false, 0, SIM_ERAS_UNDECIDED },
		{ &clean, 0, true, false, 0, SIM_ERAS_AS_EXPECTED },
		{ &clean, 0, true, true, 5, SIM_ERAS_UNDECIDED },
		{ &clean, 0, false, false, 0, SIM_ERAS_UNDECIDED },
		{ &within_2, 0, true, true, 2, SIM_ERAS_AS_EXPECTED },
		{ &within_2, 0, true, true, 1, SIM_ERAS_UNDECIDED },
		{ &within_2, 0, true, false, 0, SIM_ERAS_AS_EXPECTED },
		{ NULL, SIM_SET(SIM_BUG), true, true, 2, SIM_ERAS_NOT_STATED },
		/* Nothing can be missed of what nobody stated. */
		{ NULL, 0, false, false, 0, SIM_ERAS_NOT_STATED },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sim_eras_cell cell = {
			.state = SIM_ERAS_EXPLORED,
			.expect = rows[i].expect,
			.verdicts = rows[i].verdicts,
			.exhausted = rows[i].exhausted,
			.bounded = rows[i].bounded,
			.bound = rows[i].bound,
		};

		if (sim_eras_judge(&cell) != rows[i].judgement)
			fail_msg("row %zu: judgement %d, expected %d", i,
				 (int)sim_eras_judge(&cell),
				 (int)rows[i].judgement);
	}
}

/* -------------------------------------------------------------- departures */

static void a_run_departs_where_an_era_does_something_else(void **state)
{
	struct sim_eras *table = make_table(&torn_read, two_eras);
	const struct sim_eras_comparison *c;

	(void)state;
	explore(table);
	c = &sim_eras_cell(table, 0, 1)->comparison;
	assert_true(c->made);
	assert_int_equal(c->verdicts, 0);
	assert_int_equal(c->nr_departures, 2);
	assert_string_equal(c->departure[0].task, "writer");
	assert_int_equal(c->departure[0].step, 1);
	assert_string_equal(c->departure[0].here,
			    "lock pair.lock #1 in writer");
	assert_string_equal(c->departure[0].there,
			    "write pair.value #1 in writer");
	/* The reader has to wait for the writer: the switch cannot be made. */
	assert_false(c->fits);
	assert_string_equal(c->misfit,
			    "reader runs to its end, but it waits to lock in "
			    "reader");
	/* lock, write | write, unlock, and then the reader's lock. */
	assert_string_equal(c->departure[1].task, "reader");
	assert_int_equal(c->departure[1].step, 5);
	assert_string_equal(c->departure[1].here,
			    "lock pair.lock #1 in reader");
	/* Nothing to compare the first one with. */
	assert_false(sim_eras_cell(table, 0, 0)->comparison.made);
	free_table(table);
}

static void compare(const struct sim_scenario *scenario, const char *schedule,
		    const char *era, struct sim_eras_comparison *c)
{
	struct sim_options options = { .steps_max = 200 };
	char error[SIM_TEXT_MAX];

	assert_int_equal(sim_era_parse(era, &options.era, error), 0);
	if (sim_eras_compare(scenario, schedule, &options, c))
		fail_msg("%s in %s: %s", scenario->name, era, c->error);
}

/* Each kind of finding, followed in its own era. */
static unsigned follow_all(const struct sim_scenario *scenario, const char *era)
{
	static struct sim_eras_comparison comparison;
	struct sim_options options = {
		.strategy = "bound", .bound = 1, .bound_set = true, .all = true
	};
	const struct sim_eras_comparison *c = &comparison;
	struct sim_result result;
	unsigned i, seen;

	assert_int_equal(era_lookup(era, &options.era), 0);
	kit_explore(scenario, &options, &result);
	for (i = 0; i < result.nr_findings; i++) {
		compare(scenario, result.findings[i].schedule, era,
			&comparison);
		if (!c->fits || c->nr_departures)
			fail_msg("%s in %s: %s; %s: %s, not %s", scenario->name,
				 era, c->misfit, c->departure[0].task,
				 c->departure[0].here, c->departure[0].there);
		assert_true(c->verdicts & SIM_SET(result.findings[i].verdict));
	}
	seen = result.nr_findings;
	sim_result_release(&result);
	return seen;
}

static void in_its_own_era_a_run_departs_nowhere(void **state)
{
	const struct sim_scenario *scenario;
	unsigned i, seen = 0;

	(void)state;
	for (i = 0; (scenario = sim_scenario_nth(i)); i++) {
		seen += follow_all(scenario, "v3.19");
		/* With allocations that fail: outcomes are followed, too. */
		seen += follow_all(scenario, "v3.19-patched");
	}
	assert_true(seen >= 22);
}

#define SCHEDULE(scenario, lines)                                             \
	"vfiosim schedule 1\nscenario  " scenario "\nera       v3.19\n" lines \
	"end\n"

static void the_same_operation_on_another_word_is_a_departure(void **state)
{
	static struct sim_eras_comparison c;

	(void)state;
	compare(&another_word,
		SCHEDULE("another-word", "writer    runs to its end\n"),
		"v3.19-patched", &c);
	assert_int_equal(c.nr_departures, 1);
	assert_string_equal(c.departure[0].here,
			    "write pair.other #1 in write_one");
	assert_string_equal(c.departure[0].there,
			    "write pair.value #1 in write_one");
}

static void a_run_that_repeats_itself_elsewhere_is_a_livelock(void **state)
{
	static struct sim_eras_comparison c;

	(void)state;
	compare(&spinning, SCHEDULE("spinning", "spin      runs to its end\n"),
		"v3.19-patched", &c);
	assert_int_equal(c.verdicts, SIM_SET(SIM_LIVELOCK));
	assert_int_equal(c.steps, 200);
}

/* The looker found a bug; where it finds none it goes on first. */
static void behind_the_end_of_the_model_the_last_task_goes_on(void **state)
{
	static struct sim_eras_comparison c;

	(void)state;
	compare(&looking,
		SCHEDULE("looking",
			 "writer    runs until it is past write pair.value #1 "
			 "in write_twice\n"
			 "looker    runs to its end\n"),
		"v3.19-patched", &c);
	assert_true(c.fits);
	assert_int_equal(c.verdicts, SIM_SET(SIM_REFUSED));
	assert_string_equal(c.departure[0].here,
			    "read pair.value #1 in look_twice");
}

/* The model is of the patched era here: its second look never comes. */
static void a_run_that_ends_too_early_fits_no_more(void **state)
{
	static struct sim_eras_comparison c;

	(void)state;
	compare(&looking,
		"vfiosim schedule 1\n"
		"scenario  looking\n"
		"era       v3.19-patched\n"
		"writer    runs until it is past write pair.value #1 in "
		"write_twice\n"
		"looker    runs until it is past read pair.value #1 in look_twice "
		"(2)\n"
		"writer    runs to its end\n"
		"looker    runs to its end\n"
		"end\n",
		"v3.19", &c);
	assert_false(c.fits);
	assert_string_equal(c.misfit,
			    "looker runs to its end, but the run is over "
			    "before");
	assert_int_equal(c.verdicts, SIM_SET(SIM_BUG));
}

/*
 * v4.0 puts the iommu group once less before dev->driver is cleared: counting
 * puts would lead past the place of the switch, which the write names better.
 */
static void a_switch_is_made_at_its_place_though_counts_differ(void **state)
{
	static struct sim_eras_comparison c;

	(void)state;
	compare(sim_scenario_find("viability-group-del"),
		SCHEDULE(
			"viability-group-del",
			"unbind    runs until it is past update iommu_group.kref #1 in "
			"iommu_group_put (3)\n"
			"kvm-del   runs to its end\n"
			"unbind    runs to its end\n"),
		"v3.19 iommu_group_pin=per_group", &c);
	assert_true(c.fits);
	assert_int_equal(c.verdicts, SIM_SET(SIM_REFUSED));
}

static void a_schedule_that_cannot_be_replayed_is_an_error(void **state)
{
	static struct sim_eras_comparison comparison;
	struct sim_options options = { .all = false };

	(void)state;
	assert_int_equal(era_lookup("v3.19", &options.era), 0);
	assert_int_equal(sim_eras_compare(&torn_read,
					  "vfiosim schedule 1\n"
					  "scenario  torn-read\n"
					  "era       v3.19\n"
					  "nobody    runs to its end\n"
					  "end\n",
					  &options, &comparison),
			 -EINVAL);
	assert_false(comparison.made);
	sandbox_contains(comparison.error, "there is no task nobody");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cell_is_explored_as_its_row_says),
		cmocka_unit_test(
			an_era_without_a_row_is_explored_for_so_many_steps),
		cmocka_unit_test(an_own_bound_goes_before_the_row),
		cmocka_unit_test(the_number_of_processes_changes_nothing),
		cmocka_unit_test(a_process_that_dies_breaks_its_cell_alone),
		cmocka_unit_test(headings_are_short_and_differ),
		cmocka_unit_test(
			overrides_stand_behind_the_era_that_they_change),
		cmocka_unit_test(overrides_of_other_eras_are_left_out),
		cmocka_unit_test_setup_teardown(
			the_shortest_schedule_of_a_verdict_is_written,
			sandbox_setup, sandbox_teardown),
		cmocka_unit_test(what_an_interrupt_left_undone_is_not_broken),
		cmocka_unit_test(judgements_follow_from_what_was_tried),
		cmocka_unit_test(
			a_run_departs_where_an_era_does_something_else),
		cmocka_unit_test(in_its_own_era_a_run_departs_nowhere),
		cmocka_unit_test(
			the_same_operation_on_another_word_is_a_departure),
		cmocka_unit_test(
			a_run_that_repeats_itself_elsewhere_is_a_livelock),
		cmocka_unit_test(
			behind_the_end_of_the_model_the_last_task_goes_on),
		cmocka_unit_test(a_run_that_ends_too_early_fits_no_more),
		cmocka_unit_test(
			a_switch_is_made_at_its_place_though_counts_differ),
		cmocka_unit_test(
			a_schedule_that_cannot_be_replayed_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
