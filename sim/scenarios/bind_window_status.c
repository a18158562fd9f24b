/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scenario 8, with GET_STATUS: the mirror of the window, when a sibling of the
 * device in use is bound to vfio-pci (B3).
 *
 *   1  bind: dev->driver := vfio-pci
 *   2  status: the sibling has a driver and is on no list: not viable
 *   3  bind: the sibling is put on the device list
 *
 * The tracking list knows nothing of it: the sibling is not being unbound.
 */
#include "topology.h"

static void setup(void)
{
	topology_boot(2);
	topology_bind(0, topology->vfio_pci);
	topology_open_group();
	topology_attach_container();
	topology_open_device(0);
}

static void status(void)
{
	long flags = user_get_status();

	if (flags < 0 || !(flags & VFIO_GROUP_FLAGS_VIABLE))
		SIM_REFUSE("VFIO_GROUP_GET_STATUS, group not viable", 0);
}

static void bind(void)
{
	topology_bind(1, topology->vfio_pci);
}

const struct sim_scenario bind_window_status = {
	.name = "bind-window-status",
	.summary = "VFIO_GROUP_GET_STATUS while a sibling is bound to vfio-pci",
	.setup = setup,
	.rewindable = true,
	.tasks = { { "bind", bind, "bind" },
		   { "status", status, "VFIO_GROUP_GET_STATUS" } },
	.teardown = topology_teardown,
	.expect =
		(const struct sim_expect[]){
			{ "v3.19", REFUSED, "B3", 0 },
			{ "v3.19-patched", REFUSED, "B3", 0 },
			{ "v4.0", REFUSED, "B3", 0 },
			{ "v4.14", REFUSED, "B3", 0 },
			{ "v5.15", REFUSED, "B3", 0 },
			{ "v5.19", CLEAN, NULL, 0 },
			{ "v6.1", CLEAN, NULL, 0 },
			{ "v3.19-patched check_order=atomic", REFUSED, "B3",
			  0 },
			{ "v3.19-patched check_order=corrected", REFUSED, "B3",
			  0 },
			{ NULL, 0, NULL, 0 },
		},
};
