/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * device_bind.c - how a driver gets a device and loses it again.  Keeps the
 * order of drivers/base/dd.c, Linux 3.19, and what later kernels changed.
 */
#include "device_internal.h"

#include <stdio.h>

bool driver_match_device(struct device_driver *drv, struct device *dev)
{
	return !drv->bus->match || drv->bus->match(dev, drv);
}

/* ------------------------------------------------------------------ sysfs */

void sysfs_warn_dup(const char *parent, const char *name)
{
	char text[4 * DEVICE_NAME_MAX];

	snprintf(text, sizeof(text), "cannot create duplicate filename '%s/%s'",
		 parent, name);
	WARN(true, text);
}

/* Link the device in the driver's folder; the caller holds the device lock. */
static int sysfs_link_in_driver(struct device *dev, struct device_driver *drv)
{
	int free_slot = -1;
	int i;

	sched_access(dev->linked, SCHED_ACCESS_WRITE);
	for (i = DEVICE_LINKS_MAX - 1; i >= 0; i--) {
		if (dev->linked[i] == drv) {
			sysfs_warn_dup(drv->name, dev_name(dev));
			return -EEXIST;
		}
		if (!dev->linked[i])
			free_slot = i;
	}
	if (free_slot < 0)
		return -ENOSPC;
	dev->linked[free_slot] = drv;
	return 0;
}

static void sysfs_unlink_in_driver(struct device *dev,
				   struct device_driver *drv)
{
	int i;

	sched_access(dev->linked, SCHED_ACCESS_WRITE);
	for (i = 0; i < DEVICE_LINKS_MAX; i++)
		if (dev->linked[i] == drv)
			dev->linked[i] = NULL;
}

/* BIND comes before the links, as in 3.19.  A link that is there already is
 * what a second bind of one device stumbles over. */
static int driver_sysfs_add(struct device *dev)
{
	SCHED_FUNC();
	struct device_driver *drv = READ_LOCKED(dev->driver);
	int ret;

	bus_notify(dev, BUS_NOTIFY_BIND_DRIVER);
	ret = sysfs_link_in_driver(dev, drv);
	if (ret)
		return ret;
	if (SHARED_READ(dev->driver_link)) {
		sysfs_warn_dup(dev_name(dev), "driver");
		sysfs_unlink_in_driver(dev, drv);
		return -EEXIST;
	}
	SHARED_WRITE(dev->driver_link, true);
	return 0;
}

static void driver_sysfs_remove(struct device *dev)
{
	struct device_driver *drv = READ_LOCKED(dev->driver);

	if (!drv)
		return;
	sysfs_unlink_in_driver(dev, drv);
	SHARED_WRITE(dev->driver_link, false);
}

/* ------------------------------------------------------------------- bind */

static void driver_bound(struct device *dev)
{
	SCHED_FUNC();

	/* Bound twice: the kernel prints a line and tells nobody. */
	if (klist_node_attached(&dev->knode_driver))
		return;
	klist_add_tail(&dev->knode_driver,
		       &READ_LOCKED(dev->driver)->klist_devices);
	bus_notify(dev, BUS_NOTIFY_BOUND_DRIVER);
}

static int call_probe(struct device *dev, struct device_driver *drv)
{
	if (dev->bus->probe)
		return dev->bus->probe(dev);
	return drv->probe ? drv->probe(dev) : 0;
}

/* The caller holds the device lock.  The mirror of the window (B3) is between
 * the store to dev->driver and what probe does. */
static int really_probe(struct device *dev, struct device_driver *drv)
{
	SCHED_FUNC();

	WRITE_ONCE(dev->driver, drv);
	if (driver_sysfs_add(dev) == 0 && call_probe(dev, drv) == 0) {
		driver_bound(dev);
		return 1;
	}
	/* Nobody is notified: UNBOUND never follows a probe that failed. */
	driver_sysfs_remove(dev);
	WRITE_ONCE(dev->driver, NULL);
	dev_set_drvdata(dev, NULL);
	return 0;
}

int driver_probe_device(struct device_driver *drv, struct device *dev)
{
	SCHED_FUNC();

	if (!READ_ONCE(dev->state_in_sysfs))
		return -ENODEV;
	return really_probe(dev, drv);
}

/* The parent's lock comes first. */
void lock_device_and_parent(struct device *dev)
{
	if (dev->parent)
		device_lock(dev->parent);
	device_lock(dev);
}

void unlock_device_and_parent(struct device *dev)
{
	device_unlock(dev);
	if (dev->parent)
		device_unlock(dev->parent);
}

int device_attach(struct device *dev)
{
	SCHED_FUNC();
	struct device_driver *drv;
	unsigned long order = 0;
	int ret = 0;

	device_lock(dev);
	if (READ_LOCKED(dev->driver)) {
		ret = 1;
	} else {
		while (ret == 0 && (drv = next_driver(dev->bus, &order)))
			if (driver_match_device(drv, dev))
				ret = driver_probe_device(drv, dev);
	}
	device_unlock(dev);
	return ret;
}

static void __driver_attach(struct device *dev, struct device_driver *drv)
{
	SCHED_FUNC();

	if (!driver_match_device(drv, dev))
		return;
	lock_device_and_parent(dev);
	if (!READ_LOCKED(dev->driver))
		(void)driver_probe_device(drv, dev);
	unlock_device_and_parent(dev);
}

void driver_attach(struct device_driver *drv)
{
	SCHED_FUNC();
	struct device *dev;
	unsigned long order = 0;

	while ((dev = next_device(drv->bus, &order))) {
		__driver_attach(dev, drv);
		put_device(dev);
	}
}

/* ----------------------------------------------------------------- unbind */

static void call_remove(struct device *dev, struct device_driver *drv)
{
	if (dev->bus->remove)
		(void)dev->bus->remove(dev);
	else if (drv->remove)
		(void)drv->remove(dev);
}

/* The caller holds the device lock.  The window (B1) closes with the store of
 * NULL; UNBOUND comes after it, and before anybody can bind again. */
void __device_release_driver(struct device *dev)
{
	SCHED_FUNC();
	struct device_driver *drv = READ_LOCKED(dev->driver);

	if (!drv)
		return;
	driver_sysfs_remove(dev);
	bus_notify(dev, BUS_NOTIFY_UNBIND_DRIVER);
	call_remove(dev, drv);
	WRITE_ONCE(dev->driver, NULL);
	dev_set_drvdata(dev, NULL);
	klist_remove(&dev->knode_driver);
	bus_notify(dev, BUS_NOTIFY_UNBOUND_DRIVER);
}

void device_release_driver(struct device *dev)
{
	SCHED_FUNC();

	device_lock(dev);
	__device_release_driver(dev);
	device_unlock(dev);
}

/* The device bound last, with a reference, or NULL. */
static struct device *last_bound_device(struct device_driver *drv)
{
	struct klist *k = &drv->klist_devices;
	struct device *dev = NULL;

	spin_lock(&k->k_lock);
	if (!list_empty(&k->k_list)) {
		dev = list_last_entry(&k->k_list, struct device,
				      knode_driver.n_node);
		klist_pin_device(dev);
	}
	spin_unlock(&k->k_lock);
	return dev;
}

/* A device that was bound twice may stay on the list without having the
 * driver: then this never ends, in the kernel too. */
void driver_detach(struct device_driver *drv)
{
	SCHED_FUNC();
	struct device *dev;

	while ((dev = last_bound_device(drv))) {
		lock_device_and_parent(dev);
		if (READ_LOCKED(dev->driver) == drv)
			__device_release_driver(dev);
		unlock_device_and_parent(dev);
		put_device(dev);
	}
}
