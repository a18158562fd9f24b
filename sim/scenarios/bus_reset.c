/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scenario 25: the last close of one function resets the slot while another
 * function is unbound (B15).
 *
 *   1  unbind: the device is released, its drvdata is NULL, and it still has
 *      its driver
 *   2  close: wants to reset the slot, and gets every function by its drvdata:
 *      NULL, or a device that is freed before it can be used
 *
 * From 4.2 on it looks each function up in its group.
 */
#include "topology.h"

static void setup(void)
{
	topology_boot_slot(2);
	topology_bind(0, topology->vfio_pci);
	topology_bind(1, topology->vfio_pci);
	topology_open_group();
	topology_attach_container();
	topology_open_device(0);
}

static void unbind(void)
{
	topology_unbind(1);
}

static void close_device(void)
{
	user_close_device(0);
}

const struct sim_scenario bus_reset = {
	.name = "bus-reset",
	.summary = "a bus reset meets the unbind of another function",
	.setup = setup,
	.rewindable = true,
	.tasks = { { "unbind", unbind, "unbind" },
		   { "close", close_device, "close" } },
	.teardown = topology_teardown,
	.expect =
		(const struct sim_expect[]){
			{ "v3.19",
			  NULL_DEREFERENCE | USE_AFTER_FREE | REF_OVERFLOW,
			  "B15", 0 },
			{ "v3.19-patched",
			  NULL_DEREFERENCE | USE_AFTER_FREE | REF_OVERFLOW,
			  "B15", 0 },
			{ "v4.0",
			  NULL_DEREFERENCE | USE_AFTER_FREE | REF_OVERFLOW,
			  "B15", 0 },
			{ "v4.14", CLEAN, NULL, 0 },
			{ "v5.15", CLEAN, NULL, 0 },
			{ "v5.19", CLEAN, NULL, 0 },
			{ "v6.1", CLEAN, NULL, 0 },
			{ NULL, 0, NULL, 0 },
		},
};
