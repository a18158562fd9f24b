/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dpor_internal.h - the state of a dpor search, shared by dpor.c, which walks
 * the tree, dpor_sleep.c, which knows what was tried, and dpor_race.c, which
 * says what is to be tried.
 */
#ifndef SIM_DPOR_INTERNAL_H
#define SIM_DPOR_INTERNAL_H

#include "engine.h"
#include "wakeup.h"

/* An enabled choice at a node. */
struct dpor_option {
	unsigned task, outcome, index;
};

/* A state of the run, and the step that was made there. */
struct dpor_node {
	struct sim_move made;
	unsigned index; /* of its choice */
	enum sched_kind kind; /* of its operation */
	const void *obj;
	bool bare; /* it was made elsewhere, and not yet here */
	bool waits; /* it may have had to wait */
	bool had, took; /* a trylock of what it had; that got the lock */
	unsigned outcomes; /* of its operation, possible or not */
	unsigned nr_tasks; /* that were there */
	unsigned last; /* the task that made the step before */
	unsigned wakeup; /* what else is to be tried */
	uint64_t signature;
	struct dpor_option *options;
	size_t nr_options, options_max;
	struct sim_move *sleepers; /* tried, or asleep already */
	size_t nr_sleepers, sleepers_max;
	size_t nr_inherited; /* of them, which come first */
};

/* The step made at a node, apart from it: looking for races goes through all
 * of them, again and again. */
struct dpor_made {
	unsigned task;
	const struct sim_footprint *footprint;
};

/* Two steps that could have come in the other order. */
struct dpor_race {
	unsigned first; /* node */
	struct sim_move move; /* the second one */
};

/* What a count is in front of a node. */
struct sim_known_value {
	unsigned node;
	const void *obj;
	int value;
};

/* Of each task the last node that happens before something, plus 1. */
typedef uint16_t dpor_stamp;
_Static_assert(SIM_STEPS_MAX < UINT16_MAX, "a stamp counts steps");

struct dpor {
	struct sim_strategy strategy;
	bool started;
	int resumes; /* as the strategy is asked */
	bool failed; /* between two runs, when no run can be told */
	bool stopped; /* the run that ends, by its last step */
	struct dpor_node *nodes;
	size_t depth, nodes_max, nodes_used;
	dpor_stamp (*clocks)[SIM_TASKS_MAX];
	struct dpor_made *made;
	size_t clocks_max, made_max;
	size_t settled; /* nodes whose clocks and races are known */
	size_t raced; /* nodes whose races others have planned */
	size_t shared; /* nodes that others search as well: dpor_part.h */
	struct sim_known_value *shared_values; /* of counts there */
	size_t nr_shared_values, shared_values_max;
	unsigned nr_tasks;
	struct dpor_race *races; /* of the run that ends */
	size_t nr_races, races_max;
	struct sim_touched_pool pool;
	struct sim_wakeup wakeup;
	struct sim_values values; /* scratch */
	struct sim_counts counts;
	bool again; /* one of them can get to zero after all */
	struct sim_footprint guess; /* scratch */
	unsigned below; /* what grows below the move being made */
	const struct sim_move **moves; /* scratch */
	size_t moves_max;
};

struct dpor *sim_dpor_of(struct sim_strategy *strategy);
/* The last node is done with. */
void sim_dpor_pop(struct dpor *dpor);
/* A node more, with nothing in it; NULL: no memory. */
struct dpor_node *sim_dpor_push(struct dpor *dpor);

/* Ends the run; returns false. */
bool sim_dpor_out_of_memory(void);

/* NULL: it is not enabled there. */
const struct dpor_option *sim_dpor_option(const struct dpor_node *node,
					  unsigned task, unsigned outcome);

/* ------------------------------------------------------------ dpor_sleep.c */

/* All that can come behind @move was tried from here.  False: no memory. */
bool sim_dpor_add_sleeper(struct dpor_node *node, const struct sim_move *move);
/* NULL: it does not sleep. */
const struct sim_move *sim_dpor_sleeper(const struct dpor_node *node,
					unsigned task, unsigned outcome);
/* Who slept at @parent, and does not mind the step that was made there. */
bool sim_dpor_inherit_sleepers(struct dpor *dpor, struct dpor_node *node,
			       const struct dpor_node *parent);
/* Is every order that @moves can begin covered by what sleeps? */
bool sim_dpor_covered(const struct dpor_node *node,
		      const struct sim_move *const *moves, size_t nr,
		      const struct sim_values *values);
/* The change that @a made, if it is of the same count as @b; or NULL. */
const struct sim_touch *sim_dpor_same_count(const struct sim_footprint *a,
					    const struct sim_touch *b);

/* For struct sim_strategy. */
double sim_dpor_share(struct sim_strategy *strategy);

/* ------------------------------------------------------------- dpor_race.c */

/* The run is over: find what could have come in another order, and plan it.
 * False: no memory. */
bool sim_dpor_settle(struct dpor *dpor);

#endif
