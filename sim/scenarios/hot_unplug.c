/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scenario 13, PCI style: the driver is released, then the device deleted,
 * while the user still has the group open (B12).
 *
 *   1  unplug: vfio_del_group_dev() and vfio-pci put their references on the
 *      IOMMU group; the device leaves it, and it is freed
 *   2  user: VFIO_GROUP_GET_STATUS walks the devices of the freed group
 *
 * From 4.0 on the VFIO group has a reference of its own.
 */
#include "topology.h"

static void setup(void)
{
	topology_boot(1);
	topology_bind(0, topology->vfio_pci);
	topology_open_group();
}

static void unplug(void)
{
	topology_hot_unplug(0);
}

static void user(void)
{
	user_get_status();
	user_close_group(0);
}

const struct sim_scenario hot_unplug = {
	.name = "hot-unplug",
	.summary = "the only device is unplugged while its group is open",
	.setup = setup,
	.rewindable = true,
	.tasks = { { "unplug", unplug, "hot unplug" },
		   { "user", user, "user" } },
	.teardown = topology_teardown,
	.expect =
		(const struct sim_expect[]){
			{ "v3.19", USE_AFTER_FREE | DEADLOCK, "B12 B8", 0 },
			{ "v3.19-patched", USE_AFTER_FREE | DEADLOCK, "B12 B8",
			  0 },
			{ "v4.0", DEADLOCK, "B8", 0 },
			{ "v4.14", CLEAN, NULL, 0 },
			{ "v5.15", CLEAN, NULL, 0 },
			{ "v5.19", CLEAN, NULL, 0 },
			{ "v6.1", CLEAN, NULL, 0 },
			{ "v3.19-patched iommu_group_pin=per_group", DEADLOCK,
			  "B8", 0 },
			{ NULL, 0, NULL, 0 },
		},
};
