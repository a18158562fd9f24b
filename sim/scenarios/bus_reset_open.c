/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scenario 25 with somebody who opens the function that is being unbound: two
 * locks in either order (B16).
 *
 *   1  get-fd: holds the group's device_lock, and waits in vfio_pci_open() for
 *      the driver_lock
 *   2  close: holds that one, and drops the last reference on the function
 *      that is being unbound: it waits for device_lock
 *
 * The unbind is asleep behind the two of them, for ever.  From 4.2 on devices
 * are opened without device_lock.
 */
#include "topology.h"

static void setup(void)
{
	topology_boot_slot(2);
	topology_bind(0, topology->vfio_pci);
	topology_bind(1, topology->vfio_pci);
	topology_open_group();
	topology_attach_container();
	topology_open_device(0);
}

static void unbind(void)
{
	topology_unbind(1);
}

static void close_device(void)
{
	user_close_device(0);
}

static void get_fd(void)
{
	if (user_get_device(1) >= 0)
		user_close_device(1);
}

const struct sim_scenario bus_reset_open = {
	.name = "bus-reset-open",
	.summary = "a bus reset meets the unbind and the open of a function",
	.setup = setup,
	.rewindable = true,
	.tasks = { { "unbind", unbind, "unbind" },
		   { "close", close_device, "close" },
		   { "get-fd", get_fd, "get fd" } },
	.teardown = topology_teardown,
	.expect =
		(const struct sim_expect[]){
			{ "v3.19",
			  NULL_DEREFERENCE | USE_AFTER_FREE | REF_OVERFLOW |
				  DEADLOCK | HANG,
			  "B15 B16", 1 },
			{ "v3.19-patched",
			  NULL_DEREFERENCE | USE_AFTER_FREE | REF_OVERFLOW |
				  DEADLOCK | HANG,
			  "B15 B16", 1 },
			{ "v4.0",
			  NULL_DEREFERENCE | USE_AFTER_FREE | REF_OVERFLOW |
				  DEADLOCK | HANG,
			  "B15 B16", 1 },
			{ "v4.14", CLEAN, NULL, 1 },
			{ "v5.15", CLEAN, NULL, 0 },
			{ "v5.19", CLEAN, NULL, 0 },
			{ "v6.1", CLEAN, NULL, 0 },
			{ NULL, 0, NULL, 0 },
		},
};
