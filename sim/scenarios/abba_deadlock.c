/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two tasks take two locks in opposite order.
 *
 *   1  ab takes a
 *   2  ba takes b, and waits for a
 *   3  ab waits for b: neither goes on
 */
#include "../symbols.h"
#include "expect.h"

#include <vfiosim/lock.h>
#include <vfiosim/sim.h>

struct pair {
	struct mutex a, b;
};

static struct pair *pair;

static void setup(void)
{
	pair = kzalloc_obj(pair);
	mutex_init(&pair->a);
	mutex_init(&pair->b);
}

static void lock_ab(void)
{
	mutex_lock(&pair->a);
	mutex_lock(&pair->b);
	mutex_unlock(&pair->b);
	mutex_unlock(&pair->a);
}

static void lock_ba(void)
{
	mutex_lock(&pair->b);
	mutex_lock(&pair->a);
	mutex_unlock(&pair->a);
	mutex_unlock(&pair->b);
}

static void teardown(void)
{
	mutex_destroy(&pair->a);
	mutex_destroy(&pair->b);
	kfree(pair);
}

const struct sim_scenario abba_deadlock = {
	.name = "abba-deadlock",
	.summary = "two locks taken in opposite order",
	.setup = setup,
	.rewindable = true,
	.tasks = { { "ab", lock_ab, NULL }, { "ba", lock_ba, NULL } },
	.teardown = teardown,
	.expect =
		(const struct sim_expect[]){
			{ "v3.19", DEADLOCK, NULL, 0 },
			{ "v3.19-patched", DEADLOCK, NULL, 0 },
			{ "v4.0", DEADLOCK, NULL, 0 },
			{ "v4.14", DEADLOCK, NULL, 0 },
			{ "v5.15", DEADLOCK, NULL, 0 },
			{ "v5.19", DEADLOCK, NULL, 0 },
			{ "v6.1", DEADLOCK, NULL, 0 },
			{ NULL, 0, NULL, 0 },
		},
};
