/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scenario 3: KVM drops its reference on a group while the group's only device
 * is being unbound (B1; B2 with the patch).
 *
 *   1  unbind: vfio_del_group_dev() puts the last reference; the device leaves
 *      the group's device list
 *   2  kvm-del: KVM_DEV_VFIO_GROUP_DEL looks the group up as an external user;
 *      the group is not viable: -EINVAL, and the entry stays
 *   3  unbind: dev->driver := NULL
 *
 * Nothing gives KVM a second chance: it keeps the group, its container and all
 * that is mapped until the virtual machine ends.
 */
#include "topology.h"

static void setup(void)
{
	topology_boot(1);
	topology_bind(0, topology->vfio_pci);
	topology_open_group();
	topology_attach_container();
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
	topology_unbind(0);
}

const struct sim_scenario viability_group_del = {
	.name = "viability-group-del",
	.summary =
		"KVM_DEV_VFIO_GROUP_DEL during the unbind of the only device",
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
			{ "v4.14", HANG, "B23", 0 },
			{ "v5.15", HANG, "B23", 0 },
			{ "v5.19", CLEAN, NULL, 0 },
			{ "v6.1", CLEAN, NULL, 0 },
			{ "v3.19-patched check_order=atomic", CLEAN, NULL, 0 },
			{ "v3.19-patched check_order=corrected", CLEAN, NULL,
			  0 },
			{ "v3.19-patched kvm_del=match_group", CLEAN, NULL, 0 },
			{ "v3.19-patched inject_track_enomem=on",
			  REFUSED | WARNING, "B4", 0 },
			{ "v4.0 check_order=atomic", CLEAN, NULL, 0 },
			{ NULL, 0, NULL, 0 },
		},
};
