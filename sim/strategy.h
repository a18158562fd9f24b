/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * strategy.h - seam between the engine and what decides.
 *
 * A strategy is asked at every step which task goes on, with which outcome.
 * It runs nothing.  Adding one: a file, a line here and one in explore.c.
 */
#ifndef SIM_STRATEGY_H
#define SIM_STRATEGY_H

#include <vfiosim/sim.h>

/* One live task at a step, for one outcome of what it would do next. */
struct sim_choice {
	unsigned task, outcome;
	bool enabled;
	const struct sched_op *op;
};

/* Answers of pick() besides an index. */
#define SIM_PICK_PRUNE (-1) /* this run shows nothing new */
#define SIM_PICK_STOP (-2) /* back to the caller of the engine */
#define SIM_PICK_ERROR (-3) /* sim_engine_fail() said why */

/*
 * Memory that a step touched.  Two steps that touch different memory, or both
 * only read, commute.  So do two changes of a count that stays above zero in
 * both orders: @count is the change, @old the value before it.
 */
struct sim_touch {
	const void *obj;
	size_t size;
	bool write;
	int count, old;
};

struct sim_footprint {
	struct sim_touch *touches;
	size_t nr, nr_max;
	bool stops; /* the step stopped the run: depends on everything */
};

/* Both return false when memory is out. */
bool sim_footprint_add(struct sim_footprint *footprint,
		       const struct sim_touch *touch);
bool sim_footprint_copy(struct sim_footprint *to,
			const struct sim_footprint *from);
void sim_footprint_release(struct sim_footprint *footprint);

/* @made was made last, in a state in which @other could have been. */
bool sim_footprints_dependent(const struct sim_footprint *other,
			      const struct sim_footprint *made);

struct sim_strategy {
	const char *name;
	/* Another run?  False: nothing left. */
	bool (*begin)(struct sim_strategy *strategy);
	/*
	 * @last: the task that made the previous step, 0: none.  At least one
	 * choice is enabled.  Returns an index of an enabled choice, or one of
	 * the answers above.
	 */
	int (*pick)(struct sim_strategy *strategy, unsigned step,
		    const struct sim_choice *choices, unsigned nr,
		    unsigned last);
	/* The run is over; the engine still knows its last step.  Optional. */
	void (*end)(struct sim_strategy *strategy);
	void (*destroy)(struct sim_strategy *strategy);
	/* Filled by the strategy: how its search ended. */
	bool exhausted, bounded;
	unsigned bound;
};

/* dfs: every interleaving; with sleep sets one of each class at least.
 * @bound >= 0: only runs with at most that many preemptions, without POR. */
struct sim_strategy *sim_dfs_make(bool por, int bound);
/* random: @runs runs, choices uniform among the enabled ones. */
struct sim_strategy *sim_random_make(uint64_t seed, uint64_t runs);

#endif
