/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * counts.h - which counts of a search can get to zero, and whose changes
 * commute.
 */
#ifndef SIM_COUNTS_H
#define SIM_COUNTS_H

#include "strategy.h"

/* Zeroed to begin with. */
struct sim_counts {
	struct sim_count *counts;
	struct sim_share *shares;
	size_t nr, nr_max, nr_shares, shares_max;
	const void **low; /* ever found to be, in any run */
	size_t nr_low, low_max;
};

/* A run begins; who was low stays it. */
void sim_counts_clear(struct sim_counts *counts);
/* In the order of the run.  Returns whether there was memory. */
bool sim_counts_add(struct sim_counts *counts, unsigned task,
		    const struct sim_footprint *footprint);
/* A change that @task is about to make. */
bool sim_counts_expect(struct sim_counts *counts, unsigned task,
		       const void *obj, int change);
/* The run is over.  *@more becomes true if one more is low than was known. */
bool sim_counts_judge(struct sim_counts *counts, bool *more);

/* One that is low, as others have seen.  False: no memory. */
bool sim_counts_know(struct sim_counts *counts, const void *obj);
bool sim_counts_is_low(const struct sim_counts *counts, const void *obj);

/* Do two changes of one count commute where whoever is first finds @value? */
bool sim_counts_commute(const struct sim_counts *counts,
			const struct sim_touch *a, const struct sim_touch *b,
			int value);
/* Do they, where they stand in a run, depend on each other? */
bool sim_counts_ordered(const struct sim_counts *counts,
			const struct sim_touch *earlier,
			const struct sim_touch *later);

/* Do two steps of different tasks, where they stand in a run? */
bool sim_counts_depend(const struct sim_counts *counts,
		       const struct sim_footprint *earlier,
		       const struct sim_footprint *later);

void sim_counts_release(struct sim_counts *counts);

#endif
