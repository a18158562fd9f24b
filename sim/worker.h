/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * worker.h - what a process of a search does with a job, and what it says of it.
 */
#ifndef SIM_WORKER_H
#define SIM_WORKER_H

#include "explorer.h"
#include "pool.h"
#include "share.h"
#include "steps.h"

/* In front of what came of a job comes how it ended, one of share.h or: */
#define SIM_WORKER_FAILED SIM_SHARE_END_NR /* an errno, and the reason */

/*
 * What to do in the processes: run jobs as sim_share_next() writes them, by the
 * copy of @x.  An answer is whether it has addresses that no other program knows,
 * the job's number, how it ended and, unless it failed, in this order
 *   runs, pruned runs, steps, whether a run met the limit of steps, whether
 *     kinds of findings were left out
 *   final states: how many, and each
 *   runs that are worth being told: how many; the number of each in the job,
 *     and its schedule
 *   findings: how many kinds; the identity of each, and in how many runs
 *   classes: how many, and each, if they are collected
 * and then what sim_share_take() reads.
 */
struct sim_class;

struct sim_pool_work sim_worker_work(struct explorer *x);

/* A class as it stands there.  @acts: room for SIM_STEPS_MAX, which
 * ret_class->acts is. */
void sim_worker_read_class(struct sim_in *in, struct sim_act *acts,
			   struct sim_class *ret_class);

#endif
