/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * steps.h - one run as a list of steps: who made each, how it came out and what
 * it touched; and the strategies that write it down.
 */
#ifndef SIM_STEPS_H
#define SIM_STEPS_H

#include "counts.h"
#include "run.h"

/* What is decided at a step. */
struct sim_act {
	unsigned short task, outcome;
};

struct sim_step {
	struct sim_act act;
	unsigned nr_tasks; /* that were there in front of it */
	unsigned outcomes; /* of its operation, possible or not; at least 1 */
	enum sched_kind kind;
	bool waits; /* it may have to wait, or an outcome may not be possible */
	bool may_fault,
		faults; /* another outcome, or this, is a limited fault */
	int change; /* of a count that it is about to make; pending ones only */
	struct sim_footprint footprint;
};

/*
 * @nr steps that were made and behind them, up to @nr_all, what tasks would
 * have done next: of those nothing but the operation is known, so the
 * footprint is that of a write to its object.
 */
struct sim_steps {
	struct sim_step *steps;
	size_t nr, nr_all, nr_max;
	unsigned nr_tasks;
};

/* A strategy that lets @inner decide and writes the run into @steps, which is
 * in excluded memory; it destroys @inner with itself.  NULL: no memory. */
struct sim_strategy *sim_recorder_make(struct sim_strategy *inner,
				       struct sim_steps *steps);

/*
 * One run that makes @acts and then, if @goes_on, whatever is next: the task
 * of the step before while it can.  It may not be possible to make them all:
 * ret_run->status is SIM_RUN_PRUNED then, behind as many steps as could be
 * made.  Returns 0, or -errno as sim_run_once().
 */
int sim_steps_run(const struct sim_run_config *config,
		  const struct sim_act *acts, size_t nr, bool goes_on,
		  struct sim_trace *trace, struct sim_run *ret_run,
		  struct sim_steps *ret_steps);

/* All changes of counts of a run, and whether one can get to zero that was not
 * known to.  False: no memory. */
bool sim_steps_judge(const struct sim_steps *steps, struct sim_counts *counts,
		     bool *ret_more);

void sim_steps_release(struct sim_steps *steps);

/*
 * What happens before what in one run, step by step.  Two steps depend on each
 * other if one task makes them, one makes the task of the other, or by
 * dependence.h and counts.h.
 * @past:  of each step a row of bits: the steps that happen before it
 * @races: of each step those of them that it depends on, and that could come
 *         behind it as far as other steps go: with none between them, or, if it
 *         may have to wait, all, for whoever keeps it waiting may be long gone;
 *         and, if it could be a limited fault, all of those, wherever
 * @level: 1 + the greatest among those that happen before it; 1: none does
 */
struct sim_past {
	uint64_t *past, *races;
	size_t *level;
	size_t words; /* of a row */
	size_t past_max, races_max, level_max;
};

bool sim_past_make(struct sim_past *past, const struct sim_steps *steps,
		   const struct sim_counts *counts);
void sim_past_release(struct sim_past *past);

static inline bool sim_past_has(const struct sim_past *past,
				const uint64_t *rows, size_t of, size_t step)
{
	return rows[of * past->words + step / 64] >> step % 64 & 1;
}

/* Does @a happen before @b? */
static inline bool sim_happens_before(const struct sim_past *past, size_t a,
				      size_t b)
{
	return sim_past_has(past, past->past, b, a);
}

static inline bool sim_happens_from(const struct sim_past *past, size_t a,
				    size_t b)
{
	return a == b || sim_happens_before(past, a, b);
}

#endif
