/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vfio_device.c - VFIO devices: how a bus driver puts a device under VFIO and
 * takes it away again.  From drivers/vfio/vfio.c, Linux 3.19.
 */
#include "vfio_internal.h"

#include <stdio.h>

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
	kfree(device);
	/* vfio_del_group_dev() of some device waits for this one to go. */
	wake_up(&vfio->release_q);
}

void vfio_device_put(struct vfio_device *device)
{
	SCHED_FUNC();
	struct vfio_group *group = SHARED_READ(device->group);

	(void)kref_put_mutex(&device->kref, vfio_device_release,
			     &group->device_lock);
	/* Each reference on a device came with one on its group. */
	vfio_group_put(group);
}

void vfio_device_get(struct vfio_device *device)
{
	SCHED_FUNC();

	vfio_group_get(SHARED_READ(device->group));
	kref_get(&device->kref);
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
	if (device)
		vfio_device_get(device);
	mutex_unlock(&group->device_lock);
	return device;
}

/* 3.19 trusts drvdata: NULL or freed while the device is unbound (B15). */
struct vfio_device *vfio_device_get_from_dev(struct device *dev)
{
	SCHED_FUNC();
	struct vfio_device *device = dev_get_drvdata(dev);

	vfio_device_get(device);
	return device;
}

void *vfio_device_data(struct vfio_device *device)
{
	return SHARED_READ(device->device_data);
}

/* -------------------------------------------------------------- add, remove */

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
	dev_set_drvdata(dev, device);
	vfio_group_get(group);
	mutex_lock(&group->device_lock);
	list_add(&device->group_next, &group->device_list);
	mutex_unlock(&group->device_lock);
	return device;
}

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
	if (IS_ERR(group))
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

int vfio_add_group_dev(struct device *dev, const struct vfio_device_ops *ops,
		       void *device_data)
{
	SCHED_FUNC();
	struct iommu_group *iommu_group = iommu_group_get(dev);
	struct vfio_group *group;
	struct vfio_device *device;
	int ret = 0;

	if (!iommu_group)
		return -EINVAL;
	group = vfio_group_for_iommu(iommu_group);
	if (IS_ERR(group))
		return (int)PTR_ERR(group);

	device = vfio_group_get_device(group, dev);
	if (device) {
		vfio_warn_exists(group, dev, SCHED_SITE(NULL));
		vfio_device_put(device);
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

static void vfio_group_track(struct vfio_group *group,
			     struct vfio_unbound_dev *unbound)
{
	mutex_lock(&group->unbound_lock);
	list_add(&unbound->unbound_next, &group->unbound_list);
	mutex_unlock(&group->unbound_lock);
}

void *vfio_del_group_dev(struct device *dev)
{
	SCHED_FUNC();
	struct vfio_device *device = dev_get_drvdata(dev);
	struct vfio_group *group = SHARED_READ(device->group);
	struct iommu_group *iommu_group = group->iommu_group;
	void *device_data = device->device_data;

	/* The group must live until the wait below is over. */
	vfio_group_get(group);
	if (vfio_tracks_unbound()) {
		struct vfio_unbound_dev *unbound =
			kzalloc_obj(vfio_unbound_dev);

		/* Before the device leaves the list, so that it is never on
		 * neither; without memory the window stays open (B4). */
		if (unbound) {
			unbound->dev = dev;
			vfio_group_track(group, unbound);
		}
		WARN_ON(!unbound);
	}
	/* The window (B1) opens here, unless somebody else has a reference. */
	vfio_device_put(device);
	wait_event(vfio->release_q, !vfio_dev_present(group, dev));
	vfio_group_put(group);
	if (vfio_pins_iommu_group_per_device())
		iommu_group_put(iommu_group);
	return device_data;
}
