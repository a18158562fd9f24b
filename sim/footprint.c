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

bool sim_footprint_add(struct sim_footprint *f, const struct sim_touch *touch)
{
	struct sim_touch *last = f->nr ? &f->touches[f->nr - 1] : NULL;
	void *p;

	if (last && last->obj == touch->obj && !touch->count && !last->count &&
	    last->write >= touch->write && last->size >= touch->size)
		return true;
	p = sim_memory_grow(f->touches, &f->nr_max, f->nr + 1,
			    sizeof(*f->touches));
	if (!p)
		return false;
	f->touches = p;
	f->touches[f->nr++] = *touch;
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

/* Does the count stay above zero whoever comes first?  @made tells the value
 * that both would find. */
static bool counts_commute(const struct sim_touch *other,
			   const struct sim_touch *made)
{
	int lowest = made->old;

	if (!other->count || !made->count || other->obj != made->obj)
		return false;
	lowest += other->count < 0 ? other->count : 0;
	lowest += made->count < 0 ? made->count : 0;
	return lowest >= 1;
}

static bool conflict(const struct sim_touch *other,
		     const struct sim_touch *made)
{
	uintptr_t x = (uintptr_t)other->obj, y = (uintptr_t)made->obj;

	if (!other->write && !made->write)
		return false;
	if (x >= y + made->size || y >= x + other->size)
		return false;
	return !counts_commute(other, made);
}

bool sim_footprints_dependent(const struct sim_footprint *other,
			      const struct sim_footprint *made)
{
	size_t i, j;

	if (other->stops || made->stops)
		return true;
	for (i = 0; i < other->nr; i++)
		for (j = 0; j < made->nr; j++)
			if (conflict(&other->touches[i], &made->touches[j]))
				return true;
	return false;
}
