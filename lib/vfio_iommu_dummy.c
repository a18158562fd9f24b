/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vfio_iommu_dummy.c - an IOMMU backend that does nothing but be counted.  It
 * stands where vfio_iommu_type1 would: types 1 and 3, any group.
 */
#include "vfio_internal.h"

/* What the machine has of it. */
struct vfio_iommu_dummy {
	int coherent;
};

/* What one container has of it. */
struct vfio_iommu_dummy_data {
	unsigned long type;
	unsigned groups; /* attached; the container's lock */
};

static struct vfio_iommu_dummy *dummy;

static void *vfio_iommu_dummy_open(unsigned long arg)
{
	SCHED_FUNC();
	struct vfio_iommu_dummy_data *data = kzalloc_obj(vfio_iommu_dummy_data);

	if (!data)
		return ERR_PTR(-ENOMEM);
	data->type = arg;
	return data;
}

static void vfio_iommu_dummy_release(void *iommu_data)
{
	SCHED_FUNC();
	struct vfio_iommu_dummy_data *data = iommu_data;

	WARN_ON(data->groups != 0);
	kfree(data);
}

static long vfio_iommu_dummy_check_extension(unsigned long arg)
{
	switch (arg) {
	case VFIO_TYPE1_IOMMU:
	case VFIO_TYPE1v2_IOMMU:
		return 1;
	default:
		return 0;
	}
}

/* Without data there is no domain, and nothing that could be coherent. */
static long vfio_iommu_dummy_ioctl(void *iommu_data, unsigned int cmd,
				   unsigned long arg)
{
	SCHED_FUNC();

	if (cmd != VFIO_CHECK_EXTENSION)
		return -ENOTTY;
	if (arg == VFIO_DMA_CC_IOMMU)
		return iommu_data ? SHARED_READ(dummy->coherent) : 0;
	return vfio_iommu_dummy_check_extension(arg);
}

static int vfio_iommu_dummy_attach_group(void *iommu_data,
					 struct iommu_group *group)
{
	SCHED_FUNC();
	struct vfio_iommu_dummy_data *data = iommu_data;

	(void)group;
	SHARED_WRITE(data->groups, data->groups + 1);
	return 0;
}

static void vfio_iommu_dummy_detach_group(void *iommu_data,
					  struct iommu_group *group)
{
	SCHED_FUNC();
	struct vfio_iommu_dummy_data *data = iommu_data;

	(void)group;
	SHARED_WRITE(data->groups, data->groups - 1);
}

const struct vfio_iommu_driver_ops vfio_iommu_dummy_ops = {
	.name = "vfio_iommu_dummy",
	.open = vfio_iommu_dummy_open,
	.release = vfio_iommu_dummy_release,
	.ioctl = vfio_iommu_dummy_ioctl,
	.attach_group = vfio_iommu_dummy_attach_group,
	.detach_group = vfio_iommu_dummy_detach_group,
};

void vfio_iommu_dummy_set_coherent(int coherent)
{
	SHARED_WRITE(dummy->coherent, coherent);
}

static int vfio_iommu_dummy_boot(void)
{
	dummy = kzalloc_obj(vfio_iommu_dummy);
	if (!dummy)
		return -ENOMEM;
	dummy->coherent = 1;
	return 0;
}

static void vfio_iommu_dummy_halt(void)
{
	kfree(dummy);
	dummy = NULL;
}

static struct kernel_subsystem vfio_iommu_dummy_subsystem = {
	.name = "vfio_iommu_dummy",
	.rank = 230,
	.boot = vfio_iommu_dummy_boot,
	.halt = vfio_iommu_dummy_halt,
	.root = &dummy,
};

__attribute__((constructor)) static void vfio_iommu_dummy_init(void)
{
	kernel_register_subsystem(&vfio_iommu_dummy_subsystem);
}
