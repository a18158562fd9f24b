/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pos.c - partial order sampling: a random priority for each event, and a new
 * one for those that the event made last was in a race with.
 *
 * Yuan, Yang, Gu, "Partial Order Aware Concurrency Sampling", CAV 2018.  A walk
 * that chooses anew at each step decides many times between events that do not
 * care; this one decides as often as it matters.
 */
#include "chance.h"
#include "memory.h"

#include <string.h>

struct pos {
	struct sim_strategy strategy;
	struct sim_chance chance;
	uint64_t runs_left;
	bool drawn[SIM_TASKS_MAX];
	uint64_t priority[SIM_TASKS_MAX]; /* of what tasks would do next */
	struct sim_footprint next; /* scratch */
};

static struct pos *pos_of(struct sim_strategy *strategy)
{
	return container_of(strategy, struct pos, strategy);
}

static bool pos_begin(struct sim_strategy *strategy)
{
	struct pos *p = pos_of(strategy);

	if (!p->runs_left)
		return false;
	p->runs_left--;
	sim_chance_begin(&p->chance);
	memset(p->drawn, 0, sizeof(p->drawn));
	return true;
}

/* Was the step made last in a race with @op, of which no more is known? */
static bool races(struct pos *p, const struct sched_op *op)
{
	const struct sim_touch touch = { .obj = op->obj,
					 .size = 1,
					 .write = op->kind != SCHED_READ,
					 .operation = (unsigned char)(op->kind +
								      1) };

	sim_footprint_clear(&p->next);
	if (!op->obj || !sim_footprint_add(&p->next, &touch))
		return false;
	return sim_footprints_meet(&p->next, sim_engine_footprint());
}

static void draw(struct pos *p, const struct sim_choice *choices, unsigned nr,
		 unsigned last)
{
	unsigned i, before = 0;

	/* Choices of one task stand together. */
	for (i = 0; i < nr; i++) {
		unsigned task = choices[i].task;

		if (task == before)
			continue;
		before = task;
		if (p->drawn[task] && task != last &&
		    !(last && races(p, choices[i].op)))
			continue;
		p->drawn[task] = true;
		p->priority[task] = sim_chance_next(&p->chance);
	}
}

/* 0: nobody can go on who is not in @passed. */
static unsigned first(const struct pos *p, const struct sim_choice *choices,
		      unsigned nr, const struct sim_passed *passed)
{
	unsigned i, best = 0;

	for (i = 0; i < nr; i++) {
		unsigned task = choices[i].task;

		if (choices[i].enabled && !sim_is_passed(passed, task) &&
		    (!best || p->priority[task] > p->priority[best]))
			best = task;
	}
	return best;
}

static int pos_pick(struct sim_strategy *strategy, unsigned step,
		    const struct sim_choice *choices, unsigned nr,
		    unsigned last)
{
	struct pos *p = pos_of(strategy);
	struct sim_passed passed = { { 0 } };
	unsigned task;

	(void)step;
	draw(p, choices, nr, last);
	while ((task = first(p, choices, nr, &passed))) {
		int pick = sim_chance_outcome(&p->chance, choices, nr, task);

		if (pick >= 0)
			return pick;
		sim_pass(&passed, task);
	}
	return sim_chance_any(&p->chance, choices, nr);
}

static void pos_destroy(struct sim_strategy *strategy)
{
	struct pos *p = pos_of(strategy);

	sim_footprint_release(&p->next);
	sim_memory_free(p, sizeof(*p));
}

struct sim_strategy *sim_pos_make(uint64_t seed, uint64_t runs)
{
	struct pos *p = sim_memory_alloc(sizeof(*p));

	if (!p)
		return NULL;
	p->strategy = (struct sim_strategy){
		.name = "pos",
		.begin = pos_begin,
		.pick = pos_pick,
		.destroy = pos_destroy,
	};
	sim_chance_init(&p->chance, seed);
	p->runs_left = runs;
	return &p->strategy;
}
