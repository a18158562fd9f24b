/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * topology.c - builds the machine of the VFIO scenarios and takes it down.
 */
#include "topology.h"

#include <string.h>

struct topology *topology;

static bool match(struct device *dev, struct device_driver *drv)
{
	(void)dev;
	(void)drv;
	return true;
}

/* The IOMMU puts every function of this bus into one group. */
static int add_to_group(struct device *dev)
{
	return iommu_group_add_device(topology->group, dev);
}

static const struct iommu_ops iommu_ops = {
	.add_device = add_to_group,
	.remove_device = iommu_group_remove_device,
};

static int host_probe(struct device *dev)
{
	(void)dev;
	return 0;
}

static struct device_driver *make_driver(const char *name,
					 int (*probe)(struct device *dev),
					 int (*remove)(struct device *dev))
{
	struct device_driver *drv = kzalloc_obj(device_driver);

	drv->name = name;
	drv->bus = topology->bus;
	drv->probe = probe;
	drv->remove = remove;
	SIM_CHECK(driver_register(drv) == 0);
	return drv;
}

static void make_device(unsigned i)
{
	static const char *const names[TOPOLOGY_DEVICES_MAX] = {
		"0000:01:00.0", "0000:01:00.1", "0000:01:00.2", "0000:01:00.3"
	};
	struct device *dev = kzalloc_obj(device);

	device_initialize(dev, names[i]);
	dev->bus = topology->bus;
	SIM_CHECK(device_add(dev) == 0);
	topology->dev[i] = dev;
}

void topology_boot(unsigned nr)
{
	unsigned i;

	topology = kzalloc_obj(topology);
	topology->group_fd = topology->container_fd = -1;
	for (i = 0; i < TOPOLOGY_DEVICES_MAX; i++)
		topology->device_fd[i] = -1;
	topology->bus = slab_alloc("bus", sizeof(*topology->bus));
	topology->bus->name = "pci";
	topology->bus->match = match;
	SIM_CHECK(bus_register(topology->bus) == 0);
	topology->bus->drivers_autoprobe = false;
	SIM_CHECK(bus_set_iommu(topology->bus, &iommu_ops) == 0);
	SIM_CHECK(vfio_register_iommu_driver(&vfio_iommu_dummy_ops) == 0);
	topology->vfio_pci =
		make_driver("vfio-pci", vfio_pci_probe, vfio_pci_remove);
	topology->host = make_driver("e1000e", host_probe, NULL);
	topology->group = iommu_group_alloc();
	for (i = 0; i < nr; i++)
		make_device(i);
	topology->nr_devices = nr;
	/* From here on its members and users keep the group. */
	iommu_group_put(topology->group);
}

long topology_bind(unsigned device, struct device_driver *driver)
{
	return bind_store(driver, dev_name(topology->dev[device]), 1);
}

long topology_unbind(unsigned device)
{
	return unbind_store(topology->vfio_pci, dev_name(topology->dev[device]),
			    1);
}

void topology_open_group(void)
{
	topology->minor = vfio_group_minor(iommu_group_id(topology->group));
	topology->group_fd = vfio_group_open(topology->minor);
	SIM_CHECK(topology->group_fd >= 0);
}

void topology_attach_container(void)
{
	topology->container_fd = vfio_container_open();
	SIM_CHECK(sys_ioctl(topology->group_fd, VFIO_GROUP_SET_CONTAINER,
			    (unsigned long)&topology->container_fd) == 0);
	SIM_CHECK(sys_ioctl(topology->container_fd, VFIO_SET_IOMMU,
			    VFIO_TYPE1_IOMMU) == 0);
}

void topology_open_device(unsigned device)
{
	topology->device_fd[device] =
		(int)sys_ioctl(topology->group_fd, VFIO_GROUP_GET_DEVICE_FD,
			       (unsigned long)dev_name(topology->dev[device]));
	SIM_CHECK(topology->device_fd[device] >= 0);
}

static long group_attr(uint64_t what)
{
	struct kvm_device_attr attr = {
		.group = KVM_DEV_VFIO_GROUP,
		.attr = what,
		.addr = &topology->group_fd,
	};

	return kvm_device_set_attr(topology->kvm, &attr);
}

void topology_add_kvm(void)
{
	topology->kvm = kvm_create_vm();
	SIM_CHECK(kvm_create_vfio_device(topology->kvm) == 0);
	SIM_CHECK(group_attr(KVM_DEV_VFIO_GROUP_ADD) == 0);
}

/* ------------------------------------------------------------ user programs */

static long noted(const char *call, long ret)
{
	sim_note("%s: %s", call, ret >= 0 ? "ok" : sim_errno_name(ret));
	return ret;
}

long user_get_status(void)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };
	long ret = sys_ioctl(topology->group_fd, VFIO_GROUP_GET_STATUS,
			     (unsigned long)&status);

	if (ret)
		return noted("VFIO_GROUP_GET_STATUS", ret);
	sim_note("VFIO_GROUP_GET_STATUS: %sviable%s",
		 status.flags & VFIO_GROUP_FLAGS_VIABLE ? "" : "not ",
		 status.flags & VFIO_GROUP_FLAGS_CONTAINER_SET ?
			 ", container set" :
			 "");
	return status.flags;
}

long user_group_del(void)
{
	return noted("KVM_DEV_VFIO_GROUP_DEL",
		     group_attr(KVM_DEV_VFIO_GROUP_DEL));
}

long user_unset_container(void)
{
	return noted("VFIO_GROUP_UNSET_CONTAINER",
		     sys_ioctl(topology->group_fd, VFIO_GROUP_UNSET_CONTAINER,
			       0));
}

long user_close_group(void)
{
	int fd = topology->group_fd;

	topology->group_fd = -1;
	return noted("close group", sys_close(fd));
}

long user_close_device(unsigned device)
{
	int fd = topology->device_fd[device];

	topology->device_fd[device] = -1;
	return noted("close device", sys_close(fd));
}

long user_open_group(void)
{
	topology->group_fd = vfio_group_open(topology->minor);
	return noted("open group", topology->group_fd);
}

/* ----------------------------------------------------------------- teardown */

static void close_files(void)
{
	unsigned i;

	if (topology->kvm)
		kvm_put_kvm(topology->kvm);
	for (i = 0; i < topology->nr_devices; i++)
		if (topology->device_fd[i] >= 0)
			sys_close(topology->device_fd[i]);
	if (topology->group_fd >= 0)
		sys_close(topology->group_fd);
	if (topology->container_fd >= 0)
		sys_close(topology->container_fd);
}

void topology_teardown(void)
{
	unsigned i;

	close_files();
	for (i = 0; i < topology->nr_devices; i++) {
		device_release_driver(topology->dev[i]);
		device_del(topology->dev[i]);
		put_device(topology->dev[i]);
	}
	driver_unregister(topology->vfio_pci);
	driver_unregister(topology->host);
	vfio_unregister_iommu_driver(&vfio_iommu_dummy_ops);
	bus_clear_iommu(topology->bus);
	bus_unregister(topology->bus);
	kfree(topology->vfio_pci);
	kfree(topology->host);
	kfree(topology->bus);
	kfree(topology);
}
