/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two writes to the bind files of two drivers name one device.  Up to 5.0 the
 * test for a driver is made without the device lock, and not again with it.
 *
 *   1  vfio: the device has no driver
 *   2  host: the device has no driver; binds it
 *   3  vfio: gets the lock, and is its driver now; the link in sysfs is there
 *      already, so the bind fails: dev->driver := NULL
 *
 * The first bind has succeeded, and its device is on its driver's list, but has
 * no driver: nothing ever removes it from there.
 */
#include "topology.h"

static void setup(void)
{
	topology_boot(1);
}

static void bind_vfio(void)
{
	topology->result[0] = admin_bind(0, topology->vfio_pci);
}

static void bind_host(void)
{
	topology->result[1] = admin_bind(0, topology->host);
}

static void check(void)
{
	/* One of the two has succeeded, and the device is its own. */
	SIM_CHECK(topology->result[0] > 0 || topology->result[1] > 0);
	SIM_CHECK(READ_ONCE(topology->dev[0]->driver));
}

const struct sim_scenario double_bind = {
	.name = "double-bind",
	.summary = "two drivers are bound to one device at once",
	.setup = setup,
	.rewindable = true,
	.tasks = { { "vfio", bind_vfio, "bind to vfio-pci" },
		   { "host", bind_host, "bind to e1000e" } },
	.check = check,
	.teardown = topology_teardown,
	.expect =
		(const struct sim_expect[]){
			{ "v3.19", CHECK | WARNING, "double-bind", 0 },
			{ "v3.19-patched", CHECK | WARNING, "double-bind", 0 },
			{ "v4.0", CHECK | WARNING, "double-bind", 0 },
			{ "v4.14", CHECK | WARNING, "double-bind", 0 },
			{ "v5.15", CLEAN, NULL, 0 },
			{ "v5.19", CLEAN, NULL, 0 },
			{ "v6.1", CLEAN, NULL, 0 },
			{ NULL, 0, NULL, 0 },
		},
};
