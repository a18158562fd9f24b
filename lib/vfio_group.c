/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vfio_group.c - VFIO groups: their life, whether they are viable, and what
 * they do when their IOMMU group tells them something.  From
 * drivers/vfio/vfio.c, Linux 3.19, with and without "vfio: Add device tracking
 * during unbind".
 */
#include "vfio_internal.h"

#include <stdio.h>
#include <string.h>

static int vfio_iommu_group_notifier(struct notifier_block *nb,
				     unsigned long action, void *data);

bool vfio_tracks_unbound(void)
{
	return era_flag(ERA_TRACK_UNBOUND) == ERA_ON;
}

bool vfio_pins_iommu_group_per_device(void)
{
	return era_flag(ERA_IOMMU_GROUP_PIN) == ERA_PIN_PER_DEVICE;
}

/* ------------------------------------------------------------ minors, nodes */

/* The caller holds vfio.group_lock. */
static int vfio_alloc_group_minor(struct vfio_group *group)
{
	return idr_alloc(&vfio->group_idr, group, 0, 0);
}

static void vfio_free_group_minor(int minor)
{
	idr_remove(&vfio->group_idr, minor);
}

/*
 * device_create() of /dev/vfio/ID; the caller holds vfio.group_lock.  A group
 * on the list has its node.  An IOMMU group's id is free again when the IOMMU
 * group is gone, even if the node that it named is still there (F6).
 */
static int vfio_group_create_node(struct vfio_group *group)
{
	struct vfio_group *other;
	char name[16];
	int err = vfio_injected(VFIO_DEVICE_CREATE);

	if (err)
		return err;
	group->node_id = iommu_group_id(group->iommu_group);
	list_for_each_entry(other, &vfio->group_list, vfio_next) {
		if (other->node_id == group->node_id) {
			snprintf(name, sizeof(name), "%d", group->node_id);
			sysfs_warn_dup("/class/vfio", name);
			return -EEXIST;
		}
	}
	return 0;
}

int vfio_group_minor(int iommu_id)
{
	SCHED_FUNC();
	struct vfio_group *group;
	int minor = -ENOENT;

	mutex_lock(&vfio->group_lock);
	list_for_each_entry(group, &vfio->group_list, vfio_next)
		if (group->node_id == iommu_id)
			minor = group->minor;
	mutex_unlock(&vfio->group_lock);
	return minor;
}

/* --------------------------------------------------------------------- life */

static struct vfio_group *vfio_group_alloc(struct iommu_group *iommu_group)
{
	struct vfio_group *group = kzalloc_obj(vfio_group);

	if (!group)
		return NULL;
	kref_init(&group->kref);
	INIT_LIST_HEAD(&group->device_list);
	mutex_init(&group->device_lock);
	INIT_LIST_HEAD(&group->unbound_list);
	mutex_init(&group->unbound_lock);
	atomic_init(&group->container_users, 0);
	atomic_init(&group->opened, 0);
	once_init(&group->container, sizeof(group->container));
	group->iommu_group = iommu_group;
	group->nb.notifier_call = vfio_iommu_group_notifier;
	return group;
}

static void vfio_group_free(struct vfio_group *group)
{
	mutex_destroy(&group->device_lock);
	mutex_destroy(&group->unbound_lock);
	kfree(group);
}

/*
 * vfio.group_lock is dropped first: callbacks take it with the chain held for
 * reading.  But a callback that comes here itself waits for its own chain, for
 * ever (B8, F7).
 */
static void vfio_group_unlock_and_free(struct vfio_group *group)
{
	SCHED_FUNC();

	mutex_unlock(&vfio->group_lock);
	(void)iommu_group_unregister_notifier(group->iommu_group, &group->nb);
	vfio_group_free(group);
}

/* The caller holds vfio.group_lock. */
static struct vfio_group *
vfio_group_find_iommu(const struct iommu_group *iommu_group)
{
	struct vfio_group *group;

	list_for_each_entry(group, &vfio->group_list, vfio_next)
		if (group->iommu_group == iommu_group)
			return group;
	return NULL;
}

/* Somebody else made the group while this task waited for the lock. */
static struct vfio_group *vfio_group_use_other(struct vfio_group *group,
					       struct vfio_group *other)
{
	struct iommu_group *iommu_group = group->iommu_group;

	vfio_group_get(other);
	vfio_free_group_minor(group->minor);
	vfio_group_unlock_and_free(group);
	if (!vfio_pins_iommu_group_per_device())
		iommu_group_put(iommu_group);
	return other;
}

struct vfio_group *vfio_create_group(struct iommu_group *iommu_group)
{
	SCHED_FUNC();
	struct vfio_group *group, *other;
	int ret;

	group = vfio_group_alloc(iommu_group);
	if (!group)
		return ERR_PTR(-ENOMEM);
	/* Before vfio.group_lock, which callbacks take inside the chain. */
	ret = iommu_group_register_notifier(iommu_group, &group->nb);
	if (ret) {
		vfio_group_free(group);
		return ERR_PTR(ret);
	}

	mutex_lock(&vfio->group_lock);
	group->minor = vfio_alloc_group_minor(group);
	if (group->minor < 0) {
		ret = group->minor;
		vfio_group_unlock_and_free(group);
		return ERR_PTR(ret);
	}
	other = vfio_group_find_iommu(iommu_group);
	if (other)
		return vfio_group_use_other(group, other);
	ret = vfio_group_create_node(group);
	if (ret) {
		vfio_free_group_minor(group->minor);
		vfio_group_unlock_and_free(group);
		return ERR_PTR(ret);
	}
	list_add(&group->vfio_next, &vfio->group_list);
	mutex_unlock(&vfio->group_lock);
	return group;
}

/* No unbound_lock: nobody can find the group any more. */
static void vfio_group_free_unbound(struct vfio_group *group)
{
	struct vfio_unbound_dev *unbound, *next;

	list_for_each_entry_safe(unbound, next, &group->unbound_list,
				 unbound_next) {
		list_del(&unbound->unbound_next);
		kfree(unbound);
	}
}

/* Runs with vfio.group_lock held, and drops it. */
static void vfio_group_release(struct kref *kref)
{
	SCHED_FUNC();
	struct vfio_group *group = container_of(kref, struct vfio_group, kref);
	struct iommu_group *iommu_group = group->iommu_group;

	WARN_ON(!list_empty(&group->device_list));
	vfio_group_free_unbound(group);
	list_del(&group->vfio_next);
	vfio_free_group_minor(group->minor);
	vfio_group_unlock_and_free(group);
	if (!vfio_pins_iommu_group_per_device())
		iommu_group_put(iommu_group);
}

/* The caller has a reference or holds vfio.group_lock. */
void vfio_group_get(struct vfio_group *group)
{
	SCHED_FUNC();

	kref_get(&group->kref);
}

void vfio_group_put(struct vfio_group *group)
{
	SCHED_FUNC();

	(void)kref_put_mutex(&group->kref, vfio_group_release,
			     &vfio->group_lock);
}

struct vfio_group *vfio_group_try_get(struct vfio_group *group)
{
	SCHED_FUNC();
	struct vfio_group *target, *found = NULL;

	mutex_lock(&vfio->group_lock);
	list_for_each_entry(target, &vfio->group_list, vfio_next) {
		if (target == group) {
			vfio_group_get(group);
			found = group;
			break;
		}
	}
	mutex_unlock(&vfio->group_lock);
	return found;
}

struct vfio_group *vfio_group_get_from_iommu(struct iommu_group *iommu_group)
{
	SCHED_FUNC();
	struct vfio_group *group;

	mutex_lock(&vfio->group_lock);
	group = vfio_group_find_iommu(iommu_group);
	if (group)
		vfio_group_get(group);
	mutex_unlock(&vfio->group_lock);
	return group;
}

struct vfio_group *vfio_group_get_from_minor(int minor)
{
	SCHED_FUNC();
	struct vfio_group *group;

	mutex_lock(&vfio->group_lock);
	group = idr_find(&vfio->group_idr, minor);
	if (group)
		vfio_group_get(group);
	mutex_unlock(&vfio->group_lock);
	return group;
}

/* ---------------------------------------------------------------- viability */

/* Their devices may stay with the host: they do no DMA of their own. */
static const char *const vfio_driver_whitelist[] = { "pci-stub", "pcieport" };

bool vfio_whitelisted_driver(const struct device_driver *drv)
{
	const char *name = SHARED_READ(drv->name);
	size_t i;

	for (i = 0; i < sizeof(vfio_driver_whitelist) /
				sizeof(vfio_driver_whitelist[0]);
	     i++)
		if (strcmp(name, vfio_driver_whitelist[i]) == 0)
			return true;
	return false;
}

/* @drv may be stale, even freed, by the time it is looked at. */
static bool vfio_driver_is_harmless(const struct device_driver *drv)
{
	return !drv || vfio_whitelisted_driver(drv);
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
	if (vfio_driver_is_harmless(drv))
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
	return vfio_driver_is_harmless(READ_ONCE(dev->driver));
}

/* All three reads within one step, that of the second lock. */
static bool vfio_dev_viable_atomic(struct device *dev, struct vfio_group *group)
{
	bool viable;

	mutex_lock(&group->unbound_lock);
	mutex_lock(&group->device_lock);
	viable = vfio_driver_is_harmless(READ_LOCKED(dev->driver)) ||
		 vfio_group_find_unbound(group, dev) ||
		 vfio_group_find_device(group, dev);
	mutex_unlock(&group->device_lock);
	mutex_unlock(&group->unbound_lock);
	return viable;
}

static int vfio_dev_viable(struct device *dev, void *data)
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

	return iommu_group_for_each_dev(group->iommu_group, group,
					vfio_dev_viable) == 0;
}

/* ----------------------------------------------------------------- notifier */

/* For a WARN_ON_ONCE(): did it never warn in this machine? */
static bool vfio_first_warning(void)
{
	if (SHARED_READ(vfio->nb_add_dev_warned))
		return false;
	SHARED_WRITE(vfio->nb_add_dev_warned, true);
	return true;
}

static void vfio_group_nb_add_dev(struct vfio_group *group, struct device *dev)
{
	SCHED_FUNC();
	struct vfio_device *device = vfio_group_get_device(group, dev);

	/* An address that is reused while its vfio_device is still listed. */
	if (device) {
		WARN(vfio_first_warning(), "device");
		vfio_device_put(device);
		return;
	}
	if (!atomic_read(&group->container_users))
		return;
	/* 3.19 takes the text for the condition: it always warns, and says no
	 * more than the name (F13). */
	WARN(true, dev_name(dev));
}

static int vfio_group_nb_verify(struct vfio_group *group, struct device *dev)
{
	SCHED_FUNC();

	if (!atomic_read(&group->container_users))
		return 0;
	return vfio_dev_viable(dev, group);
}

/* The newest entry only: more than one means that an older one is stale. */
static void vfio_group_untrack(struct vfio_group *group,
			       const struct device *dev)
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

static int vfio_iommu_group_notifier(struct notifier_block *nb,
				     unsigned long action, void *data)
{
	SCHED_FUNC();
	struct vfio_group *group = container_of(nb, struct vfio_group, nb);
	struct device *dev = data;

	/* The group may be on its way out, or not listed yet. */
	group = vfio_group_try_get(group);
	if (!group)
		return NOTIFY_OK;
	switch (action) {
	case IOMMU_GROUP_NOTIFY_ADD_DEVICE:
		vfio_group_nb_add_dev(group, dev);
		break;
	case IOMMU_GROUP_NOTIFY_BOUND_DRIVER:
		/* A host driver in a group that is in use: isolation is lost
		 * already, so the machine stops (F16). */
		BUG_ON(vfio_group_nb_verify(group, dev));
		break;
	case IOMMU_GROUP_NOTIFY_UNBOUND_DRIVER:
		if (vfio_tracks_unbound())
			vfio_group_untrack(group, dev);
		break;
	default:
		break;
	}
	/* Inside the chain: if this is the last put, it never returns (B8). */
	vfio_group_put(group);
	return NOTIFY_OK;
}
