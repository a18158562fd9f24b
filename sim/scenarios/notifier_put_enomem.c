/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scenario 12 without memory: the callback's reference is to be put by a work
 * item that cannot be allocated (B9).
 *
 *   1  unbind: the group's callback takes a reference for each event
 *   2  unbind: no memory for the work item: a warning, and nobody puts it
 *   3  close: the file's reference was not the last one; the group stays
 */
#include "topology.h"

static void setup(void)
{
	topology_boot(1);
	topology_bind(0, topology->vfio_pci);
	topology_open_group();
	slab_fail_always("vfio_group_put_work", true);
}

static void unbind(void)
{
	topology_unbind(0);
}

static void close_group(void)
{
	user_close_group(0);
}

static void check(void)
{
	SIM_CHECK(!topology_vfio_group_left());
}

const struct sim_scenario notifier_put_enomem = {
	.name = "notifier-put-enomem",
	.summary = "as notifier-put, the work item's allocation fails",
	.setup = setup,
	.rewindable = true,
	.tasks = { { "unbind", unbind, "unbind" },
		   { "close", close_group, "close" } },
	.check = check,
	.teardown = topology_teardown,
	.expect =
		(const struct sim_expect[]){
			{ "v3.19", DEADLOCK, "B8", 0 },
			{ "v3.19-patched", DEADLOCK, "B8", 0 },
			{ "v4.0", DEADLOCK, "B8", 0 },
			{ "v4.14", CHECK | WARNING, "B9", 0 },
			{ "v5.15", CHECK | WARNING, "B9", 0 },
			{ "v5.19", CLEAN, NULL, 0 },
			{ "v6.1", CLEAN, NULL, 0 },
			{ NULL, 0, NULL, 0 },
		},
};
