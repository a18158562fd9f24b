/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * share.h - one dpor search by several processes: who searches where, and what
 * is to be tried at the states that their parts have in common.
 *
 * A pure state machine: results go in, in the order of their jobs, and jobs
 * come out.  Nothing depends on how many processes there are, or which of them
 * is faster; and whoever keeps the results can make the same machine again.
 */
#ifndef SIM_SHARE_H
#define SIM_SHARE_H

#include "wire.h"

/* Parts at a time, and so jobs.  Enough for as many processes, and part of what
 * makes two searches the same. */
#define SIM_SHARE_PARTS_MAX 64u

struct sim_share;

/* How a job ended. */
enum sim_share_end {
	SIM_SHARE_REST, /* its runs are used up, and something is left */
	SIM_SHARE_DONE, /* nothing is left there */
	SIM_SHARE_VOID, /* one more count is low: nothing so far counts */
	SIM_SHARE_END_NR
};

/* @quota: runs that a job may make.  NULL: no memory. */
struct sim_share *sim_share_make(unsigned quota);
/* NULL is fine. */
void sim_share_free(struct sim_share *share);

/*
 * The next job, with at most @runs_max runs: its number, that of the first job
 * that counts, how many runs, whether to share more nodes when they are made,
 * and then as sim_part_load() reads it.
 * Returns 1; 0: there is none before another result is in; -ENOMEM.
 */
int sim_share_next(struct sim_share *share, uint64_t runs_max,
		   struct sim_out *out, uint64_t *ret_number,
		   unsigned *ret_quota);

/*
 * What came of job @number, behind what the caller wants to know of it.
 * SIM_SHARE_VOID: the counts; else the step that leads on from the last shared
 * node, what is to be tried at shared nodes and, if there is a rest, nodes that
 * are shared from now on, and the rest, as dpor_part.h writes them.
 * Returns 0; 1: the search begins anew; -EINVAL: that can not be; -ENOMEM.
 */
int sim_share_take(struct sim_share *share, uint64_t number,
		   enum sim_share_end end, struct sim_in *in);

/* Does the job belong to a search that began anew since?  Its result is to be
 * passed over. */
bool sim_share_is_stale(const struct sim_share *share, uint64_t number);

/* Everything was tried. */
bool sim_share_is_done(const struct sim_share *share);

/* How many jobs have no result yet. */
unsigned sim_share_jobs(const struct sim_share *share);

#endif
