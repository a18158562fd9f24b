/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * parallel.h - what a search by dpor in several processes knows of its jobs.
 */
#ifndef SIM_PARALLEL_H
#define SIM_PARALLEL_H

#include "explorer.h"
#include "journal.h"
#include "pool.h"
#include "share.h"

/* For tests: runs that a job may make; 0: as many as are worth it. */
void sim_parallel_set_quota(unsigned runs);

/* What came of a job, as sim_worker_work() says: what was seen goes into @x.
 * @in is behind the job's number; on return behind what was seen.  Returns
 * how it ended, or -errno with x->result->error set. */
int sim_parallel_take_seen(struct explorer *x, struct sim_in *in,
			   uint64_t *ret_runs);

#endif
