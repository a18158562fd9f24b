/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scenario 2: as scenario 1, but the tracking entry cannot be allocated (B4).
 *
 *   1  unbind: no memory for the entry; vfio_del_group_dev() warns, goes on
 *   2  unbind: the device leaves the device list, tracked by nothing
 *   3  status: dev->driver is still vfio-pci: not viable, as without the patch
 *
 * No order of reading helps: there is nothing to read.
 */
#include "topology.h"

static void setup(void)
{
	topology_boot(1);
	topology_bind(0, topology->vfio_pci);
	topology_open_group();
	slab_fail_always("vfio_unbound_dev", true);
}

static void status(void)
{
	long flags = user_get_status();

	/* -ENODEV: the group has lost its last device (6.1). */
	if (flags != -ENODEV && !(flags & VFIO_GROUP_FLAGS_VIABLE))
		SIM_REFUSE("VFIO_GROUP_GET_STATUS, group not viable", 0);
}

static void unbind(void)
{
	topology_unbind(0);
}

const struct sim_scenario viability_enomem = {
	.name = "viability-enomem",
	.summary = "as viability-status, the tracking entry's allocation fails",
	.setup = setup,
	.rewindable = true,
	.tasks = { { "unbind", unbind, "unbind" },
		   { "status", status, "VFIO_GROUP_GET_STATUS" } },
	.teardown = topology_teardown,
	.expect =
		(const struct sim_expect[]){
			{ "v3.19", REFUSED, "B1", 0 },
			{ "v3.19-patched", REFUSED | WARNING, "B4", 0 },
			{ "v4.0", REFUSED | WARNING, "B4", 0 },
			{ "v4.14", REFUSED | WARNING, "B4", 0 },
			{ "v5.15", REFUSED | WARNING, "B4", 0 },
			{ "v5.19", CLEAN, NULL, 0 },
			{ "v6.1", CLEAN, NULL, 0 },
			{ "v3.19-patched check_order=atomic", REFUSED | WARNING,
			  "B4", 0 },
			{ "v3.19-patched check_order=corrected",
			  REFUSED | WARNING, "B4", 0 },
			{ NULL, 0, NULL, 0 },
		},
};
