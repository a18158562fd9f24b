/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scenario 6: the virtual machine ends in the state that scenario 5 leaves: the
 * device is unbound, the group closed, and KVM's reference is the last (B11).
 *
 *   1  kvm: vfio_group_put_external_user() puts the group: it is freed
 *   2  kvm: and then dissolves the container of the freed group
 *
 * Cured by dissolving first (ext_put_order=dissolve_first).  With the stall of
 * 4.14 to 5.18 the unbind waits for KVM: there the device stays bound.
 */
#include "topology.h"

static void setup(void)
{
	topology_boot(1);
	topology_bind(0, topology->vfio_pci);
	topology_open_group();
	topology_attach_container();
	topology_add_kvm();
	if (era_flag(ERA_CONTAINER_STALL) == ERA_OFF)
		topology_unbind(0);
	sys_close(topology->group[0].fd);
	topology->group[0].fd = -1;
}

static void kvm_exit(void)
{
	struct kvm *kvm = topology->kvm;

	topology->kvm = NULL;
	kvm_put_kvm(kvm);
}

const struct sim_scenario put_external_user = {
	.name = "put-external-user",
	.summary = "the VM ends and holds the last reference on its group",
	.setup = setup,
	.rewindable = true,
	.tasks = { { "kvm-exit", kvm_exit, "VM teardown" } },
	.teardown = topology_teardown,
	.expect =
		(const struct sim_expect[]){
			{ "v3.19", USE_AFTER_FREE, "B11", 0 },
			{ "v3.19-patched", USE_AFTER_FREE, "B11", 0 },
			{ "v4.0", USE_AFTER_FREE, "B11", 0 },
			{ "v4.14", CLEAN, NULL, 0 },
			{ "v5.15", CLEAN, NULL, 0 },
			{ "v5.19", CLEAN, NULL, 0 },
			{ "v6.1", CLEAN, NULL, 0 },
			{ "v3.19 ext_put_order=dissolve_first", CLEAN, NULL,
			  0 },
			{ "v3.19-patched ext_put_order=dissolve_first", CLEAN,
			  NULL, 0 },
			{ "v4.0 ext_put_order=dissolve_first", CLEAN, NULL, 0 },
			{ NULL, 0, NULL, 0 },
		},
};
