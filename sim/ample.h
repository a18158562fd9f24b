/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ample.h - in which states one task's next step is enough.
 *
 * Giving back a lock that one holds disturbs nobody, unless somebody tries it,
 * and the code behind it disturbs nobody if all that it touches is touched by
 * one task alone or under one lock (Savage and others, "Eraser", 1997; Peled,
 * "All from one, one for all", 1993).  Whether that is so is not known before
 * everything was seen: what is relied on is written down, and when it turns out
 * wrong the search begins anew and knows better.
 */
#ifndef SIM_AMPLE_H
#define SIM_AMPLE_H

#include "engine.h"

#define SIM_AMPLE_LOCKS 4u

struct sim_ample_object {
	const void *obj;
	bool lock; /* taken and given back */
	bool touched; /* in any other way */
	unsigned task; /* that did so first */
	bool shared, written; /* by others too; by anybody */
	bool wild; /* by some without a common lock */
	bool coarse; /* a lock: giving it back came with what is wild */
	bool relied; /* steps were left out since it was not */
	unsigned char nr_locks; /* held whenever it was touched */
	const void *locks[SIM_AMPLE_LOCKS];
};

/* Zeroed to begin with. */
struct sim_ample {
	struct sim_ample_object *objects; /* open addressing by ->obj */
	size_t nr, objects_max;
	bool wrong; /* something relied upon turned out wild */
};

/* May the other tasks be left aside while @task makes its pending step? */
bool sim_ample_may(const struct sim_ample *ample, unsigned task);

/*
 * @task made a step, which sim_engine_footprint() describes.  @alone: the others
 * were left aside.  Returns whether that was right as far as is known; if not,
 * sim_ample_may() does not say so again.  Sets ->wrong.  *@ret_memory: false when it is out.
 */
bool sim_ample_learn(struct sim_ample *ample, unsigned task, bool alone,
		     bool *ret_memory);

/* The search begins anew, and keeps what was learned. */
void sim_ample_again(struct sim_ample *ample);

void sim_ample_release(struct sim_ample *ample);

#endif
