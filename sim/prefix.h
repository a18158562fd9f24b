/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * prefix.h - which orders of steps are the same for all that may follow, and
 * the set of those that a search has been to.
 */
#ifndef SIM_PREFIX_H
#define SIM_PREFIX_H

#include "engine.h"
#include "wakeup.h"

/* ------------------------------------------------------------------ keys */

/*
 * Stands for an order of steps and for every other in which the same steps
 * happen before each other.  Two that differ have the same key with a chance of
 * 2^-128 for each pair; a million million of them are equal nowhere but once in
 * a hundred million million searches.
 */
struct sim_key {
	uint64_t low, high;
};

/* Zeroed to begin with, but for @slots_most. */
struct sim_keys {
	struct sim_key *slots; /* open addressing; low is 0: free */
	size_t nr, nr_slots;
	size_t slots_most; /* a power of two */
};

bool sim_keys_have(const struct sim_keys *keys, struct sim_key key);
/* Where there is no room it is not added. */
void sim_keys_add(struct sim_keys *keys, struct sim_key key);
void sim_keys_release(struct sim_keys *keys);

/* ---------------------------------------------------------------- prefixes */

/* How many steps of a task happen before something. */
typedef uint16_t sim_stamp;

/* The steps of a run up to some place; zeroed to begin with. */
struct sim_prefix {
	struct sim_prefix_step *steps;
	sim_stamp (*clocks)[SIM_TASKS_MAX + 1]; /* of each, with itself */
	size_t nr, nr_max, clocks_max;
	struct sim_touched_pool pool;
};

/* One step, and how many tasks there were in front of it. */
struct sim_prefix_move {
	unsigned task, outcome, nr_tasks;
};

/* The step made last.  False: no memory. */
bool sim_prefix_push(struct sim_prefix *prefix,
		     const struct sim_prefix_move *move,
		     const struct sim_footprint *footprint);

/* Only the first @nr steps stay. */
void sim_prefix_cut(struct sim_prefix *prefix, size_t nr);

/* Stands for the first @nr steps. */
struct sim_key sim_prefix_key(const struct sim_prefix *prefix, size_t nr);

/* Stands for steps that @key stands for, and behind them one of @task. */
struct sim_key sim_key_behind(struct sim_key key, unsigned task,
			      unsigned outcome);

void sim_prefix_release(struct sim_prefix *prefix);

#endif
