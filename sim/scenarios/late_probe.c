/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scenario 15: the probe of a VFIO driver fails when the device is added
 * already, while a sibling is in use (B5).
 *
 *   1  admin: probe adds the device, fails, and deletes it again: the device
 *      is tracked; no UNBOUND_DRIVER follows a probe that failed
 *   2  admin: the host's driver is bound; BOUND_DRIVER finds the device on the
 *      tracking list: viable.  Isolation is lost, and nobody is told
 *
 * vfio-pci did so from 5.0 to 5.11; probe_fails_after_add=on has it here.
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
	admin_bind(1, topology->late);
	admin_bind(1, topology->host);
	SIM_CHECK(!topology_isolation_lost());
}

const struct sim_scenario late_probe = {
	.name = "late-probe",
	.summary = "a VFIO probe fails late, then a host driver is bound",
	.setup = setup,
	.tasks = { { "admin", admin, "bind" } },
	.teardown = topology_teardown,
	.expect =
		(const struct sim_expect[]){
			{ "v3.19", BUG, "B22", 0 },
			{ "v3.19-patched", CHECK, "B5", 0 },
			{ NULL, 0, NULL, 0 },
		},
};
