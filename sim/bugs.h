/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bugs.h - the hazards of the modelled kernels by name, and which scenario
 * shows which of them in which era.
 */
#ifndef SIM_BUGS_H
#define SIM_BUGS_H

#include "symbols.h"

#include <vfiosim/sim.h>

struct sim_bug {
	const char *name; /* "B1" */
	const char *title;
};

/* In the order of their numbers; NULL past the end. */
const struct sim_bug *sim_bug_nth(unsigned nth);

/* Is @name one of the words of @bugs, "B1 B8"?  NULL: no words. */
bool sim_bug_among(const char *bugs, const char *name);

/**
 * sim_bug_shown - does a scenario expect to show a bug?
 * @era: as its expectations spell it: with overrides, or without any
 */
bool sim_bug_shown(const struct sim_scenario *scenario, const char *era,
		   const char *name);

#endif
