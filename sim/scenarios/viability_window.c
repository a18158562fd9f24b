/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scenario 4: a user process gives its group back, as QEMU does, while the
 * group's only device is being unbound: the whole chain of B1.
 *
 *   1  unbind: vfio_del_group_dev() puts the last reference; the device leaves
 *      the group's device list
 *   2  qemu: KVM_DEV_VFIO_GROUP_DEL is refused with -EINVAL; the entry stays
 *   3  qemu: VFIO_GROUP_UNSET_CONTAINER is refused with -EBUSY: KVM uses it
 *   4  qemu: closes the group; KVM's reference keeps the container set
 *   5  qemu: opening the group again is refused with -EBUSY, for good
 *
 * A second hazard lives here (B8): the group's notifier callback holds the last
 * reference when qemu closes the group in the middle of it, and dropping that
 * unregisters the notifier whose chain is being walked: self-deadlock.
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

static void qemu(void)
{
	long ret = user_group_del(0);

	if (ret)
		SIM_REFUSE("KVM_DEV_VFIO_GROUP_DEL", ret);
	user_unset_container();
	user_close_group(0);
	ret = user_open_group();
	/* -ENODEV is right when the group went with its last user. */
	if (ret == -EBUSY)
		SIM_REFUSE("open of the group", ret);
}

static void unbind(void)
{
	topology_unbind(0);
}

const struct sim_scenario viability_window = {
	.name = "viability-window",
	.summary =
		"a user gives its group back during the unbind of the device",
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
			{ "v3.19 nb_put=workqueue", REFUSED, "B1", 0 },
			{ "v3.19 container_stall=on", REFUSED | HANG | DEADLOCK,
			  "B1 B8 B23", 0 },
			{ NULL, 0, NULL, 0 },
		},
};
