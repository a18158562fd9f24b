/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_eras.c - vfiosim eras: what its cells say, how they stand to what is
 * stated, where runs depart, and that nothing that happens to a process that
 * explores one is lost or waited for.
 */
#include "eras.h"
#include "golden.h"
#include "jobs.h"
#include "kit.h"
#include "progress.h"
#include "sandbox.h"

#include <vfiosim/atomic.h>
#include <vfiosim/lock.h>
#include <vfiosim/slab.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

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
	/* Nothing is stated: 0, 1 and 2 preemptions.  Of C(4,2) = 6
	 * interleavings 2 have none, 2 one and 2 two: 2 + 4 + 6. */
	cell = sim_eras_cell(table, 0, 3);
	assert_null(cell->expect);
	assert_int_equal(cell->runs, 12);
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
		{ NULL, 0, false, false, 0, SIM_ERAS_UNDECIDED },
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

/* Every built-in scenario: its finding, followed in its own era. */
static void in_its_own_era_a_run_departs_nowhere(void **state)
{
	static struct sim_eras_comparison comparison;
	const struct sim_scenario *scenario;
	unsigned i, seen = 0;

	(void)state;
	for (i = 0; (scenario = sim_scenario_nth(i)); i++) {
		struct sim_options options = { .all = false };
		struct sim_result result;

		assert_int_equal(era_lookup("v3.19", &options.era), 0);
		kit_explore(scenario, &options, &result);
		if (result.nr_findings) {
			assert_int_equal(
				sim_eras_compare(scenario,
						 result.findings[0].schedule,
						 &options, &comparison),
				0);
			if (!comparison.fits || comparison.nr_departures)
				fail_msg("%s: %s; %s in %s: %s", scenario->name,
					 comparison.misfit,
					 comparison.departure[0].here,
					 comparison.departure[0].task,
					 comparison.departure[0].there);
			assert_true(comparison.verdicts &
				    SIM_SET(result.findings[0].verdict));
			seen++;
		}
		sim_result_release(&result);
	}
	assert_true(seen >= 11);
}

/*
 * v4.0 puts the iommu group once less before dev->driver is cleared: counting
 * puts would lead past the place of the switch, which the write names better.
 */
static void a_switch_is_made_at_its_place_though_counts_differ(void **state)
{
	static struct sim_eras_comparison comparison;
	const struct sim_scenario *scenario =
		sim_scenario_find("viability-group-del");
	static const char schedule[] =
		"vfiosim schedule 1\n"
		"scenario  viability-group-del\n"
		"era       v3.19\n"
		"unbind    runs until it is past update iommu_group.kref #1 in "
		"iommu_group_put (3)\n"
		"kvm-del   runs to its end\n"
		"unbind    runs to its end\n"
		"end\n";
	struct sim_options options = { .all = false };

	(void)state;
	assert_int_equal(sim_era_parse("v3.19 iommu_group_pin=per_group",
				       &options.era, comparison.error),
			 0);
	assert_int_equal(
		sim_eras_compare(scenario, schedule, &options, &comparison), 0);
	assert_string_equal(comparison.misfit, "");
	assert_int_equal(comparison.verdicts, SIM_SET(SIM_REFUSED));
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

/* --------------------------------------------------------------------- jobs */

#define PIECES 40u
#define PIECE_BYTES 100000u

struct pieces {
	unsigned taken[PIECES], begun, complete;
	char error[sizeof(((struct sim_job_end *)0)->error)];
};

static void write_piece(unsigned nth, FILE *out, void *arg)
{
	unsigned i;

	(void)arg;
	for (i = 0; i < PIECE_BYTES; i++)
		fputc((int)('a' + nth % 26), out);
}

static void take_piece(unsigned nth, const struct sim_job_end *end, void *arg)
{
	struct pieces *p = arg;
	size_t i;

	p->taken[nth]++;
	p->complete += end->complete;
	memcpy(p->error, end->error, sizeof(p->error));
	for (i = 0; i < end->size; i++)
		assert_int_equal(end->bytes[i], 'a' + nth % 26);
	if (end->complete)
		assert_int_equal(end->size, PIECE_BYTES);
}

static void every_piece_is_done_once_and_arrives_whole(void **state)
{
	static const unsigned at_once[] = { 1, 3, SIM_JOBS_MAX };
	size_t i;
	unsigned nth;

	(void)state;
	for (i = 0; i < sizeof(at_once) / sizeof(at_once[0]); i++) {
		struct pieces pieces = { .begun = 0 };
		const struct sim_jobs jobs = { .nr = PIECES,
					       .at_once = at_once[i],
					       .work = write_piece,
					       .take = take_piece,
					       .arg = &pieces };

		sim_progress_begin(true);
		sim_jobs_run(&jobs);
		assert_int_equal(pieces.complete, PIECES);
		for (nth = 0; nth < PIECES; nth++)
			assert_int_equal(pieces.taken[nth], 1);
	}
}

/* Says something, and then never ends, whatever it is told. */
static void hang(unsigned nth, FILE *out, void *arg)
{
	fputc((int)('a' + nth), out);
	fflush(out);
	(void)arg;
	for (;;)
		pause();
}

static void interrupt_at_first(unsigned nth, void *arg)
{
	struct pieces *p = arg;

	(void)nth;
	if (!p->begun++)
		(void)raise(SIGTERM);
}

static int interrupt_jobs(void *arg)
{
	struct pieces pieces = { .begun = 0 };
	const struct sim_jobs jobs = { .nr = 3,
				       .at_once = 2,
				       .work = hang,
				       .take = take_piece,
				       .begin = interrupt_at_first,
				       .arg = &pieces };

	(void)arg;
	sim_progress_begin(true);
	sim_jobs_run(&jobs);
	printf("begun %u, taken %u %u %u, complete %u\n", pieces.begun,
	       pieces.taken[0], pieces.taken[1], pieces.taken[2],
	       pieces.complete);
	return 0;
}

static void who_does_not_hear_an_interrupt_is_killed(void **state)
{
	struct sandbox_output output;

	(void)state;
	sandbox_call(interrupt_jobs, NULL, &output);
	assert_int_equal(output.status, 0);
	assert_string_equal(output.out, "begun 2, taken 1 1 1, complete 0\n");
	sandbox_release(&output);
}

/* ---------------------------------------------------------------- the program */

#define TWO_ERAS " --era v3.19 --era v3.19-patched"

static void compare_output(const char *line, int status, const char *golden)
{
	struct sandbox_output output;

	sandbox_run(line, status, &output);
	golden_compare(golden, output.out);
	sandbox_release(&output);
}

static void several_scenarios_make_a_table(void **state)
{
	(void)state;
	compare_output("eras lost-update abba-deadlock lost-wakeup "
		       "put-external-user --overrides" TWO_ERAS,
		       0, "eras-table.txt");
	compare_output("eras lost-update abba-deadlock lost-wakeup "
		       "put-external-user --overrides --format markdown "
		       "--compare" TWO_ERAS,
		       0, "eras-table.md");
}

static void one_scenario_makes_a_list_with_comparisons(void **state)
{
	(void)state;
	compare_output("eras viability-group-del" TWO_ERAS, 0, "eras-list.txt");
}

static void what_differs_is_marked_and_named(void **state)
{
	struct sandbox_output output;

	(void)state;
	sandbox_run("eras lost-update abba-deadlock --steps 2 --color=always "
		    "--era v3.19",
		    1, &output);
	golden_compare("eras-differs.txt", output.out);
	sandbox_contains(output.out, "\033[31m!");
	sandbox_release(&output);
	/* Not a terminal. */
	sandbox_run("eras lost-update abba-deadlock --steps 2 --era v3.19", 1,
		    &output);
	assert_null(strchr(output.out, '\033'));
	sandbox_contains(output.out, "!step limit");
	sandbox_release(&output);
}

static void a_budget_or_bound_too_low_is_status_3(void **state)
{
	struct sandbox_output output;

	(void)state;
	sandbox_run("eras lost-update --era v3.19 --budget 1", 3, &output);
	sandbox_contains(output.out, "\n? v3.19  clean     1  not to the end");
	sandbox_release(&output);
	sandbox_run("eras lost-update --era v3.19 --bound 0", 3, &output);
	sandbox_contains(output.out,
			 "\n? v3.19  clean     2  <= 0 preemptions  expected "
			 "check failed\n");
	sandbox_release(&output);
	/* One preemption shows it. */
	sandbox_run("eras lost-update --era v3.19 --bound 1", 0, &output);
	sandbox_release(&output);
}

static void an_override_applies_to_each_column(void **state)
{
	struct sandbox_output output;

	(void)state;
	sandbox_run(
		"eras put-external-user --set ext_put_order=dissolve_first " TWO_ERAS,
		0, &output);
	sandbox_contains(output.out, "v3.19 ext_put_order=dissolve_first");
	sandbox_contains(output.out,
			 "v3.19-patched ext_put_order=dissolve_first  clean");
	sandbox_release(&output);
}

static void schedules_are_named_by_scenario_era_and_verdict(void **state)
{
	struct sandbox_output output;

	(void)state;
	sandbox_run("eras lost-update" TWO_ERAS, 0, &output);
	sandbox_release(&output);
	assert_int_equal(sandbox_count("."), 0);
	assert_int_equal(mkdir("own", 0777), 0);
	sandbox_run("eras put-external-user lost-update -o own --era v3.19 "
		    "--set check_order=atomic",
		    0, &output);
	sandbox_release(&output);
	assert_int_equal(sandbox_count("own"), 2);
	sandbox_run("replay own/lost-update-v3.19+check_order=atomic-check-"
		    "failed.schedule",
		    1, &output);
	sandbox_release(&output);
	sandbox_run("replay own/put-external-user-v3.19+check_order=atomic-use-"
		    "after-free.schedule",
		    1, &output);
	sandbox_release(&output);
	sandbox_run("eras lost-update -o nowhere", 2, &output);
	sandbox_contains(output.err, "nowhere: expected a folder: ");
	sandbox_release(&output);
}

static void json_has_an_object_per_cell(void **state)
{
	struct sandbox_output output;
	const char *at;
	unsigned nr = 0;

	(void)state;
	sandbox_run(
		"eras viability-group-del lost-update --format json" TWO_ERAS,
		0, &output);
	for (at = output.out; (at = strstr(at, "\"era\":")); at++)
		nr++;
	assert_int_equal(nr, 4);
	sandbox_contains(output.out, "      \"judgement\":\"as expected\",\n"
				     "      \"expected\":[\n"
				     "        \"check failed\"\n"
				     "      ],\n"
				     "      \"verdicts\":[\n"
				     "        \"check failed\"\n"
				     "      ],\n"
				     "      \"runs\":4,\n"
				     "      \"pruned\":0,\n"
				     "      \"steps\":16,\n"
				     "      \"exhausted\":true,\n");
	sandbox_contains(output.out, "\"schedule\":\"vfiosim schedule 1\\n");
	sandbox_contains(output.out, "      \"comparison\":{\n"
				     "        \"with\":\"v3.19\",\n");
	sandbox_contains(output.out, "            \"task\":\"kvm-del\",\n"
				     "            \"step\":");
	sandbox_release(&output);
}

static void the_whole_catalogue_has_the_textbook_last(void **state)
{
	struct sandbox_output output;
	const char *first, *last;

	(void)state;
	/* One run a cell: what is asked is the order of the rows. */
	sandbox_run("eras --era v3.19 --budget 1 --bound 0", 3, &output);
	first = strstr(output.out, "\nviability-status ");
	last = strstr(output.out, "\nlost-update ");
	assert_non_null(first);
	assert_non_null(last);
	assert_true(first < last);
	assert_null(strstr(last, "\nviability-"));
	sandbox_release(&output);
}

static void bad_arguments_are_refused_in_one_line(void **state)
{
	static const struct {
		const char *line, *error;
	} rows[] = {
		{ "eras lost-updat",
		  "expected a scenario; found 'lost-updat', nearest is "
		  "lost-update; vfiosim list names all" },
		{ "eras --all lost-update",
		  "expected --all or scenarios, found both" },
		{ "eras --format jsn", "expected a format: text, json or "
				       "markdown; found 'jsn', nearest is "
				       "json" },
		{ "eras --jobs 0",
		  "jobs: expected a number from 1 to 64, found '0'" },
		{ "eras --color=red", "expected when to use colour: auto, "
				      "always or never; found 'red'" },
		{ "eras --budgt 3", "expected an option of --help, found "
				    "'--budgt', nearest is --budget" },
		{ "eras --era v3.19 --set kvm_pins=file",
		  "expected flags that go together: kvm_pins=file needs "
		  "kvm_del=match_file" },
	};
	struct sandbox_output output;
	char error[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sandbox_run(rows[i].line, 2, &output);
		snprintf(error, sizeof(error), "vfiosim eras: %s\n",
			 rows[i].error);
		assert_string_equal(output.err, error);
		assert_string_equal(output.out, "");
		sandbox_release(&output);
	}
}

static void help_teaches_by_example(void **state)
{
	struct sandbox_output output;

	(void)state;
	sandbox_run("eras --help", 0, &output);
	sandbox_contains(output.out, "\n  vfiosim eras viability-group-del\n");
	sandbox_contains(output.out, "\nExit status: 0 ");
	assert_true(golden_width(output.out) < 80);
	sandbox_release(&output);
}

/* ------------------------------------------------------------- on a terminal */

struct terminal {
	int master;
	const char *name;
};

/* Far more than a test has time for. */
static int explore_for_long(void *arg)
{
	const struct terminal *t = arg;

	close(t->master);
	dup2(open(t->name, O_RDWR | O_NOCTTY), STDERR_FILENO);
	execl(VFIOSIM_PROGRAM, "vfiosim", "eras", "viability-device-open",
	      "--era", "v3.19", "--bound", "1000", NULL);
	return 127;
}

static int interrupt_exploring(void *arg)
{
	const struct terminal *t = arg;
	char said[4096] = "";
	size_t used = 0;
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(explore_for_long(arg));
	while (!strstr(said, "viability-device-open")) {
		ssize_t n =
			read(t->master, said + used, sizeof(said) - 1 - used);

		if (n <= 0)
			return 126;
		used += (size_t)n;
		said[used] = '\0';
	}
	kill(pid, SIGINT);
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return 125;
	return WEXITSTATUS(status);
}

static void an_interrupt_prints_what_is_known(void **state)
{
	struct terminal t = { .master = posix_openpt(O_RDWR | O_NOCTTY) };
	struct sandbox_output output;

	(void)state;
	assert_true(t.master >= 0);
	assert_int_equal(grantpt(t.master), 0);
	assert_int_equal(unlockpt(t.master), 0);
	t.name = ptsname(t.master);
	sandbox_call(interrupt_exploring, &t, &output);
	assert_int_equal(output.status, 3);
	sandbox_contains(output.out, "\n? v3.19 ");
	close(t.master);
	sandbox_release(&output);
}

#define sandbox_test(name) \
	cmocka_unit_test_setup_teardown(name, sandbox_setup, sandbox_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cell_is_explored_as_its_row_says),
		cmocka_unit_test(an_own_bound_goes_before_the_row),
		cmocka_unit_test(the_number_of_processes_changes_nothing),
		cmocka_unit_test(a_process_that_dies_breaks_its_cell_alone),
		cmocka_unit_test(headings_are_short_and_differ),
		cmocka_unit_test(
			overrides_stand_behind_the_era_that_they_change),
		cmocka_unit_test(overrides_of_other_eras_are_left_out),
		cmocka_unit_test(judgements_follow_from_what_was_tried),
		cmocka_unit_test(
			a_run_departs_where_an_era_does_something_else),
		cmocka_unit_test(in_its_own_era_a_run_departs_nowhere),
		cmocka_unit_test(
			a_switch_is_made_at_its_place_though_counts_differ),
		cmocka_unit_test(
			a_schedule_that_cannot_be_replayed_is_an_error),
		cmocka_unit_test(every_piece_is_done_once_and_arrives_whole),
		cmocka_unit_test(who_does_not_hear_an_interrupt_is_killed),
		sandbox_test(several_scenarios_make_a_table),
		sandbox_test(one_scenario_makes_a_list_with_comparisons),
		sandbox_test(what_differs_is_marked_and_named),
		sandbox_test(a_budget_or_bound_too_low_is_status_3),
		sandbox_test(an_override_applies_to_each_column),
		sandbox_test(schedules_are_named_by_scenario_era_and_verdict),
		sandbox_test(json_has_an_object_per_cell),
		sandbox_test(the_whole_catalogue_has_the_textbook_last),
		sandbox_test(bad_arguments_are_refused_in_one_line),
		sandbox_test(help_teaches_by_example),
		sandbox_test(an_interrupt_prints_what_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
