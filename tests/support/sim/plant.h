/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * plant.h - breaks an invariant on purpose and compares what is said of it.
 */
#ifndef VFIOSIM_TESTS_PLANT_H
#define VFIOSIM_TESTS_PLANT_H

#include "kit.h"

#include "scenarios/topology.h"

struct plant {
	void (*setup)(void);
	void (*tasks[2])(void);
	const char *era; /* NULL: v3.19 */
	const char *broken; /* all that must be found, "T5,V3" */
	const char *text; /* of the first of them */
	const char *on; /* NULL: all */
	unsigned random; /* runs by chance, not all interleavings; 0: all */
};

/* Explore it, and expect @broken to be broken and nothing else. */
void plant_expect(const struct plant *plant);
#define EXPECT_BROKEN(...) plant_expect(&(const struct plant){ __VA_ARGS__ })

/* Set-up: a device without a driver; under VFIO; with a user who has its group
 * and it open, and a machine that uses the group. */
void free_device(void);
void bound_device(void);
void used_group(void);

/* A step, so that what was done before it is looked at. */
void step(void);

#endif
