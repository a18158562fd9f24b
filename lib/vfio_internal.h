/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vfio_internal.h - the objects of VFIO, and the calls between its files.
 *
 * For lib/vfio*.c, and for inspect.c, which only reads.
 */
#ifndef VFIO_INTERNAL_H
#define VFIO_INTERNAL_H

#include <vfiosim/idr.h>
#include <vfiosim/vfio.h>

/* As symbols.h does for public names: object files carry the prefix. */
/* clang-format off */
#pragma redefine_extname vfio vfiosim_vfio
#pragma redefine_extname vfio_container_put vfiosim_vfio_container_put
#pragma redefine_extname vfio_create_group vfiosim_vfio_create_group
#pragma redefine_extname vfio_device_get vfiosim_vfio_device_get
#pragma redefine_extname vfio_files_init vfiosim_vfio_files_init
#pragma redefine_extname vfio_fops_open vfiosim_vfio_fops_open
#pragma redefine_extname vfio_fops_release vfiosim_vfio_fops_release
#pragma redefine_extname vfio_fops_unl_ioctl vfiosim_vfio_fops_unl_ioctl
#pragma redefine_extname vfio_group_find_device vfiosim_vfio_group_find_device
#pragma redefine_extname vfio_group_get vfiosim_vfio_group_get
#pragma redefine_extname vfio_group_get_device vfiosim_vfio_group_get_device
#pragma redefine_extname vfio_group_get_from_iommu vfiosim_vfio_group_get_from_iommu
#pragma redefine_extname vfio_group_get_from_minor vfiosim_vfio_group_get_from_minor
#pragma redefine_extname vfio_group_put vfiosim_vfio_group_put
#pragma redefine_extname vfio_group_set_container vfiosim_vfio_group_set_container
#pragma redefine_extname vfio_group_try_dissolve_container vfiosim_vfio_group_try_dissolve_container
#pragma redefine_extname vfio_group_try_get vfiosim_vfio_group_try_get
#pragma redefine_extname vfio_group_unset_container vfiosim_vfio_group_unset_container
#pragma redefine_extname vfio_group_viable vfiosim_vfio_group_viable
#pragma redefine_extname vfio_injected vfiosim_vfio_injected
#pragma redefine_extname vfio_ioctl_check_extension vfiosim_vfio_ioctl_check_extension
#pragma redefine_extname vfio_pins_iommu_group_per_device vfiosim_vfio_pins_iommu_group_per_device
#pragma redefine_extname vfio_tracks_unbound vfiosim_vfio_tracks_unbound
#pragma redefine_extname vfio_whitelisted_driver vfiosim_vfio_whitelisted_driver
/* clang-format on */

/* Kernel services inside VFIO that vfio_inject() lets fail. */
enum vfio_service {
	VFIO_ATTACH,
	VFIO_IOMMU_OPEN,
	VFIO_OPEN,
	VFIO_FD,
	VFIO_FILE,
	VFIO_DEVICE_CREATE,
	VFIO_SERVICE_NR
};

struct vfio_injection {
	atomic_t left; /* calls up to and with the one that fails; 0: none */
	int err;
};

/* The globals of drivers/vfio/vfio.c: one instance a machine. */
struct vfio {
	struct list_head iommu_drivers_list;
	struct mutex iommu_drivers_lock;
	struct list_head group_list;
	struct idr group_idr;
	struct mutex group_lock;
	wait_queue_head_t release_q; /* woken when any vfio_device is gone */
	struct module module;
	/* Before a node's own open has run, and behind the three nodes. */
	struct file_operations def_chr_fops;
	struct file_operations vfio_fops;
	struct file_operations vfio_group_fops;
	struct file_operations vfio_device_fops;
	bool nb_add_dev_warned; /* a WARN_ON_ONCE() has warned */
	struct vfio_injection injection[VFIO_SERVICE_NR];
};

extern struct vfio *vfio;

struct vfio_iommu_driver {
	const struct vfio_iommu_driver_ops *ops;
	struct list_head vfio_next; /* vfio.iommu_drivers_lock */
	struct module module; /* stands in where ops->owner is NULL */
};

struct vfio_container {
	struct kref kref;
	struct list_head group_list; /* group_lock */
	struct rw_semaphore group_lock;
	/* Written under group_lock, read without (READ_ONCE()). */
	struct vfio_iommu_driver *iommu_driver;
	void *iommu_data; /* group_lock */
};

/* A device in the middle of its unbind; holds no reference on it. */
struct vfio_unbound_dev {
	struct device *dev;
	struct list_head unbound_next;
};

struct vfio_group {
	struct kref kref;
	int minor;
	int node_id; /* the number in /dev/vfio: the IOMMU group's id */
	atomic_t container_users;
	struct iommu_group *iommu_group;
	/* No lock at all (READ_ONCE(), WRITE_ONCE()). */
	struct vfio_container *container;
	struct list_head device_list; /* device_lock */
	struct mutex device_lock;
	struct notifier_block nb;
	struct list_head vfio_next; /* vfio.group_lock */
	struct list_head container_next; /* container->group_lock */
	struct list_head unbound_list; /* unbound_lock */
	struct mutex unbound_lock;
	atomic_t opened;
};

struct vfio_device {
	struct kref kref;
	struct device *dev; /* no reference */
	const struct vfio_device_ops *ops;
	struct vfio_group *group;
	struct list_head group_next; /* group->device_lock */
	void *device_data;
};

/* vfio.c.  Is this call of a service one that fails?  Returns 0 or -errno. */
int vfio_injected(enum vfio_service service);

/* vfio_group.c */
struct vfio_group *vfio_create_group(struct iommu_group *iommu_group);
void vfio_group_get(struct vfio_group *group);
/* Locks for the last put: vfio.group_lock, then the chain for writing. */
void vfio_group_put(struct vfio_group *group);
/* Each takes vfio.group_lock and returns the group with a reference or NULL. */
struct vfio_group *vfio_group_try_get(struct vfio_group *group);
struct vfio_group *vfio_group_get_from_iommu(struct iommu_group *iommu_group);
struct vfio_group *vfio_group_get_from_minor(int minor);
/* Locks: iommu_group.mutex, and under it what vfio_dev_viable() takes. */
bool vfio_group_viable(struct vfio_group *group);
bool vfio_whitelisted_driver(const struct device_driver *drv);
bool vfio_tracks_unbound(void);
bool vfio_pins_iommu_group_per_device(void);

/* vfio_device.c.  The caller of the first holds group->device_lock. */
struct vfio_device *vfio_group_find_device(struct vfio_group *group,
					   const struct device *dev);
struct vfio_device *vfio_group_get_device(struct vfio_group *group,
					  const struct device *dev);
void vfio_device_get(struct vfio_device *device);

/* vfio_container.c */
void vfio_container_put(struct vfio_container *container);
int vfio_fops_open(struct file *filep);
int vfio_fops_release(struct file *filep);
long vfio_fops_unl_ioctl(struct file *filep, unsigned int cmd,
			 unsigned long arg);
long vfio_ioctl_check_extension(struct vfio_container *container,
				unsigned long arg);
int vfio_group_set_container(struct vfio_group *group, int container_fd);
int vfio_group_unset_container(struct vfio_group *group);
void vfio_group_try_dissolve_container(struct vfio_group *group);

/* vfio_file.c.  Fills the file operations in. */
void vfio_files_init(void);

#endif
