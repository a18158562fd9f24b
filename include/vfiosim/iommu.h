/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * iommu.h - IOMMU groups, their notifier chain, and the bus listener.
 *
 * Models the group half of drivers/iommu/iommu.c, Linux 3.19.  Domains are
 * left out: attaching is the business of VFIO's backends.
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
 * with iommu_group_add_device(), @remove_device takes it out. */
struct iommu_ops {
	int (*add_device)(struct device *dev);
	void (*remove_device)(struct device *dev);
};

/**
 * bus_set_iommu - give a bus an IOMMU driver
 *
 * Installs the listener that turns bus events into group membership and group
 * events.  Call it before devices are added.
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
 * the membership's reference.  Locks: group->mutex.
 */
void iommu_group_remove_device(struct device *dev);

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

#ifdef __cplusplus
}
#endif
#endif
