/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vfio_group_state.c - who uses a group: its file, its container, its devices.
 * Up to 5.18 that is kept in two atomic counters and a pointer that no lock
 * guards; from 5.19 on in plain fields under one lock of the group.
 */
#include "vfio_internal.h"

/* -------------------------------------------------------------------- lock */

/* 5.19 and 6.0 have a rwsem there, later kernels a mutex. */
static bool vfio_group_lock_is_mutex(void)
{
	return era_flag(ERA_LAST_DEV_DETACHES) == ERA_ON;
}

void vfio_group_begin(struct vfio_group *group)
{
	if (!vfio_groups_are_locked())
		return;
	if (vfio_group_lock_is_mutex())
		mutex_lock(&group->group_lock);
	else
		down_write(&group->group_rwsem);
}

void vfio_group_end(struct vfio_group *group)
{
	if (!vfio_groups_are_locked())
		return;
	if (vfio_group_lock_is_mutex())
		mutex_unlock(&group->group_lock);
	else
		up_write(&group->group_rwsem);
}

void vfio_group_begin_read(struct vfio_group *group)
{
	if (!vfio_groups_are_locked())
		return;
	if (vfio_group_lock_is_mutex())
		mutex_lock(&group->group_lock);
	else
		down_read(&group->group_rwsem);
}

void vfio_group_end_read(struct vfio_group *group)
{
	if (!vfio_groups_are_locked())
		return;
	if (vfio_group_lock_is_mutex())
		mutex_unlock(&group->group_lock);
	else
		up_read(&group->group_rwsem);
}

/* ---------------------------------------------------------------- the file */

/* One open file at a time, and not while somebody else still uses the group in
 * its old container. */
static int vfio_group_open_counted(struct vfio_group *group)
{
	if (atomic_cmpxchg(&group->opened, 0, 1))
		return -EBUSY;
	if (!READ_ONCE(group->container))
		return 0;
	atomic_dec(&group->opened);
	return -EBUSY;
}

/* Up to 6.0 an open file is a reference, later it only looks whether there is
 * one: it stays open when the devices are gone. */
static bool vfio_group_get_opened(struct vfio_group *group)
{
	if (era_flag(ERA_LAST_DEV_DETACHES) == ERA_ON)
		return __atomic_t_read(&group->kref.refcount,
				       SCHED_SITE(vfio_group_count_name())) !=
		       0;
	return vfio_group_get_unless_zero(group);
}

static void vfio_group_put_opened(struct vfio_group *group)
{
	if (era_flag(ERA_LAST_DEV_DETACHES) == ERA_OFF)
		vfio_group_put(group);
}

static int vfio_group_open_locked(struct vfio_group *group, struct file *filep)
{
	int ret = 0;

	vfio_group_begin(group);
	if (!vfio_group_get_opened(group)) {
		ret = -ENODEV;
	} else if (SHARED_READ(group->opened_file)) {
		vfio_group_put_opened(group);
		ret = -EBUSY;
	} else {
		SHARED_WRITE(group->opened_file, filep);
	}
	vfio_group_end(group);
	return ret;
}

int vfio_group_open_file(struct vfio_group *group, struct file *filep)
{
	return vfio_groups_are_locked() ? vfio_group_open_locked(group, filep) :
					  vfio_group_open_counted(group);
}

/* Open devices pin the file, so nobody else uses the container any more. */
static void vfio_group_close_locked(struct vfio_group *group)
{
	vfio_group_begin(group);
	if (READ_LOCKED(group->container)) {
		WARN_ON(SHARED_READ(group->container_users.counter) != 1);
		__vfio_group_unset_container(group);
	}
	SHARED_WRITE(group->opened_file, NULL);
	vfio_group_end(group);
	vfio_group_put_opened(group);
}

void vfio_group_close_file(struct vfio_group *group)
{
	if (vfio_groups_are_locked()) {
		vfio_group_close_locked(group);
		return;
	}
	vfio_group_try_dissolve_container(group);
	atomic_dec(&group->opened);
}

/* ------------------------------------------------------------ the container */

/* Up to 5.18 the container may go between any two of its users' reads; later
 * the caller holds the lock. */
bool vfio_group_has_iommu(struct vfio_group *group)
{
	struct vfio_container *container;

	if (!vfio_groups_are_locked()) {
		container = READ_ONCE(group->container);
		return READ_ONCE(container->iommu_driver) != NULL;
	}
	container = READ_LOCKED(group->container);
	return container && READ_ONCE(container->iommu_driver) != NULL;
}

int vfio_group_may_join(struct vfio_group *group)
{
	if (!vfio_groups_are_locked())
		return atomic_read(&group->container_users) ? -EINVAL : 0;
	if (READ_LOCKED(group->container) ||
	    WARN_ON(SHARED_READ(group->container_users.counter)))
		return -EINVAL;
	return SHARED_READ(group->iommu_group) ? 0 : -ENODEV;
}

static int vfio_group_take_last_use_counted(struct vfio_group *group)
{
	int users = atomic_cmpxchg(&group->container_users, 1, 0);

	if (!users)
		return -EINVAL;
	return users == 1 ? 0 : -EBUSY;
}

/* Up to 5.18 any other user, even one that only looks the group up, is in the
 * way (B34). */
int vfio_group_take_last_use(struct vfio_group *group)
{
	if (!vfio_groups_are_locked())
		return vfio_group_take_last_use_counted(group);
	if (!READ_LOCKED(group->container))
		return -EINVAL;
	return SHARED_READ(group->container_users.counter) == 1 ? 0 : -EBUSY;
}

/* -------------------------------------------------------------- open devices */

static void vfio_group_change_users(struct vfio_group *group, int change)
{
	int users = SHARED_READ(group->container_users.counter);

	SHARED_WRITE(group->container_users.counter, users + change);
}

/* 5.19: an open device pins the file of the group, too. */
static int vfio_group_use_locked(struct vfio_group *group)
{
	int ret = -EINVAL;

	vfio_group_begin(group);
	if (vfio_group_has_iommu(group) &&
	    !WARN_ON(!SHARED_READ(group->container_users.counter))) {
		get_file(SHARED_READ(group->opened_file));
		vfio_group_change_users(group, 1);
		ret = 0;
	}
	vfio_group_end(group);
	return ret;
}

int vfio_group_use(struct vfio_group *group)
{
	if (vfio_groups_are_locked())
		return vfio_group_use_locked(group);
	atomic_inc(&group->container_users);
	return 0;
}

/* The file's last put takes the lock again, so it waits until that is free. */
static void vfio_group_unuse_locked(struct vfio_group *group)
{
	struct file *filep;

	vfio_group_begin(group);
	WARN_ON(SHARED_READ(group->container_users.counter) <= 1);
	vfio_group_change_users(group, -1);
	filep = SHARED_READ(group->opened_file);
	vfio_group_end(group);
	fput(filep);
}

void vfio_group_unuse(struct vfio_group *group)
{
	if (vfio_groups_are_locked())
		vfio_group_unuse_locked(group);
	else
		vfio_group_try_dissolve_container(group);
}
