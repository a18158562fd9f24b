/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dependence.h - which operations on one object depend on each other.
 */
#ifndef SIM_DEPENDENCE_H
#define SIM_DEPENDENCE_H

#include <vfiosim/sched.h>

/* Both on the same object.  Symmetric. */
bool sim_kinds_dependent(enum sched_kind a, enum sched_kind b);

/* For tests, which must notice a row that is wrong: call the pair independent,
 * or dependent as it was. */
void sim_dependence_break(enum sched_kind a, enum sched_kind b, bool broken);

/* Stands for the whole table. */
uint64_t sim_dependence_hash(void);

#endif
