/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scenario 1: a user asks for the status of its group while the group's only
 * device is being unbound from vfio-pci (B1; B2 with the patch).
 *
 *   1  unbind: vfio_del_group_dev() puts the last reference; the device leaves
 *      the group's device list
 *   2  status: dev->driver is still vfio-pci, the device is on no list:
 *      VFIO_GROUP_GET_STATUS comes without VFIO_GROUP_FLAGS_VIABLE
 *   3  unbind: dev->driver := NULL
 *
 * Every device of the group belongs to VFIO or to nobody all the time, so the
 * group is never unsafe.  With track_unbound=on and the kernel's own order of
 * reading, the answer can still be wrong: the check reads the tracking list
 * before the device is on it and the device list after it left (head race), or
 * the driver before it is gone and the tracking list after that (tail race).
 */
#include "topology.h"

static void setup(void)
{
	topology_boot(1);
	topology_bind(0, topology->vfio_pci);
	topology_open_group();
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

const struct sim_scenario viability_status = {
	.name = "viability-status",
	.summary = "VFIO_GROUP_GET_STATUS during the unbind of the only device",
	.setup = setup,
	.rewindable = true,
	.tasks = { { "unbind", unbind, "unbind" },
		   { "status", status, "VFIO_GROUP_GET_STATUS" } },
	.teardown = topology_teardown,
	.expect =
		(const struct sim_expect[]){
			{ "v3.19", REFUSED, "B1", 0 },
			{ "v3.19-patched", REFUSED, "B2", 0 },
			{ "v4.0", REFUSED, "B2", 0 },
			{ "v4.14", REFUSED, "B2", 0 },
			{ "v5.15", REFUSED, "B2", 0 },
			{ "v5.19", CLEAN, NULL, 0 },
			{ "v6.1", CLEAN, NULL, 0 },
			{ "v3.19-patched check_order=atomic", CLEAN, NULL, 0 },
			{ "v3.19-patched check_order=corrected", CLEAN, NULL,
			  0 },
			{ "v4.0 check_order=atomic", CLEAN, NULL, 0 },
			{ "v4.0 check_order=corrected", CLEAN, NULL, 0 },
			{ "v4.14 check_order=atomic", CLEAN, NULL, 0 },
			{ "v5.15 check_order=atomic", CLEAN, NULL, 0 },
			{ "v5.15 check_order=corrected", CLEAN, NULL, 0 },
			{ "v3.19-patched inject_track_enomem=on",
			  REFUSED | WARNING, "B4", 0 },
			{ NULL, 0, NULL, 0 },
		},
};
