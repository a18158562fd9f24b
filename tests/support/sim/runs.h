/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * runs.h - every run of a strategy, one by one, below sim_explore().
 */
#ifndef VFIOSIM_TESTS_RUNS_H
#define VFIOSIM_TESTS_RUNS_H

#include "kit.h"

#include "run.h"

/* The runs of a strategy: the hash of each trace, and its preemptions. */
struct runs {
	size_t nr, nr_max;
	struct {
		uint64_t hash;
		unsigned preemptions;
		struct sim_run run;
	} * run;
};

/*
 * Make all runs of @strategy on the first carrier, and destroy it.  Pruned
 * runs are left out.
 */
void runs_make(const struct sim_scenario *scenario,
	       struct sim_strategy *strategy, struct runs *ret_runs);
void runs_release(struct runs *runs);

/* Is a run with this trace among the runs? */
bool runs_have(const struct runs *runs, uint64_t hash);

/* Steps that another task took although the one before could have gone on. */
unsigned runs_preemptions(const struct sim_trace *trace);

#endif
