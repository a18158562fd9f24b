/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vfio_pci.c - what drivers/vfio/pci/vfio_pci.c, Linux 3.19, does at both ends
 * of a bind, while its devices are open, and how its hot reset looks groups up.
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
	struct device *pdev;
	const struct device_driver *driver; /* its own: siblings have it too */
	int refcnt; /* opens; under vfio_pci_lock() */
	bool needs_reset; /* likewise */
	struct mutex igate;
	atomic_t *req_trigger; /* igate; a user's eventfd, or NULL */
	struct vfio_pci_reflck *reflck;
};

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

/* Is one of them open, or does none need it? */
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

/* With vfio_pci_lock().  Whichever reference is the last one is dropped under
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

/* Without a bridge above the device there is nothing to reset it by.  A set of
 * devices (5.15) knows its members and looks nobody up. */
static bool vfio_pci_has_bus_reset(const struct vfio_pci_device *vdev)
{
	return vdev->pdev->parent &&
	       era_flag(ERA_PCI_LOCK) == ERA_PCI_LOCK_DRIVER;
}

/* ------------------------------------------------------------------- files */

static int vfio_pci_open(void *device_data)
{
	SCHED_FUNC();
	struct vfio_pci_device *vdev = device_data;

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
	struct vfio_pci_device *vdev = device_data;

	vfio_pci_lock();
	SHARED_WRITE(vdev->refcnt, vdev->refcnt - 1);
	if (!vdev->refcnt && vfio_pci_has_bus_reset(vdev))
		vfio_pci_try_bus_reset(vdev);
	vfio_pci_unlock();
}

static long vfio_pci_ioctl(void *device_data, unsigned int cmd,
			   unsigned long arg)
{
	SCHED_FUNC();
	struct vfio_pci_device *vdev = device_data;

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
	struct vfio_pci_device *vdev = device_data;

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

/* A step that may fail when the device is added already, and has to be taken
 * back by vfio_del_group_dev() inside a probe: nothing tells anybody (B5). */
static int vfio_pci_probe_late(struct vfio_pci_device *vdev)
{
	if (era_flag(ERA_PROBE_FAILS_AFTER_ADD) == ERA_OFF)
		return 0;
	vdev->reflck = kzalloc_obj(vfio_pci_reflck);
	if (vdev->reflck) {
		vdev->reflck->pdev = vdev->pdev;
		return 0;
	}
	(void)vfio_del_group_dev(vdev->pdev);
	return -ENOMEM;
}

int vfio_pci_probe(struct device *dev)
{
	SCHED_FUNC();
	struct iommu_group *group = iommu_group_get(dev);
	struct vfio_pci_device *vdev;
	int ret;

	if (!group)
		return -EINVAL;
	vdev = vfio_pci_alloc(dev);
	if (!vdev) {
		iommu_group_put(group);
		return -ENOMEM;
	}
	ret = vfio_add_group_dev(dev, &vfio_pci_ops, vdev);
	if (!ret)
		ret = vfio_pci_probe_late(vdev);
	if (ret) {
		iommu_group_put(group);
		vfio_pci_free(vdev);
	}
	return ret;
}

/* Puts the group that the device has now: none any more after a device_del()
 * of 3.19, and the reference leaks (F15). */
int vfio_pci_remove(struct device *dev)
{
	SCHED_FUNC();
	struct vfio_pci_device *vdev = vfio_del_group_dev(dev);

	if (vdev) {
		iommu_group_put(READ_ONCE(dev->iommu_group));
		vfio_pci_free(vdev);
	}
	return 0;
}

/* --------------------------------------------------------------- hot reset */

static int vfio_pci_get_group(int fd, struct vfio_group **ret_group)
{
	struct file *filep = fget(fd);
	struct vfio_group *group;

	if (!filep)
		return -EBADF;
	group = vfio_group_get_external_user(filep);
	fput(filep);
	if (IS_ERR(group))
		return (int)PTR_ERR(group);
	*ret_group = group;
	return 0;
}

int vfio_pci_check_reset_groups(const int *fds, unsigned nr)
{
	SCHED_FUNC();
	struct vfio_group *groups[VFIO_PCI_RESET_GROUPS_MAX];
	unsigned held;
	int ret = 0;

	if (nr == 0 || nr > VFIO_PCI_RESET_GROUPS_MAX)
		return -EINVAL;
	for (held = 0; held < nr; held++) {
		ret = vfio_pci_get_group(fds[held], &groups[held]);
		if (ret)
			break;
		(void)vfio_external_user_iommu_id(groups[held]);
	}
	while (held > 0)
		vfio_group_put_external_user(groups[--held]);
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
};

__attribute__((constructor)) static void vfio_pci_init(void)
{
	kernel_register_subsystem(&vfio_pci_subsystem);
}
