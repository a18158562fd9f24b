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

/* One live task at a step, for one outcome of what it would do next; @fault:
 * which is one of the faults of which a run may have so many. */
struct sim_choice {
	unsigned task, outcome;
	bool enabled, fault;
	const struct sched_op *op;
};

/* Answers of pick() besides an index. */
#define SIM_PICK_PRUNE (-1) /* this run shows nothing new */
#define SIM_PICK_STOP (-2) /* back to the caller of the engine */
#define SIM_PICK_ERROR (-3) /* sim_engine_fail() said why */

/* Stands for all of them: tasks, outcomes, operations, what is enabled. */
uint64_t sim_choices_signature(const struct sim_choice *choices, unsigned nr);
/* They are not what they were when this prefix was run before: ends the run,
 * with these words in its error.  Returns SIM_PICK_ERROR. */
#define SIM_CHOICES_DIFFER "the same choices led to something else than before"
int sim_choices_differ(const struct sim_choice *choices, unsigned step);

/*
 * Memory that a step touched.  Two steps that touch different memory, or both
 * only read, commute.  So do operations on one object that dependence.c calls
 * independent, and two changes of a count that stays above zero in both orders:
 * @count is the change, @old the value before it.
 */
struct sim_touch {
	const void *obj;
	size_t size;
	bool write;
	unsigned char operation; /* 1 + its kind; 0: a plain access */
	int count, old;
};

/* @reads, @writes: filters; memory that two footprints share has a bit in
 * both, so most pairs of steps are told apart without a look at it. */
struct sim_footprint {
	struct sim_touch *touches;
	size_t nr, nr_max;
	uint64_t reads, writes;
	bool counts; /* some touch is a change of a count */
	bool stops; /* the step stopped the run: depends on everything */
};

void sim_footprint_clear(struct sim_footprint *footprint);
/* Its operation, which comes first, turned out to change nothing. */
void sim_footprint_only_reads(struct sim_footprint *footprint);

/* Both return false when memory is out. */
bool sim_footprint_add(struct sim_footprint *footprint,
		       const struct sim_touch *touch);
bool sim_footprint_copy(struct sim_footprint *to,
			const struct sim_footprint *from);
void sim_footprint_release(struct sim_footprint *footprint);

/* @made was made last, in a state in which @other could have been. */
bool sim_footprints_dependent(const struct sim_footprint *other,
			      const struct sim_footprint *made);

/*
 * The same for steps that lie apart.  Whether two changes of one count commute
 * depends on more than them, so these are left out: see whether there are two
 * with sim_footprint_count(), and ask counts.h.
 */
bool sim_footprints_meet(const struct sim_footprint *a,
			 const struct sim_footprint *b);
/* The change of a count that the step made, or NULL.  It is one at most. */
const struct sim_touch *sim_footprint_count(const struct sim_footprint *f);

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
	/*
	 * Asked behind begin(), optional: so many steps of the next run are those
	 * of the last one, which had the same trace; -1: there was none.  pick()
	 * may not be asked for them again.
	 */
	int (*resumes)(struct sim_strategy *strategy);
	/* The run is over; the engine still knows its last step.  Optional. */
	void (*end)(struct sim_strategy *strategy);
	void (*destroy)(struct sim_strategy *strategy);
	/*
	 * Between two runs: which share of the tree it has seen, if what hangs
	 * on the branches of a node is taken to be of the same size, and none
	 * comes that is not known by now.  1 when it is over, 0: nobody
	 * knows.  Optional.
	 */
	double (*share)(struct sim_strategy *strategy);
	/* Filled by the strategy: how its search ended. */
	bool exhausted, bounded;
	unsigned bound;
	unsigned bounds_done; /* all runs with fewer preemptions were made */
	struct sim_odds odds; /* by pct alone */
	/* Set by begin(): the search starts anew, no run so far counts. */
	bool again;
};

/* dfs: every interleaving; with sleep sets one of each class at least.
 * @bound >= 0: only runs with at most that many preemptions, without POR. */
struct sim_strategy *sim_dfs_make(bool por, int bound);
/*
 * bound: every class of runs with at most @bound preemptions at least once,
 * first those with none, then with one, and so on; @strategy.bound says how
 * many.  Memory for what was seen and what is still to be seen ends at
 * @bytes_max, if that is below a default; 0: it is not.  Without it for the former the search is as
 * complete, and longer; without it for the latter it ends, exhausted, with
 * the number of preemptions it has got to.
 */
struct sim_strategy *sim_bound_make(unsigned bound, uint64_t bytes_max);
/* dpor: one run of each class. */
struct sim_strategy *sim_dpor_make(void);
/* random: @runs runs, choices uniform among the enabled ones. */
struct sim_strategy *sim_random_make(uint64_t seed, uint64_t runs);
/* pct: random priorities, with @depth - 1 changes in a run. */
struct sim_strategy *sim_pct_make(uint64_t seed, uint64_t runs, unsigned depth);
/* pos: a random priority for each event. */
struct sim_strategy *sim_pos_make(uint64_t seed, uint64_t runs);

#endif
