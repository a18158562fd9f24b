/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scenario 13, platform style: device_del() alone, which up to 4.1 ends the
 * membership in the IOMMU group before the driver is released (B6).
 *
 *   1  delete: DEL_DEVICE: the device leaves its IOMMU group
 *   2  delete: vfio-pci is removed and puts the group that the device has
 *      now: none; its reference leaks
 *   3  delete: UNBOUND_DRIVER is told to nobody; a tracking entry stays until
 *      the VFIO group is freed
 *
 * The leaked reference hides B12: the IOMMU group is never freed.
 */
#include "topology.h"

static void setup(void)
{
	topology_boot(1);
	topology_bind(0, topology->vfio_pci);
	topology_open_group();
}

static void delete (void)
{
	topology_delete(0);
}

static void user(void)
{
	user_get_status();
	user_close_group(0);
}

const struct sim_scenario device_delete = {
	.name = "device-delete",
	.summary = "the only device is deleted with its driver bound",
	.setup = setup,
	.rewindable = true,
	.tasks = { { "delete", delete, "device_del" },
		   { "user", user, "user" } },
	.teardown = topology_teardown,
	.expect =
		(const struct sim_expect[]){
			{ "v3.19", LEAK, "B6", 0 },
			{ "v3.19-patched", LEAK, "B6", 0 },
			{ "v4.0", LEAK, "B6", 0 },
			{ "v4.14", CLEAN, NULL, 0 },
			{ "v5.15", CLEAN, NULL, 0 },
			{ "v5.19", CLEAN, NULL, 0 },
			{ "v6.1", CLEAN, NULL, 0 },
			{ NULL, 0, NULL, 0 },
		},
};
