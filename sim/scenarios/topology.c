/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * topology.c - builds the machine of the VFIO scenarios and takes it down.
 */
#include "topology.h"

#include <string.h>

struct topology *topology;

/* ------------------------------------------------------------------ drivers */

static bool match(struct device *dev, struct device_driver *drv)
{
	(void)dev;
	(void)drv;
	return true;
}

/* The IOMMU puts each function into the group that it was made for. */
static int add_to_group(struct device *dev)
{
	return dev->platform_data ?
		       iommu_group_add_device(dev->platform_data, dev) :
		       0;
}

static const struct iommu_ops iommu_ops = {
	.add_device = add_to_group,
	.remove_device = iommu_group_remove_device,
};

/* What the host's driver keeps behind drvdata while it has a device. */
struct e1000e_adapter {
	struct device *pdev;
};

static int host_probe(struct device *dev)
{
	struct e1000e_adapter *adapter = kzalloc_obj(e1000e_adapter);

	if (!adapter)
		return -ENOMEM;
	adapter->pdev = dev;
	dev_set_drvdata(dev, adapter);
	return 0;
}

static int host_remove(struct device *dev)
{
	kfree(dev_get_drvdata(dev));
	return 0;
}

/* What vfio-pci did from 5.0 to 5.11: a step behind the add fails, and the
 * device is deleted again inside the probe. */
static int probe_late(struct device *dev)
{
	int ret = vfio_pci_probe(dev);

	if (ret)
		return ret;
	(void)vfio_pci_remove(dev);
	return -ENOMEM;
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
	drv->driver_managed_dma = remove == vfio_pci_remove;
	SIM_CHECK(driver_register(drv) == 0);
	return drv;
}

/* ------------------------------------------------------------------ devices */

static void init_device(struct device *dev, const char *name,
			struct iommu_group *group)
{
	device_initialize(dev, name);
	dev->bus = topology->bus;
	dev->parent = group ? topology->bridge : NULL;
	dev->platform_data = group;
	SIM_CHECK(device_add(dev) == 0);
}

static void make_device(unsigned i)
{
	static const char *const names[TOPOLOGY_DEVICES_MAX] = {
		"0000:01:00.0", "0000:01:00.1", "0000:01:00.2", "0000:01:00.3"
	};

	topology->dev[i] = kzalloc_obj(device);
	init_device(topology->dev[i], names[i],
		    topology->group[i % topology->nr_groups].iommu);
}

static void make_bridge(void)
{
	topology->bridge = kzalloc_obj(device);
	init_device(topology->bridge, "0000:00:01.0", NULL);
}

static void make_bus(void)
{
	topology->bus = slab_alloc("bus", sizeof(*topology->bus));
	topology->bus->name = "pci";
	topology->bus->match = match;
	SIM_CHECK(bus_register(topology->bus) == 0);
	topology->bus->drivers_autoprobe = false;
	SIM_CHECK(bus_set_iommu(topology->bus, &iommu_ops) == 0);
}

static void make_drivers(void)
{
	topology->vfio_pci =
		make_driver("vfio-pci", vfio_pci_probe, vfio_pci_remove);
	topology->late = make_driver("vfio-late", probe_late, vfio_pci_remove);
	topology->host = make_driver("e1000e", host_probe, host_remove);
}

static void boot(unsigned nr_devices, unsigned nr_groups, bool behind_bridge)
{
	unsigned i;

	topology = kzalloc_obj(topology);
	topology->container_fd = -1;
	for (i = 0; i < TOPOLOGY_GROUPS_MAX; i++)
		topology->group[i].fd = -1;
	for (i = 0; i < TOPOLOGY_DEVICES_MAX; i++)
		topology->device_fd[i] = -1;
	atomic_init(&topology->req_eventfd, 0);
	make_bus();
	SIM_CHECK(vfio_register_iommu_driver(&vfio_iommu_dummy_ops) == 0);
	make_drivers();
	if (behind_bridge)
		make_bridge();
	topology->nr_devices = nr_devices;
	topology->nr_groups = nr_groups;
	for (i = 0; i < nr_groups; i++)
		topology->group[i].iommu = iommu_group_alloc();
	for (i = 0; i < nr_devices; i++)
		make_device(i);
	/* From here on its members and users keep a group. */
	for (i = 0; i < nr_groups; i++)
		iommu_group_put(topology->group[i].iommu);
}

void topology_boot(unsigned nr)
{
	boot(nr, 1, false);
}

void topology_boot_two_groups(void)
{
	boot(2, 2, false);
}

void topology_boot_slot(unsigned nr)
{
	boot(nr, 1, true);
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

void topology_hot_unplug(unsigned device)
{
	device_release_driver(topology->dev[device]);
	topology_delete(device);
}

void topology_delete(unsigned device)
{
	struct device *dev = topology->dev[device];

	topology->dev[device] = NULL;
	device_del(dev);
	put_device(dev);
}

void topology_add_again(unsigned device)
{
	struct device *old = topology->dev[device], *dev;
	struct iommu_group *group = old->platform_data;
	char name[DEVICE_NAME_MAX];

	strcpy(name, dev_name(old));
	topology_delete(device);
	dev = slab_realloc_at("device", old);
	SIM_CHECK(dev);
	init_device(dev, name, group);
	topology->dev[device] = dev;
}

/* --------------------------------------------------------- the user's set-up */

static void open_group(unsigned group)
{
	int minor =
		vfio_group_minor(iommu_group_id(topology->group[group].iommu));

	topology->group[group].minor = minor;
	topology->group[group].fd = vfio_group_open(minor);
	SIM_CHECK(topology->group[group].fd >= 0);
}

void topology_open_group(void)
{
	unsigned i;

	for (i = 0; i < topology->nr_groups; i++)
		open_group(i);
}

static long set_container(unsigned group)
{
	return sys_ioctl(topology->group[group].fd, VFIO_GROUP_SET_CONTAINER,
			 (unsigned long)&topology->container_fd);
}

void topology_attach_container(void)
{
	unsigned i;

	topology->container_fd = vfio_container_open();
	for (i = 0; i < topology->nr_groups; i++)
		SIM_CHECK(set_container(i) == 0);
	SIM_CHECK(sys_ioctl(topology->container_fd, VFIO_SET_IOMMU,
			    VFIO_TYPE1_IOMMU) == 0);
}

static long get_device_fd(unsigned device)
{
	return sys_ioctl(topology->group[device % topology->nr_groups].fd,
			 VFIO_GROUP_GET_DEVICE_FD,
			 (unsigned long)dev_name(topology->dev[device]));
}

void topology_open_device(unsigned device)
{
	topology->device_fd[device] = (int)get_device_fd(device);
	SIM_CHECK(topology->device_fd[device] >= 0);
}

static long group_attr(unsigned group, uint64_t what)
{
	struct kvm_device_attr attr = {
		.group = KVM_DEV_VFIO_GROUP,
		.attr = what,
		.addr = &topology->group[group].fd,
	};

	return kvm_device_set_attr(topology->kvm, &attr);
}

void topology_add_kvm(void)
{
	unsigned i;

	topology->kvm = kvm_create_vm();
	SIM_CHECK(kvm_create_vfio_device(topology->kvm) == 0);
	for (i = 0; i < topology->nr_groups; i++)
		SIM_CHECK(group_attr(i, KVM_DEV_VFIO_GROUP_ADD) == 0);
}

/* ------------------------------------------------------------ user programs */

static long noted(const char *call, long ret)
{
	sim_note("%s: %s", call, ret >= 0 ? "ok" : sim_errno_name(ret));
	return ret;
}

long admin_bind(unsigned device, struct device_driver *driver)
{
	long ret = topology_bind(device, driver);

	sim_note("bind to %s: %s", driver->name,
		 ret > 0 ? "ok" : sim_errno_name(ret));
	return ret;
}

long user_get_status(void)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };
	long ret = sys_ioctl(topology->group[0].fd, VFIO_GROUP_GET_STATUS,
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

long user_get_device(unsigned device)
{
	topology->device_fd[device] = (int)get_device_fd(device);
	return noted("VFIO_GROUP_GET_DEVICE_FD", topology->device_fd[device]);
}

long user_group_del(unsigned group)
{
	return noted("KVM_DEV_VFIO_GROUP_DEL",
		     group_attr(group, KVM_DEV_VFIO_GROUP_DEL));
}

long user_set_container(void)
{
	return noted("VFIO_GROUP_SET_CONTAINER", set_container(0));
}

long user_set_iommu(void)
{
	return noted("VFIO_SET_IOMMU",
		     sys_ioctl(topology->container_fd, VFIO_SET_IOMMU,
			       VFIO_TYPE1_IOMMU));
}

long user_unset_container(void)
{
	return noted("VFIO_GROUP_UNSET_CONTAINER",
		     sys_ioctl(topology->group[0].fd,
			       VFIO_GROUP_UNSET_CONTAINER, 0));
}

long user_hot_reset(void)
{
	return noted("VFIO_DEVICE_PCI_HOT_RESET",
		     vfio_pci_check_reset_groups(&topology->group[0].fd, 1));
}

long user_close_group(unsigned group)
{
	int fd = topology->group[group].fd;

	topology->group[group].fd = -1;
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
	topology->group[0].fd = vfio_group_open(topology->group[0].minor);
	return noted("open group", topology->group[0].fd);
}

/* -------------------------------------------------------------------- check */

/* Is it in a container with a backend? */
static bool has_backend(const struct iommu_group *iommu_group)
{
	struct inspect_vfio_group group;
	struct inspect_container container;
	unsigned nth;

	for (nth = 0; inspect_vfio_group(nth, &group); nth++)
		if (group.iommu_group == iommu_group && group.container &&
		    inspect_container(group.container, &container))
			return container.iommu_set;
	return false;
}

/* Announced, so that a report shows who stored what is found here. */
bool topology_isolation_lost(void)
{
	const struct device *dev;
	unsigned i;

	for (i = 0; i < topology->nr_devices; i++) {
		dev = topology->dev[i];
		if (dev && READ_ONCE(dev->driver) == topology->host &&
		    has_backend(dev->iommu_group))
			return true;
	}
	return false;
}

bool topology_drvdata_lost(unsigned device)
{
	const struct device *dev = topology->dev[device];
	struct slab_block block;

	if (READ_ONCE(dev->driver) != topology->host)
		return false;
	return slab_query(READ_ONCE(dev->driver_data), &block) != SLAB_LIVE ||
	       strcmp(block.type, "e1000e_adapter") != 0;
}

bool topology_vfio_group_left(void)
{
	return vfio_group_minor(iommu_group_id(topology->group[0].iommu)) >= 0;
}

/* ----------------------------------------------------------------- teardown */

static void close_fd(int fd)
{
	if (fd >= 0)
		sys_close(fd);
}

static void close_files(void)
{
	unsigned i;

	if (topology->kvm)
		kvm_put_kvm(topology->kvm);
	for (i = 0; i < topology->nr_devices; i++)
		close_fd(topology->device_fd[i]);
	for (i = 0; i < topology->nr_groups; i++)
		close_fd(topology->group[i].fd);
	close_fd(topology->container_fd);
}

static void remove_device(struct device *dev)
{
	if (!dev)
		return;
	device_release_driver(dev);
	device_del(dev);
	put_device(dev);
}

static void remove_driver(struct device_driver *drv)
{
	driver_unregister(drv);
	kfree(drv);
}

void topology_teardown(void)
{
	unsigned i;

	close_files();
	for (i = 0; i < topology->nr_devices; i++)
		remove_device(topology->dev[i]);
	remove_device(topology->bridge);
	remove_driver(topology->vfio_pci);
	remove_driver(topology->late);
	remove_driver(topology->host);
	vfio_unregister_iommu_driver(&vfio_iommu_dummy_ops);
	bus_clear_iommu(topology->bus);
	bus_unregister(topology->bus);
	kfree(topology->bus);
	kfree(topology);
}
