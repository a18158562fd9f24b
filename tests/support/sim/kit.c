/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kit.c - see kit.h.
 *
 * A finding in what a test explores is data; a failure of exploring is a
 * failure of the test.
 */
#include "kit.h"

#include "carrier.h"
#include "memory.h"
#include "run.h"

#include <stdlib.h>
#include <string.h>

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif

#ifndef __has_feature
#define __has_feature(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

unsigned kit_scale(unsigned n)
{
	const char *env = getenv("VFIOSIM_TEST_SCALE");
	unsigned share = RUNNING_ON_VALGRIND ? 40 : SANITIZED ? 4 : 1;

	if (env && strtoul(env, NULL, 10))
		share = (unsigned)strtoul(env, NULL, 10);
	return n / share ? n / share : 1;
}

const enum sim_carrier_kind *kit_carriers(void)
{
	static enum sim_carrier_kind kinds[3];
	const struct sim_carrier *const *c = sim_carriers();
	unsigned i;

	for (i = 0; c[i]; i++)
		kinds[i] =
			c[i] == sim_carrier_thread() ? SIM_THREAD : SIM_FIBER;
	kinds[i] = SIM_CARRIER_DEFAULT;
	return kinds;
}

void kit_explore(const struct sim_scenario *scenario,
		 const struct sim_options *options,
		 struct sim_result *ret_result)
{
	int ret = sim_explore(scenario, options, ret_result);

	if (ret)
		fail_msg("%s: error %d, \"%s\"", scenario->name, ret,
			 ret_result->error);
}

void kit_dfs(const struct sim_scenario *scenario, bool por,
	     struct sim_result *ret_result)
{
	const struct sim_options options = {
		.strategy = "dfs",
		.no_por = !por,
		.all = true,
	};

	kit_explore(scenario, &options, ret_result);
}

void kit_expect_runs(const struct sim_scenario *scenario, bool por,
		     uint64_t runs)
{
	struct sim_result result;

	kit_dfs(scenario, por, &result);
	if (result.runs != runs)
		fail_msg("%s: %llu runs, expected %llu", scenario->name,
			 (unsigned long long)result.runs,
			 (unsigned long long)runs);
	assert_true(result.exhausted);
	assert_false(result.bounded);
	sim_result_release(&result);
}

struct sim_scenario kit_reversed(const struct sim_scenario *scenario)
{
	struct sim_scenario reversed = *scenario;
	unsigned nr = 0, i;

	while (nr < SIM_SCENARIO_TASKS_MAX && scenario->tasks[nr].fn)
		nr++;
	for (i = 0; i < nr; i++)
		reversed.tasks[i] = scenario->tasks[nr - 1 - i];
	return reversed;
}

static bool same_finding(const struct sim_finding *a,
			 const struct sim_finding *b)
{
	return a->verdict == b->verdict && !strcmp(a->text, b->text) &&
	       !strcmp(a->func, b->func);
}

bool kit_findings_within(const struct sim_result *a, const struct sim_result *b)
{
	unsigned i, j;

	for (i = 0; i < a->nr_findings; i++) {
		for (j = 0; j < b->nr_findings; j++)
			if (same_finding(&a->findings[i], &b->findings[j]))
				break;
		if (j == b->nr_findings)
			return false;
	}
	return true;
}

static void print_findings(const char *name, const struct sim_result *r)
{
	unsigned i;

	print_message("%s: %llu runs, %llu final states\n", name,
		      (unsigned long long)r->runs,
		      (unsigned long long)r->final_states);
	for (i = 0; i < r->nr_findings; i++)
		print_message("  %s in %s: %s (%llu times)\n",
			      sim_verdict_name(r->findings[i].verdict),
			      r->findings[i].func, r->findings[i].text,
			      (unsigned long long)r->findings[i].count);
}

void kit_expect_same(const char *what, const struct sim_result *a,
		     const struct sim_result *b)
{
	if (a->final_states == b->final_states &&
	    a->final_hash == b->final_hash && a->verdicts == b->verdicts &&
	    kit_findings_within(a, b) && kit_findings_within(b, a))
		return;
	print_findings("first", a);
	print_findings("second", b);
	fail_msg("%s: two searches differ", what);
}

void kit_compare_searches(const struct sim_scenario *scenario)
{
	const struct sim_options dpor = { .strategy = "dpor", .all = true };
	struct sim_result all, reduced, optimal;

	kit_dfs(scenario, false, &all);
	kit_dfs(scenario, true, &reduced);
	kit_explore(scenario, &dpor, &optimal);
	assert_true(all.exhausted);
	assert_true(reduced.exhausted);
	assert_true(optimal.exhausted);
	kit_expect_same(scenario->name, &all, &reduced);
	kit_expect_same(scenario->name, &all, &optimal);
	assert_true(reduced.runs <= all.runs);
	assert_true(optimal.runs <= all.runs);
	sim_result_release(&all);
	sim_result_release(&reduced);
	sim_result_release(&optimal);
}

const struct sim_finding *kit_finding(const struct sim_result *result,
				      enum sim_verdict verdict)
{
	unsigned i;

	for (i = 0; i < result->nr_findings; i++)
		if (result->findings[i].verdict == verdict)
			return &result->findings[i];
	print_findings("result", result);
	fail_msg("no finding \"%s\"", sim_verdict_name(verdict));
	return NULL;
}

static void expect_one(const struct sim_result *result,
		       enum sim_verdict verdict, const char *text)
{
	unsigned i;

	if (!*text) {
		assert_int_equal(result->nr_findings, 0);
		return;
	}
	(void)kit_finding(result, verdict);
	for (i = 0; i < result->nr_findings; i++) {
		assert_string_equal(
			sim_verdict_name(result->findings[i].verdict),
			sim_verdict_name(verdict));
		assert_string_equal(result->findings[i].text, text);
	}
}

void kit_expect_finding(const struct sim_scenario *scenario,
			const struct sim_options *options,
			enum sim_verdict verdict, const char *text)
{
	const enum sim_carrier_kind *c;

	for (c = kit_carriers(); *c; c++) {
		struct sim_options o = { .strategy = "dfs", .all = true };
		struct sim_result result;

		if (options)
			o = *options;
		o.carrier = *c;
		kit_explore(scenario, &o, &result);
		expect_one(&result, verdict, text);
		sim_result_release(&result);
	}
}

struct sim_trace *kit_trace(void)
{
	struct sim_trace *trace = sim_memory_alloc(sizeof(*trace));

	assert_non_null(trace);
	return trace;
}

void kit_trace_free(struct sim_trace *trace)
{
	sim_trace_release(trace);
	sim_memory_free(trace, sizeof(*trace));
}

/* splitmix64 */
uint64_t kit_random(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15ull);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

unsigned kit_random_below(uint64_t *state, unsigned n)
{
	return (unsigned)(kit_random(state) % n);
}
