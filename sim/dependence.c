/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dependence.c - which operations on one object depend on each other, as data.
 *
 * Two operations are independent if, wherever both can be done, either order
 * leads to the same state, and neither lets the other in or keeps it out.  That
 * is what tests/test_commute.c carries out for each pair that is called so.
 */
#include "dependence.h"

#define ROW(kind) [SCHED_##kind]
#define BIT(kind) (1u << SCHED_##kind)

#define ALL ((1u << SCHED_KIND_NR) - 1)

/* For each kind those on which it depends, for the same object. */
static const unsigned depends[SCHED_KIND_NR] = {
	/* Loads of a word change nothing. */
	ROW(READ) = ALL & ~BIT(READ),
	ROW(WRITE) = ALL,
	/* Changes of a count have a rule of their own: footprint.c. */
	ROW(RMW) = ALL,
	/*
	 * Who acquires does not look at the queue, and leaves it by as much as
	 * he joined it: the sum does not tell in which order.
	 */
	ROW(LOCK) = ALL & ~BIT(QUEUE),
	/* Readers count themselves; each keeps writers out, none another. */
	ROW(LOCK_SHARED) = ALL & ~(BIT(LOCK_SHARED) | BIT(UNLOCK_SHARED)),
	/* Nobody but writers and readers cares who is in, and a writer that
	 * joins the queue does not care at all. */
	ROW(UNLOCK) = ALL & ~BIT(QUEUE),
	/* One that it does not hold is told apart: observe.c. */
	ROW(UNLOCK_SHARED) =
		ALL & ~(BIT(LOCK_SHARED) | BIT(UNLOCK_SHARED) | BIT(QUEUE)),
	/* One that failed is a READ: observe.c. */
	ROW(TRYLOCK) = ALL,
	/* Keeps new readers out, and nobody else. */
	ROW(QUEUE) = ALL & ~(BIT(LOCK) | BIT(UNLOCK) | BIT(UNLOCK_SHARED) |
			     BIT(QUEUE)),
	/* A queue is in order of joining, and wakes in that order. */
	ROW(PREPARE) = ALL,
	ROW(SLEEP) = ALL,
	ROW(FINISH) = ALL,
	ROW(WAKE) = ALL,
	/* Has no object of its own. */
	ROW(ALLOC) = ALL,
};

/* Broken by a test: a pair, or none. */
static struct {
	bool broken;
	enum sched_kind a, b;
} planted;

void sim_dependence_break(enum sched_kind a, enum sched_kind b, bool broken)
{
	planted.broken = broken;
	planted.a = a;
	planted.b = b;
}

bool sim_kinds_dependent(enum sched_kind a, enum sched_kind b)
{
	if (planted.broken && ((a == planted.a && b == planted.b) ||
			       (a == planted.b && b == planted.a)))
		return false;
	return depends[a] & 1u << b;
}

uint64_t sim_dependence_hash(void)
{
	uint64_t h = 0xcbf29ce484222325ull;
	unsigned i;

	for (i = 0; i < SCHED_KIND_NR; i++)
		h = (h ^ depends[i]) * 0x100000001b3ull;
	return h;
}
