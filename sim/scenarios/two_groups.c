/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scenario 24: two groups in one container; the only device of the second one
 * is unbound while KVM gives both groups back.
 *
 *   1  unbind: the device leaves the second group's device list
 *   2  del-b: KVM_DEV_VFIO_GROUP_DEL of the second group is refused (B1)
 *   3  del-a: that of the first group never is: groups do not know each other
 *
 * The backend must outlive the first of them to go.
 */
#include "topology.h"

static void setup(void)
{
	topology_boot_two_groups();
	topology_bind(0, topology->vfio_pci);
	topology_bind(1, topology->vfio_pci);
	topology_open_group();
	topology_attach_container();
	topology_open_device(0);
	topology_add_kvm();
}

static void del_a(void)
{
	SIM_CHECK(user_group_del(0) == 0);
}

static void del_b(void)
{
	long ret = user_group_del(1);

	if (ret)
		SIM_REFUSE("KVM_DEV_VFIO_GROUP_DEL", ret);
	user_close_group(1);
}

static void unbind(void)
{
	topology_unbind(1);
}

static void check(void)
{
	SIM_CHECK(inspect_iommu_objects() == 1);
}

const struct sim_scenario two_groups = {
	.name = "two-groups",
	.summary = "two groups share a container, one loses its device",
	.setup = setup,
	.rewindable = true,
	.tasks = { { "unbind", unbind, "unbind" },
		   { "del-a", del_a, "del A" },
		   { "del-b", del_b, "del B" } },
	.check = check,
	.teardown = topology_teardown,
	.expect =
		(const struct sim_expect[]){
			{ "v3.19", REFUSED | DEADLOCK, "B1 B8", 1 },
			{ "v3.19-patched", REFUSED | DEADLOCK, "B2 B8", 1 },
			{ "v4.0", REFUSED | DEADLOCK, "B2 B8", 1 },
			{ "v4.14", CLEAN, NULL, 0 },
			{ "v5.15", CLEAN, NULL, 0 },
			{ "v5.19", CLEAN, NULL, 0 },
			{ "v6.1", CLEAN, NULL, 0 },
			{ NULL, 0, NULL, 0 },
		},
};
