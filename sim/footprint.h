/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * footprint.h - how a step's footprint grows, inside whoever tells it to.
 *
 * Every operation and every access of every run comes by here.  Where a touch
 * is made and added in one function, the compiler sees what is in it, and
 * writes it once.
 */
#ifndef SIM_FOOTPRINT_H
#define SIM_FOOTPRINT_H

#include "memory.h"
#include "strategy.h"

#define FOOTPRINT_GRANULE_BITS 4
/* Larger touches are rare: they may meet anything. */
#define FOOTPRINT_GRANULES_MAX 16u

static inline uint64_t footprint_filter(const struct sim_touch *touch)
{
	uintptr_t granule = (uintptr_t)touch->obj >> FOOTPRINT_GRANULE_BITS;
	uintptr_t end = ((uintptr_t)touch->obj + touch->size - 1) >>
			FOOTPRINT_GRANULE_BITS;
	uint64_t bits = 0;

	if (end - granule >= FOOTPRINT_GRANULES_MAX)
		return UINT64_MAX;
	for (; granule <= end; granule++)
		bits |= 1ull << (granule * 0x9e3779b97f4a7c15ull >> 58);
	return bits;
}

static inline void footprint_add_filter(struct sim_footprint *f,
					const struct sim_touch *touch)
{
	if (touch->write)
		f->writes |= footprint_filter(touch);
	else
		f->reads |= footprint_filter(touch);
}

/* Has the last touch said so already? */
static inline bool footprint_ends_with(const struct sim_footprint *f,
				       const struct sim_touch *touch)
{
	const struct sim_touch *last;

	if (!f->nr || touch->count || touch->operation)
		return false;
	last = &f->touches[f->nr - 1];
	return last->obj == touch->obj && !last->count && !last->operation &&
	       last->write >= touch->write && last->size >= touch->size;
}

/* False: out of memory. */
__attribute__((always_inline)) static inline bool
footprint_add(struct sim_footprint *f, const struct sim_touch *touch)
{
	struct sim_touch *slot;
	void *p;

	if (footprint_ends_with(f, touch))
		return true;
	p = sim_memory_grow(f->touches, &f->nr_max, f->nr + 1,
			    sizeof(*f->touches));
	if (!p)
		return false;
	f->touches = p;
	slot = &f->touches[f->nr++];
	slot->obj = touch->obj;
	slot->size = touch->size;
	slot->write = touch->write;
	slot->operation = touch->operation;
	slot->count = touch->count;
	slot->old = touch->old;
	f->counts |= touch->count != 0;
	footprint_add_filter(f, touch);
	return true;
}

#endif
