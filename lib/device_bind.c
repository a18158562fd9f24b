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

static void call_remove(struct device *dev, struct device_driver *drv)
{
	if (dev->bus->remove)
		(void)dev->bus->remove(dev);
	else if (drv->remove)
		(void)drv->remove(dev);
}

static int dma_configure(struct device *dev)
{
	return dev->bus->dma_configure ? dev->bus->dma_configure(dev) : 0;
}

static void dma_cleanup(struct device *dev)
{
	if (dev->bus->dma_cleanup)
		dev->bus->dma_cleanup(dev);
}

/* UNBOUND never follows a probe that failed; later kernels at least say this,
 * while the driver is still set.  No group hears of it. */
static void notify_not_bound(struct device *dev)
{
	if (era_flag(ERA_PROBE_FAIL_NOTIFY) == ERA_PROBE_FAIL_NOTIFY_NOT_BOUND)
		bus_notify(dev, BUS_NOTIFY_DRIVER_NOT_BOUND);
}

/* From dev->driver, which the caller has set, to a probe that succeeded. */
static int probe_once(struct device *dev, struct device_driver *drv)
{
	int ret = dma_configure(dev);

	if (ret)
		return ret;
	ret = driver_sysfs_add(dev);
	if (!ret)
		ret = call_probe(dev, drv);
	if (ret) {
		notify_not_bound(dev);
		dma_cleanup(dev);
		driver_sysfs_remove(dev);
	}
	return ret;
}

/* CONFIG_DEBUG_TEST_DRIVER_REMOVE.  Nobody hears of this remove: whoever
 * counts on UNBOUND is left with what remove began (B7). */
static void undo_probe(struct device *dev, struct device_driver *drv)
{
	call_remove(dev, drv);
	driver_sysfs_remove(dev);
	dma_cleanup(dev);
}

/* The caller holds the device lock.  The mirror of the window (B3) is between
 * the store to dev->driver and what probe does. */
static int really_probe(struct device *dev, struct device_driver *drv)
{
	SCHED_FUNC();
	bool test_remove = era_flag(ERA_DEBUG_TEST_REMOVE) == ERA_ON;
	int ret;

	for (;;) {
		WRITE_ONCE(dev->driver, drv);
		ret = probe_once(dev, drv);
		if (!ret && !test_remove)
			break;
		if (!ret)
			undo_probe(dev, drv);
		WRITE_ONCE(dev->driver, NULL);
		dev_set_drvdata(dev, NULL);
		if (ret)
			return ret;
		test_remove = false;
	}
	driver_bound(dev);
	return 0;
}

/* Is it being deleted?  Never without device_dead=on. */
static bool device_is_dead(struct device *dev)
{
	return era_flag(ERA_DEVICE_DEAD) == ERA_ON && SHARED_READ(dev->dead);
}

static bool probe_errno_is_hidden(void)
{
	return era_flag(ERA_PROBE_ERRNO) == ERA_PROBE_ERRNO_HIDDEN;
}

int driver_probe_device(struct device_driver *drv, struct device *dev)
{
	SCHED_FUNC();
	int ret;

	if (device_is_dead(dev) || !READ_ONCE(dev->state_in_sysfs))
		return -ENODEV;
	if (era_flag(ERA_SYSFS_BIND_RECHECK) == ERA_BIND_RECHECK_EBUSY &&
	    READ_LOCKED(dev->driver))
		return -EBUSY;
	ret = really_probe(dev, drv);
	if (!ret)
		return 1;
	if (probe_errno_is_hidden())
		return 0;
	return ret < 0 ? ret : -ret;
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

/* The first driver that takes the device.  Where an errno is the probe's own,
 * the next driver has its try all the same. */
static int attach_any_driver(struct device *dev)
{
	struct device_driver *drv;
	unsigned long order = 0;
	int ret = 0;

	while (ret == 0 && (drv = next_driver(dev->bus, &order))) {
		if (!driver_match_device(drv, dev))
			continue;
		ret = driver_probe_device(drv, dev);
		if (ret < 0 && !probe_errno_is_hidden())
			ret = 0;
	}
	return ret;
}

int device_attach(struct device *dev)
{
	SCHED_FUNC();
	int ret = 0;

	device_lock(dev);
	if (device_is_dead(dev))
		ret = 0;
	else if (READ_LOCKED(dev->driver))
		ret = 1;
	else
		ret = attach_any_driver(dev);
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
	dma_cleanup(dev);
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
