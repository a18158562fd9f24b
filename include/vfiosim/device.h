/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * device.h - the driver core: buses, devices, drivers, bind and unbind.
 *
 * Models drivers/base/{core,bus,dd,driver}.c of Linux 3.19 to 6.1: the order of
 * notifications, what is tested without a lock, and what is not tested again.
 * Left out: device links, deferred probing, devres, runtime PM, uevents.
 */
#ifndef VFIOSIM_DEVICE_H
#define VFIOSIM_DEVICE_H

#include <vfiosim/atomic.h>
#include <vfiosim/list.h>
#include <vfiosim/notifier.h>
#include <vfiosim/wait.h>

#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct dev_iommu;
struct device;
struct device_driver;
struct iommu_group;
struct iommu_ops;

/* include/linux/device.h: actions on a bus's chain; data is the device. */
#define BUS_NOTIFY_ADD_DEVICE 0x00000001
#define BUS_NOTIFY_DEL_DEVICE 0x00000002
#define BUS_NOTIFY_REMOVED_DEVICE 0x00000003
#define BUS_NOTIFY_BIND_DRIVER 0x00000004
#define BUS_NOTIFY_BOUND_DRIVER 0x00000005
#define BUS_NOTIFY_UNBIND_DRIVER 0x00000006
#define BUS_NOTIFY_UNBOUND_DRIVER 0x00000007
#define BUS_NOTIFY_DRIVER_NOT_BOUND 0x00000008 /* probe_fail_notify */

/* A list with its own spinlock: finding a node and pinning what it stands for
 * is one step. */
struct klist {
	spinlock_t k_lock;
	struct list_head k_list;
	unsigned long k_added; /* nodes since boot: numbers them */
};

struct klist_node {
	struct list_head n_node;
	struct klist *n_klist; /* NULL: not attached */
	unsigned long n_order; /* in order of adding: walks go on from it */
};

struct bus_type {
	/* set by the caller of bus_register() */
	const char *name;
	bool (*match)(struct device *dev, struct device_driver *drv);
	int (*probe)(struct device *dev); /* NULL: drv->probe is called */
	int (*remove)(struct device *dev);
	/* Ahead of each probe, whose error it may be, and behind what ends it;
	 * NULL: nothing.  bus_set_iommu() sets both where DMA has an owner. */
	int (*dma_configure)(struct device *dev);
	void (*dma_cleanup)(struct device *dev);
	/* owned by the driver core */
	bool drivers_autoprobe; /* true after bus_register() */
	struct klist klist_devices, klist_drivers;
	struct blocking_notifier_head notifier;
	const struct iommu_ops *iommu_ops; /* set by bus_set_iommu() */
	struct notifier_block *iommu_nb;
};

struct device_driver {
	/* set by the caller of driver_register() */
	const char *name;
	struct bus_type *bus;
	int (*probe)(struct device *dev);
	int (*remove)(struct device *dev);
	/* It leaves the DMA of its devices to others: VFIO's drivers, pci-stub,
	 * pcieport.  In the kernel a field of the bus's own driver type. */
	bool driver_managed_dma;
	/* owned by the driver core */
	struct klist klist_devices; /* bound devices */
	struct klist_node knode_bus;
	bool registered; /* its bind and unbind files exist */
	spinlock_t active_lock;
	unsigned active; /* tasks inside these files */
};

#define DEVICE_NAME_MAX 32
#define DEVICE_LINKS_MAX 4

struct device {
	/* set by the caller of device_add() */
	struct device *parent;
	struct bus_type *bus;
	void (*release)(struct device *dev); /* NULL: kfree(dev) */
	void *platform_data;
	bool bridge; /* PCI: the header type is not the normal one */
	/* owned by the driver core */
	char name[DEVICE_NAME_MAX];
	struct kref kref;
	struct mutex mutex; /* the device lock; named "lock" */
	/* Raced on by design: READ_ONCE(), WRITE_ONCE(). */
	struct device_driver *driver;
	void *driver_data;
	struct iommu_group *iommu_group;
	bool state_in_sysfs; /* between device_add() and the end of _del() */
	struct dev_iommu *iommu; /* of the IOMMU layer, with iommu_probe=on */
	bool dead; /* device_dead=on: being deleted; under the device lock */
	struct klist_node knode_bus, knode_driver;
	/* sysfs, under the device lock: is there a "driver" link, and in whose
	 * folders is the device linked? */
	bool driver_link;
	const struct device_driver *linked[DEVICE_LINKS_MAX];
};

static inline const char *dev_name(const struct device *dev)
{
	return dev->name;
}

/* drvdata: written by bus drivers, and by VFIO without the device lock.  These
 * are macros, and without brackets, so that reports show the caller's text. */
#define dev_set_drvdata(dev, data) WRITE_ONCE(dev->driver_data, (data))
#define dev_get_drvdata(dev) READ_ONCE(dev->driver_data)

#define device_lock(dev) mutex_lock(&dev->mutex)
#define device_unlock(dev) mutex_unlock(&dev->mutex)

/**
 * bus_register - make a bus usable
 * @bus: name and callbacks set, the rest zero; the caller's until unregistered
 *
 * drivers/base/bus.c, bus_register().  Returns 0.
 */
int bus_register(struct bus_type *bus);
/* Devices and drivers must be gone. */
void bus_unregister(struct bus_type *bus);

/* drivers/base/bus.c; return 0, or -ENOENT for an unknown block. */
int bus_register_notifier(struct bus_type *bus, struct notifier_block *nb);
int bus_unregister_notifier(struct bus_type *bus, struct notifier_block *nb);

/**
 * sysfs_warn_dup - complain that a name is taken
 *
 * fs/sysfs/dir.c: warns "cannot create duplicate filename 'PARENT/NAME'".
 */
void sysfs_warn_dup(const char *parent, const char *name);

/**
 * bus_find_device_by_name - look a device up
 *
 * Returns it with a reference the caller must put, or NULL.
 * Locks: the bus's device klist.
 */
struct device *bus_find_device_by_name(struct bus_type *bus, const char *name);

/**
 * bus_for_each_dev - visit the devices of a bus
 * @start: begin behind this one; NULL: with the first
 *
 * drivers/base/bus.c.  Each is pinned while @fn runs.  Stops at the first
 * non-zero answer of @fn and returns it, else 0.
 * Locks: the bus's device klist, not while @fn runs.
 */
int bus_for_each_dev(struct bus_type *bus, struct device *start, void *data,
		     int (*fn)(struct device *dev, void *data));

/**
 * driver_register - add a driver to its bus
 * @drv: name, bus and callbacks set, the rest zero
 *
 * drivers/base/driver.c, driver_register().  With drivers_autoprobe binds
 * every matching driverless device; failures to probe are not reported.
 * Returns 0; -EBUSY: a driver of this name is registered.
 * Locks: per device, parent's and own device lock.  Waits as probe does.
 */
int driver_register(struct device_driver *drv);

/**
 * driver_unregister - remove a driver
 *
 * drivers/base/driver.c, driver_unregister().  Waits, on the queue
 * kernfs_root.deactivate_waitq, until no task is inside the driver's bind or
 * unbind file, then unbinds its devices, last bound
 * first; each unbind waits as remove does.
 */
void driver_unregister(struct device_driver *drv);

/**
 * device_initialize - prepare a zeroed device
 * @name: copied; cut at DEVICE_NAME_MAX - 1
 *
 * One reference, the caller's.  The bus must be set before device_add().
 */
void device_initialize(struct device *dev, const char *name);

struct device *get_device(struct device *dev); /* NULL is fine */
/* The last put frees the device (dev->release, else kfree()). */
void put_device(struct device *dev);

/**
 * device_add - announce a device to its bus
 *
 * drivers/base/core.c, device_add(): bus klist, BUS_NOTIFY_ADD_DEVICE (device
 * lock not held), then, with drivers_autoprobe, a driver.
 * Returns 0; -EINVAL: no bus or no name.  Probe failures are not reported.
 */
int device_add(struct device *dev);

/**
 * device_del - undo device_add()
 *
 * drivers/base/core.c, device_del(): BUS_NOTIFY_DEL_DEVICE while the driver is
 * still bound, leave the bus, release the driver, BUS_NOTIFY_REMOVED_DEVICE.
 * With device_dead=on marks the device dead first, so that nobody binds it
 * again.  Waits as the driver's remove does.  Locks: own device lock.
 */
void device_del(struct device *dev);

/* device_initialize() + device_add(); device_del() + put_device(). */
int device_register(struct device *dev, const char *name);
void device_unregister(struct device *dev);

/**
 * device_attach - bind a device to the first driver that takes it
 *
 * drivers/base/dd.c, device_attach().  Returns 1: bound, 0: no driver, or
 * the device is dead; -ENODEV: the device is deleted (with
 * probe_errno=returned that is 0, too).  Locks: own device lock.
 */
int device_attach(struct device *dev);

/**
 * device_release_driver - unbind a device from whatever driver it has
 *
 * drivers/base/dd.c, device_release_driver(), 3.19: UNBIND, remove,
 * dma_cleanup, driver := NULL, drvdata := NULL, leave the driver's klist,
 * UNBOUND.
 * Locks: own device lock, held across everything remove waits for.
 */
void device_release_driver(struct device *dev);

/**
 * driver_probe_device - try one driver on one device
 *
 * Caller holds the device lock.  Sets dev->driver before dma_configure, before
 * it notifies BIND_DRIVER and calls probe; BOUND_DRIVER after success.  When a
 * probe fails, DRIVER_NOT_BOUND (probe_fail_notify=not_bound), dma_cleanup, and
 * no driver.  With debug_test_remove=on a first success is taken back, by
 * remove, and the device probed again: BIND comes twice, UNBOUND never.
 * Does not test whether the device has a driver already, except with
 * sysfs_bind_recheck=ebusy; a link of the same name in sysfs makes it fail,
 * with a WARN.
 * Returns 1: bound; 0: the probe failed, or its errno (probe_errno=returned);
 * -ENODEV: the device is deleted or dead; -EBUSY: it has a driver.
 */
int driver_probe_device(struct device_driver *drv, struct device *dev);

/**
 * bind_store, unbind_store - write a device's name to a driver's sysfs file
 * @buf: name of the device
 * @count: what to return on success
 *
 * drivers/base/bus.c.  Both test without a lock and act under it without
 * testing again: bind_store that there is no driver and @drv matches,
 * unbind_store that dev->driver is @drv.
 * Return @count or -ENODEV.  bind_store with sysfs_bind_recheck=skip (5.2)
 * tests the driver again, and =ebusy (5.14) under the lock only, so it waits
 * for who holds that: then -EBUSY.  With probe_errno=returned (5.14) it passes
 * on why the probe failed.  unbind_store returns @count even if another task
 * unbound the device first; with sysfs_unbind_recheck=corrected it tests again
 * under the lock, and returns -ENODEV then.  Locks: parent's and own device lock.
 */
ssize_t bind_store(struct device_driver *drv, const char *buf, size_t count);
ssize_t unbind_store(struct device_driver *drv, const char *buf, size_t count);

#ifdef __cplusplus
}
#endif
#endif
