/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vfio_group.c - VFIO groups: their life, and what they do when their IOMMU
 * group tells them something.  From drivers/vfio/vfio.c, Linux 3.19 to 6.1.
 */
#include "vfio_internal.h"

#include <stdio.h>

static int vfio_iommu_group_notifier(struct notifier_block *nb,
				     unsigned long action, void *data);

/* 3.19: the devices of a group pin its IOMMU group, each from add to delete. */
bool vfio_pins_iommu_group_per_device(void)
{
	return era_flag(ERA_IOMMU_GROUP_PIN) == ERA_PIN_PER_DEVICE;
}

/* ------------------------------------------------------------ minors, nodes */

/* The caller holds vfio.group_lock; from 5.16 on vfio.chrdevs_lock. */
static int vfio_alloc_group_minor(struct vfio_group *group)
{
	return idr_alloc(&vfio->group_idr, group, 0, 0);
}

static void vfio_free_group_minor(int minor)
{
	idr_remove(&vfio->group_idr, minor);
}

/* From 5.16 on: is its character device there to be opened? */
static void vfio_group_set_node(struct vfio_group *group, bool there)
{
	mutex_lock(&vfio->chrdevs_lock);
	SHARED_WRITE(group->has_node, there);
	mutex_unlock(&vfio->chrdevs_lock);
}

/*
 * device_create() of /dev/vfio/ID, later cdev_device_add(); the caller holds
 * vfio.group_lock.  A group on the list has its node.  An IOMMU group's id is
 * free again when the IOMMU group is gone, even if the node that it named is
 * still there (F6).
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
	if (vfio_groups_are_devices())
		vfio_group_set_node(group, true);
	return 0;
}

/* The caller holds vfio.group_lock. */
static void vfio_group_destroy_node(struct vfio_group *group)
{
	if (vfio_groups_are_devices())
		vfio_group_set_node(group, false);
	else
		vfio_free_group_minor(group->minor);
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

/* ------------------------------------------------------------------- memory */

static void vfio_group_init(struct vfio_group *group,
			    struct iommu_group *iommu_group)
{
	kref_init(&group->kref);
	kref_init(&group->dev);
	INIT_LIST_HEAD(&group->device_list);
	mutex_init(&group->device_lock);
	INIT_LIST_HEAD(&group->unbound_list);
	mutex_init(&group->unbound_lock);
	atomic_init(&group->container_users, 0);
	atomic_init(&group->opened, 0);
	once_init(&group->container, sizeof(group->container));
	once_init(&group->kvm, sizeof(group->kvm));
	init_rwsem(&group->group_rwsem);
	mutex_init(&group->group_lock);
	init_waitqueue_head(&group->container_q);
	group->iommu_group = iommu_group;
	group->nb.notifier_call = vfio_iommu_group_notifier;
}

static void vfio_group_free(struct vfio_group *group)
{
	mutex_destroy(&group->device_lock);
	mutex_destroy(&group->unbound_lock);
	mutex_destroy(&group->group_lock);
	rwsem_destroy(&group->group_rwsem);
	kfree(group);
}

static struct vfio_group *vfio_group_alloc(struct iommu_group *iommu_group)
{
	struct vfio_group *group = kzalloc_obj(vfio_group);
	int minor;

	if (!group)
		return ERR_PTR(-ENOMEM);
	vfio_group_init(group, iommu_group);
	if (!vfio_groups_are_devices())
		return group;
	mutex_lock(&vfio->chrdevs_lock);
	minor = vfio_alloc_group_minor(group);
	mutex_unlock(&vfio->chrdevs_lock);
	if (minor < 0) {
		vfio_group_free(group);
		return ERR_PTR(minor);
	}
	group->minor = minor;
	(void)iommu_group_ref_get(iommu_group);
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

/* From 5.16 on: who still has the node open keeps the memory. */
static void vfio_group_dev_release(struct kref *kref)
{
	SCHED_FUNC();
	struct vfio_group *group = container_of(kref, struct vfio_group, dev);
	struct iommu_group *iommu_group = group->iommu_group;

	vfio_group_free_unbound(group);
	mutex_lock(&vfio->chrdevs_lock);
	vfio_free_group_minor(group->minor);
	mutex_unlock(&vfio->chrdevs_lock);
	vfio_group_free(group);
	iommu_group_put(iommu_group);
}

void vfio_group_put_device(struct vfio_group *group)
{
	(void)kref_put(&group->dev, vfio_group_dev_release);
}

/* --------------------------------------------------------------------- life */

/* From 5.19 on nobody needs to be told of drivers that come and go. */
static int vfio_group_listen(struct vfio_group *group)
{
	if (vfio_owns_dma())
		return 0;
	return iommu_group_register_notifier(group->iommu_group, &group->nb);
}

static void vfio_group_listen_no_more(struct vfio_group *group)
{
	if (!vfio_owns_dma())
		(void)iommu_group_unregister_notifier(group->iommu_group,
						      &group->nb);
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
	vfio_group_listen_no_more(group);
	if (vfio_groups_are_devices())
		vfio_group_put_device(group);
	else
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

/* From 4.0 to 5.15 the caller's reference, which a new group would have kept,
 * is forgotten here. */
static bool vfio_forgets_reference(void)
{
	return era_flag(ERA_CREATE_RACE_LEAKS_IOMMU_REF) == ERA_ON;
}

/* Somebody else made the group while this task waited for the lock. */
static struct vfio_group *vfio_group_use_other(struct vfio_group *group,
					       struct vfio_group *other)
{
	struct iommu_group *iommu_group = group->iommu_group;

	vfio_group_get(other);
	if (era_flag(ERA_MINOR_ALLOC) == ERA_MINOR_BEFORE_SCAN)
		vfio_free_group_minor(group->minor);
	vfio_group_unlock_and_free(group);
	if (!vfio_pins_iommu_group_per_device() && !vfio_groups_are_devices() &&
	    !vfio_forgets_reference())
		iommu_group_put(iommu_group);
	return other;
}

/* The minor of a group that is allocated at @when; the caller holds
 * vfio.group_lock. */
static int vfio_group_take_minor(struct vfio_group *group, unsigned when)
{
	int minor;

	if (era_flag(ERA_MINOR_ALLOC) != when)
		return 0;
	minor = vfio_alloc_group_minor(group);
	if (minor < 0)
		return minor;
	group->minor = minor;
	return 0;
}

/* Minor, unless it has one, and node; the caller holds vfio.group_lock. */
static int vfio_group_publish(struct vfio_group *group)
{
	int ret = vfio_group_take_minor(group, ERA_MINOR_AFTER_SCAN);

	if (ret)
		return ret;
	ret = vfio_group_create_node(group);
	if (ret) {
		if (!vfio_groups_are_devices())
			vfio_free_group_minor(group->minor);
		return ret;
	}
	list_add(&group->vfio_next, &vfio->group_list);
	return 0;
}

/* Returns the group that is on the list in the end, or ERR_PTR(). */
static struct vfio_group *vfio_group_enter(struct vfio_group *group)
{
	struct vfio_group *other;
	int ret;

	mutex_lock(&vfio->group_lock);
	ret = vfio_group_take_minor(group, ERA_MINOR_BEFORE_SCAN);
	other = ret ? NULL : vfio_group_find_iommu(group->iommu_group);
	if (other)
		return vfio_group_use_other(group, other);
	if (!ret)
		ret = vfio_group_publish(group);
	if (ret) {
		vfio_group_unlock_and_free(group);
		return ERR_PTR(ret);
	}
	mutex_unlock(&vfio->group_lock);
	return group;
}

struct vfio_group *vfio_create_group(struct iommu_group *iommu_group)
{
	SCHED_FUNC();
	struct vfio_group *group = vfio_group_alloc(iommu_group);
	int ret;

	if (IS_ERR(group))
		return group;
	/* Before vfio.group_lock, which callbacks take inside the chain. */
	ret = vfio_group_listen(group);
	if (!ret)
		return vfio_group_enter(group);
	if (vfio_groups_are_devices())
		vfio_group_put_device(group);
	else
		vfio_group_free(group);
	return ERR_PTR(ret);
}

/* 6.1: no device is left, so nobody may use the IOMMU group any more, whoever
 * has the file open.  Drops vfio.group_lock. */
static void vfio_group_revoke(struct vfio_group *group)
{
	struct iommu_group *iommu_group;

	vfio_group_begin(group);
	if (READ_LOCKED(group->container))
		__vfio_group_unset_container(group);
	iommu_group = group->iommu_group;
	SHARED_WRITE(group->iommu_group, NULL);
	vfio_group_end(group);
	mutex_unlock(&vfio->group_lock);
	iommu_group_put(iommu_group);
	vfio_group_put_device(group);
}

/* From 5.16 to 6.0: a group that nobody refers to is in no container.  An
 * external user's put in the old order (B11) shows that it was. */
static void vfio_group_warn_used(struct vfio_group *group)
{
	if (!vfio_groups_are_devices())
		return;
	WARN_ON(vfio_groups_are_locked() ?
			SHARED_READ(group->container_users.counter) :
			atomic_read(&group->container_users));
}

/* Runs with vfio.group_lock held, and drops it. */
static void vfio_group_release(struct kref *kref)
{
	SCHED_FUNC();
	struct vfio_group *group = container_of(kref, struct vfio_group, kref);
	struct iommu_group *iommu_group = group->iommu_group;
	bool revoke = era_flag(ERA_LAST_DEV_DETACHES) == ERA_ON;

	WARN_ON(!list_empty(&group->device_list));
	if (!revoke)
		vfio_group_warn_used(group);
	if (!vfio_groups_are_devices())
		vfio_group_free_unbound(group);
	list_del(&group->vfio_next);
	vfio_group_destroy_node(group);
	if (revoke) {
		vfio_group_revoke(group);
		return;
	}
	vfio_group_unlock_and_free(group);
	if (!vfio_pins_iommu_group_per_device() && !vfio_groups_are_devices())
		iommu_group_put(iommu_group);
}

/* What the count is called: reports show the name of the era. */
const char *vfio_group_count_name(void)
{
	if (era_flag(ERA_LAST_DEV_DETACHES) == ERA_ON)
		return "&group->drivers";
	return vfio_groups_are_devices() ? "&group->users" : "&group->kref";
}

/* The caller has a reference or holds vfio.group_lock. */
void vfio_group_get(struct vfio_group *group)
{
	SCHED_FUNC();

	__kref_get(&group->kref, SCHED_SITE(vfio_group_count_name()));
}

bool vfio_group_get_unless_zero(struct vfio_group *group)
{
	return __kref_get_unless_zero(&group->kref,
				      SCHED_SITE(vfio_group_count_name()));
}

void vfio_group_put(struct vfio_group *group)
{
	SCHED_FUNC();

	(void)__kref_put_mutex(&group->kref, vfio_group_release,
			       &vfio->group_lock,
			       SCHED_SITE(vfio_group_count_name()));
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

struct vfio_group *vfio_group_get_from_node(int minor)
{
	struct vfio_group *group;

	mutex_lock(&vfio->chrdevs_lock);
	group = idr_find(&vfio->group_idr, minor);
	if (group && SHARED_READ(group->has_node))
		kref_get(&group->dev);
	else
		group = NULL;
	mutex_unlock(&vfio->chrdevs_lock);
	return group;
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

/* Up to 4.3 the text is taken for the condition: it always warns, too, and says
 * no more than the name (F13). */
static void vfio_group_warn_added(struct vfio_group *group, struct device *dev)
{
	char text[DEVICE_NAME_MAX + 48];

	snprintf(text, sizeof(text), "Device %s added to live group %d",
		 dev_name(dev), iommu_group_id(group->iommu_group));
	WARN(true, era_flag(ERA_HOT_ADD_WARN) == ERA_HOT_ADD_WARN_NAME ?
			   dev_name(dev) :
			   text);
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
	if (atomic_read(&group->container_users))
		vfio_group_warn_added(group, dev);
}

static int vfio_group_nb_verify(struct vfio_group *group, struct device *dev)
{
	SCHED_FUNC();
	int ret = 0;

	if (atomic_read(&group->container_users))
		ret = vfio_dev_viable(dev, group);
	sched_answer(ret);
	return ret;
}

/* ------------------------------------------- references of a callback (D6) */

static void vfio_group_put_bg(struct work_struct *work)
{
	SCHED_FUNC();
	struct vfio_group_put_work *do_work =
		container_of(work, struct vfio_group_put_work, work);

	vfio_group_put(do_work->group);
	kfree(do_work);
}

/* 4.13: on a task of its own, outside the chain.  Without memory for it the
 * reference is never dropped (B9, F11). */
static void vfio_group_schedule_put(struct vfio_group *group)
{
	SCHED_FUNC();
	struct vfio_group_put_work *do_work = kzalloc_obj(vfio_group_put_work);

	if (WARN_ON(!do_work))
		return;
	INIT_WORK(&do_work->work, vfio_group_put_bg);
	do_work->group = group;
	(void)schedule_work(&do_work->work);
}

/* The group may be on its way out, or not listed yet.  From 5.16 on the chain
 * that is being walked is reference enough. */
static bool vfio_group_nb_get(struct vfio_group *group)
{
	return era_flag(ERA_NB_PUT) == ERA_NB_PUT_NONE ||
	       vfio_group_try_get(group);
}

static void vfio_group_nb_put(struct vfio_group *group)
{
	switch (era_flag(ERA_NB_PUT)) {
	case ERA_NB_PUT_SYNC:
		/* Inside the chain: the last put never returns (B8). */
		vfio_group_put(group);
		break;
	case ERA_NB_PUT_WORKQUEUE:
		vfio_group_schedule_put(group);
		break;
	default:
		break;
	}
}

static int vfio_iommu_group_notifier(struct notifier_block *nb,
				     unsigned long action, void *data)
{
	SCHED_FUNC();
	struct vfio_group *group = container_of(nb, struct vfio_group, nb);
	struct device *dev = data;

	if (!vfio_group_nb_get(group))
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
	vfio_group_nb_put(group);
	return NOTIFY_OK;
}
