/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * device.c - buses, devices, and the klists that tie them together.  Keeps the
 * order of drivers/base/{bus,core}.c and lib/klist.c, Linux 3.19 to 6.1.
 */
#include "device_internal.h"

#include <stdio.h>
#include <string.h>

/* ------------------------------------------------------------------ klist */

void klist_init(struct klist *k)
{
	spin_lock_init(&k->k_lock);
	INIT_LIST_HEAD(&k->k_list);
	k->k_added = 0;
}

bool klist_node_attached(const struct klist_node *n)
{
	return SHARED_READ(n->n_klist) != NULL;
}

void klist_add_tail(struct klist_node *n, struct klist *k)
{
	SCHED_FUNC();

	spin_lock(&k->k_lock);
	list_add_tail(&n->n_node, &k->k_list);
	n->n_order = ++k->k_added;
	SHARED_WRITE(n->n_klist, k);
	spin_unlock(&k->k_lock);
}

void klist_remove(struct klist_node *n)
{
	SCHED_FUNC();
	struct klist *k = n->n_klist;

	spin_lock(&k->k_lock);
	list_del(&n->n_node);
	SHARED_WRITE(n->n_klist, NULL);
	spin_unlock(&k->k_lock);
}

struct klist_node *klist_after(struct klist *k, unsigned long order)
{
	struct klist_node *n;

	list_for_each_entry(n, &k->k_list, n_node)
		if (n->n_order > order)
			return n;
	return NULL;
}

void klist_pin_device(struct device *dev)
{
	sched_access(dev, SCHED_ACCESS_READ);
	__atomic_fetch_add(&dev->kref.refcount.counter, 1, __ATOMIC_SEQ_CST);
}

/* -------------------------------------------------------------------- bus */

int bus_register(struct bus_type *bus)
{
	SCHED_FUNC();

	klist_init(&bus->klist_devices);
	klist_init(&bus->klist_drivers);
	BLOCKING_INIT_NOTIFIER_HEAD(&bus->notifier);
	bus->drivers_autoprobe = true;
	return 0;
}

void bus_unregister(struct bus_type *bus)
{
	SCHED_FUNC();

	rwsem_destroy(&bus->notifier.rwsem);
}

int bus_register_notifier(struct bus_type *bus, struct notifier_block *nb)
{
	SCHED_FUNC();

	return blocking_notifier_chain_register(&bus->notifier, nb);
}

int bus_unregister_notifier(struct bus_type *bus, struct notifier_block *nb)
{
	SCHED_FUNC();

	return blocking_notifier_chain_unregister(&bus->notifier, nb);
}

void bus_notify(struct device *dev, unsigned long action)
{
	(void)blocking_notifier_call_chain(&dev->bus->notifier, action, dev);
}

struct device *bus_find_device_by_name(struct bus_type *bus, const char *name)
{
	SCHED_FUNC();
	struct device *dev, *found = NULL;

	spin_lock(&bus->klist_devices.k_lock);
	list_for_each_entry(dev, &bus->klist_devices.k_list, knode_bus.n_node) {
		if (strcmp(dev_name(dev), name) == 0) {
			klist_pin_device(dev);
			found = dev;
			break;
		}
	}
	spin_unlock(&bus->klist_devices.k_lock);
	return found;
}

struct device *next_device(struct bus_type *bus, unsigned long *order)
{
	struct klist_node *n;
	struct device *dev = NULL;

	spin_lock(&bus->klist_devices.k_lock);
	n = klist_after(&bus->klist_devices, *order);
	if (n) {
		*order = n->n_order;
		dev = container_of(n, struct device, knode_bus);
		klist_pin_device(dev);
	}
	spin_unlock(&bus->klist_devices.k_lock);
	return dev;
}

int bus_for_each_dev(struct bus_type *bus, struct device *start, void *data,
		     int (*fn)(struct device *dev, void *data))
{
	SCHED_FUNC();
	unsigned long order = start ? start->knode_bus.n_order : 0;
	struct device *dev;
	int ret = 0;

	while (!ret && (dev = next_device(bus, &order))) {
		ret = fn(dev, data);
		put_device(dev);
	}
	return ret;
}

struct device_driver *next_driver(struct bus_type *bus, unsigned long *order)
{
	struct klist_node *n;

	spin_lock(&bus->klist_drivers.k_lock);
	n = klist_after(&bus->klist_drivers, *order);
	if (n)
		*order = n->n_order;
	spin_unlock(&bus->klist_drivers.k_lock);
	return n ? container_of(n, struct device_driver, knode_bus) : NULL;
}

/* ----------------------------------------------------------------- device */

void device_initialize(struct device *dev, const char *name)
{
	SCHED_FUNC();

	snprintf(dev->name, sizeof(dev->name), "%s", name);
	kref_init(&dev->kref);
	__mutex_init(&dev->mutex, "lock");
	once_init(&dev->driver, sizeof(dev->driver));
	once_init(&dev->driver_data, sizeof(dev->driver_data));
	once_init(&dev->iommu_group, sizeof(dev->iommu_group));
	once_init(&dev->state_in_sysfs, sizeof(dev->state_in_sysfs));
}

static void device_release(struct kref *kref)
{
	SCHED_FUNC();
	struct device *dev = container_of(kref, struct device, kref);

	mutex_destroy(&dev->mutex);
	if (dev->release)
		dev->release(dev);
	else
		kfree(dev);
}

struct device *get_device(struct device *dev)
{
	if (dev)
		kref_get(&dev->kref);
	return dev;
}

void put_device(struct device *dev)
{
	if (dev)
		(void)kref_put(&dev->kref, device_release);
}

int device_add(struct device *dev)
{
	SCHED_FUNC();

	if (!dev->bus || !dev->name[0])
		return -EINVAL;
	get_device(dev);
	get_device(dev->parent);
	WRITE_ONCE(dev->state_in_sysfs, true);
	/* The node on the bus's list holds a reference. */
	get_device(dev);
	klist_add_tail(&dev->knode_bus, &dev->bus->klist_devices);
	bus_notify(dev, BUS_NOTIFY_ADD_DEVICE);
	if (dev->bus->drivers_autoprobe)
		WARN_ON(device_attach(dev) < 0);
	put_device(dev);
	return 0;
}

/* Whoever waits for the device lock to bind the device finds it dead. */
static void kill_device(struct device *dev)
{
	SCHED_FUNC();

	device_lock(dev);
	SHARED_WRITE(dev->dead, true);
	device_unlock(dev);
}

static void bus_remove_device(struct device *dev)
{
	SCHED_FUNC();

	if (klist_node_attached(&dev->knode_bus)) {
		klist_remove(&dev->knode_bus);
		put_device(dev);
	}
	device_release_driver(dev);
}

void device_del(struct device *dev)
{
	SCHED_FUNC();
	struct device *parent = dev->parent;

	if (era_flag(ERA_DEVICE_DEAD) == ERA_ON)
		kill_device(dev);
	bus_notify(dev, BUS_NOTIFY_DEL_DEVICE);
	bus_remove_device(dev);
	bus_notify(dev, BUS_NOTIFY_REMOVED_DEVICE);
	WRITE_ONCE(dev->state_in_sysfs, false);
	put_device(parent);
}

int device_register(struct device *dev, const char *name)
{
	SCHED_FUNC();

	device_initialize(dev, name);
	return device_add(dev);
}

void device_unregister(struct device *dev)
{
	SCHED_FUNC();

	device_del(dev);
	put_device(dev);
}
