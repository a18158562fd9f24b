/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * checkpoint.c - see checkpoint.h.
 *
 * Copies lie one behind another in one block, in the order of their steps: the
 * next run drops those that it parts from, and adds its own.
 */
#include "checkpoint.h"

#include "memory.h"

#include <vfiosim/kernel.h>

#include <string.h>

/* Steps from one copy to the next: a copy costs about as much as a few steps,
 * and half of the distance is what is made again. */
#define DISTANCE 6u

struct copy {
	unsigned step;
	size_t start; /* of its bytes */
	struct sim_engine_image engine;
};

struct sim_checkpoints {
	const struct sim_strategy *strategy;
	uint64_t born; /* the run, as its trace has it */
	struct copy *copies;
	size_t nr, copies_max;
	char *bytes;
	size_t used, bytes_max;
};

struct sim_checkpoints *sim_checkpoints_make(void)
{
	return sim_memory_alloc(sizeof(struct sim_checkpoints));
}

void sim_checkpoints_free(struct sim_checkpoints *c)
{
	if (!c)
		return;
	sim_memory_release(c->copies, c->copies_max, sizeof(*c->copies));
	sim_memory_release(c->bytes, c->bytes_max, 1);
	sim_memory_free(c, sizeof(*c));
}

void sim_checkpoints_begin(struct sim_checkpoints *c,
			   const struct sim_strategy *strategy,
			   const struct sim_trace *trace)
{
	c->strategy = strategy;
	c->born = trace->born;
	c->nr = c->used = 0;
}

/* ----------------------------------------------------------------- a copy */

/* Each piece begins where a word may. */
static size_t whole(size_t size)
{
	return (size + sizeof(uint64_t) - 1) / sizeof(uint64_t) *
	       sizeof(uint64_t);
}

static char *append(struct sim_checkpoints *c, size_t size)
{
	void *p = sim_memory_grow(c->bytes, &c->bytes_max,
				  c->used + whole(size), 1);

	if (!p)
		return NULL;
	c->bytes = p;
	c->used += whole(size);
	return c->bytes + c->used - whole(size);
}

static bool copy_machine(struct sim_checkpoints *c)
{
	char *p = append(c, kernel_image_size()), *heap;
	size_t used;
	unsigned i;

	if (p)
		kernel_image_save(p);
	for (i = 0; p && (heap = slab_heap(i, &used)); i++) {
		p = append(c, used);
		if (p)
			memcpy(p, heap, used);
	}
	return p;
}

static bool copy_tasks(struct sim_checkpoints *c)
{
	unsigned id;
	char *p;

	for (id = 1; id <= sim_engine_tasks(); id++) {
		p = append(c, sim_engine_task_size(id));
		if (!p)
			return false;
		sim_engine_task_save(id, p);
	}
	return true;
}

static void take(struct sim_checkpoints *c, unsigned step)
{
	void *p = sim_memory_grow(c->copies, &c->copies_max, c->nr + 1,
				  sizeof(*c->copies));
	size_t start = c->used;

	if (!p)
		return;
	c->copies = p;
	if (!copy_machine(c) || !copy_tasks(c)) {
		c->used = start;
		return;
	}
	c->copies[c->nr].step = step;
	c->copies[c->nr].start = start;
	sim_engine_save(&c->copies[c->nr++].engine);
}

void sim_checkpoints_pass(struct sim_checkpoints *c, unsigned step)
{
	const struct sim_raw_finding *findings;

	if (c->nr && step < c->copies[c->nr - 1].step + DISTANCE)
		return;
	/* What was found goes with the run that found it. */
	if (!sim_engine_findings(&findings))
		take(c, step);
}

/* --------------------------------------------------------------- going back */

bool sim_checkpoints_have(struct sim_checkpoints *c,
			  const struct sim_strategy *strategy,
			  const struct sim_trace *trace, unsigned step)
{
	if (c->strategy != strategy || c->born != trace->born)
		return false;
	while (c->nr && c->copies[c->nr - 1].step > step)
		c->used = c->copies[--c->nr].start;
	return c->nr;
}

static const char *restore_machine(const char *p)
{
	size_t used, size;
	unsigned i;
	char *heap;

	kernel_image_restore(p);
	p += whole(kernel_image_size());
	for (i = 0; (heap = slab_heap(i, &used)); i++) {
		size = used;
		memcpy(heap, p, size);
		p += whole(size);
	}
	return p;
}

void sim_checkpoints_go(struct sim_checkpoints *c)
{
	const struct copy *to = &c->copies[c->nr - 1];
	const char *p = restore_machine(c->bytes + to->start);
	unsigned id;

	sim_engine_restore(&to->engine, NULL);
	for (id = 1; id <= to->engine.nr_tasks; id++) {
		sim_engine_task_restore(id, p);
		p += whole(sim_engine_task_size(id));
	}
}
