/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kit.h - what tests of the harness share: exploring a scenario of their own
 * and comparing what came of it.
 */
#ifndef VFIOSIM_TESTS_KIT_H
#define VFIOSIM_TESTS_KIT_H

#include <vfiosim/sim.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* @n where tests run natively, a share of it under a tool that slows them
 * down (Valgrind, a sanitizer) or as VFIOSIM_TEST_SCALE=1/SHARE says; at
 * least 1. */
unsigned kit_scale(unsigned n);

/* The carriers that may be used here, ended by SIM_CARRIER_DEFAULT. */
const enum sim_carrier_kind *kit_carriers(void);

/* Explore; fails the test, with ->error, unless it returns 0. */
void kit_explore(const struct sim_scenario *scenario,
		 const struct sim_options *options,
		 struct sim_result *ret_result);

/* All of it by dfs, with sleep sets or without, going on after findings. */
void kit_dfs(const struct sim_scenario *scenario, bool por,
	     struct sim_result *ret_result);

/* The same, with the number of complete runs that must come out. */
void kit_expect_runs(const struct sim_scenario *scenario, bool por,
		     uint64_t runs);

/* The scenario with its tasks listed the other way round. */
struct sim_scenario kit_reversed(const struct sim_scenario *scenario);

/* Is every kind of finding (verdict, text, function) of @a one of @b's? */
bool kit_findings_within(const struct sim_result *a,
			 const struct sim_result *b);

/* Fails the test unless both saw the same final states and findings. */
void kit_expect_same(const char *what, const struct sim_result *a,
		     const struct sim_result *b);

/* Both searches, with sleep sets and without, must see the same. */
void kit_compare_searches(const struct sim_scenario *scenario);

/* The finding with this verdict, the first; fails the test if there is none. */
const struct sim_finding *kit_finding(const struct sim_result *result,
				      enum sim_verdict verdict);

/*
 * Explore on each carrier and expect findings of one kind alone, all with this
 * text.  An empty text: none at all.
 */
void kit_expect_finding(const struct sim_scenario *scenario,
			const struct sim_options *options,
			enum sim_verdict verdict, const char *text);

/* A trace for runs below sim_explore(), in memory that detectors leave alone;
 * back with kit_trace_free(). */
struct sim_trace *kit_trace(void);
void kit_trace_free(struct sim_trace *trace);

/* A generator of our own: the same numbers everywhere. */
uint64_t kit_random(uint64_t *state);
unsigned kit_random_below(uint64_t *state, unsigned n);

#endif
