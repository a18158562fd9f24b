/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kvm_vfio.h - virtual machines and their kvm-vfio device.
 *
 * Models virt/kvm/vfio.c, Linux 3.19: an external user of VFIO.
 */
#ifndef VFIOSIM_KVM_VFIO_H
#define VFIOSIM_KVM_VFIO_H

#include <vfiosim/vfio.h>

#ifdef __cplusplus
extern "C" {
#endif

struct kvm;

#define KVM_DEV_VFIO_GROUP 1
#define KVM_DEV_VFIO_GROUP_ADD 1
#define KVM_DEV_VFIO_GROUP_DEL 2

struct kvm_device_attr {
	uint32_t group; /* KVM_DEV_VFIO_GROUP */
	uint64_t attr; /* KVM_DEV_VFIO_GROUP_ADD, _DEL */
	const int32_t *addr; /* the group's descriptor */
};

/* A machine with one reference, the caller's, and no devices; or
 * ERR_PTR(-ENOMEM). */
struct kvm *kvm_create_vm(void);
void kvm_get_kvm(struct kvm *kvm);
/* The last put destroys the devices of the machine, and it. */
void kvm_put_kvm(struct kvm *kvm);

/**
 * kvm_create_vfio_device - KVM_CREATE_DEVICE, type KVM_DEV_TYPE_VFIO
 *
 * virt/kvm/vfio.c, kvm_vfio_create().  3.19 holds no lock between the scan for
 * another instance and the insertion (B28).
 * Returns 0; -EBUSY: the machine has one; -ENOMEM.
 */
int kvm_create_vfio_device(struct kvm *kvm);

/**
 * kvm_device_set_attr - KVM_SET_DEVICE_ATTR on the kvm-vfio device
 *
 * Holds a reference on the machine while it runs.
 * GROUP_ADD: 0; -EFAULT; -EBADF; -EEXIST; -ENOMEM; what
 *   vfio_group_get_external_user() returns.
 * GROUP_DEL: 0; -EFAULT; -EBADF; -ENOENT: not in the list; with
 *   kvm_del=external_get also what vfio_group_get_external_user() returns,
 *   and then before the list was looked at.
 * Others -ENXIO; -ENODEV: the machine has no kvm-vfio device.
 * Locks: kvm_vfio->lock, and inside it those of the last external put.
 */
int kvm_device_set_attr(struct kvm *kvm, const struct kvm_device_attr *attr);

/* KVM_HAS_DEVICE_ATTR: 0 or -ENXIO. */
int kvm_device_has_attr(struct kvm *kvm, const struct kvm_device_attr *attr);

#ifdef __cplusplus
}
#endif
#endif
