/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scenario 11: a user attaches a container while a host driver gets another
 * device of the group (B22).  Neither SET_CONTAINER nor SET_IOMMU asks whether
 * the group is viable.
 *
 *   1  user: VFIO_GROUP_SET_CONTAINER, VFIO_SET_IOMMU: all devices of the
 *      group are in the user's domain now
 *   2  bind: BOUND_DRIVER finds the group in use and not viable: BUG
 *
 * Or the bind is first, and nothing stops anything: the user is refused the
 * device, but the host's driver works in the user's domain.
 */
#include "topology.h"

static void setup(void)
{
	topology_boot(2);
	topology_bind(0, topology->vfio_pci);
	topology_open_group();
	topology->container_fd = vfio_container_open();
}

static void user(void)
{
	if (user_set_container() || user_set_iommu())
		return;
	topology->result[0] = 1;
	user_get_device(0);
}

static void bind(void)
{
	topology->result[1] = admin_bind(1, topology->host);
}

static void check(void)
{
	SIM_CHECK(!topology_isolation_lost());
	/* One of the two must win. */
	SIM_CHECK(topology->result[0] || topology->result[1] > 0);
}

const struct sim_scenario host_bind_attach = {
	.name = "host-bind-attach",
	.summary = "a container is attached while a host driver is bound",
	.setup = setup,
	.rewindable = true,
	.tasks = { { "user", user, "user" },
		   { "bind", bind, "bind to e1000e" } },
	.check = check,
	.teardown = topology_teardown,
	.expect =
		(const struct sim_expect[]){
			{ "v3.19", BUG | CHECK, "B22", 0 },
			{ "v3.19-patched", BUG | CHECK, "B22", 0 },
			{ "v4.0", BUG | CHECK, "B22", 0 },
			{ "v4.14", BUG | CHECK, "B22", 0 },
			{ "v5.15", BUG | CHECK, "B22", 0 },
			{ "v5.19", CLEAN, NULL, 0 },
			{ "v6.1", CLEAN, NULL, 0 },
			{ NULL, 0, NULL, 0 },
		},
};
