/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reference.c - the scenario on which harnesses are compared: N devices, U
 * unbinders, L lookups, on the model's own locks and atomics.
 *
 * One group with two locks; a device is in it while it is listed, and, with
 * tracking, until its unbind ends.  A lookup asks of each device in order
 * whether the group is still safe.
 */
#include "reference.h"

#include <vfiosim/atomic.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct ref_device {
	void *driver; /* raced on by design */
	bool listed, tracked;
};

struct ref_group {
	struct mutex device_lock; /* ->listed */
	struct mutex unbound_lock; /* ->tracked */
	atomic_t container_users;
	struct ref_device device[REFERENCE_MAX];
};

static struct ref_group *group;
static enum reference_variant variant;
static bool precise;
static unsigned devices;

/* --------------------------------------------------------------- unbinders */

static void track(struct ref_device *device, bool tracked)
{
	if (variant == REFERENCE_PRE)
		return;
	mutex_lock(&group->unbound_lock);
	SHARED_WRITE(device->tracked, tracked);
	mutex_unlock(&group->unbound_lock);
}

static void unbind(struct ref_device *device)
{
	track(device, true);
	mutex_lock(&group->device_lock);
	SHARED_WRITE(device->listed, false);
	mutex_unlock(&group->device_lock);
	WRITE_ONCE(device->driver, NULL);
	track(device, false);
}

/* ----------------------------------------------------------------- lookups */

static bool is_listed(struct ref_device *device)
{
	bool listed = false;
	SIM_LOCAL(listed);

	mutex_lock(&group->device_lock);
	listed = SHARED_READ(device->listed);
	mutex_unlock(&group->device_lock);
	return listed;
}

static bool is_tracked(struct ref_device *device)
{
	bool tracked = false;
	SIM_LOCAL(tracked);

	mutex_lock(&group->unbound_lock);
	tracked = SHARED_READ(device->tracked);
	mutex_unlock(&group->unbound_lock);
	return tracked;
}

/* The kernel's order: the driver is read first, and may be gone by the end. */
static bool viable_by_kernel(struct ref_device *device)
{
	const void *driver = READ_ONCE(device->driver);
	SIM_LOCAL(driver);

	if (variant != REFERENCE_PRE && is_tracked(device))
		return true;
	return !driver || is_listed(device);
}

static bool viable_by_state(struct ref_device *device)
{
	return is_listed(device) || is_tracked(device) ||
	       !READ_ONCE(device->driver);
}

static bool take_user(void)
{
	if (!precise)
		return atomic_inc_not_zero(&group->container_users);
	return __atomic_t_add_unless(&group->container_users, 1, -1,
				     SCHED_SITE("container_users")) != 0;
}

static void drop_user(void)
{
	if (precise)
		(void)atomic_dec_return(&group->container_users);
	else
		atomic_dec(&group->container_users);
}

static void lookup(void)
{
	unsigned i = 0;
	int ret = 0;
	SIM_LOCAL(i);

	if (!take_user())
		return;
	for (i = 0; i < devices && !ret; i++) {
		struct ref_device *device = &group->device[i];
		bool viable = variant == REFERENCE_FIX ?
				      viable_by_state(device) :
				      viable_by_kernel(device);

		ret = viable ? 0 : -EINVAL;
	}
	if (variant != REFERENCE_POSTX)
		SIM_CHECK(ret == 0);
	drop_user();
}

/* ---------------------------------------------------------------- scenario */

static void setup(void)
{
	unsigned i;

	group = kzalloc_obj(ref_group);
	if (!group)
		return;
	mutex_init(&group->device_lock);
	mutex_init(&group->unbound_lock);
	atomic_init(&group->container_users, 1);
	for (i = 0; i < devices; i++) {
		once_init(&group->device[i].driver,
			  sizeof(group->device[i].driver));
		group->device[i].driver = group;
		group->device[i].listed = true;
	}
}

static void teardown(void)
{
	mutex_destroy(&group->device_lock);
	mutex_destroy(&group->unbound_lock);
	kfree(group);
}

static void unbind_0(void)
{
	unbind(&group->device[0]);
}

static void unbind_1(void)
{
	unbind(&group->device[1]);
}

static void unbind_2(void)
{
	unbind(&group->device[2]);
}

static const struct sim_task unbinders[REFERENCE_MAX] = {
	{ "unbind-0", unbind_0, NULL },
	{ "unbind-1", unbind_1, NULL },
	{ "unbind-2", unbind_2, NULL },
};

static const struct sim_task lookups[REFERENCE_MAX] = {
	{ "lookup-0", lookup, NULL },
	{ "lookup-1", lookup, NULL },
	{ "lookup-2", lookup, NULL },
};

struct sim_scenario reference_scenario(const struct reference *reference)
{
	struct sim_scenario s = { .name = "reference",
				  .summary =
					  "N devices, U unbinders, L lookups",
				  .setup = setup,
				  .teardown = teardown,
				  .rewindable = true,
				  .locals = true };
	unsigned i;

	variant = reference->variant;
	precise = reference->precise;
	devices = reference->devices;
	for (i = 0; i < reference->unbinders; i++)
		s.tasks[i] = unbinders[i];
	for (i = 0; i < reference->lookups; i++)
		s.tasks[reference->unbinders + i] = lookups[i];
	return s;
}
