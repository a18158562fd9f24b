/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * device_driver.c - drivers, and the two files in sysfs that bind and unbind.
 * Keeps the order of drivers/base/{driver,bus}.c, Linux 3.19, and what is
 * tested there without a lock.
 */
#include "device_internal.h"

#include <string.h>

/* Bind and unbind files of all drivers: one queue, as kernfs has one. */
struct kernfs_root {
	wait_queue_head_t deactivate_waitq;
};

static struct kernfs_root *kernfs_root;

/* ---------------------------------------------------- bind, unbind: files */

static bool kernfs_get_active(struct device_driver *drv)
{
	bool registered;

	spin_lock(&drv->active_lock);
	registered = SHARED_READ(drv->registered);
	if (registered)
		SHARED_WRITE(drv->active, drv->active + 1);
	spin_unlock(&drv->active_lock);
	return registered;
}

static void kernfs_put_active(struct device_driver *drv)
{
	bool drained;

	spin_lock(&drv->active_lock);
	SHARED_WRITE(drv->active, drv->active - 1);
	drained = drv->active == 0 && !drv->registered;
	spin_unlock(&drv->active_lock);
	/* The driver may be gone from here on; the queue is not. */
	if (drained)
		wake_up_all(&kernfs_root->deactivate_waitq);
}

static bool kernfs_drained(struct device_driver *drv)
{
	bool drained;

	spin_lock(&drv->active_lock);
	drained = SHARED_READ(drv->active) == 0;
	spin_unlock(&drv->active_lock);
	return drained;
}

static void set_bind_files(struct device_driver *drv, bool exist)
{
	spin_lock(&drv->active_lock);
	SHARED_WRITE(drv->registered, exist);
	spin_unlock(&drv->active_lock);
}

static void remove_bind_files(struct device_driver *drv)
{
	SCHED_FUNC();

	set_bind_files(drv, false);
	wait_event(kernfs_root->deactivate_waitq, kernfs_drained(drv));
}

static bool bind_rechecks(unsigned how)
{
	return era_flag(ERA_SYSFS_BIND_RECHECK) == how;
}

/* No lock: a second bind may pass here while the first one runs.  From 5.14 on
 * each passes, and waits for the lock. */
static bool may_bind(struct device_driver *drv, struct device *dev)
{
	if (!bind_rechecks(ERA_BIND_RECHECK_EBUSY) && READ_ONCE(dev->driver))
		return false;
	return driver_match_device(drv, dev);
}

/* The caller holds the device lock. */
static int bind_named_device(struct device_driver *drv, struct device *dev)
{
	if (bind_rechecks(ERA_BIND_RECHECK_SKIP) && READ_LOCKED(dev->driver))
		return 0;
	return driver_probe_device(drv, dev);
}

static ssize_t bind_by_name(struct device_driver *drv, const char *buf,
			    size_t count)
{
	struct device *dev = bus_find_device_by_name(drv->bus, buf);
	ssize_t ret = -ENODEV;

	if (dev && may_bind(drv, dev)) {
		lock_device_and_parent(dev);
		ret = bind_named_device(drv, dev);
		unlock_device_and_parent(dev);
		if (ret > 0)
			ret = (ssize_t)count;
		else if (ret == 0)
			ret = -ENODEV;
	}
	put_device(dev);
	return ret;
}

ssize_t bind_store(struct device_driver *drv, const char *buf, size_t count)
{
	SCHED_FUNC();
	ssize_t ret;

	if (!kernfs_get_active(drv))
		return -ENODEV;
	ret = bind_by_name(drv, buf, count);
	kernfs_put_active(drv);
	return ret;
}

static bool unbind_rechecks(void)
{
	return era_flag(ERA_SYSFS_UNBIND_RECHECK) != ERA_OFF;
}

/* In 3.19 this is device_release_driver(); a test under the lock that the
 * driver is still the one that was named is what would be right. */
static bool release_named_driver(struct device *dev,
				 const struct device_driver *drv)
{
	bool named;

	if (!unbind_rechecks()) {
		device_release_driver(dev);
		return true;
	}
	device_lock(dev);
	named = READ_LOCKED(dev->driver) == drv;
	if (named)
		__device_release_driver(dev);
	device_unlock(dev);
	return named;
}

static ssize_t unbind_by_name(struct device_driver *drv, const char *buf,
			      size_t count)
{
	struct device *dev = bus_find_device_by_name(drv->bus, buf);
	struct device *parent = dev ? dev->parent : NULL;
	ssize_t ret = -ENODEV;

	/* No lock: whoever waits for it unbinds what it finds then. */
	if (dev && READ_ONCE(dev->driver) == drv) {
		if (parent)
			device_lock(parent);
		if (release_named_driver(dev, drv))
			ret = (ssize_t)count;
		if (parent)
			device_unlock(parent);
	}
	put_device(dev);
	return ret;
}

ssize_t unbind_store(struct device_driver *drv, const char *buf, size_t count)
{
	SCHED_FUNC();
	ssize_t ret;

	if (!kernfs_get_active(drv))
		return -ENODEV;
	ret = unbind_by_name(drv, buf, count);
	kernfs_put_active(drv);
	return ret;
}

/* ----------------------------------------------------------------- driver */

static bool driver_find(const char *name, struct bus_type *bus)
{
	struct device_driver *drv;
	bool found = false;

	spin_lock(&bus->klist_drivers.k_lock);
	list_for_each_entry(drv, &bus->klist_drivers.k_list, knode_bus.n_node)
		found = found || strcmp(drv->name, name) == 0;
	spin_unlock(&bus->klist_drivers.k_lock);
	return found;
}

int driver_register(struct device_driver *drv)
{
	SCHED_FUNC();

	if (driver_find(drv->name, drv->bus))
		return -EBUSY;
	klist_init(&drv->klist_devices);
	spin_lock_init(&drv->active_lock);
	drv->active = 0;
	klist_add_tail(&drv->knode_bus, &drv->bus->klist_drivers);
	if (drv->bus->drivers_autoprobe)
		driver_attach(drv);
	set_bind_files(drv, true);
	return 0;
}

void driver_unregister(struct device_driver *drv)
{
	SCHED_FUNC();

	remove_bind_files(drv);
	klist_remove(&drv->knode_bus);
	driver_detach(drv);
}

/* ------------------------------------------------------------------- boot */

static int device_boot(void)
{
	kernfs_root = kzalloc_obj(kernfs_root);
	if (!kernfs_root)
		return -ENOMEM;
	init_waitqueue_head(&kernfs_root->deactivate_waitq);
	return 0;
}

static void device_halt(void)
{
	kfree(kernfs_root);
	kernfs_root = NULL;
}

static struct kernel_subsystem device_subsystem = {
	.name = "device",
	.rank = 200,
	.boot = device_boot,
	.halt = device_halt,
	.root = &kernfs_root,
};

__attribute__((constructor)) static void device_init(void)
{
	kernel_register_subsystem(&device_subsystem);
}
