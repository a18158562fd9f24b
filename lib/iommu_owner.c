/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * iommu_owner.c - who may do DMA in a group: the drivers of its members, or one
 * owner.  That part of drivers/iommu/iommu.c, and what a bus has its drivers
 * do, Linux 5.19 and 6.1.
 */
#include "iommu_internal.h"

bool iommu_has_dma_owners(void)
{
	return era_flag(ERA_ISOLATION) == ERA_ISOLATION_DMA_OWNER;
}

/* ----------------------------------------------------------------- drivers */

/*
 * The kernel also refuses if the group is attached to another domain than its
 * default one.  Only an owner attaches, so the owner says it all.
 */
static int use_group(struct iommu_group *group)
{
	unsigned owner_cnt;

	mutex_lock(&group->mutex);
	owner_cnt = SHARED_READ(group->owner_cnt);
	if (owner_cnt && SHARED_READ(group->owner)) {
		mutex_unlock(&group->mutex);
		return -EBUSY;
	}
	SHARED_WRITE(group->owner_cnt, owner_cnt + 1);
	mutex_unlock(&group->mutex);
	return 0;
}

int iommu_device_use_default_domain(struct device *dev)
{
	SCHED_FUNC();
	struct iommu_group *group = iommu_group_get(dev);
	int ret;

	if (!group)
		return 0;
	ret = use_group(group);
	iommu_group_put(group);
	return ret;
}

void iommu_device_unuse_default_domain(struct device *dev)
{
	SCHED_FUNC();
	struct iommu_group *group = iommu_group_get(dev);
	unsigned owner_cnt;

	if (!group)
		return;
	mutex_lock(&group->mutex);
	owner_cnt = SHARED_READ(group->owner_cnt);
	if (!WARN_ON(!owner_cnt))
		SHARED_WRITE(group->owner_cnt, owner_cnt - 1);
	mutex_unlock(&group->mutex);
	iommu_group_put(group);
}

/* -------------------------------------------------------------------- owner */

static struct iommu_domain *__iommu_domain_alloc(struct bus_type *bus,
						 enum iommu_domain_type type)
{
	SCHED_FUNC();
	struct iommu_domain *domain;

	if (!bus || !bus->iommu_ops)
		return NULL;
	domain = kzalloc_obj(iommu_domain);
	if (domain)
		domain->type = type;
	return domain;
}

static struct device *first_member(struct iommu_group *group)
{
	if (list_empty(&group->devices))
		return NULL;
	return list_first_entry(&group->devices, struct iommu_device, list)
		->dev;
}

/*
 * An IOMMU driver need not know domains that block: an empty one does as well.
 * A group that has lost its members has no first one.  The kernel reads it all
 * the same, from behind the list's head.
 */
static int __iommu_group_alloc_blocking_domain(struct iommu_group *group)
{
	SCHED_FUNC();
	struct iommu_domain *domain;
	struct bus_type *bus;

	if (SHARED_READ(group->blocking_domain))
		return 0;
	bus = SHARED_READ(first_member(group)->bus);
	domain = __iommu_domain_alloc(bus, IOMMU_DOMAIN_BLOCKED);
	if (!domain)
		domain = __iommu_domain_alloc(bus, IOMMU_DOMAIN_UNMANAGED);
	if (!domain)
		return -EINVAL;
	SHARED_WRITE(group->blocking_domain, domain);
	return 0;
}

int iommu_group_claim_dma_owner(struct iommu_group *group, void *owner)
{
	SCHED_FUNC();
	int ret = -EPERM;

	mutex_lock(&group->mutex);
	if (!SHARED_READ(group->owner_cnt))
		ret = __iommu_group_alloc_blocking_domain(group);
	if (!ret) {
		SHARED_WRITE(group->owner, owner);
		SHARED_WRITE(group->owner_cnt, 1);
	}
	mutex_unlock(&group->mutex);
	return ret;
}

void iommu_group_release_dma_owner(struct iommu_group *group)
{
	SCHED_FUNC();
	const void *owner;
	unsigned owner_cnt;

	mutex_lock(&group->mutex);
	owner = SHARED_READ(group->owner);
	owner_cnt = SHARED_READ(group->owner_cnt);
	if (!WARN_ON(!owner_cnt || !owner)) {
		SHARED_WRITE(group->owner_cnt, 0);
		SHARED_WRITE(group->owner, NULL);
	}
	mutex_unlock(&group->mutex);
}

bool iommu_group_dma_owner_claimed(struct iommu_group *group)
{
	SCHED_FUNC();
	unsigned owner_cnt;

	mutex_lock(&group->mutex);
	owner_cnt = SHARED_READ(group->owner_cnt);
	mutex_unlock(&group->mutex);
	return owner_cnt != 0;
}

/* ---------------------------------------------------------------------- bus */

/* All buses do what PCI does here. */
static int pci_dma_configure(struct device *dev)
{
	SCHED_FUNC();

	if (READ_LOCKED(dev->driver)->driver_managed_dma)
		return 0;
	return iommu_device_use_default_domain(dev);
}

static void pci_dma_cleanup(struct device *dev)
{
	SCHED_FUNC();

	if (!READ_LOCKED(dev->driver)->driver_managed_dma)
		iommu_device_unuse_default_domain(dev);
}

void iommu_bus_set_dma(struct bus_type *bus, bool set)
{
	if (set && !bus->dma_configure && !bus->dma_cleanup) {
		bus->dma_configure = pci_dma_configure;
		bus->dma_cleanup = pci_dma_cleanup;
	} else if (!set && bus->dma_configure == pci_dma_configure) {
		bus->dma_configure = NULL;
		bus->dma_cleanup = NULL;
	}
}
