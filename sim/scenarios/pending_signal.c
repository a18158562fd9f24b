/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scenario 23: whoever unbinds has a signal pending while the device is in use
 * (B17).
 *
 *   1  unbind: asks the user for the device; sleeps; the signal ends the sleep
 *   2  unbind: asks again, and sleeps again: the signal is still there
 *
 * From 4.1 on the first signal is the last one: the wait goes on without.
 */
#include "topology.h"

/* More often than any wait that ends asks. */
#define REQUESTS_MAX 4

static void setup(void)
{
	topology_boot(1);
	topology_bind(0, topology->vfio_pci);
	topology_open_group();
	topology_attach_container();
	topology_open_device(0);
	SIM_CHECK(sys_ioctl(topology->device_fd[0], VFIO_DEVICE_SET_IRQS,
			    (unsigned long)&topology->req_eventfd) == 0);
}

static void unbind(void)
{
	topology_unbind(0);
}

static void user(void)
{
	user_close_device(0);
	user_close_group(0);
}

static const char *requests(void)
{
	return atomic_peek(&topology->req_eventfd) > REQUESTS_MAX ?
		       "L5: asks for the device without ever sleeping" :
		       NULL;
}

const struct sim_scenario pending_signal = {
	.name = "pending-signal",
	.summary = "an unbind with a signal pending waits for an open device",
	.setup = setup,
	.rewindable = true,
	.tasks = { { "unbind", unbind, "unbind" }, { "user", user, "user" } },
	.teardown = topology_teardown,
	.invariant = requests,
	.signals = true,
	.expect =
		(const struct sim_expect[]){
			{ "v3.19", DEADLOCK, "B8", 2 },
			{ "v3.19-patched", DEADLOCK, "B8", 2 },
			{ "v4.0", INVARIANT | DEADLOCK, "B17 B8", 2 },
			{ "v4.14", CLEAN, NULL, 1 },
			{ "v5.15", CLEAN, NULL, 1 },
			{ "v5.19", CLEAN, NULL, 2 },
			{ "v6.1", CLEAN, NULL, 2 },
			{ NULL, 0, NULL, 0 },
		},
};
