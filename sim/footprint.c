/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * footprint.c - what a step touched, and whether two steps commute.
 *
 * A step's operation counts as well as every access announced in it: steps
 * that share no memory, or only read what they share, commute.
 */
#include "dependence.h"
#include "footprint.h"
#include "memory.h"

#include <string.h>

void sim_footprint_clear(struct sim_footprint *f)
{
	f->nr = 0;
	f->reads = f->writes = 0;
	f->counts = false;
	f->stops = false;
}

bool sim_footprint_add(struct sim_footprint *f, const struct sim_touch *touch)
{
	return footprint_add(f, touch);
}

void sim_footprint_only_reads(struct sim_footprint *f)
{
	struct sim_touch first = f->touches[0];
	size_t i;

	first.write = false;
	f->touches[0] = first;
	f->reads = f->writes = 0;
	for (i = 0; i < f->nr; i++)
		footprint_add_filter(f, &f->touches[i]);
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
	to->reads = from->reads;
	to->writes = from->writes;
	to->counts = from->counts;
	to->stops = from->stops;
	return true;
}

void sim_footprint_release(struct sim_footprint *f)
{
	sim_memory_release(f->touches, f->nr_max, sizeof(*f->touches));
	memset(f, 0, sizeof(*f));
}

/* Whoever comes first finds @value. */
static bool stay_above_zero(const struct sim_touch *a,
			    const struct sim_touch *b, int value)
{
	int lowest = value;

	lowest += a->count < 0 ? a->count : 0;
	lowest += b->count < 0 ? b->count : 0;
	return lowest >= 1;
}

static bool same_count(const struct sim_touch *a, const struct sim_touch *b)
{
	return a->count && b->count && a->obj == b->obj;
}

static bool conflict(const struct sim_touch *a, const struct sim_touch *b)
{
	uintptr_t x = (uintptr_t)a->obj, y = (uintptr_t)b->obj;

	if (!a->write && !b->write)
		return false;
	if (x >= y + b->size || y >= x + a->size)
		return false;
	return x != y || !a->operation || !b->operation ||
	       sim_kinds_dependent(a->operation - 1u, b->operation - 1u);
}

/* Do they share memory, or only what both read? */
static bool are_apart(const struct sim_footprint *a,
		      const struct sim_footprint *b)
{
	return !(a->writes & (b->reads | b->writes)) && !(a->reads & b->writes);
}

bool sim_footprints_dependent(const struct sim_footprint *other,
			      const struct sim_footprint *made)
{
	const struct sim_touch *a, *b;

	if (sim_footprints_meet(other, made))
		return true;
	if (!other->counts || !made->counts)
		return false;
	a = sim_footprint_count(other);
	b = sim_footprint_count(made);
	return same_count(a, b) && !stay_above_zero(a, b, b->old);
}

bool sim_footprints_meet(const struct sim_footprint *a,
			 const struct sim_footprint *b)
{
	size_t i, j;

	if (a->stops || b->stops)
		return true;
	if (are_apart(a, b))
		return false;
	for (i = 0; i < a->nr; i++)
		for (j = 0; j < b->nr; j++)
			if (conflict(&a->touches[i], &b->touches[j]) &&
			    !same_count(&a->touches[i], &b->touches[j]))
				return true;
	return false;
}

const struct sim_touch *sim_footprint_count(const struct sim_footprint *f)
{
	size_t i;

	for (i = 0; f->counts && i < f->nr; i++)
		if (f->touches[i].count)
			return &f->touches[i];
	return NULL;
}
