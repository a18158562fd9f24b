/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * iommu.c - IOMMU groups: members, references, the notifier chain, and the
 * listener that turns events of a bus into events of a group.  The group half
 * of drivers/iommu/iommu.c, Linux 3.19 to 6.1.
 */
#include "iommu_internal.h"

#include <vfiosim/idr.h>

/* What the kernel keeps in static variables. */
struct iommu {
	struct mutex iommu_group_mutex;
	struct ida iommu_group_ida;
};

/* One listener on one bus. */
struct iommu_bus_nb {
	struct notifier_block nb;
};

static struct iommu *iommu;

/* 5.8: devices are probed by the IOMMU layer, groups found on the way. */
static bool iommu_probes(void)
{
	return era_flag(ERA_IOMMU_PROBE) == ERA_ON;
}

/* 5.19 has no chain to tell. */
static void iommu_group_notify(struct iommu_group *group, unsigned long action,
			       struct device *dev)
{
	if (!iommu_has_dma_owners())
		(void)blocking_notifier_call_chain(&group->notifier, action,
						   dev);
}

/* -------------------------------------------------------------- references */

static int iommu_group_get_id(void)
{
	int id;

	mutex_lock(&iommu->iommu_group_mutex);
	id = ida_simple_get(&iommu->iommu_group_ida, 0, 0);
	mutex_unlock(&iommu->iommu_group_mutex);
	return id;
}

static void iommu_group_put_id(int id)
{
	mutex_lock(&iommu->iommu_group_mutex);
	ida_simple_remove(&iommu->iommu_group_ida, (unsigned)id);
	mutex_unlock(&iommu->iommu_group_mutex);
}

struct iommu_group *iommu_group_alloc(void)
{
	SCHED_FUNC();
	struct iommu_group *group = kzalloc_obj(iommu_group);
	int id;

	if (!group)
		return ERR_PTR(-ENOMEM);
	id = iommu_group_get_id();
	if (id < 0) {
		kfree(group);
		return ERR_PTR(id);
	}
	group->id = id;
	kref_init(&group->kref);
	mutex_init(&group->mutex);
	INIT_LIST_HEAD(&group->devices);
	BLOCKING_INIT_NOTIFIER_HEAD(&group->notifier);
	return group;
}

static void iommu_group_release(struct kref *kref)
{
	SCHED_FUNC();
	struct iommu_group *group =
		container_of(kref, struct iommu_group, kref);

	if (group->iommu_data_release)
		group->iommu_data_release(group->iommu_data);
	iommu_group_put_id(group->id);
	kfree(group->blocking_domain);
	mutex_destroy(&group->mutex);
	rwsem_destroy(&group->notifier.rwsem);
	kfree(group);
}

struct iommu_group *iommu_group_get(struct device *dev)
{
	SCHED_FUNC();
	struct iommu_group *group = READ_ONCE(dev->iommu_group);

	if (group)
		kref_get(&group->kref);
	return group;
}

struct iommu_group *iommu_group_ref_get(struct iommu_group *group)
{
	SCHED_FUNC();

	kref_get(&group->kref);
	return group;
}

void iommu_group_put(struct iommu_group *group)
{
	SCHED_FUNC();

	if (group)
		(void)kref_put(&group->kref, iommu_group_release);
}

int iommu_group_id(const struct iommu_group *group)
{
	return SHARED_READ(group->id);
}

void iommu_group_set_iommudata(struct iommu_group *group, void *iommu_data,
			       void (*release)(void *iommu_data))
{
	SHARED_WRITE(group->iommu_data, iommu_data);
	SHARED_WRITE(group->iommu_data_release, release);
}

void *iommu_group_get_iommudata(struct iommu_group *group)
{
	return SHARED_READ(group->iommu_data);
}

/* ----------------------------------------------------------------- members */

int iommu_group_add_device(struct iommu_group *group, struct device *dev)
{
	SCHED_FUNC();
	struct iommu_device *device = kzalloc_obj(iommu_device);

	if (!device)
		return -ENOMEM;
	device->dev = dev;
	device->name = slab_strdup("iommu_device_name", dev_name(dev));
	if (!device->name) {
		kfree(device);
		return -ENOMEM;
	}
	kref_get(&group->kref);
	WRITE_ONCE(dev->iommu_group, group);
	mutex_lock(&group->mutex);
	list_add_tail(&device->list, &group->devices);
	mutex_unlock(&group->mutex);
	/* A group in use learns of the newcomer when it is a member already. */
	iommu_group_notify(group, IOMMU_GROUP_NOTIFY_ADD_DEVICE, dev);
	return 0;
}

/* Take the member off the list; NULL: it is not there. */
static struct iommu_device *iommu_group_unlink(struct iommu_group *group,
					       const struct device *dev)
{
	struct iommu_device *device, *found = NULL;

	mutex_lock(&group->mutex);
	list_for_each_entry(device, &group->devices, list) {
		if (device->dev == dev) {
			found = device;
			list_del(&device->list);
			break;
		}
	}
	mutex_unlock(&group->mutex);
	return found;
}

void iommu_group_remove_device(struct device *dev)
{
	SCHED_FUNC();
	struct iommu_group *group = READ_ONCE(dev->iommu_group);
	struct iommu_device *device;

	if (!group && iommu_probes())
		return;
	iommu_group_notify(group, IOMMU_GROUP_NOTIFY_DEL_DEVICE, dev);
	device = iommu_group_unlink(group, dev);
	if (!device)
		return;
	kfree(device->name);
	kfree(device);
	WRITE_ONCE(dev->iommu_group, NULL);
	iommu_group_put(group);
}

int iommu_group_for_each_dev(struct iommu_group *group, void *data,
			     int (*fn)(struct device *dev, void *data))
{
	SCHED_FUNC();
	struct iommu_device *device;
	int ret = 0;

	mutex_lock(&group->mutex);
	list_for_each_entry(device, &group->devices, list) {
		ret = fn(device->dev, data);
		if (ret)
			break;
	}
	mutex_unlock(&group->mutex);
	return ret;
}

/* ----------------------------------------------------------- probe, release */

static void dev_iommu_free(struct device *dev)
{
	kfree(SHARED_READ(dev->iommu));
	SHARED_WRITE(dev->iommu, NULL);
}

/* A device that the IOMMU driver does not know has no group either. */
static int __iommu_probe_device(struct device *dev)
{
	SCHED_FUNC();
	struct dev_iommu *iommu_data = kzalloc_obj(dev_iommu);
	int ret;

	if (!iommu_data)
		return -ENOMEM;
	iommu_data->ops = dev->bus->iommu_ops;
	SHARED_WRITE(dev->iommu, iommu_data);
	ret = iommu_data->ops->add_device(dev);
	if (ret)
		dev_iommu_free(dev);
	return ret;
}

int iommu_probe_device(struct device *dev)
{
	SCHED_FUNC();
	struct iommu_group *group;
	int ret = __iommu_probe_device(dev);

	if (ret)
		return ret;
	group = iommu_group_get(dev);
	if (!group) {
		iommu_release_device(dev);
		return -ENODEV;
	}
	/* The default domain is allocated and attached here.  Domains are not
	 * modelled, but who holds the mutex keeps the newcomer waiting. */
	mutex_lock(&group->mutex);
	mutex_unlock(&group->mutex);
	iommu_group_put(group);
	return 0;
}

void iommu_release_device(struct device *dev)
{
	SCHED_FUNC();

	if (!SHARED_READ(dev->iommu))
		return;
	if (dev->iommu->ops->remove_device)
		dev->iommu->ops->remove_device(dev);
	dev_iommu_free(dev);
}

/* ---------------------------------------------------------------- notifier */

int iommu_group_register_notifier(struct iommu_group *group,
				  struct notifier_block *nb)
{
	SCHED_FUNC();

	return blocking_notifier_chain_register(&group->notifier, nb);
}

int iommu_group_unregister_notifier(struct iommu_group *group,
				    struct notifier_block *nb)
{
	SCHED_FUNC();

	return blocking_notifier_chain_unregister(&group->notifier, nb);
}

/* What a bus event is called on a group's chain; 0: not told. */
static unsigned long iommu_group_action(unsigned long action)
{
	switch (action) {
	case BUS_NOTIFY_BIND_DRIVER:
		return IOMMU_GROUP_NOTIFY_BIND_DRIVER;
	case BUS_NOTIFY_BOUND_DRIVER:
		return IOMMU_GROUP_NOTIFY_BOUND_DRIVER;
	case BUS_NOTIFY_UNBIND_DRIVER:
		return IOMMU_GROUP_NOTIFY_UNBIND_DRIVER;
	case BUS_NOTIFY_UNBOUND_DRIVER:
		return IOMMU_GROUP_NOTIFY_UNBOUND_DRIVER;
	default:
		return 0;
	}
}

static void iommu_forward(struct device *dev, unsigned long action)
{
	struct iommu_group *group = iommu_group_get(dev);
	unsigned long group_action = iommu_group_action(action);

	if (!group)
		return;
	if (group_action)
		iommu_group_notify(group, group_action, dev);
	iommu_group_put(group);
}

/*
 * 3.19 ends the membership at DEL_DEVICE, while the driver is still bound.  So
 * the unbind that follows finds no group here: its UNBOUND is told to nobody
 * (B6), and a tracking entry stays (F4).  From 4.2 on the driver goes first.
 */
static bool ends_membership(unsigned long action)
{
	if (era_flag(ERA_MEMBERSHIP_REMOVED_AT) ==
	    ERA_MEMBERSHIP_REMOVED_AT_REMOVED)
		return action == BUS_NOTIFY_REMOVED_DEVICE;
	return action == BUS_NOTIFY_DEL_DEVICE;
}

static int iommu_device_added(struct device *dev)
{
	if (iommu_probes())
		return iommu_probe_device(dev) ? NOTIFY_DONE : NOTIFY_OK;
	return dev->bus->iommu_ops->add_device(dev);
}

static int iommu_device_removed(struct device *dev)
{
	if (iommu_probes()) {
		iommu_release_device(dev);
		return NOTIFY_OK;
	}
	dev->bus->iommu_ops->remove_device(dev);
	return 0;
}

static bool may_be_member(struct device *dev)
{
	return iommu_probes() || (dev->bus->iommu_ops->remove_device &&
				  READ_ONCE(dev->iommu_group));
}

static int iommu_bus_notifier(struct notifier_block *nb, unsigned long action,
			      void *data)
{
	SCHED_FUNC();
	struct device *dev = data;

	(void)nb;
	if (action == BUS_NOTIFY_ADD_DEVICE && dev->bus->iommu_ops->add_device)
		return iommu_device_added(dev);
	if (ends_membership(action) && may_be_member(dev))
		return iommu_device_removed(dev);
	if (!iommu_has_dma_owners())
		iommu_forward(dev, action);
	return 0;
}

int bus_set_iommu(struct bus_type *bus, const struct iommu_ops *ops)
{
	SCHED_FUNC();
	struct iommu_bus_nb *listener;

	if (bus->iommu_ops)
		return -EBUSY;
	bus->iommu_ops = ops;
	iommu_bus_set_dma(bus, iommu_has_dma_owners());
	/* Without memory the kernel leaves the bus with ops and no listener. */
	listener = kzalloc_obj(iommu_bus_nb);
	if (!listener)
		return -ENOMEM;
	listener->nb.notifier_call = iommu_bus_notifier;
	bus->iommu_nb = &listener->nb;
	return bus_register_notifier(bus, &listener->nb);
}

void bus_clear_iommu(struct bus_type *bus)
{
	if (bus->iommu_nb) {
		(void)bus_unregister_notifier(bus, bus->iommu_nb);
		kfree(container_of(bus->iommu_nb, struct iommu_bus_nb, nb));
	}
	bus->iommu_nb = NULL;
	bus->iommu_ops = NULL;
	iommu_bus_set_dma(bus, false);
}

/* -------------------------------------------------------------------- boot */

static int iommu_boot(void)
{
	iommu = kzalloc_obj(iommu);
	if (!iommu)
		return -ENOMEM;
	mutex_init(&iommu->iommu_group_mutex);
	ida_init(&iommu->iommu_group_ida);
	return 0;
}

static void iommu_halt(void)
{
	if (iommu)
		mutex_destroy(&iommu->iommu_group_mutex);
	kfree(iommu);
	iommu = NULL;
}

static struct kernel_subsystem iommu_subsystem = {
	.name = "iommu",
	.rank = 210,
	.boot = iommu_boot,
	.halt = iommu_halt,
	.root = &iommu,
};

__attribute__((constructor)) static void iommu_init(void)
{
	kernel_register_subsystem(&iommu_subsystem);
}
