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
#include <vfiosim/workqueue.h>

/* As symbols.h does for public names: object files carry the prefix. */
/* clang-format off */
#pragma redefine_extname __vfio_group_unset_container vfiosim___vfio_group_unset_container
#pragma redefine_extname vfio vfiosim_vfio
#pragma redefine_extname vfio_container_put vfiosim_vfio_container_put
#pragma redefine_extname vfio_create_group vfiosim_vfio_create_group
#pragma redefine_extname vfio_dev_viable vfiosim_vfio_dev_viable
#pragma redefine_extname vfio_device_first_open vfiosim_vfio_device_first_open
#pragma redefine_extname vfio_device_get vfiosim_vfio_device_get
#pragma redefine_extname vfio_device_get_from_name vfiosim_vfio_device_get_from_name
#pragma redefine_extname vfio_device_last_close vfiosim_vfio_device_last_close
#pragma redefine_extname vfio_files_init vfiosim_vfio_files_init
#pragma redefine_extname vfio_fops_open vfiosim_vfio_fops_open
#pragma redefine_extname vfio_fops_release vfiosim_vfio_fops_release
#pragma redefine_extname vfio_fops_unl_ioctl vfiosim_vfio_fops_unl_ioctl
#pragma redefine_extname vfio_group_add_container_user vfiosim_vfio_group_add_container_user
#pragma redefine_extname vfio_group_begin vfiosim_vfio_group_begin
#pragma redefine_extname vfio_group_begin_read vfiosim_vfio_group_begin_read
#pragma redefine_extname vfio_group_close_file vfiosim_vfio_group_close_file
#pragma redefine_extname vfio_group_count_name vfiosim_vfio_group_count_name
#pragma redefine_extname vfio_group_end vfiosim_vfio_group_end
#pragma redefine_extname vfio_group_end_read vfiosim_vfio_group_end_read
#pragma redefine_extname vfio_group_find_device vfiosim_vfio_group_find_device
#pragma redefine_extname vfio_group_get vfiosim_vfio_group_get
#pragma redefine_extname vfio_group_get_device vfiosim_vfio_group_get_device
#pragma redefine_extname vfio_group_get_from_dev vfiosim_vfio_group_get_from_dev
#pragma redefine_extname vfio_group_get_from_iommu vfiosim_vfio_group_get_from_iommu
#pragma redefine_extname vfio_group_get_from_minor vfiosim_vfio_group_get_from_minor
#pragma redefine_extname vfio_group_get_from_node vfiosim_vfio_group_get_from_node
#pragma redefine_extname vfio_group_get_unless_zero vfiosim_vfio_group_get_unless_zero
#pragma redefine_extname vfio_group_has_iommu vfiosim_vfio_group_has_iommu
#pragma redefine_extname vfio_group_may_join vfiosim_vfio_group_may_join
#pragma redefine_extname vfio_group_open_file vfiosim_vfio_group_open_file
#pragma redefine_extname vfio_group_put vfiosim_vfio_group_put
#pragma redefine_extname vfio_group_put_device vfiosim_vfio_group_put_device
#pragma redefine_extname vfio_group_set_container vfiosim_vfio_group_set_container
#pragma redefine_extname vfio_group_take_last_use vfiosim_vfio_group_take_last_use
#pragma redefine_extname vfio_group_track vfiosim_vfio_group_track
#pragma redefine_extname vfio_group_try_dissolve_container vfiosim_vfio_group_try_dissolve_container
#pragma redefine_extname vfio_group_try_get vfiosim_vfio_group_try_get
#pragma redefine_extname vfio_group_unset_container vfiosim_vfio_group_unset_container
#pragma redefine_extname vfio_group_untrack vfiosim_vfio_group_untrack
#pragma redefine_extname vfio_group_unuse vfiosim_vfio_group_unuse
#pragma redefine_extname vfio_group_use vfiosim_vfio_group_use
#pragma redefine_extname vfio_group_viable vfiosim_vfio_group_viable
#pragma redefine_extname vfio_injected vfiosim_vfio_injected
#pragma redefine_extname vfio_ioctl_check_extension vfiosim_vfio_ioctl_check_extension
#pragma redefine_extname vfio_ops_data vfiosim_vfio_ops_data
#pragma redefine_extname vfio_pins_iommu_group_per_device vfiosim_vfio_pins_iommu_group_per_device
#pragma redefine_extname vfio_tracks_unbound vfiosim_vfio_tracks_unbound
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
	struct mutex chrdevs_lock; /* from 5.16 on: who has a node */
	struct list_head device_sets; /* device_set_lock */
	spinlock_t device_set_lock;
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

/* The put of a reference, deferred (4.13 to 5.15). */
struct vfio_group_put_work {
	struct work_struct work;
	struct vfio_group *group;
};

struct vfio_group {
	struct kref kref; /* "users" from 5.16 on, "drivers" from 6.1 on */
	struct kref dev; /* its class device, from 5.16 on: the memory */
	int minor;
	int node_id; /* the number in /dev/vfio: the IOMMU group's id */
	bool has_node; /* vfio.chrdevs_lock */
	/* The state of the group.  Up to 5.18 atomics, and no lock at all for the
	 * container (READ_ONCE(), WRITE_ONCE()); then vfio_group_begin(). */
	atomic_t container_users;
	atomic_t opened;
	struct vfio_container *container;
	struct file *opened_file; /* from 5.19 on */
	struct kvm *kvm;
	struct rw_semaphore group_rwsem; /* 5.19, 6.0 */
	struct mutex group_lock; /* from 6.1 on */
	wait_queue_head_t container_q; /* woken when the container is left */
	struct iommu_group *iommu_group; /* 6.1: NULL without devices */
	struct list_head device_list; /* device_lock */
	struct mutex device_lock;
	struct notifier_block nb;
	struct list_head vfio_next; /* vfio.group_lock */
	struct list_head container_next; /* container->group_lock */
	struct list_head unbound_list; /* unbound_lock */
	struct mutex unbound_lock;
};

/* ---------------------------------------------- questions to the era's flags */

/* 5.13: a device outlives its registration; the last put only says so. */
static inline bool vfio_devices_are_drivers(void)
{
	return era_flag(ERA_DEVICE_FREE) == ERA_DEVICE_FREE_UNREGISTER;
}

/* 5.16: the group is a class device with an embedded character device, and has
 * its minor and a reference on its IOMMU group from the beginning. */
static inline bool vfio_groups_are_devices(void)
{
	return era_flag(ERA_MINOR_ALLOC) == ERA_MINOR_WITH_GROUP;
}

/* 5.19: the state of a group has a lock, and files pin it. */
static inline bool vfio_groups_are_locked(void)
{
	return era_flag(ERA_GROUP_STATE_LOCK) == ERA_GROUP_STATE_LOCK_HELD;
}

/* 5.19: SET_CONTAINER owns the DMA of the group, or fails. */
static inline bool vfio_owns_dma(void)
{
	return era_flag(ERA_ISOLATION) == ERA_ISOLATION_DMA_OWNER;
}

/* vfio.c.  Is this call of a service one that fails?  Returns 0 or -errno. */
int vfio_injected(enum vfio_service service);

/* vfio_group.c */
struct vfio_group *vfio_create_group(struct iommu_group *iommu_group);
void vfio_group_get(struct vfio_group *group);
/* "&group->kref", or what it is called in the era. */
const char *vfio_group_count_name(void);
/* 5.16: a reference unless there is none any more. */
bool vfio_group_get_unless_zero(struct vfio_group *group);
/* Locks for the last put: vfio.group_lock, then the chain for writing. */
void vfio_group_put(struct vfio_group *group);
/* Of the class device, from 5.16 on. */
void vfio_group_put_device(struct vfio_group *group);
/* Each takes vfio.group_lock and returns the group with a reference or NULL. */
struct vfio_group *vfio_group_try_get(struct vfio_group *group);
struct vfio_group *vfio_group_get_from_iommu(struct iommu_group *iommu_group);
struct vfio_group *vfio_group_get_from_minor(int minor);
/* From 5.16 on: takes vfio.chrdevs_lock, and refers to the class device. */
struct vfio_group *vfio_group_get_from_node(int minor);
bool vfio_pins_iommu_group_per_device(void);

/* vfio_viable.c.  Locks: iommu_group.mutex, and under it what the second takes:
 * group->unbound_lock and group->device_lock, one after the other. */
bool vfio_group_viable(struct vfio_group *group);
int vfio_dev_viable(struct device *dev, void *data);
bool vfio_tracks_unbound(void);
/* Add an entry to the list of devices being unbound, and drop the newest one.
 * Lock: group->unbound_lock. */
void vfio_group_track(struct vfio_group *group, struct device *dev);
void vfio_group_untrack(struct vfio_group *group, const struct device *dev);

/* vfio_device.c.  The caller of the first holds group->device_lock. */
struct vfio_device *vfio_group_find_device(struct vfio_group *group,
					   const struct device *dev);
struct vfio_device *vfio_group_get_device(struct vfio_group *group,
					  const struct device *dev);
/* By the device's name; with a reference, or NULL. */
struct vfio_device *vfio_device_get_from_name(struct vfio_group *group,
					      const char *buf);
void vfio_device_get(struct vfio_device *device);
/* The VFIO group of a device with a reference, or NULL.  Lock: vfio.group_lock. */
struct vfio_group *vfio_group_get_from_dev(struct device *dev);

/* vfio_device_set.c.  The first open of a device, and the last release. */
/* What a driver's callbacks are handed. */
void *vfio_ops_data(struct vfio_device *device);
int vfio_device_first_open(struct vfio_device *device);
void vfio_device_last_close(struct vfio_device *device);

/* vfio_group_state.c: who uses a group, its container and its file. */
void vfio_group_begin(struct vfio_group *group);
void vfio_group_end(struct vfio_group *group);
void vfio_group_begin_read(struct vfio_group *group);
void vfio_group_end_read(struct vfio_group *group);
int vfio_group_open_file(struct vfio_group *group, struct file *filep);
void vfio_group_close_file(struct vfio_group *group);
/* May the group join a container?  0 or -errno. */
int vfio_group_may_join(struct vfio_group *group);
/* End the only use: 0, -EINVAL: there is none; -EBUSY: there are more. */
int vfio_group_take_last_use(struct vfio_group *group);
/* A device is opened, and closed again. */
int vfio_group_use(struct vfio_group *group);
void vfio_group_unuse(struct vfio_group *group);
bool vfio_group_has_iommu(struct vfio_group *group);

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
/* The group leaves its container, whoever else uses it. */
void __vfio_group_unset_container(struct vfio_group *group);
void vfio_group_try_dissolve_container(struct vfio_group *group);

/* vfio_external.c.  One user more of a viable group in a container: 0, -EINVAL. */
int vfio_group_add_container_user(struct vfio_group *group);

/* vfio_file.c.  Fills the file operations in. */
void vfio_files_init(void);

#endif
