/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * random.c - a seeded random walk: uniform among the enabled choices.
 *
 * The generator is our own (splitmix64), so that a seed means the same run on
 * every system.
 */
#include "memory.h"
#include "strategy.h"

struct random_walk {
	struct sim_strategy strategy;
	uint64_t state, runs_left;
};

static uint64_t next(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15ull);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

static bool random_begin(struct sim_strategy *strategy)
{
	struct random_walk *r =
		container_of(strategy, struct random_walk, strategy);

	if (!r->runs_left)
		return false;
	r->runs_left--;
	return true;
}

static int random_pick(struct sim_strategy *strategy, unsigned step,
		       const struct sim_choice *choices, unsigned nr,
		       unsigned last)
{
	struct random_walk *r =
		container_of(strategy, struct random_walk, strategy);
	unsigned i, enabled = 0;
	uint64_t k;

	(void)step;
	(void)last;
	for (i = 0; i < nr; i++)
		enabled += choices[i].enabled;
	/* Multiply-shift: no modulo bias worth speaking of. */
	k = (uint64_t)(((unsigned __int128)next(&r->state) * enabled) >> 64);
	for (i = 0; i < nr; i++)
		if (choices[i].enabled && !k--)
			break;
	return (int)i;
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
	r->state = seed;
	r->runs_left = runs;
	return &r->strategy;
}
