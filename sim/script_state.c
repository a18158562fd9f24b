/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * script_state.c - the whole state of a script's machine, by name.
 */
#include "script_internal.h"

#include <string.h>

/* What a pass over the state shares. */
struct observer {
	struct script *script;
	struct script_state *state;
	unsigned nr_views;
	struct inspect_vfio_group views[SCRIPT_GROUPS_MAX];
	bool full;
};

/* What refers to a group does not tell it from a younger one of its label. */
static const char *label_of(const struct observer *o,
			    const struct iommu_group *group)
{
	return sim_script_label_of(o->script, group);
}

/* The VFIO group at an address, if it is on the global list; or NULL. */
static const struct inspect_vfio_group *view_of(const struct observer *o,
						const struct vfio_group *group)
{
	unsigned i;

	for (i = 0; i < o->nr_views; i++)
		if (o->views[i].group == group)
			return &o->views[i];
	return NULL;
}

static int container_number(const struct observer *o,
			    const struct vfio_container *container)
{
	unsigned i;

	for (i = 0; container && i < o->script->nr_containers; i++)
		if (o->script->containers[i].container == container)
			return (int)i;
	return -1;
}

static struct script_member
member(const struct observer *o, const struct device *dev, bool freed, int ref)
{
	const struct script_device *device =
		sim_script_device_at(o->script, dev);

	return (struct script_member){ device ? device->name : "?", freed,
				       ref };
}

/* ------------------------------------------------------------------- groups */

static void fill_vfio_group(const struct observer *o,
			    const struct inspect_vfio_group *view,
			    struct script_group_state *group)
{
	unsigned i;

	group->exists = true;
	group->viable = view->viable == INSPECT_YES ? SCRIPT_VIABLE :
			view->viable == INSPECT_NO  ? SCRIPT_NOT_VIABLE :
						      SCRIPT_UNKNOWN;
	group->users = view->users;
	group->opened = view->opened;
	group->kref = view->kref;
	group->container = container_number(o, view->container);
	group->nr_devices = view->nr_devices;
	for (i = 0; i < view->nr_devices; i++)
		group->devices[i] =
			member(o, view->devices[i].dev, view->devices[i].freed,
			       view->devices[i].kref);
	group->nr_unbound = view->nr_unbound;
	for (i = 0; i < view->nr_unbound; i++)
		group->unbound[i] = member(o, view->unbound[i].dev,
					   view->unbound[i].freed, 0);
}

static void fill_iommu_group(const struct observer *o,
			     const struct iommu_group *iommu_group,
			     struct script_group_state *group)
{
	struct inspect_iommu_group view;
	unsigned i;

	group->iommu = inspect_iommu_group(iommu_group, &view);
	if (!group->iommu)
		return;
	group->id = view.id;
	group->ref = view.ref;
	group->nr_members = view.nr_members;
	for (i = 0; i < view.nr_members; i++)
		group->members[i] = member(o, view.members[i], false, 0).dev;
}

/* An IOMMU group whose label has a younger one shows only while a VFIO group
 * is left over from it. */
static void observe_group(struct observer *o,
			  const struct script_iommu_group *entry)
{
	const struct inspect_vfio_group *view = NULL;
	struct script_group_state *group;
	unsigned i;

	for (i = 0; i < o->nr_views; i++)
		if (o->views[i].iommu_group == entry->group)
			view = &o->views[i];
	if (entry->old && !view)
		return;
	if (o->state->nr_groups == SCRIPT_GROUPS_MAX) {
		o->full = true;
		return;
	}
	group = &o->state->groups[o->state->nr_groups++];
	group->label = o->script->labels[entry->label];
	group->old = entry->old;
	group->exists = false;
	if (view)
		fill_vfio_group(o, view, group);
	fill_iommu_group(o, entry->group, group);
}

/* ------------------------------------------------------------------ devices */

static bool in_group(const struct observer *o, const struct device *dev)
{
	unsigned i, k;

	for (i = 0; i < o->nr_views; i++)
		for (k = 0; k < o->views[i].nr_devices; k++)
			if (o->views[i].devices[k].dev == dev)
				return true;
	return false;
}

static void observe_device(struct observer *o,
			   const struct script_device *entry)
{
	struct script_device_state *device;
	const struct device_driver *drv;

	if (!entry->registered || entry->freed)
		return;
	drv = PEEK_ONCE(entry->dev->driver);
	device = &o->state->devices[o->state->nr_devices++];
	device->name = entry->name;
	device->driver = drv ? drv->name : NULL;
	device->in_group = in_group(o, entry->dev);
	device->locked = mutex_is_locked(&entry->dev->mutex);
	device->deleting = entry->deleting;
	device->iommu_group = label_of(o, PEEK_ONCE(entry->dev->iommu_group));
}

/* --------------------------------------------------------------- containers */

/* Through its file or through a group: nobody else finds a container. */
static bool reachable(const struct observer *o,
		      const struct script_container *entry)
{
	unsigned i;

	for (i = 0; i < o->nr_views; i++)
		if (o->views[i].container == entry->container)
			return true;
	return fd_peek(entry->fd);
}

/* A list that leads to what is no group any more ends there. */
static void observe_container(struct observer *o, unsigned number)
{
	const struct script_container *entry = &o->script->containers[number];
	struct inspect_container view;
	const struct inspect_vfio_group *group;
	struct script_container_state *container;
	unsigned i;

	if (!reachable(o, entry) || !inspect_container(entry->container, &view))
		return;
	container = &o->state->containers[o->state->nr_containers++];
	container->number = (int)number;
	container->kref = view.kref;
	container->iommu_set = view.iommu_set;
	container->corrupt = view.corrupt;
	container->nr_groups = 0;
	for (i = 0; i < view.nr_groups; i++) {
		group = view_of(o, view.groups[i]);
		if (!group || i == SCRIPT_CONTAINER_GROUPS_MAX) {
			container->corrupt = true;
			return;
		}
		container->groups[container->nr_groups++] =
			label_of(o, group->iommu_group);
	}
}

/* --------------------------------------------------------- virtual machines */

static void observe_kvm(struct observer *o, const struct script_kvm *entry)
{
	struct inspect_kvm view;
	const struct inspect_vfio_group *group;
	struct script_kvm_state *kvm;
	unsigned i;

	/* Without users it is being taken apart. */
	if (!inspect_kvm(entry->kvm, &view) || view.users < 1)
		return;
	kvm = &o->state->kvms[o->state->nr_kvms++];
	kvm->name = entry->name;
	kvm->noncoherent = view.noncoherent;
	kvm->assigned = view.assigned;
	kvm->nr_groups = view.nr_groups;
	for (i = 0; i < view.nr_groups; i++) {
		group = view_of(o, view.groups[i]);
		kvm->groups[i] = label_of(o, group ? group->iommu_group : NULL);
	}
}

/* ------------------------------------------------------------------ handles */

static void observe_handles(struct observer *o)
{
	const struct inspect_vfio_group *group;
	struct script_handle_state *handle;
	unsigned i;

	for (i = 1; i <= o->script->nr_ext; i++) {
		if (!o->script->ext[i].group)
			continue;
		group = view_of(o, o->script->ext[i].group);
		handle = &o->state->ext[o->state->nr_ext++];
		handle->handle = (int)i;
		handle->group = label_of(o, group ? group->iommu_group : NULL);
	}
	for (i = 1; i <= o->script->nr_refs; i++) {
		if (!o->script->refs[i].device)
			continue;
		handle = &o->state->dev_refs[o->state->nr_dev_refs++];
		handle->handle = (int)i;
		handle->dev = o->script->refs[i].dev;
	}
}

int sim_script_observe(struct script *script, struct script_state *ret_state)
{
	static struct observer o;
	unsigned i;

	o.script = script;
	o.state = ret_state;
	o.full = false;
	ret_state->nr_groups = ret_state->nr_devices = 0;
	ret_state->nr_containers = ret_state->nr_kvms = 0;
	ret_state->nr_ext = ret_state->nr_dev_refs = 0;
	for (o.nr_views = 0; o.nr_views < SCRIPT_GROUPS_MAX; o.nr_views++)
		if (!inspect_vfio_group(o.nr_views, &o.views[o.nr_views]))
			break;
	for (i = 0; i < script->nr_iommu_groups; i++)
		observe_group(&o, &script->iommu_groups[i]);
	for (i = 0; i < script->nr_devices; i++)
		observe_device(&o, &script->devices[i]);
	for (i = 0; i < script->nr_containers; i++)
		observe_container(&o, i);
	for (i = 0; i < script->nr_kvms; i++)
		observe_kvm(&o, &script->kvms[i]);
	observe_handles(&o);
	ret_state->iommu_objs = sim_script_iommu_objects();
	ret_state->mod_vfio = inspect_module_vfio();
	ret_state->mod_iommu = inspect_module_iommu();
	return o.full ? -ENOSPC : 0;
}
