/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bugs.c - the hazards of the modelled kernels by name.  What is found belongs
 * to the scenarios, which say of each era what they show there.
 */
#include "bugs.h"

#include <string.h>

static const struct sim_bug bugs[] = {
	{ "B1",
	  "viability window: neither listed nor driverless in an unbind" },
	{ "B2", "reader-order race: an unbind hides from the check's reads" },
	{ "B3", "mirror window: a bind has set the driver, not yet added" },
	{ "B4", "no memory for the tracking entry: the window is open again" },
	{ "B5", "stale entry after a probe that fails behind the add" },
	{ "B6", "membership ends before the unbind: stale entry, lost pin" },
	{ "B7", "stale entry after a driver's test removal" },
	{ "B8", "a callback's last put waits for its own chain" },
	{ "B9", "no memory for the deferred put: the group stays for ever" },
	{ "B11", "an external user's put frees the group before it dissolves" },
	{ "B12", "a VFIO group outlives its IOMMU group" },
	{ "B14", "drvdata of the next driver is cleared" },
	{ "B15", "a vfio_device is taken from drvdata, unchecked" },
	{ "B16", "device_lock and vfio-pci's driver_lock in both orders" },
	{ "B17", "an unbind with a signal pending spins" },
	{ "B21", "a failing lookup leaves a container without users" },
	{ "B22", "isolation is lost first, and the machine stops then" },
	{ "B23", "an unbind waits for a container that nobody must leave" },
	{ "B24", "a container keeps a group without devices" },
	/* Of no catalogue: names of this project's. */
	{ "double-bind", "a device is bound again by who found it unbound" },
	{ "empty-claim", "the DMA of a group without devices is claimed" },
};

const struct sim_bug *sim_bug_nth(unsigned nth)
{
	return nth < sizeof(bugs) / sizeof(bugs[0]) ? &bugs[nth] : NULL;
}

bool sim_bug_among(const char *words, const char *name)
{
	size_t length;

	for (; words && *words; words += length + (words[length] == ' ')) {
		length = strcspn(words, " ");
		if (length == strlen(name) && !memcmp(words, name, length))
			return true;
	}
	return false;
}

bool sim_bug_shown(const struct sim_scenario *scenario, const char *era,
		   const char *name)
{
	const struct sim_expect *e;

	for (e = scenario->expect; e && e->era; e++)
		if (!strcmp(e->era, era) && sim_bug_among(e->bugs, name))
			return true;
	return false;
}
