/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * topology.h - the machine most scenarios start from: one PCI bus, one IOMMU
 * group with up to four functions, vfio-pci and a host driver, and a user
 * process with its files and its virtual machine.
 */
#ifndef SIM_TOPOLOGY_H
#define SIM_TOPOLOGY_H

#include "../symbols.h"

#include <vfiosim/kvm_vfio.h>
#include <vfiosim/sim.h>

#define TOPOLOGY_DEVICES_MAX 4

/* Lives in the machine's own memory, from topology_boot() to the end. */
struct topology {
	struct bus_type *bus;
	struct device_driver *vfio_pci, *host;
	struct device *dev[TOPOLOGY_DEVICES_MAX];
	unsigned nr_devices;
	struct iommu_group *group; /* pinned while devices are added */
	int minor;
	int group_fd, container_fd; /* -1: closed */
	int device_fd[TOPOLOGY_DEVICES_MAX];
	struct kvm *kvm;
};

extern struct topology *topology;

/* Bus, IOMMU, both drivers, and @nr devices d0.. in one group, driverless. */
void topology_boot(unsigned nr);

/* Write a device's name to a driver's bind or unbind file. */
long topology_bind(unsigned device, struct device_driver *driver);
long topology_unbind(unsigned device);

/* Open the group; open a container, attach it and choose a backend; open a
 * device; make a virtual machine and add the group to it. */
void topology_open_group(void);
void topology_attach_container(void);
void topology_open_device(unsigned device);
void topology_add_kvm(void);

/* What user programs do.  Each notes what it got, and returns it. */
long user_get_status(void); /* flags or -errno */
long user_group_del(void);
long user_unset_container(void);
long user_close_group(void);
long user_close_device(unsigned device);
long user_open_group(void);

/* Close, unbind and delete everything that is left. */
void topology_teardown(void);

#endif
