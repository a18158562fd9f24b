/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * footprint.c - what a step touched, and whether two steps commute.
 *
 * A step's operation counts as well as every access announced in it: steps
 * that share no memory, or only read what they share, commute.
 */
#include "memory.h"
#include "strategy.h"

#include <string.h>

bool sim_footprint_add(struct sim_footprint *f, const void *obj, size_t size,
		       bool write)
{
	struct sim_touch *last = f->nr ? &f->touches[f->nr - 1] : NULL;
	void *p;

	if (last && last->obj == obj && last->write >= write &&
	    last->size >= size)
		return true;
	p = sim_memory_grow(f->touches, &f->nr_max, f->nr + 1,
			    sizeof(*f->touches));
	if (!p)
		return false;
	f->touches = p;
	f->touches[f->nr++] = (struct sim_touch){ obj, size, write };
	return true;
}

bool sim_footprint_copy(struct sim_footprint *to,
			const struct sim_footprint *from)
{
	void *p = sim_memory_grow(to->touches, &to->nr_max, from->nr,
				  sizeof(*to->touches));

	if (from->nr && !p)
		return false;
	to->touches = p;
	if (from->nr)
		memcpy(to->touches, from->touches,
		       from->nr * sizeof(*to->touches));
	to->nr = from->nr;
	to->stops = from->stops;
	return true;
}

void sim_footprint_release(struct sim_footprint *f)
{
	sim_memory_release(f->touches, f->nr_max, sizeof(*f->touches));
	memset(f, 0, sizeof(*f));
}

static bool overlap(const struct sim_touch *a, const struct sim_touch *b)
{
	uintptr_t x = (uintptr_t)a->obj, y = (uintptr_t)b->obj;

	return (a->write || b->write) && x < y + b->size && y < x + a->size;
}

bool sim_footprints_dependent(const struct sim_footprint *a,
			      const struct sim_footprint *b)
{
	size_t i, j;

	if (a->stops || b->stops)
		return true;
	for (i = 0; i < a->nr; i++)
		for (j = 0; j < b->nr; j++)
			if (overlap(&a->touches[i], &b->touches[j]))
				return true;
	return false;
}
