/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * iommu.h - IOMMU groups, their notifier chain, the bus listener, DMA owners.
 *
 * Models the group half of drivers/iommu/iommu.c, Linux 3.19 to 6.1.  Domains
 * are left out: attaching is the business of VFIO's backends.  With
 * isolation=dma_owner nothing is sent to a group's chain; a group has an owner
 * instead.
 */
#ifndef VFIOSIM_IOMMU_H
#define VFIOSIM_IOMMU_H

#include <vfiosim/device.h>

#ifdef __cplusplus
extern "C" {
#endif

/* include/linux/iommu.h: actions on a group's chain; data is the device. */
#define IOMMU_GROUP_NOTIFY_ADD_DEVICE 1
#define IOMMU_GROUP_NOTIFY_DEL_DEVICE 2
#define IOMMU_GROUP_NOTIFY_BIND_DRIVER 3
#define IOMMU_GROUP_NOTIFY_BOUND_DRIVER 4
#define IOMMU_GROUP_NOTIFY_UNBIND_DRIVER 5
#define IOMMU_GROUP_NOTIFY_UNBOUND_DRIVER 6

struct iommu_group;

/* What a bus's IOMMU driver does: @add_device puts the device into a group
 * with iommu_group_add_device(), @remove_device takes it out.  Later kernels
 * call them probe_device and release_device. */
struct iommu_ops {
	int (*add_device)(struct device *dev);
	void (*remove_device)(struct device *dev);
};

/**
 * bus_set_iommu - give a bus an IOMMU driver
 *
 * Installs the listener that turns bus events into group membership and group
 * events.  A membership lasts from ADD_DEVICE to DEL_DEVICE, or, with
 * membership_removed_at=REMOVED (4.2), to REMOVED_DEVICE.  Call it before
 * devices are added.  With isolation=dma_owner sets the bus's dma_configure and
 * dma_cleanup, unless these are set: drivers without driver_managed_dma use the
 * default domain from before probe to behind remove.
 * Returns 0; -EBUSY: has one already; -ENOMEM.
 */
int bus_set_iommu(struct bus_type *bus, const struct iommu_ops *ops);
/* Undo it, for tear-down (the kernel has no such call). */
void bus_clear_iommu(struct bus_type *bus);

/**
 * iommu_group_alloc - make an empty group
 *
 * Returns it with one reference, the caller's, or ERR_PTR(-ENOMEM).
 * Locks: iommu_group_mutex.
 */
struct iommu_group *iommu_group_alloc(void);

/* The device's group with a new reference, or NULL.  No lock: only safe while
 * something else pins the membership. */
struct iommu_group *iommu_group_get(struct device *dev);

/* One more reference on a group that is known to be alive; returns it. */
struct iommu_group *iommu_group_ref_get(struct iommu_group *group);

/* Drop a reference; NULL is fine.  The last one frees the group and its id. */
void iommu_group_put(struct iommu_group *group);

/**
 * iommu_group_add_device - make a device a member
 *
 * Takes a reference on the group, sets dev->iommu_group, appends to the list,
 * then notifies ADD_DEVICE.  Returns 0 or -ENOMEM.  Locks: group->mutex.
 */
int iommu_group_add_device(struct iommu_group *group, struct device *dev);

/**
 * iommu_group_remove_device - end a membership
 *
 * Notifies DEL_DEVICE first; then unlinks, clears dev->iommu_group and drops
 * the membership's reference.  Of a device without group 3.19 follows the NULL;
 * with iommu_probe=on nothing happens.  Locks: group->mutex.
 */
void iommu_group_remove_device(struct device *dev);

/**
 * iommu_probe_device, iommu_release_device - begin and end a membership
 *
 * drivers/iommu/iommu.c, 5.15; the bus listener calls them, with
 * iommu_probe=on.  The first allocates a struct dev_iommu for the device, has
 * the IOMMU driver find its group, and takes group->mutex a second time, for
 * the default domain; the second does nothing for a device without dev_iommu.
 * Returns 0; -ENOMEM; -ENODEV: the device has no group; the driver's errno.
 */
int iommu_probe_device(struct device *dev);
void iommu_release_device(struct device *dev);

/**
 * iommu_group_for_each_dev - visit the members
 *
 * group->mutex is held throughout.  Stops at the first non-zero answer of @fn
 * and returns it, else 0.
 */
int iommu_group_for_each_dev(struct iommu_group *group, void *data,
			     int (*fn)(struct device *dev, void *data));

/* Return 0, or -ENOENT.  Locks: the chain's rwsem for writing. */
int iommu_group_register_notifier(struct iommu_group *group,
				  struct notifier_block *nb);
int iommu_group_unregister_notifier(struct iommu_group *group,
				    struct notifier_block *nb);

/* The number of the group: its name in sysfs and its VFIO file. */
int iommu_group_id(const struct iommu_group *group);

/* A cookie of the owner; @release runs when the group is freed. */
void iommu_group_set_iommudata(struct iommu_group *group, void *iommu_data,
			       void (*release)(void *iommu_data));
void *iommu_group_get_iommudata(struct iommu_group *group);

/**
 * iommu_device_use_default_domain - a driver is about to do DMA
 *
 * drivers/iommu/iommu.c, 5.19.  Counts one more user of the device's group.
 * Returns 0, also without group; -EBUSY: the group has an owner.
 * Locks: group->mutex.
 */
int iommu_device_use_default_domain(struct device *dev);
/* It no longer does.  Warns if nobody did. */
void iommu_device_unuse_default_domain(struct device *dev);

/**
 * iommu_group_claim_dma_owner - take a group away from the kernel's drivers
 * @owner: who; not NULL
 *
 * drivers/iommu/iommu.c, 5.19.  The first claim allocates the group's blocking
 * domain, for the bus of its first member; of a group without members the
 * kernel follows whatever lies there, and this a NULL.
 * Returns 0; -EPERM: has an owner, or a driver that does DMA; -EINVAL: no
 * blocking domain.  Locks: group->mutex.
 */
int iommu_group_claim_dma_owner(struct iommu_group *group, void *owner);
/* Give it back.  Warns if it has no owner. */
void iommu_group_release_dma_owner(struct iommu_group *group);

/* Has the group an owner, or a member whose driver does DMA?  Locks:
 * group->mutex. */
bool iommu_group_dma_owner_claimed(struct iommu_group *group);

#ifdef __cplusplus
}
#endif
#endif
