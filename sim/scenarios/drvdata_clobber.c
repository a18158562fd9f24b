/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scenario 18: the device goes back to the host's driver while its user is
 * still in the last close (B14).
 *
 *   1  close: the last reference takes the device off the list; preempted
 *   2  admin: the wait of the unbind is over; then the host's driver is bound
 *      and sets its drvdata
 *   3  close: clears the drvdata, which is another driver's now
 */
#include "topology.h"

static void setup(void)
{
	topology_boot(1);
	topology_bind(0, topology->vfio_pci);
	topology_open_group();
	topology_attach_container();
	topology_open_device(0);
	user_close_group(0);
}

static void admin(void)
{
	topology_unbind(0);
	admin_bind(0, topology->host);
}

static void close_device(void)
{
	user_close_device(0);
}

static void check(void)
{
	SIM_CHECK(!topology_drvdata_lost(0));
}

const struct sim_scenario drvdata_clobber = {
	.name = "drvdata-clobber",
	.summary = "the host binds the device during its user's last close",
	.setup = setup,
	.rewindable = true,
	.tasks = { { "admin", admin, "unbind, bind to e1000e" },
		   { "close", close_device, "close" } },
	.check = check,
	.teardown = topology_teardown,
	.expect =
		(const struct sim_expect[]){
			{ "v3.19", CHECK | DEADLOCK, "B14 B8", 0 },
			{ "v3.19-patched", CHECK | DEADLOCK, "B14 B8", 0 },
			{ "v4.0", CHECK | DEADLOCK, "B14 B8", 0 },
			{ "v4.14", CHECK, "B14", 0 },
			{ "v5.15", CLEAN, NULL, 0 },
			{ "v5.19", CLEAN, NULL, 0 },
			{ "v6.1", CLEAN, NULL, 0 },
			{ NULL, 0, NULL, 0 },
		},
};
