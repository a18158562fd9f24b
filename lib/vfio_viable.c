/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vfio_viable.c - is every device of a group in hands that leave its isolation
 * alone?  And the list of devices being unbound, which is a part of the answer.
 * From drivers/vfio/vfio.c, Linux 3.19 to 5.18.
 */
#include "vfio_internal.h"

#include <string.h>

/* ---------------------------------------------------------- tracking (4.0) */

bool vfio_tracks_unbound(void)
{
	return era_flag(ERA_TRACK_UNBOUND) == ERA_ON;
}

/* The caller holds group->unbound_lock. */
static struct vfio_unbound_dev *
vfio_group_find_unbound(struct vfio_group *group, const struct device *dev)
{
	struct vfio_unbound_dev *unbound;

	list_for_each_entry(unbound, &group->unbound_list, unbound_next)
		if (unbound->dev == dev)
			return unbound;
	sched_tell("dev not in unbound_list");
	return NULL;
}

/* Before the device leaves the list, so that it is never on neither; without
 * memory the window stays open (B4). */
void vfio_group_track(struct vfio_group *group, struct device *dev)
{
	struct vfio_unbound_dev *unbound = kzalloc_obj(vfio_unbound_dev);

	if (unbound) {
		unbound->dev = dev;
		mutex_lock(&group->unbound_lock);
		list_add(&unbound->unbound_next, &group->unbound_list);
		mutex_unlock(&group->unbound_lock);
	}
	WARN_ON(!unbound);
}

/* The newest entry only: more than one means that an older one is stale. */
void vfio_group_untrack(struct vfio_group *group, const struct device *dev)
{
	struct vfio_unbound_dev *unbound;

	mutex_lock(&group->unbound_lock);
	unbound = vfio_group_find_unbound(group, dev);
	if (unbound) {
		list_del(&unbound->unbound_next);
		kfree(unbound);
	}
	mutex_unlock(&group->unbound_lock);
}

/* --------------------------------------------------------------- allow-lists */

static bool vfio_is_stub(const struct device_driver *drv)
{
	return strcmp(SHARED_READ(drv->name), "pci-stub") == 0;
}

static bool vfio_is_pcieport(const struct device_driver *drv)
{
	return strcmp(SHARED_READ(drv->name), "pcieport") == 0;
}

/* Such devices may stay with the host: they do no DMA of their own. */
static bool vfio_dev_driver_allowed(const struct device *dev,
				    const struct device_driver *drv)
{
	switch (era_flag(ERA_ALLOW_LIST)) {
	case ERA_ALLOW_BRIDGES:
		return dev->bridge || vfio_is_stub(drv);
	case ERA_ALLOW_DRIVER_MANAGED_DMA:
		return SHARED_READ(drv->driver_managed_dma);
	default:
		return vfio_is_stub(drv) || vfio_is_pcieport(drv);
	}
}

/* @drv may be stale, even freed, by the time it is looked at. */
static bool vfio_driver_is_harmless(const struct device *dev,
				    const struct device_driver *drv)
{
	return !drv || vfio_dev_driver_allowed(dev, drv);
}

/* --------------------------------------------------------------- the check */

static bool vfio_dev_is_tracked(struct vfio_group *group,
				const struct device *dev)
{
	bool tracked;

	mutex_lock(&group->unbound_lock);
	tracked = vfio_group_find_unbound(group, dev) != NULL;
	mutex_unlock(&group->unbound_lock);
	return tracked;
}

/* The reference is real while it lasts: if it is the last one, this reader
 * releases the device. */
static bool vfio_dev_is_listed(struct vfio_group *group,
			       const struct device *dev)
{
	struct vfio_device *device = vfio_group_get_device(group, dev);

	if (!device)
		return false;
	vfio_device_put(device);
	return true;
}

/*
 * What the kernel does: three reads, one after the other.  An unbind that gets
 * in between them may hide from all three (B2).
 */
static bool vfio_dev_viable_kernel(struct device *dev, struct vfio_group *group)
{
	struct device_driver *drv = READ_ONCE(dev->driver);

	if (vfio_tracks_unbound() && vfio_dev_is_tracked(group, dev))
		return true;
	if (vfio_driver_is_harmless(dev, drv))
		return true;
	return vfio_dev_is_listed(group, dev);
}

/* The only order that cannot be fooled: whoever is on neither list was tracked
 * before, and so has no driver now. */
static bool vfio_dev_viable_corrected(struct device *dev,
				      struct vfio_group *group)
{
	if (vfio_dev_is_listed(group, dev))
		return true;
	if (vfio_tracks_unbound() && vfio_dev_is_tracked(group, dev))
		return true;
	return vfio_driver_is_harmless(dev, READ_ONCE(dev->driver));
}

/* On the list, and not on its way out of it. */
static bool vfio_dev_is_registered(struct vfio_group *group,
				   const struct device *dev)
{
	struct vfio_device *device = vfio_group_find_device(group, dev);

	if (!device || !vfio_devices_are_drivers())
		return device != NULL;
	sched_access(&device->refcount, SCHED_ACCESS_READ);
	return refcount_peek(&device->refcount) != 0;
}

/* All three reads within one step, that of the second lock. */
static bool vfio_dev_viable_atomic(struct device *dev, struct vfio_group *group)
{
	bool viable;

	mutex_lock(&group->unbound_lock);
	mutex_lock(&group->device_lock);
	viable = vfio_driver_is_harmless(dev, READ_LOCKED(dev->driver)) ||
		 vfio_group_find_unbound(group, dev) ||
		 vfio_dev_is_registered(group, dev);
	mutex_unlock(&group->device_lock);
	mutex_unlock(&group->unbound_lock);
	return viable;
}

int vfio_dev_viable(struct device *dev, void *data)
{
	SCHED_FUNC();
	struct vfio_group *group = data;
	bool viable;

	switch (era_flag(ERA_CHECK_ORDER)) {
	case ERA_CHECK_CORRECTED:
		viable = vfio_dev_viable_corrected(dev, group);
		break;
	case ERA_CHECK_ATOMIC:
		viable = vfio_dev_viable_atomic(dev, group);
		break;
	default:
		viable = vfio_dev_viable_kernel(dev, group);
		break;
	}
	return viable ? 0 : -EINVAL;
}

bool vfio_group_viable(struct vfio_group *group)
{
	SCHED_FUNC();
	bool viable;

	sched_subject(group->iommu_group);
	viable = iommu_group_for_each_dev(group->iommu_group, group,
					  vfio_dev_viable) == 0;
	sched_answer(viable);
	return viable;
}
