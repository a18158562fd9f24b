/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vfio_container.c - containers: groups that share an IOMMU backend, how they
 * come in and how they leave.  From drivers/vfio/vfio.c, Linux 3.19 to 6.1.
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
	return driver->ops->attach_group(iommu_data,
					 SHARED_READ(group->iommu_group));
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

/* Up to 4.5 the first backend that has the type decides, and is opened behind
 * the lock of the list; later, under it, each that has it is tried in turn. */
static bool vfio_tries_all_drivers(void)
{
	return era_flag(ERA_SET_IOMMU_RETRY) == ERA_ON;
}

/* The first backend behind @from that supports @arg, with its module pinned;
 * or NULL.  The caller holds vfio.iommu_drivers_lock. */
static struct vfio_iommu_driver *vfio_next_iommu_driver(struct list_head *from,
							unsigned long arg)
{
	struct vfio_iommu_driver *driver;
	struct list_head *node;

	for (node = list_next(from); node != &vfio->iommu_drivers_list;
	     node = list_next(node)) {
		driver = list_entry(node, struct vfio_iommu_driver, vfio_next);
		__module_get(vfio_iommu_owner(driver));
		if (driver->ops->ioctl(NULL, VFIO_CHECK_EXTENSION, arg) > 0)
			return driver;
		module_put(vfio_iommu_owner(driver));
	}
	return NULL;
}

/* The caller holds container->group_lock for writing. */
static int vfio_container_start_first(struct vfio_container *container,
				      unsigned long arg)
{
	struct vfio_iommu_driver *driver;
	int ret;

	mutex_lock(&vfio->iommu_drivers_lock);
	driver = vfio_next_iommu_driver(&vfio->iommu_drivers_list, arg);
	mutex_unlock(&vfio->iommu_drivers_lock);
	if (!driver)
		return -ENODEV;
	ret = vfio_container_start_driver(container, driver, arg);
	if (ret)
		module_put(vfio_iommu_owner(driver));
	return ret;
}

static int vfio_container_start_any(struct vfio_container *container,
				    unsigned long arg)
{
	struct list_head *from = &vfio->iommu_drivers_list;
	struct vfio_iommu_driver *driver;
	int ret = -ENODEV;

	mutex_lock(&vfio->iommu_drivers_lock);
	while ((driver = vfio_next_iommu_driver(from, arg))) {
		ret = vfio_container_start_driver(container, driver, arg);
		if (!ret)
			break;
		module_put(vfio_iommu_owner(driver));
		from = &driver->vfio_next;
	}
	mutex_unlock(&vfio->iommu_drivers_lock);
	return ret;
}

/* Viability is not tested: host drivers of the groups' other devices find
 * themselves in the user's domain (B22). */
static long vfio_ioctl_set_iommu(struct vfio_container *container,
				 unsigned long arg)
{
	SCHED_FUNC();
	long ret;

	down_write(&container->group_lock);
	if (list_empty(&container->group_list) ||
	    READ_LOCKED(container->iommu_driver))
		ret = -EINVAL;
	else if (vfio_tries_all_drivers())
		ret = vfio_container_start_any(container, arg);
	else
		ret = vfio_container_start_first(container, arg);
	up_write(&container->group_lock);
	return ret;
}

/* -------------------------------------------------------------- the node */

/* From 4.13 on without a lock, though the last group may be leaving, and its
 * backend with it. */
static bool vfio_container_fops_locked(void)
{
	return era_flag(ERA_CONTAINER_FOPS) == ERA_CONTAINER_FOPS_LOCKED;
}

static long vfio_container_driver_ioctl(struct vfio_container *container,
					unsigned int cmd, unsigned long arg)
{
	bool locked = vfio_container_fops_locked();
	struct vfio_iommu_driver *driver;
	long ret = -EINVAL;

	if (locked)
		down_read(&container->group_lock);
	driver = locked ? READ_LOCKED(container->iommu_driver) :
			  READ_ONCE(container->iommu_driver);
	if (driver)
		ret = driver->ops->ioctl(SHARED_READ(container->iommu_data),
					 cmd, arg);
	if (locked)
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

/* From 5.19 on nobody else may have the DMA of the group: a host driver that is
 * bound, or comes to be, loses against this, or wins. */
static int vfio_group_claim_dma(struct vfio_group *group, void *owner)
{
	if (!vfio_owns_dma())
		return 0;
	return iommu_group_claim_dma_owner(group->iommu_group, owner);
}

static void vfio_group_release_dma(struct vfio_group *group)
{
	if (vfio_owns_dma())
		iommu_group_release_dma_owner(group->iommu_group);
}

static int vfio_container_attach(struct vfio_container *container,
				 struct vfio_group *group)
{
	struct vfio_iommu_driver *driver = READ_LOCKED(container->iommu_driver);

	if (!driver)
		return 0;
	return vfio_iommu_attach(driver, SHARED_READ(container->iommu_data),
				 group);
}

/* The container is set, and the group used by that. */
static void vfio_group_join(struct vfio_group *group,
			    struct vfio_container *container)
{
	WRITE_ONCE(group->container, container);
	if (vfio_groups_are_locked())
		SHARED_WRITE(group->container_users.counter, 1);
	list_add(&group->container_next, &container->group_list);
	vfio_container_get(container);
	if (!vfio_groups_are_locked())
		atomic_inc(&group->container_users);
}

/* The caller holds container->group_lock for writing. */
static int vfio_container_add_group(struct vfio_container *container,
				    struct vfio_group *group, void *owner)
{
	int ret = vfio_group_claim_dma(group, owner);

	if (ret)
		return ret;
	ret = vfio_container_attach(container, group);
	if (ret) {
		vfio_group_release_dma(group);
		return ret;
	}
	vfio_group_join(group, container);
	return 0;
}

static int vfio_group_attach_file(struct vfio_group *group, struct file *filep)
{
	struct vfio_container *container;
	int ret;

	if (SHARED_READ(filep->f_op) != &vfio->vfio_fops)
		return -EINVAL;
	container = SHARED_READ(filep->private_data);
	WARN_ON(!container);
	down_write(&container->group_lock);
	ret = vfio_container_add_group(container, group, filep);
	up_write(&container->group_lock);
	return ret;
}

/* Up to 5.18, between the test of container_users and its increment a second
 * caller gets through, and the group is on the list twice. */
int vfio_group_set_container(struct vfio_group *group, int container_fd)
{
	SCHED_FUNC();
	struct file *filep;
	int ret;

	vfio_group_begin(group);
	ret = vfio_group_may_join(group);
	if (!ret) {
		filep = fget(container_fd);
		ret = filep ? vfio_group_attach_file(group, filep) : -EBADF;
		if (filep)
			fput(filep);
	}
	vfio_group_end(group);
	return ret;
}

/* The last group takes the backend along.  The caller holds the container's
 * group_lock for writing. */
static void vfio_container_stop_driver(struct vfio_container *container,
				       struct vfio_iommu_driver *driver)
{
	driver->ops->release(SHARED_READ(container->iommu_data));
	module_put(vfio_iommu_owner(driver));
	WRITE_ONCE(container->iommu_driver, NULL);
	SHARED_WRITE(container->iommu_data, NULL);
}

/* From 4.14 to 5.18 the unbind of the last device may wait for it. */
static void vfio_group_left_container(struct vfio_group *group)
{
	WRITE_ONCE(group->container, NULL);
	if (vfio_groups_are_locked())
		SHARED_WRITE(group->container_users.counter, 0);
	if (era_flag(ERA_CONTAINER_STALL) == ERA_ON)
		wake_up(&group->container_q);
	list_del(&group->container_next);
}

void __vfio_group_unset_container(struct vfio_group *group)
{
	SCHED_FUNC();
	struct vfio_container *container = READ_ONCE(group->container);
	struct vfio_iommu_driver *driver;

	down_write(&container->group_lock);
	driver = READ_LOCKED(container->iommu_driver);
	if (driver)
		driver->ops->detach_group(SHARED_READ(container->iommu_data),
					  group->iommu_group);
	vfio_group_release_dma(group);
	vfio_group_left_container(group);
	if (driver && list_empty(&container->group_list))
		vfio_container_stop_driver(container, driver);
	up_write(&container->group_lock);
	vfio_container_put(container);
}

int vfio_group_unset_container(struct vfio_group *group)
{
	SCHED_FUNC();
	int ret;

	vfio_group_begin(group);
	ret = vfio_group_take_last_use(group);
	if (!ret)
		__vfio_group_unset_container(group);
	vfio_group_end(group);
	return ret;
}

/* Whoever ends the last use dissolves. */
void vfio_group_try_dissolve_container(struct vfio_group *group)
{
	SCHED_FUNC();

	if (atomic_dec_if_positive(&group->container_users) == 0)
		__vfio_group_unset_container(group);
}
