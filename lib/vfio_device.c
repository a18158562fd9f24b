/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vfio_device.c - VFIO devices: how a bus driver puts a device under VFIO and
 * takes it away again.  From drivers/vfio/vfio.c, Linux 3.19 to 6.1.
 */
#include "vfio_internal.h"

#include <stdio.h>
#include <string.h>

/* --------------------------------------------------------------- references */

/* Runs with group->device_lock held, and drops it.  drvdata is cleared without
 * the device lock, by whoever was last: it may hit another driver's (B14). */
static void vfio_device_release(struct kref *kref)
{
	SCHED_FUNC();
	struct vfio_device *device =
		container_of(kref, struct vfio_device, kref);
	struct vfio_group *group = device->group;

	list_del(&device->group_next);
	mutex_unlock(&group->device_lock);
	dev_set_drvdata(device->dev, NULL);
	if (device->dev_set)
		vfio_uninit_group_dev(device);
	kfree(device);
	/* vfio_del_group_dev() of some device waits for this one to go. */
	wake_up(&vfio->release_q);
}

/* Up to 5.12: each reference on a device comes with one on its group. */
static void vfio_device_put_both(struct vfio_device *device)
{
	struct vfio_group *group = SHARED_READ(device->group);

	(void)kref_put_mutex(&device->kref, vfio_device_release,
			     &group->device_lock);
	vfio_group_put(group);
}

void vfio_device_put(struct vfio_device *device)
{
	SCHED_FUNC();

	if (!vfio_devices_are_drivers())
		vfio_device_put_both(device);
	else if (refcount_dec_and_test(&device->refcount))
		complete(&device->comp);
}

void vfio_device_get(struct vfio_device *device)
{
	SCHED_FUNC();

	vfio_group_get(SHARED_READ(device->group));
	kref_get(&device->kref);
}

static bool vfio_device_try_get(struct vfio_device *device)
{
	SCHED_FUNC();

	return refcount_inc_not_zero(&device->refcount);
}

/* From 5.13 on a device that nobody uses is not found any more, though it is
 * still on the list.  The caller holds group->device_lock. */
static bool vfio_device_get_found(struct vfio_device *device)
{
	if (vfio_devices_are_drivers())
		return vfio_device_try_get(device);
	vfio_device_get(device);
	return true;
}

struct vfio_device *vfio_group_find_device(struct vfio_group *group,
					   const struct device *dev)
{
	struct vfio_device *device;

	list_for_each_entry(device, &group->device_list, group_next)
		if (device->dev == dev)
			return device;
	sched_tell("dev not in device_list");
	return NULL;
}

struct vfio_device *vfio_group_get_device(struct vfio_group *group,
					  const struct device *dev)
{
	SCHED_FUNC();
	struct vfio_device *device;

	mutex_lock(&group->device_lock);
	device = vfio_group_find_device(group, dev);
	if (device && !vfio_device_get_found(device))
		device = NULL;
	mutex_unlock(&group->device_lock);
	return device;
}

struct vfio_device *vfio_device_get_from_name(struct vfio_group *group,
					      const char *buf)
{
	SCHED_FUNC();
	struct vfio_device *it, *device = NULL;

	mutex_lock(&group->device_lock);
	list_for_each_entry(it, &group->device_list, group_next) {
		if (strcmp(dev_name(it->dev), buf) == 0 &&
		    vfio_device_get_found(it)) {
			device = it;
			break;
		}
	}
	mutex_unlock(&group->device_lock);
	return device;
}

/* Up to 4.1 drvdata is trusted: NULL or freed while the device is unbound
 * (B15). */
static struct vfio_device *vfio_device_from_drvdata(struct device *dev)
{
	struct vfio_device *device = dev_get_drvdata(dev);

	vfio_device_get(device);
	return device;
}

/* The VFIO group of a device with a reference, or NULL. */
struct vfio_group *vfio_group_get_from_dev(struct device *dev)
{
	SCHED_FUNC();
	struct iommu_group *iommu_group = iommu_group_get(dev);
	struct vfio_group *group;

	if (!iommu_group)
		return NULL;
	group = vfio_group_get_from_iommu(iommu_group);
	iommu_group_put(iommu_group);
	return group;
}

static struct vfio_device *vfio_device_lookup(struct device *dev)
{
	struct vfio_group *group = vfio_group_get_from_dev(dev);
	struct vfio_device *device;

	if (!group)
		return NULL;
	device = vfio_group_get_device(group, dev);
	vfio_group_put(group);
	return device;
}

struct vfio_device *vfio_device_get_from_dev(struct device *dev)
{
	SCHED_FUNC();

	switch (era_flag(ERA_GET_FROM_DEV)) {
	case ERA_GET_FROM_DEV_DRVDATA:
		return vfio_device_from_drvdata(dev);
	case ERA_GET_FROM_DEV_LOOKUP:
		return vfio_device_lookup(dev);
	default:
		return NULL;
	}
}

void *vfio_device_data(struct vfio_device *device)
{
	return SHARED_READ(device->device_data);
}

/* ---------------------------------------------------------------------- add */

/* Find or make the group; the caller's reference on @iommu_group becomes a pin
 * of the device or of the group. */
static struct vfio_group *vfio_group_for_iommu(struct iommu_group *iommu_group)
{
	struct vfio_group *group = vfio_group_get_from_iommu(iommu_group);

	if (group) {
		if (!vfio_pins_iommu_group_per_device())
			iommu_group_put(iommu_group);
		return group;
	}
	group = vfio_create_group(iommu_group);
	/* From 5.16 on the group has a reference of its own. */
	if (IS_ERR(group) ||
	    (vfio_groups_are_devices() && !vfio_pins_iommu_group_per_device()))
		iommu_group_put(iommu_group);
	return group;
}

static void vfio_warn_exists(struct vfio_group *group, struct device *dev,
			     const struct sched_site *site)
{
	char text[DEVICE_NAME_MAX + 48];

	snprintf(text, sizeof(text), "Device %s already exists on group %d",
		 dev_name(dev), iommu_group_id(group->iommu_group));
	__warn_on(true, text, site);
}

/* Is it on the list of its group already?  Then it warns. */
static bool vfio_group_has_device(struct vfio_group *group, struct device *dev,
				  const struct sched_site *site)
{
	struct vfio_device *device = vfio_group_get_device(group, dev);

	if (!device)
		return false;
	vfio_warn_exists(group, dev, site);
	vfio_device_put(device);
	return true;
}

static void vfio_group_list_device(struct vfio_group *group,
				   struct vfio_device *device)
{
	mutex_lock(&group->device_lock);
	list_add(&device->group_next, &group->device_list);
	mutex_unlock(&group->device_lock);
}

/* Each device without a set gets its own.  If there is no memory for it nobody
 * notices, before the device is opened (F10). */
static void vfio_device_default_set(struct vfio_device *device)
{
	if (era_flag(ERA_DEVICE_SET) == ERA_ON && !device->dev_set)
		(void)vfio_assign_device_set(device, device);
}

static struct vfio_device *
vfio_group_create_device(struct vfio_group *group, struct device *dev,
			 const struct vfio_device_ops *ops, void *device_data)
{
	SCHED_FUNC();
	struct vfio_device *device = kzalloc_obj(vfio_device);

	if (!device)
		return ERR_PTR(-ENOMEM);
	kref_init(&device->kref);
	device->dev = dev;
	device->group = group;
	device->ops = ops;
	device->device_data = device_data;
	vfio_device_default_set(device);
	dev_set_drvdata(dev, device);
	vfio_group_get(group);
	vfio_group_list_device(group, device);
	return device;
}

int vfio_add_group_dev(struct device *dev, const struct vfio_device_ops *ops,
		       void *device_data)
{
	SCHED_FUNC();
	struct iommu_group *iommu_group;
	struct vfio_group *group;
	struct vfio_device *device;
	int ret = 0;

	if (vfio_devices_are_drivers())
		return -EOPNOTSUPP;
	iommu_group = iommu_group_get(dev);
	if (!iommu_group)
		return -EINVAL;
	group = vfio_group_for_iommu(iommu_group);
	if (IS_ERR(group))
		return (int)PTR_ERR(group);

	if (vfio_group_has_device(group, dev, SCHED_SITE(NULL))) {
		ret = -EBUSY;
	} else {
		device = vfio_group_create_device(group, dev, ops, device_data);
		if (IS_ERR(device))
			ret = (int)PTR_ERR(device);
	}
	/* A device that was added holds the group from here on. */
	vfio_group_put(group);
	if (ret && vfio_pins_iommu_group_per_device())
		iommu_group_put(iommu_group);
	return ret;
}

int vfio_register_group_dev(struct vfio_device *device)
{
	SCHED_FUNC();
	struct iommu_group *iommu_group;
	struct vfio_group *group;

	vfio_device_default_set(device);
	iommu_group = iommu_group_get(device->dev);
	if (!iommu_group)
		return -EINVAL;
	group = vfio_group_for_iommu(iommu_group);
	if (IS_ERR(group))
		return (int)PTR_ERR(group);
	if (vfio_group_has_device(group, device->dev, SCHED_SITE(NULL))) {
		vfio_group_put(group);
		if (vfio_pins_iommu_group_per_device())
			iommu_group_put(iommu_group);
		return -EBUSY;
	}
	/* The reference on the group is the device's from here on. */
	device->group = group;
	refcount_set(&device->refcount, 1);
	vfio_group_list_device(group, device);
	return 0;
}

/* ------------------------------------------------- waiting for the last user */

/* How long an unbind sleeps before it asks again. */
#define VFIO_UNBIND_JIFFIES (HZ * 10)

/* The condition of the wait.  It takes a lock and a reference, and if that
 * reference is the last one, this waiter releases the device (B18). */
static bool vfio_dev_present(struct vfio_group *group, struct device *dev)
{
	SCHED_FUNC();
	struct vfio_device *device = vfio_group_get_device(group, dev);

	if (!device)
		return false;
	vfio_device_put(device);
	return true;
}

/* Whom an unbind waits for, and how often it has asked the user to let go. */
struct vfio_unbind {
	struct vfio_group *group;
	struct device *dev;
	unsigned asked;
	bool interrupted;
};

static void vfio_device_request(struct vfio_unbind *unbind,
				struct vfio_device *device, void *data)
{
	if (era_flag(ERA_REQUEST_OP) == ERA_ON && device->ops->request)
		device->ops->request(data, unbind->asked++);
}

/* Ask the user, if there still is one.  A reader's passing reference counts as
 * a user (B35). */
static bool vfio_unbind_ask(struct vfio_unbind *unbind)
{
	struct vfio_device *device =
		vfio_group_get_device(unbind->group, unbind->dev);

	if (!device)
		return false;
	vfio_device_request(unbind, device, device->device_data);
	vfio_device_put(device);
	return true;
}

/* 3.19: without limit.  Asking came later, but goes with any way to wait. */
static void vfio_unbind_wait_silently(struct vfio_unbind *unbind)
{
	struct vfio_group *group = unbind->group;
	struct device *dev = unbind->dev;

	if (era_flag(ERA_REQUEST_OP) == ERA_ON && !vfio_unbind_ask(unbind))
		return;
	wait_event(vfio->release_q, !vfio_dev_present(group, dev));
}

/* One round of 4.0 to 5.1: until the device is gone, for 10 s, or until a
 * signal comes; > 0: it is gone. */
static long vfio_unbind_wait_once(struct vfio_unbind *unbind)
{
	struct vfio_group *group = unbind->group;
	struct device *dev = unbind->dev;

	if (unbind->interrupted)
		return wait_event_timeout(vfio->release_q,
					  !vfio_dev_present(group, dev),
					  VFIO_UNBIND_JIFFIES);
	return wait_event_interruptible_timeout(vfio->release_q,
						!vfio_dev_present(group, dev),
						VFIO_UNBIND_JIFFIES);
}

/* 4.0: a pending signal ends each wait at once, so that this spins (B17).  4.1:
 * the first signal makes the waits uninterruptible. */
static void vfio_unbind_wait_asking(struct vfio_unbind *unbind)
{
	bool fixed = era_flag(ERA_DEL_WAIT) == ERA_DEL_WAIT_FIXED;
	long left;

	do {
		if (!vfio_unbind_ask(unbind))
			return;
		left = vfio_unbind_wait_once(unbind);
		if (fixed && left == -ERESTARTSYS)
			unbind->interrupted = true;
	} while (left <= 0);
}

/* 5.2: on the queue before the device is looked up, so that no lock is taken
 * while the task counts as sleeping. */
static void vfio_unbind_wait_woken(struct vfio_unbind *unbind)
{
	wait_queue_t wait;

	__wait_init(&wait, &vfio->release_q, 0);
	__prepare_to_wait(&wait, SCHED_SITE("vfio.release_q"));
	while (vfio_unbind_ask(unbind)) {
		unsigned allowed = unbind->interrupted ?
					   WAIT_TIMED :
					   WAIT_TIMED | WAIT_INTERRUPTIBLE;
		long left = VFIO_UNBIND_JIFFIES;

		if (__wait_schedule(&wait, allowed, &left,
				    SCHED_SITE("wait_woken")) ==
		    SCHED_SIGNALLED)
			unbind->interrupted = true;
		__prepare_to_wait(&wait, SCHED_SITE("vfio.release_q"));
	}
	__finish_wait(&wait, SCHED_SITE("vfio.release_q"));
}

static void vfio_unbind_wait(struct vfio_unbind *unbind)
{
	switch (era_flag(ERA_DEL_WAIT)) {
	case ERA_DEL_WAIT_SPIN_ON_SIGNAL:
	case ERA_DEL_WAIT_FIXED:
		vfio_unbind_wait_asking(unbind);
		break;
	case ERA_DEL_WAIT_WOKEN:
		vfio_unbind_wait_woken(unbind);
		break;
	default:
		vfio_unbind_wait_silently(unbind);
		break;
	}
}

/* 5.13: the last put completes. */
static void vfio_unregister_wait(struct vfio_unbind *unbind,
				 struct vfio_device *device)
{
	long left = try_wait_for_completion(&device->comp);

	while (left <= 0) {
		vfio_device_request(unbind, device, device);
		if (unbind->interrupted)
			left = wait_for_completion_timeout(&device->comp,
							   VFIO_UNBIND_JIFFIES);
		else
			left = wait_for_completion_interruptible_timeout(
				&device->comp, VFIO_UNBIND_JIFFIES);
		if (left == -ERESTARTSYS)
			unbind->interrupted = true;
	}
}

/* 4.14 to 5.18: the last device waits, without lock and without limit, until
 * the group has left its container: whoever keeps that set keeps the unbind,
 * and the device lock with it (B23). */
static void vfio_group_stall(struct vfio_group *group)
{
	if (era_flag(ERA_CONTAINER_STALL) == ERA_ON &&
	    READ_ONCE(group->device_list.next) == &group->device_list)
		wait_event(group->container_q, !READ_ONCE(group->container));
}

/* ------------------------------------------------------------------- remove */

void *vfio_del_group_dev(struct device *dev)
{
	SCHED_FUNC();
	struct vfio_device *device = dev_get_drvdata(dev);
	struct vfio_group *group = SHARED_READ(device->group);
	struct vfio_unbind unbind = { .group = group, .dev = dev };
	struct iommu_group *iommu_group = group->iommu_group;
	void *device_data = device->device_data;

	/* The group must live until the wait below is over. */
	vfio_group_get(group);
	if (vfio_tracks_unbound())
		vfio_group_track(group, dev);
	/* The window (B1) opens here, unless somebody else has a reference. */
	vfio_device_put(device);
	vfio_unbind_wait(&unbind);
	vfio_group_stall(group);
	vfio_group_put(group);
	if (vfio_pins_iommu_group_per_device())
		iommu_group_put(iommu_group);
	return device_data;
}

void vfio_unregister_group_dev(struct vfio_device *device)
{
	SCHED_FUNC();
	struct vfio_group *group = device->group;
	struct vfio_unbind unbind = { .group = group, .dev = device->dev };
	struct iommu_group *iommu_group = group->iommu_group;

	if (vfio_tracks_unbound())
		vfio_group_track(group, device->dev);
	/* The window opens here or with a user's last put: the device is on the
	 * list, but not found any more. */
	vfio_device_put(device);
	vfio_unregister_wait(&unbind, device);
	mutex_lock(&group->device_lock);
	list_del(&device->group_next);
	mutex_unlock(&group->device_lock);
	vfio_group_stall(group);
	vfio_group_put(group);
	if (vfio_pins_iommu_group_per_device())
		iommu_group_put(iommu_group);
}
