/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scenario 9: KVM drops its reference while a sibling of the device in use is
 * being unbound (B1; B2 with the patch).
 *
 *   1  unbind: the sibling leaves the group's device list
 *   2  kvm-del: the sibling still has a driver and is on no list: -EINVAL,
 *      although the device in use is not concerned at all
 *   3  unbind: dev->driver := NULL
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
	topology_add_kvm();
}

static void kvm_del(void)
{
	long ret = user_group_del(0);

	if (ret)
		SIM_REFUSE("KVM_DEV_VFIO_GROUP_DEL", ret);
}

static void unbind(void)
{
	topology_unbind(1);
}

const struct sim_scenario viability_sibling = {
	.name = "viability-sibling",
	.summary = "KVM_DEV_VFIO_GROUP_DEL during the unbind of a sibling",
	.setup = setup,
	.rewindable = true,
	.tasks = { { "unbind", unbind, "unbind" },
		   { "kvm-del", kvm_del, "KVM_DEV_VFIO_GROUP_DEL" } },
	.teardown = topology_teardown,
	.expect =
		(const struct sim_expect[]){
			{ "v3.19", REFUSED, "B1", 0 },
			{ "v3.19-patched", REFUSED, "B2", 0 },
			{ "v4.0", REFUSED, "B2", 0 },
			{ "v4.14", CLEAN, NULL, 0 },
			{ "v5.15", CLEAN, NULL, 0 },
			{ "v5.19", CLEAN, NULL, 0 },
			{ "v6.1", CLEAN, NULL, 0 },
			{ "v3.19-patched check_order=atomic", CLEAN, NULL, 0 },
			{ "v3.19-patched check_order=corrected", CLEAN, NULL,
			  0 },
			{ "v3.19-patched kvm_del=match_group", CLEAN, NULL, 0 },
			{ NULL, 0, NULL, 0 },
		},
};
