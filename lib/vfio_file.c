/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vfio_file.c - the files of VFIO: the nodes for containers and groups, device
 * files, and what they answer.  From drivers/vfio/vfio.c, Linux 3.19.
 */
#include "vfio_internal.h"

#include <string.h>

/* ------------------------------------------------------------- device files */

static int vfio_device_fops_release(struct file *filep)
{
	SCHED_FUNC();
	struct vfio_device *device = SHARED_READ(filep->private_data);

	if (device->ops->release)
		device->ops->release(device->device_data);
	vfio_group_try_dissolve_container(SHARED_READ(device->group));
	/* An unbind may have waited for this put. */
	vfio_device_put(device);
	return 0;
}

static long vfio_device_fops_unl_ioctl(struct file *filep, unsigned int cmd,
				       unsigned long arg)
{
	SCHED_FUNC();
	struct vfio_device *device = SHARED_READ(filep->private_data);

	if (!device->ops->ioctl)
		return -EINVAL;
	return device->ops->ioctl(device->device_data, cmd, arg);
}

static int vfio_device_open(struct vfio_device *device)
{
	int err = vfio_injected(VFIO_OPEN);

	if (err)
		return err;
	return device->ops->open ? device->ops->open(device->device_data) : 0;
}

static void vfio_device_close(struct vfio_device *device)
{
	if (device->ops->release)
		device->ops->release(device->device_data);
}

static int vfio_get_unused_fd(void)
{
	int err = vfio_injected(VFIO_FD);

	return err ? err : get_unused_fd();
}

static struct file *vfio_anon_inode_getfile(struct vfio_device *device)
{
	int err = vfio_injected(VFIO_FILE);

	if (err)
		return ERR_PTR(err);
	return file_alloc(&vfio->vfio_device_fops, device);
}

/* The caller holds device->group->device_lock, so that the device is there
 * without a reference. */
static int vfio_device_make_fd(struct vfio_device *device)
{
	struct file *filep;
	int fd, ret;

	ret = vfio_device_open(device);
	if (ret)
		return ret;
	fd = vfio_get_unused_fd();
	if (fd < 0) {
		vfio_device_close(device);
		return fd;
	}
	filep = vfio_anon_inode_getfile(device);
	if (IS_ERR(filep)) {
		put_unused_fd(fd);
		vfio_device_close(device);
		return (int)PTR_ERR(filep);
	}
	vfio_device_get(device);
	atomic_inc(&device->group->container_users);
	fd_install(fd, filep);
	return fd;
}

/* -------------------------------------------------------------- group ioctls */

/* No lock: only the caller's use of the group keeps the container there. */
static bool vfio_group_has_iommu(struct vfio_group *group)
{
	struct vfio_container *container = READ_ONCE(group->container);

	return READ_ONCE(container->iommu_driver) != NULL;
}

/* device_lock is held across the driver's open: 3.19 has B16 from that. */
static int vfio_group_get_device_fd(struct vfio_group *group, const char *buf)
{
	SCHED_FUNC();
	struct vfio_device *device;
	int ret = -ENODEV;

	/* Three unlocked reads in a row; the container may go in between. */
	if (atomic_read(&group->container_users) == 0 ||
	    !vfio_group_has_iommu(group) || !vfio_group_viable(group))
		return -EINVAL;
	mutex_lock(&group->device_lock);
	list_for_each_entry(device, &group->device_list, group_next) {
		if (strcmp(dev_name(device->dev), buf) == 0) {
			ret = vfio_device_make_fd(device);
			break;
		}
	}
	mutex_unlock(&group->device_lock);
	return ret;
}

static long vfio_ioctl_get_device_fd(struct vfio_group *group, const char *name)
{
	char *buf;
	long ret;

	if (!name)
		return -EFAULT;
	buf = slab_strdup("strndup_user", name);
	if (!buf)
		return -ENOMEM;
	ret = vfio_group_get_device_fd(group, buf);
	kfree(buf);
	return ret;
}

static long vfio_ioctl_get_status(struct vfio_group *group,
				  struct vfio_group_status *arg)
{
	struct vfio_group_status status;

	if (!arg)
		return -EFAULT;
	status = *arg;
	if (status.argsz < sizeof(status))
		return -EINVAL;
	status.flags = 0;
	if (vfio_group_viable(group))
		status.flags |= VFIO_GROUP_FLAGS_VIABLE;
	if (READ_ONCE(group->container))
		status.flags |= VFIO_GROUP_FLAGS_CONTAINER_SET;
	*arg = status;
	return 0;
}

static long vfio_ioctl_set_container(struct vfio_group *group, const int *arg)
{
	if (!arg)
		return -EFAULT;
	return *arg < 0 ? -EINVAL : vfio_group_set_container(group, *arg);
}

static long vfio_group_fops_unl_ioctl(struct file *filep, unsigned int cmd,
				      unsigned long arg)
{
	SCHED_FUNC();
	struct vfio_group *group = SHARED_READ(filep->private_data);

	switch (cmd) {
	case VFIO_GROUP_GET_STATUS:
		return vfio_ioctl_get_status(group,
					     (struct vfio_group_status *)arg);
	case VFIO_GROUP_SET_CONTAINER:
		return vfio_ioctl_set_container(group, (const int *)arg);
	case VFIO_GROUP_UNSET_CONTAINER:
		return vfio_group_unset_container(group);
	case VFIO_GROUP_GET_DEVICE_FD:
		return vfio_ioctl_get_device_fd(group, (const char *)arg);
	default:
		return -ENOTTY;
	}
}

/* --------------------------------------------------------------- group files */

static int vfio_group_fops_open(struct file *filep, int minor)
{
	SCHED_FUNC();
	struct vfio_group *group = vfio_group_get_from_minor(minor);

	if (!group)
		return -ENODEV;
	/* One open file at a time. */
	if (atomic_cmpxchg(&group->opened, 0, 1)) {
		vfio_group_put(group);
		return -EBUSY;
	}
	/* Somebody else still uses the group in its old container. */
	if (READ_ONCE(group->container)) {
		atomic_dec(&group->opened);
		vfio_group_put(group);
		return -EBUSY;
	}
	SHARED_WRITE(filep->private_data, group);
	return 0;
}

static int vfio_group_fops_release(struct file *filep)
{
	SCHED_FUNC();
	struct vfio_group *group = SHARED_READ(filep->private_data);

	SHARED_WRITE(filep->private_data, NULL);
	vfio_group_try_dissolve_container(group);
	atomic_dec(&group->opened);
	vfio_group_put(group);
	return 0;
}

/* --------------------------------------------------------------------- nodes */

/* A number for a file that is open; ends the caller's reference if there is
 * none. */
static int vfio_file_install(struct file *filep)
{
	int fd = get_unused_fd();

	if (fd < 0)
		fput(filep);
	else
		fd_install(fd, filep);
	return fd;
}

int vfio_container_open(void)
{
	SCHED_FUNC();
	struct file *filep = file_alloc(&vfio->def_chr_fops, NULL);
	int ret;

	if (IS_ERR(filep))
		return (int)PTR_ERR(filep);
	ret = vfio_fops_open(filep);
	if (ret) {
		fput(filep);
		return ret;
	}
	SHARED_WRITE(filep->f_op, &vfio->vfio_fops);
	return vfio_file_install(filep);
}

int vfio_group_open(int minor)
{
	SCHED_FUNC();
	struct file *filep = file_alloc(&vfio->def_chr_fops, NULL);
	int ret;

	if (IS_ERR(filep))
		return (int)PTR_ERR(filep);
	ret = vfio_group_fops_open(filep, minor);
	if (ret) {
		fput(filep);
		return ret;
	}
	SHARED_WRITE(filep->f_op, &vfio->vfio_group_fops);
	return vfio_file_install(filep);
}

/* A node's open that failed is not released. */
static int def_chr_release(struct file *filep)
{
	(void)filep;
	return 0;
}

void vfio_files_init(void)
{
	vfio->def_chr_fops = (struct file_operations){
		.owner = &vfio->module,
		.release = def_chr_release,
	};
	vfio->vfio_fops = (struct file_operations){
		.owner = &vfio->module,
		.release = vfio_fops_release,
		.unlocked_ioctl = vfio_fops_unl_ioctl,
	};
	vfio->vfio_group_fops = (struct file_operations){
		.owner = &vfio->module,
		.release = vfio_group_fops_release,
		.unlocked_ioctl = vfio_group_fops_unl_ioctl,
	};
	vfio->vfio_device_fops = (struct file_operations){
		.owner = &vfio->module,
		.release = vfio_device_fops_release,
		.unlocked_ioctl = vfio_device_fops_unl_ioctl,
	};
}

/* ------------------------------------------------------------ external users */

struct vfio_group *vfio_group_get_external_user(struct file *filep)
{
	SCHED_FUNC();
	struct vfio_group *group = SHARED_READ(filep->private_data);

	if (SHARED_READ(filep->f_op) != &vfio->vfio_group_fops)
		return ERR_PTR(-EINVAL);
	if (!atomic_inc_not_zero(&group->container_users))
		return ERR_PTR(-EINVAL);
	if (!vfio_group_has_iommu(group) || !vfio_group_viable(group)) {
		/* Not the last use: the caller's file keeps one. */
		atomic_dec(&group->container_users);
		return ERR_PTR(-EINVAL);
	}
	/* The count on container_users keeps the container set, too. */
	vfio_group_get(group);
	return group;
}

void vfio_group_put_external_user(struct vfio_group *group)
{
	SCHED_FUNC();
	bool group_first =
		era_flag(ERA_EXT_PUT_ORDER) == ERA_EXT_PUT_GROUP_FIRST;

	/* Put first, and the group that is dissolved may be gone (B11). */
	if (group_first)
		vfio_group_put(group);
	vfio_group_try_dissolve_container(group);
	if (!group_first)
		vfio_group_put(group);
}

int vfio_external_user_iommu_id(struct vfio_group *group)
{
	SCHED_FUNC();

	return iommu_group_id(SHARED_READ(group->iommu_group));
}

long vfio_external_check_extension(struct vfio_group *group, unsigned long arg)
{
	SCHED_FUNC();

	return vfio_ioctl_check_extension(READ_ONCE(group->container), arg);
}

bool vfio_external_group_match_file(struct vfio_group *group,
				    struct file *filep)
{
	SCHED_FUNC();

	return SHARED_READ(filep->f_op) == &vfio->vfio_group_fops &&
	       SHARED_READ(filep->private_data) == group;
}
