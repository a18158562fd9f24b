/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * script_iommu.c - the IOMMU backend of a script: supports types 1 and 3,
 * attaches anything, and tells what is done to it.
 */
#include "script_internal.h"

/* What one container has of it. */
struct script_iommu {
	unsigned long type;
};

static void *script_iommu_open(unsigned long arg)
{
	struct script_iommu *iommu = kzalloc_obj(script_iommu);

	if (!iommu)
		return ERR_PTR(-ENOMEM);
	iommu->type = arg;
	sim_script_event("iommu:open");
	return iommu;
}

static void script_iommu_release(void *iommu_data)
{
	sim_script_event("iommu:release");
	kfree(iommu_data);
}

/* Without a container's data there is nothing that could be coherent. */
static long script_iommu_ioctl(void *iommu_data, unsigned int cmd,
			       unsigned long arg)
{
	if (cmd != VFIO_CHECK_EXTENSION)
		return -ENOTTY;
	switch (arg) {
	case VFIO_TYPE1_IOMMU:
	case VFIO_TYPE1v2_IOMMU:
		return 1;
	case VFIO_DMA_CC_IOMMU:
		return iommu_data ? sim_script_running->coherent : 0;
	default:
		return 0;
	}
}

static void tell(const char *what, const struct iommu_group *group)
{
	const char *label = sim_script_label_of(sim_script_running, group);

	sim_script_event("iommu:%s:%s", what, label ? label : "?");
}

static int script_iommu_attach_group(void *iommu_data,
				     struct iommu_group *group)
{
	(void)iommu_data;
	tell("attach", group);
	return 0;
}

static void script_iommu_detach_group(void *iommu_data,
				      struct iommu_group *group)
{
	(void)iommu_data;
	tell("detach", group);
}

static const struct vfio_iommu_driver_ops script_iommu_ops = {
	.name = "script_iommu",
	.open = script_iommu_open,
	.release = script_iommu_release,
	.ioctl = script_iommu_ioctl,
	.attach_group = script_iommu_attach_group,
	.detach_group = script_iommu_detach_group,
};

int sim_script_iommu_init(struct script *script)
{
	script->coherent = 1;
	return vfio_register_iommu_driver(&script_iommu_ops);
}

void sim_script_iommu_exit(void)
{
	vfio_unregister_iommu_driver(&script_iommu_ops);
}

unsigned sim_script_iommu_objects(void)
{
	return slab_live("script_iommu");
}
