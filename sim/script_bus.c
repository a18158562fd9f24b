/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * script_bus.c - the bus of a script: devices that come and go by name, IOMMU
 * groups by label, drivers, and the two sysfs files of each driver.
 */
#include "script_internal.h"

#include <string.h>

static void copy_name(char to[SCRIPT_NAME_MAX], const char *from)
{
	snprintf(to, SCRIPT_NAME_MAX, "%s", from);
}

/* ------------------------------------------------------------------- labels */

static int find_label(const struct script *script, const char *name)
{
	unsigned i;

	for (i = 0; i < script->nr_labels; i++)
		if (strcmp(script->labels[i], name) == 0)
			return (int)i;
	return -1;
}

static unsigned make_label(struct script *script, const char *name)
{
	int label = find_label(script, name);

	if (label >= 0)
		return (unsigned)label;
	copy_name(script->labels[script->nr_labels], name);
	return script->nr_labels++;
}

/* The youngest IOMMU group of a label, or NULL. */
static struct script_iommu_group *current_group(struct script *script,
						unsigned label)
{
	unsigned i = script->nr_iommu_groups;

	while (i-- > 0)
		if (script->iommu_groups[i].label == label)
			return &script->iommu_groups[i];
	return NULL;
}

const char *sim_script_label_of(const struct script *script,
				const struct iommu_group *group)
{
	unsigned i;

	for (i = 0; group && i < script->nr_iommu_groups; i++)
		if (script->iommu_groups[i].group == group)
			return script->labels[script->iommu_groups[i].label];
	return NULL;
}

/* -------------------------------------------------------------- membership */

/* A new IOMMU group behind @label, with a reference; or NULL. */
static struct iommu_group *make_group(struct script *script, unsigned label)
{
	struct script_iommu_group *old = current_group(script, label);
	struct iommu_group *group = iommu_group_alloc();
	struct script_iommu_group *entry;

	if (IS_ERR(group))
		return NULL;
	if (old)
		old->old = true;
	entry = &script->iommu_groups[script->nr_iommu_groups++];
	entry->group = group;
	entry->label = label;
	entry->id = iommu_group_id(group);
	return group;
}

/* The IOMMU group behind @label, made if there is none, with a reference that
 * lasts until the device is a member. */
static struct iommu_group *get_group(struct script *script, unsigned label)
{
	struct script_iommu_group *entry = current_group(script, label);
	struct inspect_iommu_group view;

	if (entry && inspect_iommu_group(entry->group, &view))
		return iommu_group_ref_get(
			(struct iommu_group *)(uintptr_t)entry->group);
	return make_group(script, label);
}

static int add_to_group(struct device *dev)
{
	const struct script_device *device = dev->platform_data;
	struct iommu_group *group;
	int ret;

	if (!device->label)
		return 0;
	group = get_group(sim_script_running, device->label - 1);
	if (!group)
		return -ENOMEM;
	ret = iommu_group_add_device(group, dev);
	iommu_group_put(group);
	return ret;
}

/* Ahead of the IOMMU layer's listener, so that a task can stand before it. */
static int bus_event(struct notifier_block *nb, unsigned long action,
		     void *data)
{
	(void)nb;
	(void)data;
	if (action == BUS_NOTIFY_UNBIND_DRIVER)
		sim_script_pass("unbind_notify");
	else if (action == BUS_NOTIFY_UNBOUND_DRIVER)
		sim_script_pass("unbound_notify");
	else if (action == BUS_NOTIFY_BOUND_DRIVER)
		sim_script_pass("bound_notify");
	return NOTIFY_OK;
}

int sim_script_bus_init(struct script *script)
{
	int ret;

	script->bus.name = "script";
	ret = bus_register(&script->bus);
	if (ret)
		return ret;
	script->bus.drivers_autoprobe = false;
	script->iommu_ops.add_device = add_to_group;
	script->iommu_ops.remove_device = iommu_group_remove_device;
	ret = bus_set_iommu(&script->bus, &script->iommu_ops);
	if (ret)
		return ret;
	script->nb.notifier_call = bus_event;
	script->nb.priority = 1;
	return bus_register_notifier(&script->bus, &script->nb);
}

void sim_script_bus_exit(struct script *script)
{
	bus_clear_iommu(&script->bus);
	(void)bus_unregister_notifier(&script->bus, &script->nb);
	bus_unregister(&script->bus);
}

/* ------------------------------------------------------------------ drivers */

/* Tasks that race ask the bus itself whether the driver is gone. */
struct script_driver *sim_script_find_driver(struct script *script,
					     const char *name)
{
	unsigned i;

	for (i = 0; i < script->nr_drivers; i++)
		if ((!script->drivers[i].gone || script->joined) &&
		    strcmp(script->drivers[i].name, name) == 0)
			return &script->drivers[i];
	return NULL;
}

long sim_script_driver_register(struct script *script, struct script_task *task)
{
	struct script_driver *driver = &script->drivers[script->nr_drivers];
	int ret;

	driver->kind = sim_script_driver_kind(script_text(task, 1));
	if (!driver->kind)
		return -EINVAL;
	copy_name(driver->name, script_text(task, 0));
	driver->drv = (struct device_driver){
		.name = driver->name,
		.bus = &script->bus,
		.probe = driver->kind->probe,
		.remove = driver->kind->remove,
		.driver_managed_dma = driver->kind->managed_dma,
	};
	driver->gone = true;
	script->nr_drivers++;
	ret = driver_register(&driver->drv);
	driver->gone = ret != 0;
	return ret;
}

long sim_script_driver_unregister(struct script *script,
				  struct script_task *task)
{
	struct script_driver *driver =
		sim_script_find_driver(script, script_text(task, 0));

	if (!driver)
		return -ENOENT;
	driver->gone = true;
	driver_unregister(&driver->drv);
	return 0;
}

/* ------------------------------------------------------------------ devices */

struct script_device *sim_script_find_device(struct script *script,
					     const char *name)
{
	unsigned i;

	for (i = 0; i < script->nr_devices; i++)
		if (script->devices[i].registered &&
		    strcmp(script->devices[i].name, name) == 0)
			return &script->devices[i];
	return NULL;
}

/* The last one that lay at this address. */
const struct script_device *sim_script_device_at(const struct script *script,
						 const struct device *dev)
{
	unsigned i = script->nr_devices;

	while (i-- > 0)
		if (script->devices[i].dev == dev)
			return &script->devices[i];
	return NULL;
}

static void release_device(struct device *dev)
{
	struct script_device *device = dev->platform_data;

	device->freed = true;
	kfree(dev);
}

/* The address of the device that was deleted last to be kept; or NULL. */
static struct device *reuse_address(struct script *script)
{
	unsigned i = script->nr_devices;

	while (i-- > 0) {
		struct script_device *device = &script->devices[i];

		if (!device->keep || !device->freed)
			continue;
		device->keep = false;
		return slab_realloc_at("device", device->dev);
	}
	return NULL;
}

static long add_device(struct script *script, struct script_device *device,
		       struct device *dev, const char *name)
{
	copy_name(device->name, name);
	device->dev = dev;
	device->registered = true;
	device->adding = true;
	dev->bus = &script->bus;
	dev->platform_data = device;
	dev->release = release_device;
	(void)device_register(dev, name);
	device->adding = false;
	return 0;
}

long sim_script_device_add(struct script *script, struct script_task *task)
{
	const char *name = script_text(task, 0), *group = script_text(task, 1);
	struct script_device *device = &script->devices[script->nr_devices];
	struct device *dev = NULL;

	if (sim_script_find_device(script, name))
		return -EEXIST;
	if (script_number(task, 3))
		dev = reuse_address(script);
	if (dev)
		sim_script_return(task, "reused", 1);
	else
		dev = kzalloc_obj(device);
	if (!dev)
		return -ENOMEM;
	dev->bridge = script_number(task, 2) != 0;
	device->label = group ? make_label(script, group) + 1 : 0;
	script->nr_devices++;
	return add_device(script, device, dev, name);
}

long sim_script_device_del(struct script *script, struct script_task *task)
{
	struct script_device *device =
		sim_script_find_device(script, script_text(task, 0));

	if (!device || device->deleting)
		return -ENODEV;
	if (device->adding)
		return -EBUSY;
	device->deleting = true;
	device->keep = script_number(task, 1);
	device_unregister(device->dev);
	device->registered = false;
	return 0;
}

/* ------------------------------------------------------------- bind, unbind */

/* What a write to a file of the driver returns: a count, which is no news. */
static long store(ssize_t ret)
{
	return ret < 0 ? (long)ret : 0;
}

long sim_script_bind(struct script *script, struct script_task *task)
{
	const char *dev = script_text(task, 0);
	struct script_driver *driver =
		sim_script_find_driver(script, script_text(task, 1));

	if (!driver)
		return -ENOENT;
	return store(bind_store(&driver->drv, dev, strlen(dev)));
}

/* The driver that somebody who looks at sysfs would name; or NULL. */
static struct script_driver *present_driver(struct script *script,
					    const char *name)
{
	struct script_device *device = sim_script_find_device(script, name);
	struct device_driver *drv =
		device ? PEEK_ONCE(device->dev->driver) : NULL;

	return drv ? container_of(drv, struct script_driver, drv) : NULL;
}

long sim_script_unbind(struct script *script, struct script_task *task)
{
	const char *dev = script_text(task, 0), *name = script_text(task, 1);
	struct script_driver *driver;

	driver = name ? sim_script_find_driver(script, name) :
			present_driver(script, dev);
	if (!driver)
		return name ? -ENOENT : -ENODEV;
	if (driver->gone)
		return -ENOENT;
	return store(unbind_store(&driver->drv, dev, strlen(dev)));
}
