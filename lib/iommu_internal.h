/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * iommu_internal.h - what an IOMMU group is made of.
 *
 * For lib/iommu*.c, and for inspect.c, which only reads.
 */
#ifndef IOMMU_INTERNAL_H
#define IOMMU_INTERNAL_H

#include <vfiosim/iommu.h>

/* clang-format off */
#pragma redefine_extname iommu_bus_set_dma vfiosim_iommu_bus_set_dma
#pragma redefine_extname iommu_has_dma_owners vfiosim_iommu_has_dma_owners
/* clang-format on */

/* What __iommu_domain_alloc() is asked for. */
enum iommu_domain_type { IOMMU_DOMAIN_BLOCKED, IOMMU_DOMAIN_UNMANAGED };

struct iommu_domain {
	enum iommu_domain_type type;
};

/* What the IOMMU layer keeps for a device, from 5.8 on. */
struct dev_iommu {
	const struct iommu_ops *ops; /* whose device it is */
};

struct iommu_group {
	struct kref kref; /* in the kernel: that of the kobject "devices" */
	struct list_head devices;
	struct mutex mutex;
	struct blocking_notifier_head notifier;
	void *iommu_data;
	void (*iommu_data_release)(void *iommu_data);
	int id;
	/* isolation=dma_owner; under the mutex.  @owner_cnt: 1 with an owner,
	 * else the members whose drivers do DMA. */
	void *owner;
	unsigned owner_cnt;
	struct iommu_domain *blocking_domain; /* stays, once it is there */
};

/* One member of a group. */
struct iommu_device {
	struct list_head list;
	struct device *dev;
	char *name;
};

/* Does DMA have owners, in place of a notifier chain? */
bool iommu_has_dma_owners(void);

/* Have drivers of the bus use the default domain, or no longer. */
void iommu_bus_set_dma(struct bus_type *bus, bool set);

#endif
