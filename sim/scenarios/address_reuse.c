/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scenario 14: a device is deleted, and another one appears at its address, in
 * its group, while a sibling is in use (B6).
 *
 *   1  admin: device_del(): the membership ends first, so that UNBOUND_DRIVER
 *      is told to nobody, and the tracking entry stays
 *   2  admin: the new device has the same struct device, byte for byte
 *   3  admin: it is bound to the host's driver; BOUND_DRIVER finds it on the
 *      tracking list: viable.  Isolation is lost, and nobody is told
 *
 * Without the entry this is the BUG of scenario 10.
 */
#include "topology.h"

static void setup(void)
{
	topology_boot(2);
	topology_bind(0, topology->vfio_pci);
	topology_bind(1, topology->vfio_pci);
	topology_open_group();
	topology_attach_container();
	topology_open_device(0);
}

static void admin(void)
{
	topology_add_again(1);
	admin_bind(1, topology->host);
	SIM_CHECK(!topology_isolation_lost());
}

const struct sim_scenario address_reuse = {
	.name = "address-reuse",
	.summary = "a device is replaced by one at the same address",
	.setup = setup,
	.rewindable = true,
	.tasks = { { "admin", admin, "hot plug" } },
	.teardown = topology_teardown,
	.expect =
		(const struct sim_expect[]){
			{ "v3.19", BUG | WARNING, "B22", 0 },
			{ "v3.19-patched", CHECK | WARNING, "B6", 0 },
			{ "v4.0", CHECK | WARNING, "B6", 0 },
			{ "v4.14", BUG | WARNING, "B22", 0 },
			{ "v5.15", BUG | WARNING, "B22", 0 },
			{ "v5.19", CLEAN, NULL, 0 },
			{ "v6.1", CLEAN, NULL, 0 },
			{ NULL, 0, NULL, 0 },
		},
};
