/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inspect.c - read-only views of the modelled objects.  Besides the files that
 * own them, the only reader of their insides; announces nothing, and asks the
 * slab about every pointer before it follows it.
 */
#include "iommu_internal.h"
#include "kvm_internal.h"
#include "vfio_internal.h"

#include <vfiosim/inspect.h>

#include <string.h>

/* Longest list that is believed: what is longer has been corrupted. */
#define INSPECT_WALK_MAX 4096

/* May an object be read?  Drivers, and devices of tests, may lie outside the
 * machine's memory. */
static bool inspect_readable(const void *p)
{
	enum slab_state state;

	if ((uintptr_t)p < 4096)
		return false;
	state = slab_query(p, NULL);
	return state == SLAB_LIVE || state == SLAB_OUTSIDE;
}

/* Is it a live block of this type? */
static bool inspect_is(const void *p, const char *type)
{
	struct slab_block block;

	return slab_query(p, &block) == SLAB_LIVE && block.start == p &&
	       strcmp(block.type, type) == 0;
}

/*
 * The node behind @node, or NULL: the end, or something that may not be read,
 * which sets *@ret_corrupt.
 */
static struct list_head *inspect_next(const struct list_head *node,
				      const struct list_head *head,
				      bool *ret_corrupt)
{
	struct list_head *next = node->next;

	if (next == head)
		return NULL;
	if (!inspect_readable(next)) {
		*ret_corrupt = true;
		return NULL;
	}
	return next;
}

/*
 * The nodes of a list in order, at most @max of them; returns how many there
 * are.  @ret_corrupt: the list does not end where it should.
 */
static unsigned inspect_list(const struct list_head *head,
			     struct list_head **ret_nodes, unsigned max,
			     bool *ret_corrupt)
{
	struct list_head *node;
	unsigned nr = 0;

	*ret_corrupt = false;
	for (node = inspect_next(head, head, ret_corrupt);
	     node && nr < INSPECT_WALK_MAX;
	     node = inspect_next(node, head, ret_corrupt)) {
		if (nr < max)
			ret_nodes[nr] = node;
		nr++;
	}
	if (nr == INSPECT_WALK_MAX)
		*ret_corrupt = true;
	return nr < max ? nr : max;
}

/* ---------------------------------------------------------------- viability */

/* Its count: from 5.13 on under another name. */
static int inspect_device_refs(const struct vfio_device *device)
{
	return vfio_devices_are_drivers() ? refcount_peek(&device->refcount) :
					    atomic_peek(&device->kref.refcount);
}

/* The VFIO device of @dev on the list of its group, or NULL. */
static const struct vfio_device *
inspect_find_device(const struct vfio_group *group, const struct device *dev)
{
	struct list_head *nodes[INSPECT_LIST_MAX];
	const struct vfio_device *device;
	bool corrupt;
	unsigned i, nr;

	nr = inspect_list(&group->device_list, nodes, INSPECT_LIST_MAX,
			  &corrupt);
	for (i = 0; i < nr; i++) {
		device = list_entry(nodes[i], struct vfio_device, group_next);
		if (device->dev == dev)
			return device;
	}
	return NULL;
}

/* Would a look-up find it?  From 5.13 on only with somebody who uses it. */
static bool inspect_listed(const struct vfio_group *group,
			   const struct device *dev)
{
	const struct vfio_device *device = inspect_find_device(group, dev);

	return device && (!vfio_devices_are_drivers() ||
			  inspect_device_refs(device) != 0);
}

static bool inspect_tracked(const struct vfio_group *group,
			    const struct device *dev)
{
	struct list_head *nodes[INSPECT_LIST_MAX];
	bool corrupt;
	unsigned i, nr;

	nr = inspect_list(&group->unbound_list, nodes, INSPECT_LIST_MAX,
			  &corrupt);
	for (i = 0; i < nr; i++)
		if (list_entry(nodes[i], struct vfio_unbound_dev, unbound_next)
			    ->dev == dev)
			return true;
	return false;
}

static bool inspect_allowed(const struct device *dev,
			    const struct device_driver *drv)
{
	switch (era_flag(ERA_ALLOW_LIST)) {
	case ERA_ALLOW_BRIDGES:
		return dev->bridge || strcmp(drv->name, "pci-stub") == 0;
	case ERA_ALLOW_DRIVER_MANAGED_DMA:
		return drv->driver_managed_dma;
	default:
		return strcmp(drv->name, "pci-stub") == 0 ||
		       strcmp(drv->name, "pcieport") == 0;
	}
}

static bool inspect_harmless(const struct device *dev)
{
	const struct device_driver *drv;

	if (!inspect_readable(dev))
		return false;
	drv = PEEK_ONCE(dev->driver);
	if (!drv)
		return true;
	return inspect_readable(drv) && inspect_allowed(dev, drv);
}

/* What vfio_dev_viable() would answer now, or UNKNOWN if it would wait. */
static enum inspect_answer inspect_dev_viable(const struct vfio_group *group,
					      const struct device *dev)
{
	bool unbound_held = mutex_is_locked(&group->unbound_lock);
	bool devices_held = mutex_is_locked(&group->device_lock);

	switch (era_flag(ERA_CHECK_ORDER)) {
	case ERA_CHECK_ATOMIC:
		if (unbound_held || devices_held)
			return INSPECT_UNKNOWN;
		break;
	case ERA_CHECK_CORRECTED:
		if (devices_held)
			return INSPECT_UNKNOWN;
		if (inspect_listed(group, dev))
			return INSPECT_YES;
		if (vfio_tracks_unbound() && unbound_held)
			return INSPECT_UNKNOWN;
		break;
	default:
		if (vfio_tracks_unbound() && unbound_held)
			return INSPECT_UNKNOWN;
		if (inspect_tracked(group, dev) || inspect_harmless(dev))
			return INSPECT_YES;
		if (devices_held)
			return INSPECT_UNKNOWN;
		break;
	}
	return inspect_tracked(group, dev) || inspect_harmless(dev) ||
			       inspect_listed(group, dev) ?
		       INSPECT_YES :
		       INSPECT_NO;
}

static enum inspect_answer inspect_viable(const struct vfio_group *group)
{
	const struct iommu_group *iommu_group = group->iommu_group;
	struct list_head *nodes[INSPECT_LIST_MAX];
	enum inspect_answer answer;
	bool corrupt;
	unsigned i, nr;

	if (!inspect_is(iommu_group, "iommu_group") ||
	    mutex_is_locked(&iommu_group->mutex))
		return INSPECT_UNKNOWN;
	nr = inspect_list(&iommu_group->devices, nodes, INSPECT_LIST_MAX,
			  &corrupt);
	for (i = 0; i < nr; i++) {
		answer = inspect_dev_viable(
			group,
			list_entry(nodes[i], struct iommu_device, list)->dev);
		if (answer != INSPECT_YES)
			return answer;
	}
	return INSPECT_YES;
}

/* -------------------------------------------------------------- VFIO objects */

static void inspect_group_devices(const struct vfio_group *group,
				  struct inspect_vfio_group *ret_group)
{
	struct list_head *nodes[INSPECT_LIST_MAX];
	const struct vfio_device *device;
	bool corrupt;
	unsigned i;

	ret_group->nr_devices = inspect_list(&group->device_list, nodes,
					     INSPECT_LIST_MAX, &corrupt);
	for (i = 0; i < ret_group->nr_devices; i++) {
		device = list_entry(nodes[i], struct vfio_device, group_next);
		ret_group->devices[i].device = device;
		ret_group->devices[i].dev = device->dev;
		ret_group->devices[i].freed = !inspect_readable(device->dev);
		ret_group->devices[i].kref = inspect_device_refs(device);
	}
}

static void inspect_group_unbound(const struct vfio_group *group,
				  struct inspect_vfio_group *ret_group)
{
	struct list_head *nodes[INSPECT_LIST_MAX];
	const struct vfio_unbound_dev *unbound;
	bool corrupt;
	unsigned i;

	ret_group->nr_unbound = inspect_list(&group->unbound_list, nodes,
					     INSPECT_LIST_MAX, &corrupt);
	for (i = 0; i < ret_group->nr_unbound; i++) {
		unbound = list_entry(nodes[i], struct vfio_unbound_dev,
				     unbound_next);
		ret_group->unbound[i].dev = unbound->dev;
		ret_group->unbound[i].freed = !inspect_readable(unbound->dev);
	}
}

static bool inspect_group_listed(const struct vfio_group *group)
{
	struct list_head *nodes[INSPECT_GROUPS_MAX];
	bool corrupt;
	unsigned i, nr;

	if (!vfio)
		return false;
	nr = inspect_list(&vfio->group_list, nodes, INSPECT_GROUPS_MAX,
			  &corrupt);
	for (i = 0; i < nr; i++)
		if (nodes[i] == &group->vfio_next)
			return true;
	return false;
}

bool inspect_vfio_group_of(const struct vfio_group *group,
			   struct inspect_vfio_group *ret_group)
{
	if (!inspect_is(group, "vfio_group"))
		return false;
	memset(ret_group, 0, sizeof(*ret_group));
	ret_group->group = group;
	ret_group->iommu_group = group->iommu_group;
	ret_group->iommu_group_freed =
		!inspect_is(group->iommu_group, "iommu_group");
	ret_group->minor = group->minor;
	ret_group->node_id = group->node_id;
	ret_group->listed = inspect_group_listed(group);
	ret_group->kref = atomic_peek(&group->kref.refcount);
	ret_group->users = atomic_peek(&group->container_users);
	ret_group->opened = vfio_groups_are_locked() ?
				    group->opened_file != NULL :
				    atomic_peek(&group->opened);
	ret_group->container = PEEK_ONCE(group->container);
	ret_group->viable = inspect_viable(group);
	inspect_group_devices(group, ret_group);
	inspect_group_unbound(group, ret_group);
	return true;
}

bool inspect_vfio_group(unsigned nth, struct inspect_vfio_group *ret_group)
{
	struct list_head *nodes[INSPECT_GROUPS_MAX];
	bool corrupt;
	unsigned nr;

	if (!vfio)
		return false;
	nr = inspect_list(&vfio->group_list, nodes, INSPECT_GROUPS_MAX,
			  &corrupt);
	if (nth >= nr)
		return false;
	/* The newest group comes first in the list. */
	return inspect_vfio_group_of(list_entry(nodes[nr - 1 - nth],
						struct vfio_group, vfio_next),
				     ret_group);
}

bool inspect_container(const struct vfio_container *container,
		       struct inspect_container *ret_container)
{
	struct list_head *nodes[INSPECT_LIST_MAX];
	unsigned i;

	if (!inspect_is(container, "vfio_container"))
		return false;
	memset(ret_container, 0, sizeof(*ret_container));
	ret_container->kref = atomic_peek(&container->kref.refcount);
	ret_container->iommu_set = PEEK_ONCE(container->iommu_driver) != NULL;
	ret_container->nr_groups =
		inspect_list(&container->group_list, nodes, INSPECT_LIST_MAX,
			     &ret_container->corrupt);
	for (i = 0; i < ret_container->nr_groups; i++)
		ret_container->groups[i] =
			list_entry(nodes[i], struct vfio_group, container_next);
	return true;
}

const struct vfio_container *inspect_file_container(const struct file *file)
{
	if (!vfio || file->f_op != &vfio->vfio_fops)
		return NULL;
	return file->private_data;
}

const struct vfio_group *inspect_file_group(const struct file *file)
{
	if (!vfio || file->f_op != &vfio->vfio_group_fops)
		return NULL;
	return file->private_data;
}

const struct vfio_device *inspect_file_device(const struct file *file)
{
	if (!vfio || file->f_op != &vfio->vfio_device_fops)
		return NULL;
	return file->private_data;
}

const struct vfio_group *inspect_device_group(const struct vfio_device *device)
{
	return device->group;
}

/* ------------------------------------------------------------- other objects */

bool inspect_iommu_group(const struct iommu_group *group,
			 struct inspect_iommu_group *ret_group)
{
	struct list_head *nodes[INSPECT_LIST_MAX];
	bool corrupt;
	unsigned i;

	if (!inspect_is(group, "iommu_group"))
		return false;
	memset(ret_group, 0, sizeof(*ret_group));
	ret_group->id = group->id;
	ret_group->ref = atomic_peek(&group->kref.refcount);
	ret_group->owner = group->owner;
	ret_group->owner_cnt = group->owner_cnt;
	ret_group->nr_members = inspect_list(&group->devices, nodes,
					     INSPECT_LIST_MAX, &corrupt);
	for (i = 0; i < ret_group->nr_members; i++)
		ret_group->members[i] =
			list_entry(nodes[i], struct iommu_device, list)->dev;
	return true;
}

/* From 5.19 on through the file that it pins. */
static const struct vfio_group *
inspect_entry_group(const struct kvm_vfio_group *kvg)
{
	return kvg->file ? kvg->file->private_data : kvg->vfio_group;
}

bool inspect_kvm(const struct kvm *kvm, struct inspect_kvm *ret_kvm)
{
	struct list_head *nodes[INSPECT_LIST_MAX];
	const struct kvm_vfio *kv;
	bool corrupt;
	unsigned i;

	if (!inspect_is(kvm, "kvm"))
		return false;
	memset(ret_kvm, 0, sizeof(*ret_kvm));
	ret_kvm->users = atomic_peek(&kvm->users_count);
	ret_kvm->noncoherent = atomic_peek(&kvm->noncoherent_dma_count) > 0;
	ret_kvm->assigned = atomic_peek(&kvm->assigned_device_count);
	kv = PEEK_ONCE(kvm->devices);
	ret_kvm->has_vfio = inspect_is(kv, "kvm_vfio");
	if (!ret_kvm->has_vfio)
		return true;
	ret_kvm->nr_groups = inspect_list(&kv->group_list, nodes,
					  INSPECT_LIST_MAX, &corrupt);
	for (i = 0; i < ret_kvm->nr_groups; i++) {
		const struct kvm_vfio_group *kvg =
			list_entry(nodes[i], struct kvm_vfio_group, node);

		ret_kvm->groups[i] = inspect_entry_group(kvg);
		ret_kvm->entries[i] = kvg;
	}
	return true;
}

static bool inspect_in_vfio_group(const struct device *dev)
{
	struct list_head *nodes[INSPECT_GROUPS_MAX];
	bool corrupt;
	unsigned i, nr;

	if (!vfio)
		return false;
	nr = inspect_list(&vfio->group_list, nodes, INSPECT_GROUPS_MAX,
			  &corrupt);
	for (i = 0; i < nr; i++)
		if (inspect_find_device(list_entry(nodes[i], struct vfio_group,
						   vfio_next),
					dev))
			return true;
	return false;
}

bool inspect_device(const struct device *dev, struct inspect_device *ret_device)
{
	if (!inspect_readable(dev))
		return false;
	memset(ret_device, 0, sizeof(*ret_device));
	ret_device->driver = PEEK_ONCE(dev->driver);
	ret_device->iommu_group = PEEK_ONCE(dev->iommu_group);
	ret_device->locked = mutex_is_locked(&dev->mutex);
	ret_device->in_vfio_group = inspect_in_vfio_group(dev);
	ret_device->harmless = inspect_harmless(dev);
	return true;
}

/* ------------------------------------------------------------------- modules */

int inspect_module_vfio(void)
{
	return vfio ? module_refcount(&vfio->module) : 0;
}

int inspect_module_iommu(void)
{
	struct list_head *nodes[INSPECT_LIST_MAX];
	const struct vfio_iommu_driver *driver;
	bool corrupt;
	unsigned i, nr;
	int count = 0;

	if (!vfio)
		return 0;
	nr = inspect_list(&vfio->iommu_drivers_list, nodes, INSPECT_LIST_MAX,
			  &corrupt);
	for (i = 0; i < nr; i++) {
		driver = list_entry(nodes[i], struct vfio_iommu_driver,
				    vfio_next);
		count += module_refcount(driver->ops->owner ?
						 driver->ops->owner :
						 &driver->module);
	}
	return count;
}

unsigned inspect_iommu_objects(void)
{
	return slab_live("vfio_iommu_dummy_data");
}
