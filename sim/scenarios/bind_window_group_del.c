/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scenario 8, with GROUP_DEL: the mirror of the window, when a sibling of the
 * device in use is bound to vfio-pci (B3).
 *
 *   1  bind: dev->driver := vfio-pci
 *   2  kvm-del: the sibling has a driver and is on no list: not viable, -EINVAL
 *   3  bind: the sibling is put on the device list
 *
 * The tracking list knows nothing of it: the sibling is not being unbound.
 */
#include "topology.h"

static void setup(void)
{
	topology_boot(2);
	topology_bind(0, topology->vfio_pci);
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

static void bind(void)
{
	topology_bind(1, topology->vfio_pci);
}

const struct sim_scenario bind_window_group_del = {
	.name = "bind-window-group-del",
	.summary =
		"KVM_DEV_VFIO_GROUP_DEL while a sibling is bound to vfio-pci",
	.setup = setup,
	.rewindable = true,
	.tasks = { { "bind", bind, "bind" },
		   { "kvm-del", kvm_del, "KVM_DEV_VFIO_GROUP_DEL" } },
	.teardown = topology_teardown,
	.expect =
		(const struct sim_expect[]){
			{ "v3.19", REFUSED, "B3", 0 },
			{ "v3.19-patched", REFUSED, "B3", 0 },
			{ "v4.0", REFUSED, "B3", 0 },
			{ "v4.14", CLEAN, NULL, 0 },
			{ "v5.15", CLEAN, NULL, 0 },
			{ "v5.19", CLEAN, NULL, 0 },
			{ "v6.1", CLEAN, NULL, 0 },
			{ NULL, 0, NULL, 0 },
		},
};
