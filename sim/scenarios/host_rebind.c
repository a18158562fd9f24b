/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scenario 7: the end of scenario 5, when everybody has gone home: the device
 * goes back to the host's driver.
 *
 *   1  unbind, qemu: as in scenario 5, and KVM_DEV_VFIO_GROUP_DEL is refused
 *   2  qemu: closes the group, and has nothing open any more
 *   3  afterwards: the host's driver is bound; the group still has a user,
 *      and the device is not VFIO's: BUG
 *
 * One lookup that was refused at the wrong moment stops the machine later.
 */
#include "topology.h"

static void setup(void)
{
	topology_boot(1);
	topology_bind(0, topology->vfio_pci);
	topology_open_group();
	topology_attach_container();
	topology_open_device(0);
	topology_add_kvm();
}

static void qemu(void)
{
	user_close_device(0);
	user_group_del(0);
	user_close_group(0);
}

static void unbind(void)
{
	topology_unbind(0);
}

static void check(void)
{
	SIM_CHECK(topology_bind(0, topology->host) > 0);
	SIM_CHECK(!topology_isolation_lost());
}

const struct sim_scenario host_rebind = {
	.name = "host-rebind",
	.summary = "the host takes the device back after a refused GROUP_DEL",
	.setup = setup,
	.rewindable = true,
	.tasks = { { "unbind", unbind, "unbind" }, { "qemu", qemu, "qemu" } },
	.check = check,
	.teardown = topology_teardown,
	.expect =
		(const struct sim_expect[]){
			{ "v3.19", BUG | DEADLOCK, "B1 B8 B22", 0 },
			{ "v3.19-patched", BUG | DEADLOCK, "B2 B8 B22", 0 },
			{ "v4.0", BUG | DEADLOCK, "B2 B8 B22", 0 },
			{ "v4.14", CLEAN, NULL, 0 },
			{ "v5.15", CLEAN, NULL, 0 },
			{ "v5.19", CLEAN, NULL, 0 },
			{ "v6.1", CLEAN, NULL, 0 },
			{ NULL, 0, NULL, 0 },
		},
};
