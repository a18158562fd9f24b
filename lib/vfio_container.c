/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vfio_container.c - containers: groups that share an IOMMU backend, how they
 * come in and how they leave.  From drivers/vfio/vfio.c, Linux 3.19.
 */
#include "vfio_internal.h"

/* --------------------------------------------------------------- references */

static void vfio_container_get(struct vfio_container *container)
{
	SCHED_FUNC();

	kref_get(&container->kref);
}

/* The backend is gone already: it went with the last group. */
static void vfio_container_release(struct kref *kref)
{
	SCHED_FUNC();
	struct vfio_container *container =
		container_of(kref, struct vfio_container, kref);

	rwsem_destroy(&container->group_lock);
	kfree(container);
}

void vfio_container_put(struct vfio_container *container)
{
	SCHED_FUNC();

	(void)kref_put(&container->kref, vfio_container_release);
}

/* ------------------------------------------------------------------ backend */

static struct module *vfio_iommu_owner(struct vfio_iommu_driver *driver)
{
	return driver->ops->owner ? driver->ops->owner : &driver->module;
}

static void *vfio_iommu_open(struct vfio_iommu_driver *driver,
			     unsigned long arg)
{
	int err = vfio_injected(VFIO_IOMMU_OPEN);

	return err ? ERR_PTR(err) : driver->ops->open(arg);
}

static int vfio_iommu_attach(struct vfio_iommu_driver *driver, void *iommu_data,
			     struct vfio_group *group)
{
	int err = vfio_injected(VFIO_ATTACH);

	if (err)
		return err;
	return driver->ops->attach_group(iommu_data, group->iommu_group);
}

/* Ask every backend whether it can do @arg. */
static long vfio_check_all_drivers(unsigned long arg)
{
	struct vfio_iommu_driver *driver;
	long ret = 0;

	mutex_lock(&vfio->iommu_drivers_lock);
	list_for_each_entry(driver, &vfio->iommu_drivers_list, vfio_next) {
		__module_get(vfio_iommu_owner(driver));
		ret = driver->ops->ioctl(NULL, VFIO_CHECK_EXTENSION, arg);
		module_put(vfio_iommu_owner(driver));
		if (ret > 0)
			break;
	}
	mutex_unlock(&vfio->iommu_drivers_lock);
	return ret;
}

long vfio_ioctl_check_extension(struct vfio_container *container,
				unsigned long arg)
{
	SCHED_FUNC();
	struct vfio_iommu_driver *driver;
	long ret;

	down_read(&container->group_lock);
	driver = READ_LOCKED(container->iommu_driver);
	if (driver)
		ret = driver->ops->ioctl(SHARED_READ(container->iommu_data),
					 VFIO_CHECK_EXTENSION, arg);
	else
		ret = vfio_check_all_drivers(arg);
	up_read(&container->group_lock);
	return ret;
}

/* The caller holds container->group_lock for writing. */
static int __vfio_container_attach_groups(struct vfio_container *container,
					  struct vfio_iommu_driver *driver,
					  void *data)
{
	SCHED_FUNC();
	struct vfio_group *group;
	struct list_head *done;
	int ret = -ENODEV;

	list_for_each_entry(group, &container->group_list, container_next) {
		ret = vfio_iommu_attach(driver, data, group);
		if (ret)
			goto unwind;
	}
	return ret;

unwind:
	for (done = list_prev(&group->container_next);
	     done != &container->group_list; done = list_prev(done)) {
		group = list_entry(done, struct vfio_group, container_next);
		driver->ops->detach_group(data, group->iommu_group);
	}
	return ret;
}

/* The first backend that supports @arg, with its module pinned; or NULL. */
static struct vfio_iommu_driver *vfio_get_iommu_driver(unsigned long arg)
{
	struct vfio_iommu_driver *driver, *found = NULL;

	mutex_lock(&vfio->iommu_drivers_lock);
	list_for_each_entry(driver, &vfio->iommu_drivers_list, vfio_next) {
		__module_get(vfio_iommu_owner(driver));
		if (driver->ops->ioctl(NULL, VFIO_CHECK_EXTENSION, arg) > 0) {
			found = driver;
			break;
		}
		module_put(vfio_iommu_owner(driver));
	}
	mutex_unlock(&vfio->iommu_drivers_lock);
	return found;
}

static int vfio_container_start_driver(struct vfio_container *container,
				       struct vfio_iommu_driver *driver,
				       unsigned long arg)
{
	void *data = vfio_iommu_open(driver, arg);
	int ret;

	if (IS_ERR(data))
		return (int)PTR_ERR(data);
	ret = __vfio_container_attach_groups(container, driver, data);
	if (ret) {
		driver->ops->release(data);
		return ret;
	}
	WRITE_ONCE(container->iommu_driver, driver);
	SHARED_WRITE(container->iommu_data, data);
	return 0;
}

/* Viability is not tested: host drivers of the groups' other devices find
 * themselves in the user's domain (B22). */
static long vfio_ioctl_set_iommu(struct vfio_container *container,
				 unsigned long arg)
{
	SCHED_FUNC();
	struct vfio_iommu_driver *driver;
	long ret;

	down_write(&container->group_lock);
	if (list_empty(&container->group_list) ||
	    READ_LOCKED(container->iommu_driver)) {
		up_write(&container->group_lock);
		return -EINVAL;
	}
	driver = vfio_get_iommu_driver(arg);
	if (driver) {
		ret = vfio_container_start_driver(container, driver, arg);
		if (ret)
			module_put(vfio_iommu_owner(driver));
	} else {
		ret = -ENODEV;
	}
	up_write(&container->group_lock);
	return ret;
}

/* -------------------------------------------------------------- the node */

static long vfio_container_driver_ioctl(struct vfio_container *container,
					unsigned int cmd, unsigned long arg)
{
	struct vfio_iommu_driver *driver;
	long ret = -EINVAL;

	down_read(&container->group_lock);
	driver = READ_LOCKED(container->iommu_driver);
	if (driver)
		ret = driver->ops->ioctl(SHARED_READ(container->iommu_data),
					 cmd, arg);
	up_read(&container->group_lock);
	return ret;
}

long vfio_fops_unl_ioctl(struct file *filep, unsigned int cmd,
			 unsigned long arg)
{
	SCHED_FUNC();
	struct vfio_container *container = SHARED_READ(filep->private_data);

	if (!container)
		return -EINVAL;
	switch (cmd) {
	case VFIO_GET_API_VERSION:
		return VFIO_API_VERSION;
	case VFIO_CHECK_EXTENSION:
		return vfio_ioctl_check_extension(container, arg);
	case VFIO_SET_IOMMU:
		return vfio_ioctl_set_iommu(container, arg);
	default:
		return vfio_container_driver_ioctl(container, cmd, arg);
	}
}

int vfio_fops_open(struct file *filep)
{
	SCHED_FUNC();
	struct vfio_container *container = kzalloc_obj(vfio_container);

	if (!container)
		return -ENOMEM;
	INIT_LIST_HEAD(&container->group_list);
	init_rwsem(&container->group_lock);
	kref_init(&container->kref);
	once_init(&container->iommu_driver, sizeof(container->iommu_driver));
	SHARED_WRITE(filep->private_data, container);
	return 0;
}

int vfio_fops_release(struct file *filep)
{
	SCHED_FUNC();
	struct vfio_container *container = SHARED_READ(filep->private_data);

	SHARED_WRITE(filep->private_data, NULL);
	vfio_container_put(container);
	return 0;
}

/* -------------------------------------------------------- groups come and go */

/* The caller holds container->group_lock for writing. */
static int vfio_container_add_group(struct vfio_container *container,
				    struct vfio_group *group)
{
	struct vfio_iommu_driver *driver = READ_LOCKED(container->iommu_driver);
	int ret;

	if (driver) {
		ret = vfio_iommu_attach(
			driver, SHARED_READ(container->iommu_data), group);
		if (ret)
			return ret;
	}
	WRITE_ONCE(group->container, container);
	list_add(&group->container_next, &container->group_list);
	/* A reference on the container and use of the group. */
	vfio_container_get(container);
	atomic_inc(&group->container_users);
	return 0;
}

/* Between the test of container_users and its increment a second caller gets
 * through, and the group is on the list twice. */
int vfio_group_set_container(struct vfio_group *group, int container_fd)
{
	SCHED_FUNC();
	struct vfio_container *container;
	struct file *filep;
	int ret = -EINVAL;

	if (atomic_read(&group->container_users))
		return -EINVAL;
	filep = fget(container_fd);
	if (!filep)
		return -EBADF;
	if (SHARED_READ(filep->f_op) == &vfio->vfio_fops) {
		container = SHARED_READ(filep->private_data);
		WARN_ON(!container);
		down_write(&container->group_lock);
		ret = vfio_container_add_group(container, group);
		up_write(&container->group_lock);
	}
	fput(filep);
	return ret;
}

static void __vfio_group_unset_container(struct vfio_group *group)
{
	SCHED_FUNC();
	struct vfio_container *container = READ_ONCE(group->container);
	struct vfio_iommu_driver *driver;

	down_write(&container->group_lock);
	driver = READ_LOCKED(container->iommu_driver);
	if (driver)
		driver->ops->detach_group(SHARED_READ(container->iommu_data),
					  group->iommu_group);
	WRITE_ONCE(group->container, NULL);
	list_del(&group->container_next);
	/* The last group takes the backend along. */
	if (driver && list_empty(&container->group_list)) {
		driver->ops->release(SHARED_READ(container->iommu_data));
		module_put(vfio_iommu_owner(driver));
		WRITE_ONCE(container->iommu_driver, NULL);
		SHARED_WRITE(container->iommu_data, NULL);
	}
	up_write(&container->group_lock);
	vfio_container_put(container);
}

/* Any other user, even one that only looks the group up, is in the way. */
int vfio_group_unset_container(struct vfio_group *group)
{
	SCHED_FUNC();
	int users = atomic_cmpxchg(&group->container_users, 1, 0);

	if (!users)
		return -EINVAL;
	if (users != 1)
		return -EBUSY;
	__vfio_group_unset_container(group);
	return 0;
}

/* Whoever ends the last use dissolves. */
void vfio_group_try_dissolve_container(struct vfio_group *group)
{
	SCHED_FUNC();

	if (atomic_dec_if_positive(&group->container_users) == 0)
		__vfio_group_unset_container(group);
}
