/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scenario 10: a host driver gets a device of a group whose other device a
 * user has (B22).
 *
 *   1  bind: dev->driver := e1000e, whose probe runs inside the user's domain
 *   2  bind: BOUND_DRIVER finds the group in use and not viable: BUG
 *
 * Whoever may write to a bind file may stop the machine.  From 5.19 on the
 * user owns the group's DMA, and the bind is refused with -EBUSY.
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

static void bind(void)
{
	SIM_CHECK(admin_bind(1, topology->host) == -EBUSY);
	SIM_CHECK(!topology_isolation_lost());
}

const struct sim_scenario host_bind = {
	.name = "host-bind",
	.summary = "a host driver is bound into a group in use",
	.setup = setup,
	.rewindable = true,
	.tasks = { { "bind", bind, "bind to e1000e" } },
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
			{ NULL, 0, NULL, 0 },
		},
};
