/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * iommu_internal.h - what an IOMMU group is made of.
 *
 * For iommu.c, and for inspect.c, which only reads.
 */
#ifndef IOMMU_INTERNAL_H
#define IOMMU_INTERNAL_H

#include <vfiosim/iommu.h>

struct iommu_group {
	struct kref kref; /* in the kernel: that of the kobject "devices" */
	struct list_head devices;
	struct mutex mutex;
	struct blocking_notifier_head notifier;
	void *iommu_data;
	void (*iommu_data_release)(void *iommu_data);
	int id;
};

/* One member of a group. */
struct iommu_device {
	struct list_head list;
	struct device *dev;
	char *name;
};

#endif
