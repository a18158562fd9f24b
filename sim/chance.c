/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * chance.c - numbers from a seed, and when a run has one of its faults.
 *
 * The generator is our own (splitmix64), so that a seed means the same run on
 * every system.
 */
#include "chance.h"

#include <string.h>

void sim_chance_init(struct sim_chance *c, uint64_t seed)
{
	memset(c, 0, sizeof(*c));
	c->state = seed;
}

void sim_chance_begin(struct sim_chance *c)
{
	if (c->met > c->most)
		c->most = c->met;
	c->met = 0;
}

uint64_t sim_chance_next(struct sim_chance *c)
{
	uint64_t z = (c->state += 0x9e3779b97f4a7c15ull);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

/* Multiply-shift: no modulo bias worth speaking of. */
unsigned sim_chance_below(struct sim_chance *c, unsigned n)
{
	return (unsigned)(((unsigned __int128)sim_chance_next(c) * n) >> 64);
}

/* Is it here that the run has one of its faults?  How many places there are is
 * known from the runs before. */
static bool is_turn(struct sim_chance *c)
{
	unsigned i;

	if (!c->met++) {
		c->nr_points = sim_engine_faults_max();
		for (i = 0; i < c->nr_points; i++)
			c->points[i] = sim_chance_below(c, c->most + 1);
	}
	for (i = 0; i < c->nr_points; i++)
		if (c->points[i] == c->met)
			return true;
	return false;
}

/* One of those that @task has enabled, and that are faults, or are not. */
static int pick_of(struct sim_chance *c, const struct sim_choice *choices,
		   unsigned nr, unsigned task, bool fault)
{
	unsigned i, found = 0, k;

	for (i = 0; i < nr; i++)
		found += choices[i].task == task && choices[i].enabled &&
			 choices[i].fault == fault;
	if (!found)
		return -1;
	k = found > 1 ? sim_chance_below(c, found) : 0;
	for (i = 0; i < nr; i++)
		if (choices[i].task == task && choices[i].enabled &&
		    choices[i].fault == fault && !k--)
			break;
	return (int)i;
}

static bool has_fault(const struct sim_choice *choices, unsigned nr,
		      unsigned task)
{
	unsigned i;

	for (i = 0; i < nr; i++)
		if (choices[i].task == task && choices[i].enabled &&
		    choices[i].fault)
			return true;
	return false;
}

int sim_chance_outcome(struct sim_chance *c, const struct sim_choice *choices,
		       unsigned nr, unsigned task)
{
	if (has_fault(choices, nr, task) && is_turn(c))
		return pick_of(c, choices, nr, task, true);
	return pick_of(c, choices, nr, task, false);
}

int sim_chance_any(struct sim_chance *c, const struct sim_choice *choices,
		   unsigned nr)
{
	unsigned i, enabled = 0, k;

	for (i = 0; i < nr; i++)
		enabled += choices[i].enabled;
	k = sim_chance_below(c, enabled);
	for (i = 0; i < nr; i++)
		if (choices[i].enabled && !k--)
			break;
	return (int)i;
}

bool sim_chance_enabled(const struct sim_choice *choices, unsigned nr,
			unsigned task)
{
	unsigned i;

	for (i = 0; i < nr; i++)
		if (choices[i].task == task && choices[i].enabled)
			return true;
	return false;
}
