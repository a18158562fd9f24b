/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vfio_pci.c - what drivers/vfio/pci/vfio_pci.c, Linux 3.19 to 6.1, does at
 * both ends of a bind, while its devices are open, and how its hot reset looks
 * groups up.
 */
#include <vfiosim/vfio.h>

/* Groups that one hot reset may name, functions of one slot. */
#define VFIO_PCI_RESET_GROUPS_MAX 32
#define VFIO_PCI_SLOT_MAX 8

/* What all devices share: one instance a machine. */
struct vfio_pci {
	struct mutex driver_lock;
};

static struct vfio_pci *vfio_pci;

/* From 5.0 to 5.11 made behind the add; here it stands for any such step. */
struct vfio_pci_reflck {
	struct device *pdev;
};

/* The state of one bound device. */
struct vfio_pci_device {
	struct vfio_device vdev; /* from 5.13 on */
	struct device *pdev;
	const struct device_driver *driver; /* its own: siblings have it too */
	int refcnt; /* opens; under vfio_pci_lock() */
	bool needs_reset; /* likewise */
	struct mutex igate;
	atomic_t *req_trigger; /* igate; a user's eventfd, or NULL */
	struct vfio_pci_reflck *reflck;
};

/* Up to 5.12 VFIO has a device of its own, and hands on what it was given. */
static bool vfio_pci_has_device(void)
{
	return era_flag(ERA_DEVICE_FREE) == ERA_DEVICE_FREE_UNREGISTER;
}

static struct vfio_pci_device *vfio_pci_of(void *device_data)
{
	return vfio_pci_has_device() ?
		       container_of(device_data, struct vfio_pci_device, vdev) :
		       device_data;
}

/* -------------------------------------------------------------- bus reset */

/* One lock for all devices (3.17 to 4.20); from 5.15 the caller holds that of
 * the device's set. */
static void vfio_pci_lock(void)
{
	if (era_flag(ERA_PCI_LOCK) == ERA_PCI_LOCK_DRIVER)
		mutex_lock(&vfio_pci->driver_lock);
}

static void vfio_pci_unlock(void)
{
	if (era_flag(ERA_PCI_LOCK) == ERA_PCI_LOCK_DRIVER)
		mutex_unlock(&vfio_pci->driver_lock);
}

/* The functions that a reset of the slot would hit. */
struct vfio_pci_slot {
	const struct vfio_pci_device *vdev; /* whose last close it is */
	unsigned nr;
	struct vfio_device *devices[VFIO_PCI_SLOT_MAX];
};

/* Trusts whatever the driver core says of a sibling that may be on its way out
 * (B15). */
static int vfio_pci_get_sibling(struct device *dev, void *data)
{
	struct vfio_pci_slot *slot = data;
	struct vfio_device *device;

	if (dev->parent != slot->vdev->pdev->parent)
		return 0;
	if (READ_ONCE(dev->driver) != slot->vdev->driver)
		return -EBUSY;
	if (slot->nr == VFIO_PCI_SLOT_MAX)
		return -ENOSPC;
	device = vfio_device_get_from_dev(dev);
	if (!device)
		return -EINVAL;
	slot->devices[slot->nr++] = device;
	return 0;
}

static int vfio_pci_get_devs(struct vfio_pci_slot *slot)
{
	SCHED_FUNC();

	return bus_for_each_dev(slot->vdev->pdev->bus, NULL, slot,
				vfio_pci_get_sibling);
}

/* Is none of them open, and does one need it? */
static bool vfio_pci_may_reset(const struct vfio_pci_slot *slot)
{
	const struct vfio_pci_device *vdev;
	bool needs_reset = false;
	unsigned i;

	for (i = 0; i < slot->nr; i++) {
		vdev = vfio_device_data(slot->devices[i]);
		if (SHARED_READ(vdev->refcnt))
			return false;
		needs_reset |= SHARED_READ(vdev->needs_reset);
	}
	return needs_reset;
}

static void vfio_pci_reset_slot(struct vfio_pci_slot *slot)
{
	struct vfio_pci_device *vdev;
	unsigned i;

	for (i = 0; i < slot->nr; i++) {
		vdev = vfio_device_data(slot->devices[i]);
		SHARED_WRITE(vdev->needs_reset, false);
	}
}

/* With the driver_lock.  Whichever reference is the last one is dropped under
 * it, and takes the device lock of its group (B16). */
static void vfio_pci_try_bus_reset(struct vfio_pci_device *vdev)
{
	SCHED_FUNC();
	struct vfio_pci_slot slot = { .vdev = vdev };
	unsigned i;

	if (!vfio_pci_get_devs(&slot) && vfio_pci_may_reset(&slot))
		vfio_pci_reset_slot(&slot);
	for (i = 0; i < slot.nr; i++)
		vfio_device_put(slot.devices[i]);
}

/* 5.15: a set of devices knows its members and looks nobody up; the caller
 * holds its lock. */
static void vfio_pci_dev_set_try_reset(struct vfio_device_set *dev_set)
{
	SCHED_FUNC();
	struct vfio_pci_device *cur;
	bool needs_reset = false;

	list_for_each_entry(cur, &dev_set->device_list, vdev.dev_set_list) {
		if (SHARED_READ(cur->refcnt))
			return;
		needs_reset |= SHARED_READ(cur->needs_reset);
	}
	if (needs_reset)
		list_for_each_entry(cur, &dev_set->device_list,
				    vdev.dev_set_list)
			SHARED_WRITE(cur->needs_reset, false);
}

/* Without a bridge above the device there is nothing to reset it by. */
static void vfio_pci_disable(struct vfio_pci_device *vdev)
{
	SCHED_FUNC();

	if (!vdev->pdev->parent)
		return;
	if (era_flag(ERA_PCI_LOCK) == ERA_PCI_LOCK_DRIVER)
		vfio_pci_try_bus_reset(vdev);
	else if (vdev->vdev.dev_set)
		vfio_pci_dev_set_try_reset(vdev->vdev.dev_set);
}

/* ------------------------------------------------------------------- files */

static int vfio_pci_open(void *device_data)
{
	SCHED_FUNC();
	struct vfio_pci_device *vdev = vfio_pci_of(device_data);

	vfio_pci_lock();
	if (!SHARED_READ(vdev->refcnt))
		SHARED_WRITE(vdev->needs_reset, true);
	SHARED_WRITE(vdev->refcnt, vdev->refcnt + 1);
	vfio_pci_unlock();
	return 0;
}

static void vfio_pci_release(void *device_data)
{
	SCHED_FUNC();
	struct vfio_pci_device *vdev = vfio_pci_of(device_data);

	vfio_pci_lock();
	SHARED_WRITE(vdev->refcnt, vdev->refcnt - 1);
	if (!vdev->refcnt)
		vfio_pci_disable(vdev);
	vfio_pci_unlock();
}

static long vfio_pci_ioctl(void *device_data, unsigned int cmd,
			   unsigned long arg)
{
	SCHED_FUNC();
	struct vfio_pci_device *vdev = vfio_pci_of(device_data);

	if (cmd != VFIO_DEVICE_SET_IRQS)
		return -ENOTTY;
	mutex_lock(&vdev->igate);
	SHARED_WRITE(vdev->req_trigger, (atomic_t *)arg);
	mutex_unlock(&vdev->igate);
	return 0;
}

/* Runs with the device lock held: must not wait for whoever needs it. */
static void vfio_pci_request(void *device_data, unsigned int count)
{
	SCHED_FUNC();
	struct vfio_pci_device *vdev = vfio_pci_of(device_data);

	mutex_lock(&vdev->igate);
	if (SHARED_READ(vdev->req_trigger))
		atomic_inc(vdev->req_trigger);
	else if (count == 0)
		sched_note(NULL,
			   "no user to ask: blocked until the last close");
	mutex_unlock(&vdev->igate);
}

static const struct vfio_device_ops vfio_pci_ops = {
	.name = "vfio-pci",
	.open = vfio_pci_open,
	.release = vfio_pci_release,
	.request = vfio_pci_request,
	.ioctl = vfio_pci_ioctl,
};

/* ----------------------------------------------------------- probe, remove */

static struct vfio_pci_device *vfio_pci_alloc(struct device *dev)
{
	struct vfio_pci_device *vdev = kzalloc_obj(vfio_pci_device);

	if (!vdev)
		return NULL;
	vdev->pdev = dev;
	vdev->driver = READ_LOCKED(dev->driver);
	mutex_init(&vdev->igate);
	return vdev;
}

static void vfio_pci_free(struct vfio_pci_device *vdev)
{
	mutex_destroy(&vdev->igate);
	kfree(vdev->reflck);
	kfree(vdev);
}

/* Functions that one reset hits are opened and closed under one lock. */
static int vfio_pci_register(struct vfio_pci_device *vdev)
{
	void *set_id = vdev->pdev->parent ? (void *)vdev->pdev->parent : vdev;
	int ret;

	if (!vfio_pci_has_device())
		return vfio_add_group_dev(vdev->pdev, &vfio_pci_ops, vdev);
	vfio_init_group_dev(&vdev->vdev, vdev->pdev, &vfio_pci_ops);
	ret = vfio_assign_device_set(&vdev->vdev, set_id);
	if (!ret)
		ret = vfio_register_group_dev(&vdev->vdev);
	if (ret)
		vfio_uninit_group_dev(&vdev->vdev);
	else
		dev_set_drvdata(vdev->pdev, vdev);
	return ret;
}

/* Returns what the device had, or NULL. */
static struct vfio_pci_device *vfio_pci_unregister(struct device *dev)
{
	struct vfio_pci_device *vdev;

	if (!vfio_pci_has_device())
		return vfio_del_group_dev(dev);
	vdev = dev_get_drvdata(dev);
	vfio_unregister_group_dev(&vdev->vdev);
	vfio_uninit_group_dev(&vdev->vdev);
	return vdev;
}

/* A step that may fail when the device is added already, and has to be taken
 * back inside a probe: nothing tells anybody that it was (B5). */
static int vfio_pci_probe_late(struct vfio_pci_device *vdev)
{
	if (era_flag(ERA_PROBE_FAILS_AFTER_ADD) == ERA_OFF)
		return 0;
	vdev->reflck = kzalloc_obj(vfio_pci_reflck);
	if (vdev->reflck) {
		vdev->reflck->pdev = vdev->pdev;
		return 0;
	}
	(void)vfio_pci_unregister(vdev->pdev);
	return -ENOMEM;
}

/* Up to 5.15 it has a reference on the IOMMU group of its own. */
static bool vfio_pci_pins_iommu_group(void)
{
	return era_flag(ERA_MINOR_ALLOC) != ERA_MINOR_WITH_GROUP;
}

static int vfio_pci_probe_pinned(struct device *dev)
{
	struct vfio_pci_device *vdev = vfio_pci_alloc(dev);
	int ret;

	if (!vdev)
		return -ENOMEM;
	ret = vfio_pci_register(vdev);
	if (!ret)
		ret = vfio_pci_probe_late(vdev);
	if (ret)
		vfio_pci_free(vdev);
	return ret;
}

int vfio_pci_probe(struct device *dev)
{
	SCHED_FUNC();
	struct iommu_group *group;
	int ret;

	if (!vfio_pci_pins_iommu_group())
		return vfio_pci_probe_pinned(dev);
	group = iommu_group_get(dev);
	if (!group)
		return -EINVAL;
	ret = vfio_pci_probe_pinned(dev);
	if (ret)
		iommu_group_put(group);
	return ret;
}

/* Puts the group that the device has now: up to 4.1 none any more after a
 * device_del(), and the reference leaks (F15). */
int vfio_pci_remove(struct device *dev)
{
	SCHED_FUNC();
	struct vfio_pci_device *vdev = vfio_pci_unregister(dev);

	if (!vdev)
		return 0;
	if (vfio_pci_pins_iommu_group())
		iommu_group_put(READ_ONCE(dev->iommu_group));
	vfio_pci_free(vdev);
	return 0;
}

/* --------------------------------------------------------------- hot reset */

/* Proof of ownership of one group, for as long as the reset takes: the group
 * itself, or from 5.19 on its file. */
struct vfio_pci_group {
	struct vfio_group *group;
	struct file *filep;
};

static bool vfio_pci_keeps_files(void)
{
	return era_flag(ERA_KVM_PINS) == ERA_KVM_PINS_FILE;
}

static int vfio_pci_get_group_file(struct file *filep,
				   struct vfio_pci_group *ret_group)
{
	if (!vfio_file_is_group(filep)) {
		fput(filep);
		return -EINVAL;
	}
	ret_group->filep = filep;
	return 0;
}

static int vfio_pci_get_group(int fd, struct vfio_pci_group *ret_group)
{
	struct file *filep = fget(fd);
	struct vfio_group *group;

	if (!filep)
		return -EBADF;
	if (vfio_pci_keeps_files())
		return vfio_pci_get_group_file(filep, ret_group);
	group = vfio_group_get_external_user(filep);
	fput(filep);
	if (IS_ERR(group))
		return (int)PTR_ERR(group);
	(void)vfio_external_user_iommu_id(group);
	ret_group->group = group;
	return 0;
}

static void vfio_pci_put_group(const struct vfio_pci_group *group)
{
	if (vfio_pci_keeps_files())
		fput(group->filep);
	else
		vfio_group_put_external_user(group->group);
}

int vfio_pci_check_reset_groups(const int *fds, unsigned nr)
{
	SCHED_FUNC();
	struct vfio_pci_group groups[VFIO_PCI_RESET_GROUPS_MAX];
	unsigned held;
	int ret = 0;

	if (nr == 0 || nr > VFIO_PCI_RESET_GROUPS_MAX)
		return -EINVAL;
	for (held = 0; held < nr; held++) {
		ret = vfio_pci_get_group(fds[held], &groups[held]);
		if (ret)
			break;
	}
	while (held > 0)
		vfio_pci_put_group(&groups[--held]);
	return ret;
}

/* -------------------------------------------------------------------- boot */

static int vfio_pci_boot(void)
{
	vfio_pci = kzalloc_obj(vfio_pci);
	if (!vfio_pci)
		return -ENOMEM;
	mutex_init(&vfio_pci->driver_lock);
	return 0;
}

static void vfio_pci_halt(void)
{
	if (vfio_pci)
		mutex_destroy(&vfio_pci->driver_lock);
	kfree(vfio_pci);
	vfio_pci = NULL;
}

static struct kernel_subsystem vfio_pci_subsystem = {
	.name = "vfio_pci",
	.rank = 230,
	.boot = vfio_pci_boot,
	.halt = vfio_pci_halt,
	.root = &vfio_pci,
};

__attribute__((constructor)) static void vfio_pci_init(void)
{
	kernel_register_subsystem(&vfio_pci_subsystem);
}
