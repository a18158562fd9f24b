/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * invariants.h - what must hold of the modelled objects between any two steps
 * and at the end of a run, whatever the scenario.
 *
 * docs/invariants.md says what each one means and in which eras it is known to
 * be broken.  The table is public, <vfiosim/sim.h>.
 */
#ifndef SIM_INVARIANTS_H
#define SIM_INVARIANTS_H

#include "engine.h"

/* By their places in the table, whose order this is. */
enum sim_invariant_nr {
	INV_I1,
	INV_I2,
	INV_I3,
	INV_I4,
	INV_I5,
	INV_I6,
	INV_I7,
	INV_I8,
	INV_R1,
	INV_R2,
	INV_R3,
	INV_R4,
	INV_R5,
	INV_R6,
	INV_R7,
	INV_R8,
	INV_R9,
	INV_T1,
	INV_T2,
	INV_T3,
	INV_T4,
	INV_T5,
	INV_V2,
	INV_V3,
	INV_V4,
	INV_S1,
	INV_S2,
	INV_S3,
	INV_S4,
	INV_L1,
	INV_L2,
	INV_L3,
	INV_L4,
	INV_L5,
	INV_NR
};

#define INV_SET(nr) (1ull << (nr))

/* Begin a run with the invariants of @set on, those that the running machine's
 * era has.  Returns who looks on, or NULL: none of them needs that. */
const struct sim_monitor *sim_invariants_begin(uint64_t set);

/* The tasks have ended, or (@idle) some wait for ever: test what must hold
 * then. */
void sim_invariants_end(bool idle);

/* Which invariants of @set does a finding break?  And the name of the first;
 * NULL: none. */
uint64_t sim_invariants_broken(const struct sim_raw_finding *finding,
			       uint64_t set);
const char *sim_invariant_of(const struct sim_raw_finding *finding,
			     uint64_t set);

/* ------------------------------------------------- the order of locks, I3 */

/* What the runs of one exploration have shown of it. */
struct sim_lock_order;

/* NULL: out of memory. */
struct sim_lock_order *sim_lock_order_make(void);
void sim_lock_order_free(struct sim_lock_order *order);

/*
 * Add what a run did; @run: its number.  Returns 1 when it is the first one to
 * close a cycle, which is told once and stands at the end of @trace; 0: it is
 * not; -ENOSPC: too many classes of locks; -ENOMEM.
 */
int sim_lock_order_add(struct sim_lock_order *order, struct sim_trace *trace,
		       uint64_t run, struct sim_raw_finding *ret_finding);

/* Did the run that was added last show anything new?  Then its schedule is
 * kept: @schedule becomes the order's. */
bool sim_lock_order_grew(const struct sim_lock_order *order);
void sim_lock_order_keep(struct sim_lock_order *order, char *schedule);

/* Is all of the cycle in the run that closed it?  The schedules of the others
 * that have a part in it, as comments. */
bool sim_lock_order_alone(const struct sim_lock_order *order);
void sim_lock_order_write_others(const struct sim_lock_order *order, FILE *out);

/* The whole cycle, a line each: what was taken, and what was held. */
void sim_lock_order_explain(const struct sim_lock_order *order, char *buf,
			    size_t size);

/* -------------------------------------------------------------------- sets */

/* Parse "T5,R2" or "all".  Returns 0 or -EINVAL, @error says why. */
int sim_invariants_parse(const char *text, uint64_t *ret_set, char *error);

/* "T5,R2"; "all" if it is all of them.  Returns @buf. */
const char *sim_invariants_format(uint64_t set, char *buf, size_t size);

#endif
