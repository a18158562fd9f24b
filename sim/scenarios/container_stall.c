/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scenario 26: the only device of a group is unbound while the group is in a
 * container, and nobody is about to take it out (B23).
 *
 *   1  unbind: the device is gone; vfio_del_group_dev() waits until the group
 *      has left its container, however long that takes, with the device lock
 *
 * From 4.14 to 5.18.  Before, the unbind just ended; from 6.1 on it takes the
 * group out of the container itself, and the file is of no use any more.
 */
#include "topology.h"

static void setup(void)
{
	topology_boot(1);
	topology_bind(0, topology->vfio_pci);
	topology_open_group();
	topology_attach_container();
}

static void unbind(void)
{
	topology_unbind(0);
}

static void check(void)
{
	long flags = user_get_status();

	if (era_flag(ERA_LAST_DEV_DETACHES) == ERA_ON)
		SIM_CHECK(flags == -ENODEV);
	else
		SIM_CHECK(flags == (VFIO_GROUP_FLAGS_VIABLE |
				    VFIO_GROUP_FLAGS_CONTAINER_SET));
}

const struct sim_scenario container_stall = {
	.name = "container-stall",
	.summary = "the only device is unbound, a container stays attached",
	.setup = setup,
	.rewindable = true,
	.tasks = { { "unbind", unbind, "unbind" } },
	.check = check,
	.teardown = topology_teardown,
	.expect =
		(const struct sim_expect[]){
			{ "v3.19", CLEAN, NULL, 0 },
			{ "v3.19-patched", CLEAN, NULL, 0 },
			{ "v4.0", CLEAN, NULL, 0 },
			{ "v4.14", HANG, "B23", 0 },
			{ "v5.15", HANG, "B23", 0 },
			{ "v5.19", CLEAN, NULL, 0 },
			{ "v6.1", CLEAN, NULL, 0 },
			{ NULL, 0, NULL, 0 },
		},
};
