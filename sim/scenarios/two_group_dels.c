/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scenario 28: two threads of a virtual machine remove the same group while
 * one of its devices is unbound.
 *
 *   1  del-1, del-2: KVM_DEV_VFIO_GROUP_DEL: one finds the entry and puts its
 *      reference, once; the other one is told -ENOENT
 *   2  unbind: may get either of them refused with -EINVAL (B1, B2)
 */
#include "topology.h"

static void setup(void)
{
	topology_boot(2);
	topology_bind(0, topology->vfio_pci);
	topology_bind(1, topology->vfio_pci);
	topology_open_group();
	topology_attach_container();
	topology_add_kvm();
}

static void del(unsigned nr)
{
	long ret = user_group_del(0);

	topology->result[nr] = ret;
	if (ret && ret != -ENOENT)
		SIM_REFUSE("KVM_DEV_VFIO_GROUP_DEL", ret);
}

static void del_1(void)
{
	del(0);
}

static void del_2(void)
{
	del(1);
}

static void unbind(void)
{
	topology_unbind(1);
}

static void check(void)
{
	unsigned removed = !topology->result[0] + !topology->result[1];
	unsigned missed = (topology->result[0] == -ENOENT) +
			  (topology->result[1] == -ENOENT);

	SIM_CHECK(removed <= 1);
	/* Who finds no entry was beaten to it. */
	SIM_CHECK(missed <= removed);
}

const struct sim_scenario two_group_dels = {
	.name = "two-group-dels",
	.summary = "two GROUP_DEL of one group during an unbind",
	.setup = setup,
	.rewindable = true,
	.tasks = { { "del-1", del_1, "GROUP_DEL" },
		   { "del-2", del_2, "GROUP_DEL" },
		   { "unbind", unbind, "unbind" } },
	.check = check,
	.teardown = topology_teardown,
	.expect =
		(const struct sim_expect[]){
			{ "v3.19", REFUSED, "B1", 1 },
			{ "v3.19-patched", REFUSED, "B2", 1 },
			{ "v4.0", REFUSED, "B2", 1 },
			{ "v4.14", CLEAN, NULL, 0 },
			{ "v5.15", CLEAN, NULL, 0 },
			{ "v5.19", CLEAN, NULL, 0 },
			{ "v6.1", CLEAN, NULL, 0 },
			{ NULL, 0, NULL, 0 },
		},
};
