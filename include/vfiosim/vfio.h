/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vfio.h - VFIO groups, devices, containers, files, and their in-kernel users.
 *
 * Models drivers/vfio/vfio.c (vfio_main.c) from Linux 3.19 to 6.1; era flags
 * decide where the versions differ.
 */
#ifndef VFIOSIM_VFIO_H
#define VFIOSIM_VFIO_H

#include <vfiosim/file.h>
#include <vfiosim/iommu.h>

#ifdef __cplusplus
extern "C" {
#endif

struct vfio_device;
struct vfio_group;
struct vfio_container;

/* ------------------------------------------------------- for bus drivers */

/*
 * Callbacks of a VFIO bus driver.  @device_data: what vfio_add_group_dev() was
 * given; from 5.13 on (device_free=unregister_unlinks) the struct vfio_device.
 * @open, @release: with device_set (5.15) only for the first open and the last
 * release.  @request is called with request_op (4.0), by an unbind that waits
 * for users: @count says how often it did before.
 */
struct vfio_device_ops {
	const char *name;
	int (*open)(void *device_data); /* 0 or -errno; NULL: succeeds */
	void (*release)(void *device_data);
	void (*request)(void *device_data, unsigned int count);
	long (*ioctl)(void *device_data, unsigned int cmd, unsigned long arg);
};

/* Devices that are opened and closed under one lock (5.15). */
struct vfio_device_set {
	void *set_id;
	struct mutex lock;
	struct list_head device_list; /* lock */
	unsigned device_count; /* vfio.device_set_lock */
	struct list_head set_next; /* vfio.device_set_lock */
};

/*
 * A device under VFIO.  Up to 5.12 VFIO's own; from 5.13 on a part of what the
 * bus driver has for the device, which frees it after it was unregistered.
 */
struct vfio_device {
	struct device *dev; /* no reference */
	const struct vfio_device_ops *ops;
	struct vfio_group *group;
	struct vfio_device_set
		*dev_set; /* NULL: none, or out of memory (F10) */
	struct list_head dev_set_list; /* dev_set->lock */
	struct kref kref; /* up to 5.12 */
	refcount_t refcount; /* from 5.13 on */
	unsigned open_count; /* dev_set->lock */
	struct completion comp; /* nobody uses it any more */
	struct list_head group_next; /* group->device_lock */
	void *device_data;
};

/**
 * vfio_init_group_dev - prepare a device for vfio_register_group_dev() (5.13)
 * @device: zeroed memory of the caller
 */
void vfio_init_group_dev(struct vfio_device *device, struct device *dev,
			 const struct vfio_device_ops *ops);
/* Undo it, also after a failed registration.  Locks: those of the device set. */
void vfio_uninit_group_dev(struct vfio_device *device);

/**
 * vfio_assign_device_set - have devices opened under a common lock (5.15)
 * @set_id: the same for all that shall share the set
 *
 * Returns 0 or -ENOMEM.  Locks, one after the other: vfio.device_set_lock, the
 * set's lock.
 */
int vfio_assign_device_set(struct vfio_device *device, void *set_id);

/**
 * vfio_register_group_dev - put a device under VFIO (5.13)
 * @device: vfio_init_group_dev() was called; stays the caller's
 *
 * A device without a set gets one of its own; that this may fail is ignored,
 * as there (F10).  Returns, and locks, as vfio_add_group_dev().
 */
int vfio_register_group_dev(struct vfio_device *device);

/**
 * vfio_unregister_group_dev - take it away again (5.13)
 *
 * Sleeps until nobody uses the device; asks the driver's @request each 10 s.
 * With container_stall (4.14 to 5.18) also until the group has left its
 * container, if the device was the group's last.
 * Locks, one after the other: group->unbound_lock; group->device_lock; those of
 * a last reference on the group.
 */
void vfio_unregister_group_dev(struct vfio_device *device);

/**
 * vfio_add_group_dev - put a device under VFIO (up to 5.12)
 * @dev: its device lock is held by the driver core
 * @device_data: handed to @ops; returned by vfio_del_group_dev()
 *
 * Makes the VFIO group of the device's IOMMU group if there is none.
 * Returns 0; -EINVAL: no IOMMU group; -EBUSY: already added; -ENOMEM; what
 * registering the group's notifier, minor or node returns; -EOPNOTSUPP: from
 * 5.13 on there is no such function.
 * Locks, one after the other: vfio.group_lock; the group's notifier rwsem for
 * writing when it makes a group; group->device_lock.
 */
int vfio_add_group_dev(struct device *dev, const struct vfio_device_ops *ops,
		       void *device_data);

/**
 * vfio_del_group_dev - take a device from VFIO again
 * @dev: its device lock is held by the driver core
 *
 * Sleeps until the last reference on the vfio_device is gone; del_wait says
 * how.  With request_op it asks the driver's @request each 10 s.  With
 * container_stall as vfio_unregister_group_dev().  With track_unbound it puts
 * @dev on the group's unbound_list first; that allocation may fail, which only
 * warns.
 * Returns the device_data.
 * Locks, one after the other: group->unbound_lock; group->device_lock (also
 * while testing whether to sleep on); vfio.group_lock and the group's notifier
 * rwsem for writing if the group goes with the device.
 */
void *vfio_del_group_dev(struct device *dev);

/**
 * vfio_device_get_from_dev - the vfio_device of a struct device
 *
 * Up to 4.1 from drvdata, unchecked: NULL or stale if the device is being
 * unbound (B15).  Up to 5.18 looked up in its group (get_from_dev=lookup);
 * later there is no such function.  Returns it with a reference, or NULL.
 */
struct vfio_device *vfio_device_get_from_dev(struct device *dev);
/* Locks: group->device_lock, vfio.group_lock for a last put. */
void vfio_device_put(struct vfio_device *device);
void *vfio_device_data(struct vfio_device *device);

/* ----------------------------------------------------- for IOMMU backends */

struct vfio_iommu_driver_ops {
	const char *name;
	struct module *owner;
	void *(*open)(unsigned long arg); /* data or ERR_PTR */
	void (*release)(void *iommu_data);
	long (*ioctl)(void *iommu_data, unsigned int cmd, unsigned long arg);
	int (*attach_group)(void *iommu_data, struct iommu_group *group);
	void (*detach_group)(void *iommu_data, struct iommu_group *group);
};

/* Return 0; -EINVAL: registered already; -ENOMEM. */
int vfio_register_iommu_driver(const struct vfio_iommu_driver_ops *ops);
void vfio_unregister_iommu_driver(const struct vfio_iommu_driver_ops *ops);

/* A backend that supports types 1 and 3 and attaches anything. */
extern const struct vfio_iommu_driver_ops vfio_iommu_dummy_ops;
/* What the dummy backend answers to VFIO_DMA_CC_IOMMU; 1 after boot. */
void vfio_iommu_dummy_set_coherent(int coherent);

/* ------------------------------------------------------- for user programs */

/* include/uapi/linux/vfio.h */
#define VFIO_API_VERSION 0
#define VFIO_TYPE1_IOMMU 1
#define VFIO_TYPE1v2_IOMMU 3
#define VFIO_DMA_CC_IOMMU 4

#define VFIO_GET_API_VERSION 0x3b64
#define VFIO_CHECK_EXTENSION 0x3b65
#define VFIO_SET_IOMMU 0x3b66
#define VFIO_GROUP_GET_STATUS 0x3b67
#define VFIO_GROUP_SET_CONTAINER 0x3b68 /* arg: address of an int: the fd */
#define VFIO_GROUP_UNSET_CONTAINER 0x3b69
#define VFIO_GROUP_GET_DEVICE_FD 0x3b6a /* arg: name of the device */
/* vfio-pci, and of its interrupts the one that asks for the device back; arg:
 * address of an atomic_t, the eventfd, or 0 for none. */
#define VFIO_DEVICE_SET_IRQS 0x3b6e

struct vfio_group_status {
	uint32_t argsz;
	uint32_t flags;
#define VFIO_GROUP_FLAGS_VIABLE (1 << 0)
#define VFIO_GROUP_FLAGS_CONTAINER_SET (1 << 1)
};

/**
 * vfio_container_open - open /dev/vfio/vfio
 *
 * Returns a descriptor, -ENOMEM or -EMFILE.  Its ioctls: GET_API_VERSION,
 * CHECK_EXTENSION, SET_IOMMU (-EINVAL: no group, or set already; -ENODEV: no
 * backend has that type; what the backend returns), the backend's own.
 */
int vfio_container_open(void);

/**
 * vfio_group_open - open /dev/vfio/MINOR
 *
 * Returns a descriptor; -ENODEV: no such group; -EBUSY: it is open already, or
 * its last container is still set; -ENOMEM; -EMFILE.
 *
 * Its ioctls:
 *   GET_STATUS       0; -EFAULT; -EINVAL: argsz
 *   SET_CONTAINER    0; -EINVAL: in use, no container file; -EBADF; what the
 *                    backend's attach_group returns.  Viability is not tested.
 *   UNSET_CONTAINER  0; -EINVAL: none set; -EBUSY: in use
 *   GET_DEVICE_FD    a descriptor; -EINVAL: no container, no backend, or the
 *                    group is not viable; -ENODEV: no such device; -ENOMEM;
 *                    what the driver's open returns
 */
int vfio_group_open(int minor);

/* The minor behind /dev/vfio/ID: the group made for IOMMU group @iommu_id, or
 * -ENOENT.  Locks: vfio.group_lock. */
int vfio_group_minor(int iommu_id);

/* ------------------------------------------------------ for kernel users */

/* The module that exports these calls: what symbol_get() of one pins. */
struct module *vfio_this_module(void);

/**
 * vfio_group_get_external_user_from_dev - use the group of a device (4.10)
 *
 * Pins no file: see B21.  Returns the group; ERR_PTR(-ENODEV): the device is
 * in no VFIO group; else as vfio_group_get_external_user().
 */
struct vfio_group *vfio_group_get_external_user_from_dev(struct device *dev);

/* 4.10 to 5.18: the virtual machine that uses the group, or NULL. */
struct kvm;
void vfio_group_set_kvm(struct vfio_group *group, struct kvm *kvm);

/* 5.19: what KVM, which pins the file, asks of it.  Is it a group's?  Is its
 * DMA coherent?  Locks of the last two: the group's state. */
bool vfio_file_is_group(struct file *file);
bool vfio_file_enforced_coherent(struct file *file);
void vfio_file_set_kvm(struct file *file, struct kvm *kvm);
/* 5.19: is @device in the group behind @file? */
bool vfio_file_has_dev(struct file *file, struct vfio_device *device);

/**
 * vfio_group_get_external_user - use a group without its file
 * @filep: an open file; kept by the caller
 *
 * The group stays in its container until vfio_group_put_external_user().
 * Returns the group; ERR_PTR(-EINVAL): no group file, no container, no
 * backend, or not viable; ERR_PTR(-EOPNOTSUPP): from 5.19 on (kvm_pins=file)
 * there is no such function.
 * Locks, one after the other and under iommu_group.mutex: group->unbound_lock,
 * group->device_lock.
 */
struct vfio_group *vfio_group_get_external_user(struct file *filep);

/* Up to 4.4 puts the group before it dissolves the container (B11). */
void vfio_group_put_external_user(struct vfio_group *group);
int vfio_external_user_iommu_id(struct vfio_group *group);
long vfio_external_check_extension(struct vfio_group *group, unsigned long arg);
/* v4.13: is @filep an open file of @group? */
bool vfio_external_group_match_file(struct vfio_group *group,
				    struct file *filep);

/**
 * vfio_pci_check_reset_groups - the group lookup of VFIO_DEVICE_PCI_HOT_RESET
 * @fds, @nr: group descriptors that the user offers as proof of ownership
 *
 * drivers/vfio/pci/vfio_pci.c, vfio_pci_ioctl(): looks up each as an external
 * user, then drops all.  Returns 0; -EINVAL: @nr is 0 or above 32, or a lookup
 * was refused; -EBADF.
 */
int vfio_pci_check_reset_groups(const int *fds, unsigned nr);

/*
 * A vfio-pci as far as the story needs it: probe takes its own IOMMU group
 * reference and adds the device last; remove deletes it and puts the group
 * that the device has *then*.  Use as callbacks of a driver.
 */
int vfio_pci_probe(struct device *dev);
int vfio_pci_remove(struct device *dev);

/* Fault injection of kernel services inside VFIO: the @nth next call of
 * "attach", "iommu_open", "open", "fd", "file" or "device_create" returns
 * @err.  Returns 0, -EINVAL: no such call. */
int vfio_inject(const char *what, unsigned nth, int err);

#ifdef __cplusplus
}
#endif
#endif
