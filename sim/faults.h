/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * faults.h - which faults a run may have, and how many: the outcomes of
 * operations that make an allocation fail or end a sleep early.
 */
#ifndef SIM_FAULTS_H
#define SIM_FAULTS_H

#include <vfiosim/sim.h>

/* Which fault an outcome is; SIM_FAULT_NR: none. */
enum sim_fault sim_fault_of(enum sched_kind kind, unsigned outcome);

/* Is the outcome one of the faults that are limited? */
bool sim_faults_limit(const struct sim_faults *faults, enum sched_kind kind,
		      unsigned outcome);

/*
 * May an operation end so, when a run had @used limited faults?  Allocations
 * are announced only where they may fail, so those that are not limited may.
 */
bool sim_faults_allow(const struct sim_faults *faults, enum sched_kind kind,
		      unsigned outcome, unsigned used);

/* From now on these may happen without a limit. */
void sim_faults_free(struct sim_faults *faults, bool timeouts, bool signals);

/*
 * Adds "alloc,timeout:2" or "signal:any" to @faults; no number means 1.
 * Returns 0, or -EINVAL with the reason in @error (SIM_TEXT_MAX).
 */
int sim_faults_parse(const char *text, struct sim_faults *faults, char *error);

/* As parsing takes it: the limited ones, or those without a limit.  "": none.
 * Returns @buf, which takes SIM_TEXT_MAX. */
const char *sim_faults_format(const struct sim_faults *faults, bool limited,
			      char *buf);

#endif
