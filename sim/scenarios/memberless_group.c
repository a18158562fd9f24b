/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scenario 26 with the device unplugged: the process that has the group is
 * being killed, and before its files are closed the device is gone (B24).
 *
 *   1  unplug: the driver is released, the device leaves its IOMMU group,
 *      which has no member any more
 *   2  exit: the container still owns the DMA of that group: giving it back
 *      has no device to give it back for
 */
#include "topology.h"

static void setup(void)
{
	topology_boot(1);
	topology_bind(0, topology->vfio_pci);
	topology_open_group();
	topology_attach_container();
}

static void unplug(void)
{
	topology_hot_unplug(0);
}

static void exit_user(void)
{
	user_close_group(0);
}

/* Who merely uses a domain leaves an empty group as any other. */
static const char *owned_without_members(void)
{
	struct inspect_vfio_group group;
	struct inspect_iommu_group members;

	if (!inspect_vfio_group(0, &group) || !group.container ||
	    !inspect_iommu_group(group.iommu_group, &members))
		return NULL;
	return members.owner && !members.nr_members ?
		       "S4: a container owns a group without devices" :
		       NULL;
}

const struct sim_scenario memberless_group = {
	.name = "memberless-group",
	.summary = "the only device is unplugged, a container stays attached",
	.setup = setup,
	.rewindable = true,
	.tasks = { { "unplug", unplug, "hot unplug" },
		   { "exit", exit_user, "exit" } },
	.teardown = topology_teardown,
	.invariant = owned_without_members,
	.expect =
		(const struct sim_expect[]){
			{ "v3.19", USE_AFTER_FREE | DEADLOCK, "B12 B8", 2 },
			{ "v3.19-patched", USE_AFTER_FREE | DEADLOCK, "B12 B8",
			  2 },
			{ "v4.0", DEADLOCK, "B8", 2 },
			{ "v4.14", CLEAN, NULL, 1 },
			{ "v5.15", CLEAN, NULL, 1 },
			{ "v5.19", INVARIANT, "B24", 2 },
			{ "v6.1", CLEAN, NULL, 2 },
			{ NULL, 0, NULL, 0 },
		},
};
