/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * checkpoint.h - the way back into the run that was made last, for searches
 * whose next run begins as the last one did.
 *
 * Every few steps of a run all of it is copied, so that the next one goes on
 * from there instead of from boot.  The trace keeps what it has of the part that
 * both share.
 */
#ifndef SIM_CHECKPOINT_H
#define SIM_CHECKPOINT_H

#include "engine_image.h"

struct sim_checkpoints;

/* NULL: no memory. */
struct sim_checkpoints *sim_checkpoints_make(void);
/* NULL is fine. */
void sim_checkpoints_free(struct sim_checkpoints *checkpoints);

/* A run of @strategy began at boot; the trace is told apart by its beginning. */
void sim_checkpoints_begin(struct sim_checkpoints *checkpoints,
			   const struct sim_strategy *strategy,
			   const struct sim_trace *trace);

/* The run stands between two steps, @step of them made; copies it now and then.
 * Where memory ends it does without. */
void sim_checkpoints_pass(struct sim_checkpoints *checkpoints, unsigned step);

/*
 * Is there a copy of the last run of @strategy, with @trace, at or in front of
 * @step?
 */
bool sim_checkpoints_have(struct sim_checkpoints *checkpoints,
			  const struct sim_strategy *strategy,
			  const struct sim_trace *trace, unsigned step);
/* Then go there; behind sim_engine_again(). */
void sim_checkpoints_go(struct sim_checkpoints *checkpoints);

#endif
