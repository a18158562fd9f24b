/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kvm_internal.h - a virtual machine and its kvm-vfio device.
 *
 * For kvm_vfio.c, and for inspect.c, which only reads.
 */
#ifndef KVM_INTERNAL_H
#define KVM_INTERNAL_H

#include <vfiosim/kvm_vfio.h>

/* A group that the machine uses: one external user, or from 5.19 on one
 * reference on the group's file. */
struct kvm_vfio_group {
	struct list_head node;
	struct vfio_group *vfio_group; /* NULL from 5.19 on */
	struct file *file; /* NULL before */
};

/* The device, and what KVM's own struct kvm_device would add to it. */
struct kvm_vfio {
	struct list_head group_list;
	struct mutex lock;
	bool noncoherent;
	struct kvm *kvm;
	struct kvm_vfio *vm_next;
};

struct kvm {
	atomic_t users_count;
	/* Devices, newest first; scanned and extended without a lock. */
	struct kvm_vfio *devices;
	struct mutex lock; /* around the scan and the extension, from 4.9 on */
	atomic_t noncoherent_dma_count;
	atomic_t assigned_device_count;
};

#endif
