/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two tasks add one to a counter without holding anything.
 *
 *   1  a reads 0
 *   2  b reads 0 and writes 1
 *   3  a writes 1: b's update is lost
 *
 * Two tasks of two operations have C(4,2) = 6 interleavings; all but the two
 * serial ones lose an update.
 */
#include "../symbols.h"
#include "expect.h"

#include <vfiosim/atomic.h>
#include <vfiosim/sim.h>

static int *counter;

static void setup(void)
{
	counter = slab_alloc("counter", sizeof(*counter));
	once_init(counter, sizeof(*counter));
}

static void add_one(void)
{
	int value = READ_ONCE(*counter);

	WRITE_ONCE(*counter, value + 1);
}

static void check(void)
{
	SIM_CHECK(PEEK_ONCE(*counter) == 2);
}

static void teardown(void)
{
	kfree(counter);
}

const struct sim_scenario lost_update = {
	.name = "lost-update",
	.summary = "two tasks add one to a counter without a lock",
	.setup = setup,
	.rewindable = true,
	.tasks = { { "a", add_one, NULL }, { "b", add_one, NULL } },
	.check = check,
	.teardown = teardown,
	.expect =
		(const struct sim_expect[]){
			{ "v3.19", CHECK, NULL, 0 },
			{ "v3.19-patched", CHECK, NULL, 0 },
			{ "v4.0", CHECK, NULL, 0 },
			{ "v4.14", CHECK, NULL, 0 },
			{ "v5.15", CHECK, NULL, 0 },
			{ "v5.19", CHECK, NULL, 0 },
			{ "v6.1", CHECK, NULL, 0 },
			{ NULL, 0, NULL, 0 },
		},
};
