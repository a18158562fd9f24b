/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * expect.h - short names for sets of verdicts, so that a scenario's
 * expectations read as a table.
 */
#ifndef SIM_EXPECT_H
#define SIM_EXPECT_H

#include <vfiosim/sim.h>

enum sim_expected_set {
	CLEAN = 0,
	CHECK = SIM_SET(SIM_CHECK_FAILED),
	BUG = SIM_SET(SIM_BUG),
	WARNING = SIM_SET(SIM_WARN),
	REFUSED = SIM_SET(SIM_REFUSED),
	DEADLOCK = SIM_SET(SIM_DEADLOCK),
	LOST_WAKEUP = SIM_SET(SIM_LOST_WAKEUP),
	HANG = SIM_SET(SIM_HANG),
	USE_AFTER_FREE = SIM_SET(SIM_USE_AFTER_FREE),
	LEAK = SIM_SET(SIM_LEAK),
	REF_OVERFLOW = SIM_SET(SIM_REF_OVERFLOW),
	NULL_DEREFERENCE = SIM_SET(SIM_NULL_DEREFERENCE),
	INVARIANT = SIM_SET(SIM_INVARIANT)
};

#endif
