/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * random.c - a seeded random walk: uniform among the enabled choices, but for
 * faults that are limited, which have their turns: chance.h.
 */
#include "chance.h"
#include "memory.h"

struct random_walk {
	struct sim_strategy strategy;
	struct sim_chance chance;
	uint64_t runs_left;
};

static bool random_begin(struct sim_strategy *strategy)
{
	struct random_walk *r =
		container_of(strategy, struct random_walk, strategy);

	if (!r->runs_left)
		return false;
	r->runs_left--;
	sim_chance_begin(&r->chance);
	return true;
}

/* An enabled choice of a task whose bit is not in @passed; -1: there is none. */
static int draw(struct random_walk *r, const struct sim_choice *choices,
		unsigned nr, const struct sim_passed *passed)
{
	unsigned i, enabled = 0, k;

	for (i = 0; i < nr; i++)
		enabled += choices[i].enabled &&
			   !sim_is_passed(passed, choices[i].task);
	if (!enabled)
		return -1;
	k = sim_chance_below(&r->chance, enabled);
	for (i = 0; i < nr; i++)
		if (choices[i].enabled &&
		    !sim_is_passed(passed, choices[i].task) && !k--)
			break;
	return (int)i;
}

static bool may_fault(const struct sim_choice *choices, unsigned nr,
		      unsigned task)
{
	unsigned i;

	for (i = 0; i < nr; i++)
		if (choices[i].task == task && choices[i].fault &&
		    choices[i].enabled)
			return true;
	return false;
}

static int random_pick(struct sim_strategy *strategy, unsigned step,
		       const struct sim_choice *choices, unsigned nr,
		       unsigned last)
{
	struct random_walk *r =
		container_of(strategy, struct random_walk, strategy);
	struct sim_passed passed = { { 0 } };
	int i, outcome;

	(void)step;
	(void)last;
	while ((i = draw(r, choices, nr, &passed)) >= 0) {
		unsigned task = choices[i].task;

		if (!may_fault(choices, nr, task))
			return i;
		outcome = sim_chance_outcome(&r->chance, choices, nr, task);
		if (outcome >= 0)
			return outcome;
		sim_pass(&passed, task);
	}
	return sim_chance_any(&r->chance, choices, nr);
}

static void random_destroy(struct sim_strategy *strategy)
{
	struct random_walk *r =
		container_of(strategy, struct random_walk, strategy);

	sim_memory_free(r, sizeof(*r));
}

struct sim_strategy *sim_random_make(uint64_t seed, uint64_t runs)
{
	struct random_walk *r = sim_memory_alloc(sizeof(*r));

	if (!r)
		return NULL;
	r->strategy = (struct sim_strategy){
		.name = "random",
		.begin = random_begin,
		.pick = random_pick,
		.destroy = random_destroy,
	};
	sim_chance_init(&r->chance, seed);
	r->runs_left = runs;
	return &r->strategy;
}
