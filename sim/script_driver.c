/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * script_driver.c - the kinds of bus drivers that a script may register, from
 * one that behaves to those that fail where it hurts.
 */
#include "script_internal.h"

#include <string.h>

/* Outlives the device's memory: what VFIO gets as device_data. */
static struct script_device *device_of(struct device *dev)
{
	return dev->platform_data;
}

/* ------------------------------------------------------------ VFIO's calls */

/* From 5.13 on the driver has the VFIO device in its own memory. */
struct script_vdev {
	struct vfio_device vdev;
	const struct script_device *device;
};

static bool drivers_own_devices(void)
{
	return era_flag(ERA_DEVICE_FREE) == ERA_DEVICE_FREE_UNREGISTER;
}

static const char *name_of(const void *device_data)
{
	const struct script_device *device = device_data;

	if (drivers_own_devices())
		device = ((const struct script_vdev *)device_data)->device;
	return device->name;
}

static int vdev_open(void *device_data)
{
	sim_script_event("vdev:open:%s", name_of(device_data));
	return 0;
}

static void vdev_release(void *device_data)
{
	sim_script_event("vdev:release:%s", name_of(device_data));
}

static void vdev_request(void *device_data, unsigned count)
{
	sim_script_event("vdev:request:%s:%u", name_of(device_data), count);
}

static const struct vfio_device_ops vdev_ops = {
	.name = "script",
	.open = vdev_open,
	.release = vdev_release,
	.request = vdev_request,
};

static int add_own(struct device *dev)
{
	struct script_vdev *vdev = kzalloc_obj(script_vdev);
	int ret;

	if (!vdev)
		return -ENOMEM;
	vdev->device = device_of(dev);
	vfio_init_group_dev(&vdev->vdev, dev, &vdev_ops);
	ret = vfio_register_group_dev(&vdev->vdev);
	if (ret) {
		vfio_uninit_group_dev(&vdev->vdev);
		kfree(vdev);
		return ret;
	}
	dev_set_drvdata(dev, vdev);
	return 0;
}

static int add(struct device *dev)
{
	return drivers_own_devices() ?
		       add_own(dev) :
		       vfio_add_group_dev(dev, &vdev_ops, device_of(dev));
}

static void del(struct device *dev)
{
	struct script_vdev *vdev;

	if (!drivers_own_devices()) {
		(void)vfio_del_group_dev(dev);
		return;
	}
	vdev = dev_get_drvdata(dev);
	vfio_unregister_group_dev(&vdev->vdev);
	vfio_uninit_group_dev(&vdev->vdev);
	kfree(vdev);
}

/* ------------------------------------------------------------------- probes */

/* A probe that cannot add its device gives up, and comes by no exit. */
static int leave_probe(int ret)
{
	sim_script_pass("probe_exit");
	return ret;
}

static int probe_add(struct device *dev)
{
	int ret;

	sim_script_pass("probe_enter");
	ret = add(dev);
	return ret ? ret : leave_probe(0);
}

/* Up to 5.15 vfio_pci has a reference on the IOMMU group of its own; from 5.16
 * on the VFIO group, a device by itself then, has the only one. */
static bool driver_pins_iommu_group(void)
{
	return era_flag(ERA_MINOR_ALLOC) != ERA_MINOR_WITH_GROUP;
}

/* As vfio_pci does: its reference lasts from probe to remove. */
static int probe_pinned(struct device *dev)
{
	struct iommu_group *group;
	int ret;

	if (!driver_pins_iommu_group())
		return probe_add(dev);
	sim_script_pass("probe_enter");
	group = iommu_group_get(dev);
	if (!group)
		return -EINVAL;
	ret = add(dev);
	if (ret) {
		iommu_group_put(group);
		return ret;
	}
	return leave_probe(0);
}

static int probe_failing(struct device *dev)
{
	int ret;

	sim_script_pass("probe_enter");
	ret = add(dev);
	if (ret)
		return ret;
	sim_script_pass("probe_added");
	del(dev);
	return leave_probe(-EIO);
}

static int probe_double(struct device *dev)
{
	int ret;

	sim_script_pass("probe_enter");
	ret = add(dev);
	if (ret)
		return ret;
	sim_script_event("second_add:%d", add(dev));
	return leave_probe(0);
}

static int probe_host(struct device *dev)
{
	(void)dev;
	sim_script_pass("probe_enter");
	return leave_probe(0);
}

static int probe_host_failing(struct device *dev)
{
	(void)dev;
	sim_script_pass("probe_enter");
	return leave_probe(-EIO);
}

/* ------------------------------------------------------------------ removes */

static int remove_del(struct device *dev)
{
	sim_script_pass("remove_enter");
	del(dev);
	sim_script_pass("remove_exit");
	return 0;
}

/* Puts the group that the device has now, which may be none (F15). */
static int remove_pinned(struct device *dev)
{
	sim_script_pass("remove_enter");
	del(dev);
	if (driver_pins_iommu_group())
		iommu_group_put(READ_ONCE(dev->iommu_group));
	sim_script_pass("remove_exit");
	return 0;
}

static int remove_host(struct device *dev)
{
	(void)dev;
	sim_script_pass("remove_enter");
	sim_script_pass("remove_exit");
	return 0;
}

static const struct script_driver_kind kinds[] = {
	{ "vfio", true, true, probe_add, remove_del },
	{ "vfio-pci", true, true, probe_pinned, remove_pinned },
	{ "vfio-failprobe", true, true, probe_failing, remove_del },
	{ "vfio-double", true, true, probe_double, remove_del },
	{ "host", false, false, probe_host, remove_host },
	{ "host-failprobe", false, false, probe_host_failing, remove_host },
	/* What counts is its name: pci-stub, pcieport. */
	{ "whitelisted", false, true, probe_host, remove_host },
};

const struct script_driver_kind *sim_script_driver_kind(const char *name)
{
	unsigned i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}
