/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * invariants_view.c - takes stock of the machine between two steps: devices,
 * groups and lists, found by the blocks that are alive and not by what leads
 * to them.
 */
#include "invariants_internal.h"

#include <string.h>

/* ------------------------------------------------------------------- names */

const char *view_object_name(const void *obj, char *buf)
{
	struct slab_block block;
	enum slab_state state = slab_query(obj, &block);

	if (state == SLAB_LIVE || state == SLAB_FREED)
		snprintf(buf, VIEW_NAME_MAX, "%s%s #%u",
			 state == SLAB_FREED ? "freed " : "", block.type,
			 block.nr);
	else
		snprintf(buf, VIEW_NAME_MAX, "an object outside the machine");
	return buf;
}

static bool readable(const void *obj)
{
	enum slab_state state = slab_query(obj, NULL);

	return obj && (state == SLAB_LIVE || state == SLAB_OUTSIDE);
}

const char *view_device_name(const struct device *dev, char *buf)
{
	if (!readable(dev))
		return view_object_name(dev, buf);
	snprintf(buf, VIEW_NAME_MAX, "%s", dev_name(dev));
	return buf;
}

/* ----------------------------------------------------------------- devices */

/* A script says what its drivers are.  Others declare that they leave DMA to
 * somebody else: VFIO's do, and those few that VFIO tolerates by their names. */
static bool is_vfio_driver(const struct device_driver *drv, bool harmless)
{
	bool vfio;

	if (!readable(drv))
		return false;
	if (invariants_script_driver(drv, &vfio))
		return vfio;
	if (!drv->driver_managed_dma)
		return false;
	return !harmless || (strcmp(drv->name, "pci-stub") != 0 &&
			     strcmp(drv->name, "pcieport") != 0);
}

static enum view_class class_of(const struct device_driver *drv, bool harmless)
{
	if (!drv)
		return CLASS_NONE;
	if (is_vfio_driver(drv, harmless))
		return CLASS_VFIO;
	return harmless ? CLASS_HARMLESS : CLASS_HOST;
}

static void fill_device(struct view_device *d)
{
	struct inspect_device inspected;

	d->freed = !inspect_device(d->dev, &inspected);
	if (d->freed)
		return;
	d->driver = inspected.driver;
	d->class = class_of(inspected.driver, inspected.harmless);
	d->harmless = inspected.harmless;
	d->does_dma = inspected.driver && readable(inspected.driver) &&
		      !inspected.driver->driver_managed_dma;
	d->drvdata = PEEK_ONCE(d->dev->driver_data);
	d->locked = inspected.locked;
	d->attached = d->dev->knode_driver.n_klist != NULL;
}

const struct view_device *view_find_device(const struct view *view,
					   const struct device *dev)
{
	unsigned i;

	for (i = 0; i < view->nr_devices; i++)
		if (view->devices[i].dev == dev)
			return &view->devices[i];
	return NULL;
}

/* The device, which is added if it is not known; NULL: no room. */
static struct view_device *know_device(struct view *view,
				       const struct device *dev)
{
	struct view_device *d =
		(struct view_device *)(uintptr_t)view_find_device(view, dev);

	if (d)
		return d;
	if (view->nr_devices == VIEW_DEVICES_MAX) {
		view->full = true;
		return NULL;
	}
	d = &view->devices[view->nr_devices++];
	memset(d, 0, sizeof(*d));
	d->dev = dev;
	d->harmless = true;
	fill_device(d);
	return d;
}

bool view_device_viable(const struct view_device *d)
{
	return d->harmless || d->listed || d->tracked;
}

bool view_holds(unsigned task, const struct device *dev)
{
	const struct sim_held *held;
	unsigned nr = sim_engine_held(task, &held);

	while (nr-- > 0)
		if (held[nr].obj == &dev->mutex)
			return true;
	return false;
}

/* ------------------------------------------------------------------ groups */

const struct view_group *view_find_group(const struct view *view,
					 const struct vfio_group *group)
{
	unsigned i;

	for (i = 0; i < view->nr_groups; i++)
		if (view->groups[i].group == group)
			return &view->groups[i];
	return NULL;
}

/* The VFIO group that is in use for an IOMMU group, or NULL. */
const struct view_group *view_group_of(const struct view *view,
				       const struct iommu_group *iommu_group)
{
	unsigned i;

	for (i = 0; i < view->nr_groups; i++)
		if (iommu_group && view->groups[i].listed &&
		    view->groups[i].iommu_group == iommu_group)
			return &view->groups[i];
	return NULL;
}

const struct view_iommu_group *
view_find_iommu_group(const struct view *view, const struct iommu_group *group)
{
	unsigned i;

	for (i = 0; i < view->nr_iommu_groups; i++)
		if (view->iommu_groups[i].group == group)
			return &view->iommu_groups[i];
	return NULL;
}

static void see_devices(struct view *view, const struct inspect_vfio_group *g)
{
	struct view_device *d;
	unsigned i;

	for (i = 0; i < g->nr_devices; i++) {
		d = know_device(view, g->devices[i].dev);
		/* Without a reference nobody finds it any more. */
		if (d && g->devices[i].kref > 0)
			d->listed = true;
	}
	for (i = 0; i < g->nr_unbound; i++) {
		d = know_device(view, g->unbound[i].dev);
		if (d) {
			d->tracked++;
			d->tracked_in = g->iommu_group;
		}
	}
}

/* From 5.19 on the state of a group has a lock of its own. */
static bool is_locked(const struct vfio_group *group)
{
	const struct sim_held *held;
	struct slab_block block;
	unsigned task, nr;

	for (task = 1; task <= sim_engine_tasks(); task++) {
		nr = sim_engine_held(task, &held);
		while (nr-- > 0)
			if (held[nr].kind == SCHED_LOCK && held[nr].name &&
			    !strncmp(held[nr].name, "group_", 6) &&
			    slab_query(held[nr].obj, &block) == SLAB_LIVE &&
			    block.start == group)
				return true;
	}
	return false;
}

static void see_vfio_group(struct view *view, const struct vfio_group *group)
{
	struct inspect_vfio_group inspected;
	struct inspect_container container;
	struct view_group *g;

	if (!inspect_vfio_group_of(group, &inspected))
		return;
	if (view->nr_groups == VIEW_GROUPS_MAX) {
		view->full = true;
		return;
	}
	g = &view->groups[view->nr_groups++];
	*g = (struct view_group){
		.group = group,
		.iommu_group = inspected.iommu_group,
		.container = inspected.container,
		.listed = inspected.listed,
		.locked = invariants_on(INV_SET(INV_S4)) && is_locked(group),
		.kref = inspected.kref,
		.users = inspected.users,
		.opened = inspected.opened,
	};
	g->backend = inspect_container(g->container, &container) &&
		     container.iommu_set;
	see_devices(view, &inspected);
}

static void see_iommu_group(struct view *view, const struct iommu_group *group)
{
	struct inspect_iommu_group inspected;
	struct view_device *d;
	unsigned i;

	if (!inspect_iommu_group(group, &inspected))
		return;
	if (view->nr_iommu_groups == VIEW_GROUPS_MAX) {
		view->full = true;
		return;
	}
	view->iommu_groups[view->nr_iommu_groups++] =
		(struct view_iommu_group){ group, inspected.owner,
					   inspected.owner_cnt,
					   inspected.nr_members };
	for (i = 0; i < inspected.nr_members; i++) {
		d = know_device(view, inspected.members[i]);
		if (d)
			d->member_of = group;
	}
}

static void see_list(const struct inspect_list *list, void *arg)
{
	struct view *view = arg;

	if (view->nr_lists == VIEW_LISTS_MAX) {
		view->full = true;
		return;
	}
	view->lists[view->nr_lists++] = (struct view_list){
		list->name,    list->owner,   list->head,
		list->content, list->damaged,
	};
}

static void see_entries(struct view *view, const struct kvm *kvm)
{
	struct inspect_kvm inspected;
	unsigned i;

	if (!inspect_kvm(kvm, &inspected))
		return;
	for (i = 0; i < inspected.nr_groups; i++)
		view->entries =
			(view->entries ^ (uintptr_t)inspected.entries[i]) *
			0x100000001b3ull;
}

static int see_block(const struct slab_block *block, void *arg)
{
	struct view *view = arg;

	if (!strcmp(block->type, "device"))
		(void)know_device(view, block->start);
	else if (!strcmp(block->type, "vfio_group"))
		see_vfio_group(view, block->start);
	else if (!strcmp(block->type, "iommu_group"))
		see_iommu_group(view, block->start);
	else if (!strcmp(block->type, "kvm"))
		see_entries(view, block->start);
	return 0;
}

void view_take(struct view *view)
{
	view->nr_devices = view->nr_groups = 0;
	view->nr_iommu_groups = view->nr_lists = 0;
	view->full = false;
	view->entries = 0;
	(void)slab_for_each_live(see_block, view);
	if (invariants_on(INV_SET(INV_I4) | INV_SET(INV_I7)))
		inspect_lists(see_list, view);
}
