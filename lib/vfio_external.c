/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vfio_external.c - how other parts of the kernel use a group: up to 5.18 by a
 * reference on the group and its container, from 5.19 on by its file.  From
 * drivers/vfio/vfio.c, Linux 3.19 to 6.1.
 */
#include "vfio_internal.h"

static bool vfio_users_pin_files(void)
{
	return era_flag(ERA_KVM_PINS) == ERA_KVM_PINS_FILE;
}

/* --------------------------------------------------------------- up to 5.18 */

/* A failed test gives the use back by a plain decrement.  That is not the last
 * use if the caller pins the group's file; who comes from a device pins none,
 * and may leave a container without users behind (B21). */
int vfio_group_add_container_user(struct vfio_group *group)
{
	if (!atomic_inc_not_zero(&group->container_users))
		return -EINVAL;
	if (!vfio_group_has_iommu(group) || !vfio_group_viable(group)) {
		atomic_dec(&group->container_users);
		return -EINVAL;
	}
	return 0;
}

struct vfio_group *vfio_group_get_external_user(struct file *filep)
{
	SCHED_FUNC();
	struct vfio_group *group;
	int ret;

	if (vfio_users_pin_files())
		return ERR_PTR(-EOPNOTSUPP);
	group = SHARED_READ(filep->private_data);
	if (SHARED_READ(filep->f_op) != &vfio->vfio_group_fops)
		return ERR_PTR(-EINVAL);
	ret = vfio_group_add_container_user(group);
	if (ret)
		return ERR_PTR(ret);
	/* The count on container_users keeps the container set, too. */
	vfio_group_get(group);
	return group;
}

struct vfio_group *vfio_group_get_external_user_from_dev(struct device *dev)
{
	SCHED_FUNC();
	struct vfio_group *group;
	int ret;

	if (vfio_users_pin_files())
		return ERR_PTR(-EOPNOTSUPP);
	group = vfio_group_get_from_dev(dev);
	if (!group)
		return ERR_PTR(-ENODEV);
	ret = vfio_group_add_container_user(group);
	if (ret) {
		vfio_group_put(group);
		return ERR_PTR(ret);
	}
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

static bool vfio_file_is_of_group(struct file *filep)
{
	return SHARED_READ(filep->f_op) == &vfio->vfio_group_fops;
}

bool vfio_external_group_match_file(struct vfio_group *group,
				    struct file *filep)
{
	SCHED_FUNC();

	return vfio_file_is_of_group(filep) &&
	       SHARED_READ(filep->private_data) == group;
}

void vfio_group_set_kvm(struct vfio_group *group, struct kvm *kvm)
{
	SCHED_FUNC();

	WRITE_ONCE(group->kvm, kvm);
}

/* -------------------------------------------------------------- from 5.19 on */

bool vfio_file_is_group(struct file *file)
{
	SCHED_FUNC();

	return vfio_file_is_of_group(file);
}

/* Without a container there is nothing that could be incoherent. */
bool vfio_file_enforced_coherent(struct file *file)
{
	SCHED_FUNC();
	struct vfio_group *group = SHARED_READ(file->private_data);
	struct vfio_container *container;
	bool coherent = true;

	vfio_group_begin_read(group);
	container = READ_ONCE(group->container);
	if (container)
		coherent = vfio_ioctl_check_extension(container,
						      VFIO_DMA_CC_IOMMU) > 0;
	vfio_group_end_read(group);
	return coherent;
}

void vfio_file_set_kvm(struct file *file, struct kvm *kvm)
{
	SCHED_FUNC();
	struct vfio_group *group = SHARED_READ(file->private_data);

	vfio_group_begin(group);
	WRITE_ONCE(group->kvm, kvm);
	vfio_group_end(group);
}

bool vfio_file_has_dev(struct file *file, struct vfio_device *device)
{
	SCHED_FUNC();

	return vfio_file_is_of_group(file) &&
	       SHARED_READ(file->private_data) == SHARED_READ(device->group);
}
