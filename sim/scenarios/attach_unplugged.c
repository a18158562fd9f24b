/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A user attaches his group to a container while its only device is unplugged.
 * No catalogue of known bugs has it: here it is called empty-claim.
 *
 *   1  unplug: the driver is released, the device leaves its IOMMU group,
 *      which has no member any more
 *   2  user: VFIO_GROUP_SET_CONTAINER claims the DMA of that group, and looks
 *      at its first member for the bus: there is none
 *
 * Or the claim is first, and then it is B24.  In v4.14 and v5.15 a group that is
 * attached first keeps the unplug waiting (B23).
 */
#include "topology.h"

static void setup(void)
{
	topology_boot(1);
	topology_bind(0, topology->vfio_pci);
	topology_open_group();
	topology->container_fd = vfio_container_open();
}

static void unplug(void)
{
	topology_hot_unplug(0);
}

static void user(void)
{
	user_set_container();
}

const struct sim_scenario attach_unplugged = {
	.name = "attach-unplugged",
	.summary = "a container is attached while the only device is unplugged",
	.setup = setup,
	.rewindable = true,
	.tasks = { { "unplug", unplug, "hot unplug" },
		   { "user", user, "user" } },
	.teardown = topology_teardown,
	.expect =
		(const struct sim_expect[]){
			{ "v3.19", USE_AFTER_FREE, "B12", 0 },
			{ "v3.19-patched", USE_AFTER_FREE, "B12", 0 },
			{ "v4.0", CLEAN, NULL, 0 },
			{ "v4.14", HANG, "B23", 0 },
			{ "v5.15", HANG, "B23", 0 },
			{ "v5.19", NULL_DEREFERENCE, "empty-claim", 0 },
			{ "v6.1", CLEAN, NULL, 0 },
			{ NULL, 0, NULL, 0 },
		},
};
