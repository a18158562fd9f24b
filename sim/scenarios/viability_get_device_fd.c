/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scenario 9 with VFIO_GROUP_GET_DEVICE_FD: a user opens a device while a
 * sibling of it is unbound (B1; B2 with the patch).
 *
 *   1  unbind: the sibling leaves the group's device list
 *   2  get-fd: the sibling still has a driver and is on no list: -EINVAL
 *   3  unbind: dev->driver := NULL
 */
#include "topology.h"

static void setup(void)
{
	topology_boot(2);
	topology_bind(0, topology->vfio_pci);
	topology_bind(1, topology->vfio_pci);
	topology_open_group();
	topology_attach_container();
}

static void get_fd(void)
{
	long fd = user_get_device(0);

	if (fd < 0)
		SIM_REFUSE("VFIO_GROUP_GET_DEVICE_FD", fd);
}

static void unbind(void)
{
	topology_unbind(1);
}

const struct sim_scenario viability_get_device_fd = {
	.name = "viability-get-device-fd",
	.summary = "VFIO_GROUP_GET_DEVICE_FD during the unbind of a sibling",
	.setup = setup,
	.rewindable = true,
	.tasks = { { "unbind", unbind, "unbind" },
		   { "get-fd", get_fd, "VFIO_GROUP_GET_DEVICE_FD" } },
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
			{ NULL, 0, NULL, 0 },
		},
};
