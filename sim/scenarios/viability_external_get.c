/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scenario 9 with vfio-pci's hot reset, which looks the group up as an external
 * user while a sibling is unbound (B1; B2 with the patch).
 *
 *   1  unbind: the sibling leaves the group's device list
 *   2  reset: the sibling still has a driver and is on no list: -EINVAL
 *   3  unbind: dev->driver := NULL
 *
 * This user is there in 5.15, when KVM does not look groups up any more.
 */
#include "topology.h"

static void setup(void)
{
	topology_boot(2);
	topology_bind(0, topology->vfio_pci);
	topology_bind(1, topology->vfio_pci);
	topology_open_group();
	topology_attach_container();
}

static void reset(void)
{
	long ret = user_hot_reset();

	if (ret)
		SIM_REFUSE("VFIO_DEVICE_PCI_HOT_RESET", ret);
}

static void unbind(void)
{
	topology_unbind(1);
}

const struct sim_scenario viability_external_get = {
	.name = "viability-external-get",
	.summary = "VFIO_DEVICE_PCI_HOT_RESET during the unbind of a sibling",
	.setup = setup,
	.rewindable = true,
	.tasks = { { "unbind", unbind, "unbind" },
		   { "reset", reset, "VFIO_DEVICE_PCI_HOT_RESET" } },
	.teardown = topology_teardown,
	.expect =
		(const struct sim_expect[]){
			{ "v3.19", REFUSED, "B1", 0 },
			{ "v3.19-patched", REFUSED, "B2", 0 },
			{ "v4.0", REFUSED, "B2", 0 },
			{ "v4.14", REFUSED, "B2", 0 },
			{ "v5.15", REFUSED, "B2", 0 },
			{ "v5.19", CLEAN, NULL, 0 },
			{ "v6.1", CLEAN, NULL, 0 },
			{ "v3.19-patched check_order=atomic", CLEAN, NULL, 0 },
			{ "v3.19-patched check_order=corrected", CLEAN, NULL,
			  0 },
			{ NULL, 0, NULL, 0 },
		},
};
