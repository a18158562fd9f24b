/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * engine_image.h - what the engine knows of a run between two of its steps, to
 * be copied, put back and compared.
 *
 * Only for runs that are decided at home.  An image together with the bytes of
 * the machine is a checkpoint; keys say which images are alike.
 */
#ifndef SIM_ENGINE_IMAGE_H
#define SIM_ENGINE_IMAGE_H

#include "engine.h"

/* ------------------------------------------------------------------- a task */

/* 1 .. sim_engine_tasks(), and those that are to come back. */
size_t sim_engine_task_size(unsigned id);
void sim_engine_task_save(unsigned id, void *image);
void sim_engine_task_restore(unsigned id, const void *image);

/* Does @p lie on the stack of a task that stands still? */
bool sim_engine_on_stack(unsigned id, const void *p);

/* How tasks that stand still are told apart. */
enum sim_alike {
	SIM_ALIKE_RAW, /* by every byte of their stacks */
	/* By the return addresses there, and by the locals that the program
	 * declared; who declares too little makes different states one. */
	SIM_ALIKE_DECLARED
};

/*
 * A key of a task: equal keys, and it will do the same.  @words takes
 * sim_engine_task_size() bytes and SIM_TASK_KEY_EXTRA.  Returns the number of
 * words; 0: there is no chain of return addresses to be had.
 */
#define SIM_TASK_KEY_EXTRA 1024u
size_t sim_engine_task_key(unsigned id, enum sim_alike alike, uint64_t *words);

/* ------------------------------------------------------- all that is not one */

struct sim_engine_image {
	unsigned nr_tasks, last, how, faults, nr_findings, changes;
	struct sim_trace_mark mark;
};

void sim_engine_save(struct sim_engine_image *image);
/* @findings: those that there were then; NULL: there were none.  Tasks that came
 * since are no more. */
void sim_engine_restore(const struct sim_engine_image *image,
			const struct sim_raw_finding *findings);

/* What else of it tells states apart: limited faults, findings.  Two words. */
#define SIM_ENGINE_KEY 2u
void sim_engine_key(uint64_t *words);

#endif
