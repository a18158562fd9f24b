/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_commute.c - what is called independent commutes.
 *
 * Every interleaving of small programs is carried out.  Wherever two steps that
 * follow each other are called independent, the run with these two exchanged
 * must exist, for neither lets the other in or keeps it out, and must end in the
 * same state.
 */
#include "program.h"
#include "runs.h"

#include "dependence.h"

#include <stdlib.h>
#include <string.h>

#define STEPS_MAX 64u
#define RUNS_MAX 4000u
#define PROGRAMS 240u
#define INTERLEAVINGS_MAX 600.0

struct taken {
	unsigned char task, outcome, kind;
	unsigned char tasks; /* that were there */
};

struct record {
	unsigned nr;
	struct taken step[STEPS_MAX];
	struct sim_footprint touched[STEPS_MAX];
	enum sim_status status;
	uint64_t state;
	unsigned verdicts;
};

/* Keeps what the strategy inside decides. */
struct recorder {
	struct sim_strategy strategy;
	struct sim_strategy *inner;
	struct record *records;
	size_t nr;
	bool overflow;
};

static struct recorder recorder;
static unsigned exchanged[SCHED_KIND_NR][SCHED_KIND_NR];

static struct record *record_now(void)
{
	return &recorder.records[recorder.nr];
}

static void keep_footprint(void)
{
	struct record *r = record_now();

	if (r->nr && !r->touched[r->nr - 1].nr_max)
		assert_true(sim_footprint_copy(&r->touched[r->nr - 1],
					       sim_engine_footprint()));
}

static bool record_begin(struct sim_strategy *strategy)
{
	(void)strategy;
	return recorder.nr < RUNS_MAX && recorder.inner->begin(recorder.inner);
}

static int record_pick(struct sim_strategy *strategy, unsigned step,
		       const struct sim_choice *choices, unsigned nr,
		       unsigned last)
{
	struct record *r = record_now();
	int pick =
		recorder.inner->pick(recorder.inner, step, choices, nr, last);

	(void)strategy;
	keep_footprint();
	if (pick < 0 || r->nr == STEPS_MAX) {
		recorder.overflow = true;
		return pick;
	}
	r->step[r->nr++] = (struct taken){
		(unsigned char)choices[pick].task,
		(unsigned char)choices[pick].outcome,
		(unsigned char)choices[pick].op->kind,
		(unsigned char)sim_engine_tasks(),
	};
	return pick;
}

static void record_end(struct sim_strategy *strategy)
{
	(void)strategy;
	if (recorder.inner->end)
		recorder.inner->end(recorder.inner);
	keep_footprint();
}

static int compare_records(const void *a, const void *b)
{
	const struct record *x = a, *y = b;
	unsigned i;

	for (i = 0; i < x->nr && i < y->nr; i++) {
		int order = (int)(x->step[i].task * 4u + x->step[i].outcome) -
			    (int)(y->step[i].task * 4u + y->step[i].outcome);

		if (order)
			return order;
	}
	return (int)x->nr - (int)y->nr;
}

static void release_records(void)
{
	size_t i;
	unsigned k;

	for (i = 0; i <= recorder.nr && i < RUNS_MAX; i++)
		for (k = 0; k < STEPS_MAX; k++)
			sim_footprint_release(&recorder.records[i].touched[k]);
	free(recorder.records);
	recorder.records = NULL;
}

/* Every run of @scenario; false: too many, or too long. */
static bool record_runs(const struct sim_scenario *scenario)
{
	struct sim_run_config config = { .scenario = scenario,
					 .carrier = sim_carriers()[0],
					 .steps_max = STEPS_MAX };
	struct sim_trace *trace = kit_trace();
	static struct sim_run run;
	unsigned i;

	recorder = (struct recorder){ .inner = sim_dfs_make(false, -1) };
	recorder.strategy = (struct sim_strategy){ .name = "record",
						   .begin = record_begin,
						   .pick = record_pick,
						   .end = record_end };
	recorder.records = calloc(RUNS_MAX, sizeof(*recorder.records));
	assert_non_null(recorder.records);
	assert_int_equal(era_lookup("v3.19", &config.era), 0);
	while (!recorder.overflow && record_begin(&recorder.strategy)) {
		struct record *r = record_now();

		assert_int_equal(sim_run_once(&config, &recorder.strategy,
					      trace, &run),
				 0);
		assert_string_equal(run.error, "");
		r->status = run.status;
		r->state = run.final_state;
		for (i = 0; i < run.nr_findings; i++)
			r->verdicts |= SIM_SET(run.findings[i].verdict);
		recorder.nr++;
	}
	recorder.inner->destroy(recorder.inner);
	kit_trace_free(trace);
	qsort(recorder.records, recorder.nr, sizeof(*recorder.records),
	      compare_records);
	return !recorder.overflow && recorder.nr < RUNS_MAX;
}

static const struct record *find_exchanged(const struct record *r, unsigned at)
{
	struct record key = { .nr = r->nr };

	memcpy(key.step, r->step, sizeof(key.step));
	key.step[at] = r->step[at + 1];
	key.step[at + 1] = r->step[at];
	return bsearch(&key, recorder.records, recorder.nr, sizeof(key),
		       compare_records);
}

static bool same_object(const struct sim_footprint *a,
			const struct sim_footprint *b)
{
	return a->nr && b->nr && a->touches[0].operation &&
	       b->touches[0].operation &&
	       a->touches[0].obj == b->touches[0].obj;
}

/* NULL, or what is wrong with two steps that are called independent. */
static const char *exchange(const struct record *r, unsigned at)
{
	const struct record *other = find_exchanged(r, at);

	if (!other)
		return "cannot be exchanged";
	if (other->status != r->status || other->verdicts != r->verdicts ||
	    other->state != r->state)
		return "do not commute";
	if (same_object(&r->touched[at], &r->touched[at + 1]))
		exchanged[r->step[at].kind][r->step[at + 1].kind]++;
	return NULL;
}

/* How many pairs are wrong; prints the first. */
static unsigned count_wrong(const char *what, bool print)
{
	unsigned wrong = 0, at;
	size_t i;

	for (i = 0; i < recorder.nr; i++)
		for (at = 0; at + 1 < recorder.records[i].nr; at++) {
			const struct record *r = &recorder.records[i];
			const char *why;

			/* Who was just made could not have been first. */
			if (r->step[at].task == r->step[at + 1].task ||
			    r->step[at + 1].task > r->step[at].tasks ||
			    sim_footprints_dependent(&r->touched[at + 1],
						     &r->touched[at]))
				continue;
			why = exchange(r, at);
			if (why && print && !wrong)
				print_error("%s: steps %u and %u, %s and %s, "
					    "%s\n",
					    what, at + 1, at + 2,
					    sim_kind_name(r->step[at].kind),
					    sim_kind_name(r->step[at + 1].kind),
					    why);
			wrong += why != NULL;
		}
	return wrong;
}

static unsigned wrong_in_program(uint64_t seed, bool print)
{
	struct sim_scenario s;
	struct program program;
	char text[512], what[600];
	unsigned wrong = 0;

	program_make(&program, seed, INTERLEAVINGS_MAX);
	(void)snprintf(what, sizeof(what), "program %llu, %s",
		       (unsigned long long)seed,
		       program_print(&program, text, sizeof(text)));
	s = program_scenario(&program);
	if (record_runs(&s))
		wrong = count_wrong(what, print);
	release_records();
	return wrong;
}

static void whatever_is_called_independent_commutes(void **state)
{
	unsigned seed, wrong = 0, end = kit_scale(PROGRAMS);

	(void)state;
	for (seed = 1; seed <= end; seed++)
		wrong += wrong_in_program(seed, true);
	assert_int_equal(wrong, 0);
}

/* A pair that is called independent and never met is not tested. */
static void every_pair_that_is_called_independent_was_met(void **state)
{
	static const enum sched_kind pairs[][2] = {
		{ SCHED_READ, SCHED_READ },
		{ SCHED_RMW, SCHED_RMW },
		{ SCHED_LOCK_SHARED, SCHED_LOCK_SHARED },
		{ SCHED_LOCK_SHARED, SCHED_UNLOCK_SHARED },
		{ SCHED_UNLOCK_SHARED, SCHED_UNLOCK_SHARED },
		{ SCHED_QUEUE, SCHED_QUEUE },
		{ SCHED_QUEUE, SCHED_LOCK },
		{ SCHED_QUEUE, SCHED_UNLOCK },
		{ SCHED_QUEUE, SCHED_UNLOCK_SHARED },
		{ SCHED_TRYLOCK, SCHED_TRYLOCK },
	};
	size_t i;

	(void)state;
	if (kit_scale(PROGRAMS) < PROGRAMS)
		skip();
	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (!exchanged[pairs[i][0]][pairs[i][1]] &&
		    !exchanged[pairs[i][1]][pairs[i][0]])
			fail_msg("%s and %s", sim_kind_name(pairs[i][0]),
				 sim_kind_name(pairs[i][1]));
}

/* ---------------------------------------------------------- wrong rows */

static const enum sched_kind wrong_rows[][2] = {
	{ SCHED_READ, SCHED_WRITE },	    { SCHED_RMW, SCHED_RMW },
	{ SCHED_QUEUE, SCHED_LOCK_SHARED }, { SCHED_WRITE, SCHED_WRITE },
	{ SCHED_LOCK, SCHED_TRYLOCK },
};

#define WRONG_NR (sizeof(wrong_rows) / sizeof(wrong_rows[0]))

static void each_wrong_row_shows_in_what_commutes(void **state)
{
	unsigned seed, wrong;
	size_t i;

	(void)state;
	if (kit_scale(PROGRAMS) < PROGRAMS)
		skip();
	for (i = 0; i < WRONG_NR; i++) {
		sim_dependence_break(wrong_rows[i][0], wrong_rows[i][1], true);
		for (seed = 1, wrong = 0; !wrong && seed <= PROGRAMS; seed++)
			wrong = wrong_in_program(seed, false);
		sim_dependence_break(SCHED_READ, SCHED_READ, false);
		if (!wrong)
			fail_msg("%s and %s", sim_kind_name(wrong_rows[i][0]),
				 sim_kind_name(wrong_rows[i][1]));
	}
}

static bool searches_differ(uint64_t seed)
{
	struct sim_options options = { .strategy = "dfs",
				       .no_por = true,
				       .all = true };
	struct sim_result all, dpor;
	struct program program;
	struct sim_scenario s;
	bool differ;

	program_make(&program, seed, INTERLEAVINGS_MAX);
	s = program_scenario(&program);
	kit_explore(&s, &options, &all);
	options.strategy = "dpor";
	kit_explore(&s, &options, &dpor);
	differ = all.final_hash != dpor.final_hash ||
		 all.verdicts != dpor.verdicts ||
		 !kit_findings_within(&all, &dpor);
	sim_result_release(&all);
	sim_result_release(&dpor);
	return differ;
}

static void each_wrong_row_shows_in_what_a_search_finds(void **state)
{
	unsigned seed;
	size_t i;

	(void)state;
	if (kit_scale(PROGRAMS) < PROGRAMS)
		skip();
	for (i = 0; i < WRONG_NR; i++) {
		sim_dependence_break(wrong_rows[i][0], wrong_rows[i][1], true);
		for (seed = 1; seed <= 4 * PROGRAMS; seed++)
			if (searches_differ(seed))
				break;
		sim_dependence_break(SCHED_READ, SCHED_READ, false);
		if (seed > 4 * PROGRAMS)
			fail_msg("%s and %s", sim_kind_name(wrong_rows[i][0]),
				 sim_kind_name(wrong_rows[i][1]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_is_called_independent_commutes),
		cmocka_unit_test(every_pair_that_is_called_independent_was_met),
		cmocka_unit_test(each_wrong_row_shows_in_what_commutes),
		cmocka_unit_test(each_wrong_row_shows_in_what_a_search_finds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
