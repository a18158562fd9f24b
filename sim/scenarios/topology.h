/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * topology.h - the machine most scenarios start from: one PCI bus, one or two
 * IOMMU groups with up to four functions, vfio-pci and a host driver, and a
 * user process with its files and its virtual machine.
 */
#ifndef SIM_TOPOLOGY_H
#define SIM_TOPOLOGY_H

#include "../symbols.h"
#include "expect.h"

#include <vfiosim/inspect.h>
#include <vfiosim/sim.h>

#define TOPOLOGY_DEVICES_MAX 4
#define TOPOLOGY_GROUPS_MAX 2
#define TOPOLOGY_RESULTS_MAX 4

/* Lives in the machine's own memory, from topology_boot() to the end. */
struct topology {
	struct bus_type *bus;
	struct device *bridge; /* above all functions, or NULL */
	/* @late: a VFIO driver whose probe fails behind its add. */
	struct device_driver *vfio_pci, *late, *host;
	struct device *dev[TOPOLOGY_DEVICES_MAX]; /* NULL: removed */
	unsigned nr_devices, nr_groups;
	struct {
		struct iommu_group *iommu; /* pinned while devices are added */
		int minor, fd; /* fd -1: closed */
	} group[TOPOLOGY_GROUPS_MAX];
	int container_fd;
	int device_fd[TOPOLOGY_DEVICES_MAX];
	struct kvm *kvm;
	atomic_t req_eventfd; /* how often users were asked for a device */
	long result[TOPOLOGY_RESULTS_MAX]; /* for a scenario's check */
};

extern struct topology *topology;

/*
 * Bus, IOMMU, drivers, and devices d0.. without a driver.  topology_boot():
 * @nr functions in one group; _two_groups(): one function in each of two;
 * _slot(): @nr functions of one group behind a bridge that can reset them.
 */
void topology_boot(unsigned nr);
void topology_boot_two_groups(void);
void topology_boot_slot(unsigned nr);

/* Write a device's name to a driver's bind or unbind file. */
long topology_bind(unsigned device, struct device_driver *driver);
long topology_unbind(unsigned device);

/* Take a device out: as PCI does, the driver first, or all by device_del(). */
void topology_hot_unplug(unsigned device);
void topology_delete(unsigned device);
/* And put one with its name back, at the very same address. */
void topology_add_again(unsigned device);

/* Of each group there is: open it; attach it to one container and choose a
 * backend; add it to one virtual machine. */
void topology_open_group(void);
void topology_attach_container(void);
void topology_add_kvm(void);
void topology_open_device(unsigned device);

/* The same, and a note of what came of it. */
long admin_bind(unsigned device, struct device_driver *driver);

/* What user programs do.  Each notes what it got, and returns it. */
long user_get_status(void); /* flags or -errno */
long user_get_device(unsigned device); /* into device_fd[] */
long user_group_del(unsigned group);
long user_set_container(void);
long user_set_iommu(void);
long user_unset_container(void);
long user_hot_reset(void); /* of the first group's devices */
long user_close_group(unsigned group);
long user_close_device(unsigned device);
long user_open_group(void);

/*
 * Does a group with a backend in its container have a device of the host's?
 * Then a user program's DMA and a host driver's share an address space.
 */
bool topology_isolation_lost(void);

/* Is the host's driver bound to @device without the drvdata that it set? */
bool topology_drvdata_lost(unsigned device);

/* Is there still a VFIO group for the first IOMMU group? */
bool topology_vfio_group_left(void);

/* Close, unbind and delete everything that is left. */
void topology_teardown(void);

#endif
