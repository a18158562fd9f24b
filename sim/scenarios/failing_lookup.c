/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel looks a group up by one of its devices, and the group is not
 * viable; meanwhile its user goes (B21).
 *
 *   1  lookup: one more user of the container, beside the group's file
 *   2  close: the file's use ends, and is not the last one: the container stays
 *   3  lookup: -EINVAL: its use ends by a plain decrement
 *
 * Nobody uses the container, and the group keeps it: it cannot be opened any
 * more.  The call is there from 4.10 to 5.18; elsewhere nobody looks.
 */
#include "topology.h"

static void setup(void)
{
	topology_boot(2);
	topology_bind(0, topology->vfio_pci);
	topology_bind(1, topology->host);
	topology_open_group();
	topology->container_fd = vfio_container_open();
	user_set_container();
	user_set_iommu();
}

static bool kernel_looks_up_by_device(void)
{
	return era_flag(ERA_GET_FROM_DEV) == ERA_GET_FROM_DEV_LOOKUP;
}

static void look_up(void)
{
	struct vfio_group *group;

	if (!kernel_looks_up_by_device())
		return;
	group = vfio_group_get_external_user_from_dev(topology->dev[0]);
	if (!IS_ERR(group))
		vfio_group_put_external_user(group);
}

static void close_group(void)
{
	user_close_group(0);
}

static void check(void)
{
	struct inspect_vfio_group group;

	SIM_CHECK(!inspect_vfio_group(0, &group) || !group.container);
}

const struct sim_scenario failing_lookup = {
	.name = "failing-lookup",
	.summary = "a lookup by device fails while the group is closed",
	.setup = setup,
	.rewindable = true,
	.tasks = { { "lookup", look_up, "lookup by device" },
		   { "close", close_group, "close" } },
	.check = check,
	.teardown = topology_teardown,
	.expect =
		(const struct sim_expect[]){
			{ "v3.19", CLEAN, NULL, 0 },
			{ "v3.19-patched", CLEAN, NULL, 0 },
			{ "v4.0", CLEAN, NULL, 0 },
			{ "v4.14", CHECK, "B21", 0 },
			{ "v5.15", CHECK, "B21", 0 },
			{ "v5.19", CLEAN, NULL, 0 },
			{ "v6.1", CLEAN, NULL, 0 },
			{ NULL, 0, NULL, 0 },
		},
};
