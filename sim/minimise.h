/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * minimise.h - what a finding needs of its run, and no more: fewest
 * preemptions first, then switches, then faults, then tasks.
 */
#ifndef SIM_MINIMISE_H
#define SIM_MINIMISE_H

#include "run.h"
#include "schedule.h"

/* What a run asks of its reader, the most expensive first. */
struct sim_cost {
	unsigned preemptions, switches;
	unsigned faults; /* outcomes that were chosen */
	unsigned tasks; /* that made a step before the finding */
};

struct sim_cost sim_cost_of(const struct sim_trace *trace,
			    const struct sim_raw_finding *finding);
/* Below, equal to or above 0, as @a costs less, as much or more. */
int sim_cost_compare(const struct sim_cost *a, const struct sim_cost *b);

/*
 * @trace, @finding: a run that shows it
 * @fewest: no run with fewer preemptions shows it, as is known already
 * @interrupted: asked after each run, with the number of runs; may be NULL
 */
struct sim_minimise {
	const struct sim_run_config *config;
	const struct sim_trace *trace;
	const struct sim_raw_finding *finding;
	unsigned fewest;
	bool (*interrupted)(uint64_t runs, void *arg);
	void *arg;
};

/* @trace: of the smallest run found, its own; ends with sim_trace_free(). */
struct sim_minimal {
	struct sim_trace *trace;
	struct sim_raw_finding finding;
	struct sim_cost cost;
	bool proven; /* no run with fewer preemptions shows it */
	uint64_t runs;
};

/*
 * Why findings of a kind are left as they are, for people; NULL: they are not.
 */
const char *sim_minimise_refuse(enum sim_verdict verdict);

/*
 * Make the run smaller as long as the same finding shows at the same site.
 * Returns 0; -EINTR: interrupted; -ENOMEM; -ENOTRECOVERABLE: with the reason in
 * @error (SIM_TEXT_MAX); on failure @ret_minimal is not set.
 */
int sim_minimise(const struct sim_minimise *job,
		 struct sim_minimal *ret_minimal, char *error);

/* "2 preemptions, proven fewest".  Returns @buf. */
const char *sim_minimised_format(const struct sim_minimised *minimised,
				 char *buf, size_t size);

/* -------------------------------------------------------------- strategies */

/*
 * Follows @schedule without its lines @first to @first + @nr - 1, and passes
 * over what can not be followed; then whoever ran goes on, or else the first
 * task that can.  @trace: that of the run.
 */
struct sim_strategy *sim_relaxed_make(const struct sim_schedule *schedule,
				      const struct sim_trace *trace,
				      unsigned first, unsigned nr);

/* One step of a run, and what it touched. */
struct sim_traced {
	unsigned task, outcome;
	struct sim_footprint footprint;
};

/* Makes exactly these steps, and gives up where one can not be made.
 * @record: fill in the footprints. */
struct sim_strategy *sim_retrace_make(struct sim_traced *moves, size_t nr,
				      bool record);

/* ------------------------------------------------------------ orders of steps */

/*
 * The steps of a run, and what each has to wait for: @needs has for step and
 * task how many steps of that task come first.
 */
struct sim_order {
	struct sim_traced *moves;
	unsigned *needs;
	unsigned tasks; /* numbers of tasks are below */
	size_t nr, moves_max, needs_max;
};

/* The steps of @trace, without footprints.  Returns 0, -ENOMEM, or -E2BIG:
 * too many to compare each with each. */
int sim_order_read(struct sim_order *order, const struct sim_trace *trace);
/* When the footprints are known.  Returns 0 or -ENOMEM. */
int sim_order_relate(struct sim_order *order, const struct sim_trace *trace);
/*
 * The same steps, those of a task together as far as others allow, @first's
 * first.  @ret_moves has room for all.  Returns the number of switches.
 */
unsigned sim_order_gather(const struct sim_order *order, unsigned first,
			  struct sim_traced *ret_moves);
void sim_order_release(struct sim_order *order);

#endif
