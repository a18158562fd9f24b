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
 * vfio-pci had such a step from 5.0 to 5.11, and has it here with
 * probe_fails_after_add=on; without, another driver of the kind is bound.
 */
#include "topology.h"

static void setup(void)
{
	topology_boot(2);
	topology_bind(0, topology->vfio_pci);
	slab_fail_nth("vfio_pci_reflck", 1);
	topology_open_group();
	topology_attach_container();
	topology_open_device(0);
}

static void admin(void)
{
	bool has_step = era_flag(ERA_PROBE_FAILS_AFTER_ADD) == ERA_ON;

	admin_bind(1, has_step ? topology->vfio_pci : topology->late);
	admin_bind(1, topology->host);
	SIM_CHECK(!topology_isolation_lost());
}

const struct sim_scenario late_probe = {
	.name = "late-probe",
	.summary = "a VFIO probe fails late, then a host driver is bound",
	.setup = setup,
	.rewindable = true,
	.tasks = { { "admin", admin, "bind" } },
	.teardown = topology_teardown,
	.expect =
		(const struct sim_expect[]){
			{ "v3.19", BUG, "B22", 0 },
			{ "v3.19-patched", CHECK, "B5", 0 },
			{ "v4.0", CHECK, "B5", 0 },
			{ "v4.14", CHECK, "B5", 0 },
			{ "v5.15", CHECK, "B5", 0 },
			{ "v5.19", CLEAN, NULL, 0 },
			{ "v6.1", CLEAN, NULL, 0 },
			{ "v3.19 probe_fails_after_add=on", BUG, "B22", 0 },
			{ "v4.0 probe_fails_after_add=on", CHECK, "B5", 0 },
			{ "v4.14 probe_fails_after_add=on", CHECK, "B5", 0 },
			{ "v5.15 probe_fails_after_add=on", CHECK, "B5", 0 },
			{ "v5.19 probe_fails_after_add=on", CLEAN, NULL, 0 },
			{ NULL, 0, NULL, 0 },
		},
};
