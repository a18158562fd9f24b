/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vfio_file.c - the files of VFIO: the nodes for containers and groups, device
 * files, and what they answer.  From drivers/vfio/vfio.c, Linux 3.19 to 6.1.
 */
#include "vfio_internal.h"

#include <string.h>

/* ------------------------------------------------------------- device files */

static int vfio_device_fops_release(struct file *filep)
{
	SCHED_FUNC();
	struct vfio_device *device = SHARED_READ(filep->private_data);

	vfio_device_last_close(device);
	vfio_group_unuse(SHARED_READ(device->group));
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
	return device->ops->ioctl(vfio_ops_data(device), cmd, arg);
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

/* A file for a device that is open already, and its number. */
static int vfio_device_make_file(struct vfio_device *device,
				 struct file **ret_filep)
{
	int fd = vfio_get_unused_fd();

	if (fd < 0)
		return fd;
	*ret_filep = vfio_anon_inode_getfile(device);
	if (!IS_ERR(*ret_filep))
		return fd;
	put_unused_fd(fd);
	return (int)PTR_ERR(*ret_filep);
}

/* Up to 5.18.  On success the file has the reference that @take gets, or the
 * caller's own. */
static int vfio_device_make_fd(struct vfio_device *device,
			       void (*take)(struct vfio_device *device))
{
	struct file *filep;
	int fd = vfio_device_first_open(device);

	if (fd)
		return fd;
	fd = vfio_device_make_file(device, &filep);
	if (fd < 0) {
		vfio_device_last_close(device);
		return fd;
	}
	if (take)
		take(device);
	(void)vfio_group_use(device->group);
	fd_install(fd, filep);
	return fd;
}

/* From 5.19 on the group is used before the device is opened. */
static struct file *vfio_device_open_file(struct vfio_device *device)
{
	struct file *filep;
	int ret = vfio_group_use(device->group);

	if (ret)
		return ERR_PTR(ret);
	ret = vfio_device_first_open(device);
	if (ret) {
		vfio_group_unuse(device->group);
		return ERR_PTR(ret);
	}
	filep = vfio_anon_inode_getfile(device);
	if (IS_ERR(filep)) {
		vfio_device_last_close(device);
		vfio_group_unuse(device->group);
	}
	return filep;
}

static int vfio_device_make_fd_locked(struct vfio_device *device)
{
	struct file *filep;
	int fd = vfio_get_unused_fd();

	if (fd < 0)
		return fd;
	filep = vfio_device_open_file(device);
	if (IS_ERR(filep)) {
		put_unused_fd(fd);
		return (int)PTR_ERR(filep);
	}
	fd_install(fd, filep);
	return fd;
}

/* -------------------------------------------------------------- group ioctls */

/* Up to 4.1: device_lock is held across the driver's open (B16), so that the
 * device is there without a reference. */
static int vfio_group_open_listed(struct vfio_group *group, const char *buf)
{
	struct vfio_device *device;
	int ret = -ENODEV;

	mutex_lock(&group->device_lock);
	list_for_each_entry(device, &group->device_list, group_next) {
		if (strcmp(dev_name(device->dev), buf) == 0) {
			ret = vfio_device_make_fd(device, vfio_device_get);
			break;
		}
	}
	mutex_unlock(&group->device_lock);
	return ret;
}

/* From 4.2 on a reference holds the device meanwhile. */
static int vfio_group_open_named(struct vfio_group *group, const char *buf)
{
	struct vfio_device *device = vfio_device_get_from_name(group, buf);
	int ret;

	if (!device)
		return -ENODEV;
	ret = vfio_groups_are_locked() ? vfio_device_make_fd_locked(device) :
					 vfio_device_make_fd(device, NULL);
	if (ret < 0)
		vfio_device_put(device);
	return ret;
}

/* Up to 5.18: three unlocked reads in a row; the container may go in between. */
static bool vfio_group_is_usable(struct vfio_group *group)
{
	return atomic_read(&group->container_users) != 0 &&
	       vfio_group_has_iommu(group) && vfio_group_viable(group);
}

static int vfio_group_get_device_fd(struct vfio_group *group, const char *buf)
{
	SCHED_FUNC();

	if (!vfio_groups_are_locked() && !vfio_group_is_usable(group))
		return -EINVAL;
	if (era_flag(ERA_OPEN_UNDER_VD) == ERA_ON &&
	    !vfio_groups_are_locked() && !vfio_devices_are_drivers())
		return vfio_group_open_listed(group, buf);
	return vfio_group_open_named(group, buf);
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

/* Up to 5.18 two reads, one after the other. */
static uint32_t vfio_group_flags(struct vfio_group *group)
{
	uint32_t flags = 0;

	if (vfio_group_viable(group))
		flags |= VFIO_GROUP_FLAGS_VIABLE;
	if (READ_ONCE(group->container))
		flags |= VFIO_GROUP_FLAGS_CONTAINER_SET;
	return flags;
}

/* From 5.19 on a group in a container is viable, and any other if nobody has
 * its DMA; -ENODEV: the last device is gone (6.1). */
static int vfio_group_flags_locked(struct vfio_group *group,
				   uint32_t *ret_flags)
{
	int ret = 0;

	vfio_group_begin_read(group);
	*ret_flags = 0;
	if (!SHARED_READ(group->iommu_group))
		ret = -ENODEV;
	else if (READ_LOCKED(group->container))
		*ret_flags = VFIO_GROUP_FLAGS_CONTAINER_SET |
			     VFIO_GROUP_FLAGS_VIABLE;
	else if (!vfio_owns_dma() ?
			 vfio_group_viable(group) :
			 !iommu_group_dma_owner_claimed(group->iommu_group))
		*ret_flags = VFIO_GROUP_FLAGS_VIABLE;
	vfio_group_end_read(group);
	return ret;
}

static long vfio_ioctl_get_status(struct vfio_group *group,
				  struct vfio_group_status *arg)
{
	struct vfio_group_status status;
	int ret = 0;

	if (!arg)
		return -EFAULT;
	status = *arg;
	if (status.argsz < sizeof(status))
		return -EINVAL;
	if (vfio_groups_are_locked())
		ret = vfio_group_flags_locked(group, &status.flags);
	else
		status.flags = vfio_group_flags(group);
	if (!ret)
		*arg = status;
	return ret;
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

/* Does the node that is open hold a reference on the group?  From 5.19 on that
 * is a matter of the group's state. */
static bool vfio_node_holds_group(void)
{
	return !vfio_groups_are_devices() || !vfio_groups_are_locked();
}

/* The group behind a node that is being opened; from 5.16 on with a reference
 * on its class device.  Or NULL. */
static struct vfio_group *vfio_group_get_from_inode(int minor)
{
	struct vfio_group *group;

	if (!vfio_groups_are_devices())
		return vfio_group_get_from_minor(minor);
	group = vfio_group_get_from_node(minor);
	if (!group || !vfio_node_holds_group() ||
	    vfio_group_get_unless_zero(group))
		return group;
	vfio_group_put_device(group);
	return NULL;
}

static void vfio_group_put_inode(struct vfio_group *group)
{
	if (vfio_node_holds_group())
		vfio_group_put(group);
	if (vfio_groups_are_devices())
		vfio_group_put_device(group);
}

static int vfio_group_fops_open(struct file *filep, int minor)
{
	SCHED_FUNC();
	struct vfio_group *group = vfio_group_get_from_inode(minor);
	int ret;

	if (!group)
		return -ENODEV;
	ret = vfio_group_open_file(group, filep);
	if (ret)
		vfio_group_put_inode(group);
	else
		SHARED_WRITE(filep->private_data, group);
	return ret;
}

static int vfio_group_fops_release(struct file *filep)
{
	SCHED_FUNC();
	struct vfio_group *group = SHARED_READ(filep->private_data);

	SHARED_WRITE(filep->private_data, NULL);
	vfio_group_close_file(group);
	vfio_group_put_inode(group);
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
