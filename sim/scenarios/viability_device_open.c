/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scenario 5: as scenario 4, with the device still open: the unbind waits in
 * vfio_del_group_dev() until the user closes it, and the user's own close opens
 * the window (kernel-behaviour 4.2).
 *
 *   1  unbind: sleeps on vfio.release_q with the device lock held
 *   2  qemu: closes the device; the last reference takes it off the device
 *      list and wakes unbind
 *   3  qemu: KVM_DEV_VFIO_GROUP_DEL is refused with -EINVAL
 *   4  unbind: dev->driver := NULL, too late for qemu
 *   5  qemu: closes the group; opening it again is refused with -EBUSY
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
	long ret;

	user_close_device(0);
	ret = user_group_del(0);
	if (ret)
		SIM_REFUSE("KVM_DEV_VFIO_GROUP_DEL", ret);
	user_close_group(0);
	ret = user_open_group();
	if (ret == -EBUSY)
		SIM_REFUSE("open of the group", ret);
}

static void unbind(void)
{
	topology_unbind(0);
}

const struct sim_scenario viability_device_open = {
	.name = "viability-device-open",
	.summary = "as viability-window; the unbind waits for an open device",
	.setup = setup,
	.rewindable = true,
	.tasks = { { "unbind", unbind, "unbind" }, { "qemu", qemu, "qemu" } },
	.teardown = topology_teardown,
	.expect =
		(const struct sim_expect[]){
			{ "v3.19", REFUSED | DEADLOCK, "B1 B8", 0 },
			{ "v3.19-patched", REFUSED | DEADLOCK, "B2 B8", 0 },
			{ "v4.0", REFUSED | DEADLOCK, "B2 B8", 0 },
			{ "v4.14", CLEAN, NULL, 0 },
			{ "v5.15", CLEAN, NULL, 0 },
			{ "v5.19", CLEAN, NULL, 0 },
			{ "v6.1", CLEAN, NULL, 0 },
			{ "v3.19-patched check_order=atomic", DEADLOCK, "B8",
			  0 },
			{ "v3.19-patched check_order=corrected", DEADLOCK, "B8",
			  0 },
			{ NULL, 0, NULL, 0 },
		},
};
