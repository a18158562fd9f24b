/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reference.h - the scenario on which harnesses are compared, in its variants.
 */
#ifndef VFIOSIM_BENCH_REFERENCE_H
#define VFIOSIM_BENCH_REFERENCE_H

#include <vfiosim/sim.h>

#define REFERENCE_MAX 3

/*
 * PRE:   no tracking; a lookup must not be refused
 * POST:  tracking; a lookup must not be refused, and still is
 * POSTX: tracking; a refusal is merely returned
 * FIX:   tracking, and a check whose order is safe; none is refused
 */
enum reference_variant {
	REFERENCE_PRE,
	REFERENCE_POST,
	REFERENCE_POSTX,
	REFERENCE_FIX
};

/* @precise: every operation on container_users depends on every other. */
struct reference {
	enum reference_variant variant;
	bool precise;
	unsigned devices, unbinders, lookups; /* 1 to REFERENCE_MAX */
};

/* One at a time: what it runs is kept in one place. */
struct sim_scenario reference_scenario(const struct reference *reference);

#endif
