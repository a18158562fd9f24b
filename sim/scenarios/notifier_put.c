/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scenario 12: the user closes the group while the unbind of its only device
 * tells the group so (B8).
 *
 *   1  unbind: UNBOUND_DRIVER: the group's callback takes a reference while
 *      the chain is read-locked
 *   2  close: puts the reference of the file, which is not the last one
 *   3  unbind: the callback puts the last one; releasing the group waits to
 *      take the chain for writing, which this task itself walks
 *
 * From 4.13 on a work item puts the reference, from 5.16 on none is taken.
 */
#include "topology.h"

static void setup(void)
{
	topology_boot(1);
	topology_bind(0, topology->vfio_pci);
	topology_open_group();
}

static void unbind(void)
{
	topology_unbind(0);
}

static void close_group(void)
{
	user_close_group(0);
}

static void check(void)
{
	SIM_CHECK(!topology_vfio_group_left());
}

const struct sim_scenario notifier_put = {
	.name = "notifier-put",
	.summary = "the group is closed while its notifier callback runs",
	.setup = setup,
	.rewindable = true,
	.tasks = { { "unbind", unbind, "unbind" },
		   { "close", close_group, "close" } },
	.check = check,
	.teardown = topology_teardown,
	.expect =
		(const struct sim_expect[]){
			{ "v3.19", DEADLOCK, "B8", 0 },
			{ "v3.19-patched", DEADLOCK, "B8", 0 },
			{ "v4.0", DEADLOCK, "B8", 0 },
			{ "v4.14", CLEAN, NULL, 0 },
			{ "v5.15", CLEAN, NULL, 0 },
			{ "v5.19", CLEAN, NULL, 0 },
			{ "v6.1", CLEAN, NULL, 0 },
			{ NULL, 0, NULL, 0 },
		},
};
