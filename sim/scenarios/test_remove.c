/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scenario 16: the kernel was built to test each driver's remove
 * (debug_test_remove=on) and a sibling is in use (B7).
 *
 *   1  admin: binds to vfio-pci: probe, remove, probe again; the remove has
 *      put the device on the tracking list, and no UNBOUND_DRIVER took it off
 *   2  admin: unbinds: UNBOUND_DRIVER takes the newer of two entries off
 *   3  admin: the host's driver is bound; BOUND_DRIVER finds the older entry:
 *      viable.  Isolation is lost, and nobody is told
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

static void admin(void)
{
	admin_bind(1, topology->vfio_pci);
	topology_unbind(1);
	admin_bind(1, topology->host);
	SIM_CHECK(!topology_isolation_lost());
}

const struct sim_scenario test_remove = {
	.name = "test-remove",
	.summary = "a device goes to VFIO and back, each remove tested",
	.setup = setup,
	.rewindable = true,
	.tasks = { { "admin", admin, "bind, unbind, bind" } },
	.teardown = topology_teardown,
	.expect =
		(const struct sim_expect[]){
			{ "v3.19", BUG, "B22", 0 },
			{ "v3.19-patched", BUG, "B22", 0 },
			{ "v4.0", BUG, "B22", 0 },
			{ "v4.14", BUG, "B22", 0 },
			{ "v5.15", BUG, "B22", 0 },
			{ "v5.19", CLEAN, NULL, 0 },
			{ "v6.1", CLEAN, NULL, 0 },
			{ "v4.14 debug_test_remove=on", CHECK, "B7", 0 },
			{ "v5.15 debug_test_remove=on", CHECK, "B7", 0 },
			{ "v5.19 debug_test_remove=on", CLEAN, NULL, 0 },
			{ NULL, 0, NULL, 0 },
		},
};
