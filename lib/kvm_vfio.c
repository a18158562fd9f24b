/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kvm_vfio.c - the kvm-vfio device: the groups that a virtual machine keeps as
 * an external user of VFIO.  From virt/kvm/vfio.c, Linux 3.19 to 6.1, with as
 * much of a machine around it as carries it.
 */
#include "kvm_internal.h"

/* 5.19: an entry pins the group's file instead of a use of the group. */
static bool kvm_vfio_pins_files(void)
{
	return era_flag(ERA_KVM_PINS) == ERA_KVM_PINS_FILE;
}

/* ------------------------------------------------------------ external calls */

/* Each looks the call's symbol up, which pins VFIO's module meanwhile. */
static struct vfio_group *kvm_vfio_group_get_external_user(struct file *filep)
{
	SCHED_FUNC();
	struct vfio_group *vfio_group;

	__module_get(vfio_this_module());
	vfio_group = vfio_group_get_external_user(filep);
	module_put(vfio_this_module());
	return vfio_group;
}

static void kvm_vfio_group_put_external_user(struct vfio_group *vfio_group)
{
	SCHED_FUNC();

	__module_get(vfio_this_module());
	vfio_group_put_external_user(vfio_group);
	module_put(vfio_this_module());
}

static bool kvm_vfio_group_is_coherent(struct vfio_group *vfio_group)
{
	SCHED_FUNC();
	long ret;

	__module_get(vfio_this_module());
	ret = vfio_external_check_extension(vfio_group, VFIO_DMA_CC_IOMMU);
	module_put(vfio_this_module());
	return ret > 0;
}

static bool kvm_vfio_group_match_file(struct vfio_group *vfio_group,
				      struct file *filep)
{
	SCHED_FUNC();
	bool match;

	__module_get(vfio_this_module());
	match = vfio_external_group_match_file(vfio_group, filep);
	module_put(vfio_this_module());
	return match;
}

static void kvm_vfio_group_set_kvm(struct vfio_group *vfio_group,
				   struct kvm *kvm)
{
	SCHED_FUNC();

	__module_get(vfio_this_module());
	vfio_group_set_kvm(vfio_group, kvm);
	module_put(vfio_this_module());
}

static bool kvm_vfio_file_is_group(struct file *file)
{
	SCHED_FUNC();
	bool is_group;

	__module_get(vfio_this_module());
	is_group = vfio_file_is_group(file);
	module_put(vfio_this_module());
	return is_group;
}

static bool kvm_vfio_file_enforced_coherent(struct file *file)
{
	SCHED_FUNC();
	bool coherent;

	__module_get(vfio_this_module());
	coherent = vfio_file_enforced_coherent(file);
	module_put(vfio_this_module());
	return coherent;
}

static void kvm_vfio_file_set_kvm(struct file *file, struct kvm *kvm)
{
	SCHED_FUNC();

	__module_get(vfio_this_module());
	vfio_file_set_kvm(file, kvm);
	module_put(vfio_this_module());
}

/* ------------------------------------------------------------ what KVM counts */

/* 4.2: how many groups the machine has; up to 4.12 a GROUP_DEL that finds
 * nothing counts, too (B27). */
static bool kvm_counts_assignments(void)
{
	return era_flag(ERA_KVM_SIDE_EFFECTS) != ERA_KVM_SIDE_EFFECTS_NONE;
}

static void kvm_arch_start_assignment(struct kvm *kvm)
{
	SCHED_FUNC();

	atomic_inc(&kvm->assigned_device_count);
}

static void kvm_arch_end_assignment(struct kvm *kvm)
{
	SCHED_FUNC();

	atomic_dec(&kvm->assigned_device_count);
}

/* 4.10: tell the group whose it is; NULL: nobody's any more. */
static void kvm_vfio_set_kvm(struct vfio_group *vfio_group, struct kvm *kvm)
{
	if (era_flag(ERA_KVM_SIDE_EFFECTS) > ERA_KVM_SIDE_EFFECTS_COUNT)
		kvm_vfio_group_set_kvm(vfio_group, kvm);
}

/* ----------------------------------------------------------------- coherency */

static void kvm_arch_register_noncoherent_dma(struct kvm *kvm)
{
	SCHED_FUNC();

	atomic_inc(&kvm->noncoherent_dma_count);
}

static void kvm_arch_unregister_noncoherent_dma(struct kvm *kvm)
{
	SCHED_FUNC();

	atomic_dec(&kvm->noncoherent_dma_count);
}

static bool kvm_vfio_entry_is_coherent(struct kvm_vfio_group *kvg)
{
	return kvm_vfio_pins_files() ?
		       kvm_vfio_file_enforced_coherent(kvg->file) :
		       kvm_vfio_group_is_coherent(kvg->vfio_group);
}

/* Told to KVM once, however many groups there are. */
static void kvm_vfio_update_coherency(struct kvm_vfio *kv)
{
	SCHED_FUNC();
	struct kvm_vfio_group *kvg;
	bool noncoherent = false;

	sched_subject(kv->kvm);
	mutex_lock(&kv->lock);
	list_for_each_entry(kvg, &kv->group_list, node) {
		if (!kvm_vfio_entry_is_coherent(kvg)) {
			noncoherent = true;
			break;
		}
	}
	if (noncoherent != SHARED_READ(kv->noncoherent)) {
		SHARED_WRITE(kv->noncoherent, noncoherent);
		if (noncoherent)
			kvm_arch_register_noncoherent_dma(kv->kvm);
		else
			kvm_arch_unregister_noncoherent_dma(kv->kvm);
	}
	mutex_unlock(&kv->lock);
}

/* -------------------------------------------------------------------- groups */

/* The caller holds kv->lock.  What @key is, a group or a file, is the era's. */
static struct kvm_vfio_group *kvm_vfio_find(struct kvm_vfio *kv,
					    const void *key)
{
	struct kvm_vfio_group *kvg;

	list_for_each_entry(kvg, &kv->group_list, node)
		if (kvm_vfio_pins_files() ? kvg->file == key :
					    kvg->vfio_group == key)
			return kvg;
	return NULL;
}

/* The caller holds kv->lock, and fills the entry in. */
static int kvm_vfio_insert(struct kvm_vfio *kv, const void *key,
			   struct kvm_vfio_group **ret_kvg)
{
	if (kvm_vfio_find(kv, key))
		return -EEXIST;
	*ret_kvg = kzalloc_obj(kvm_vfio_group);
	if (!*ret_kvg)
		return -ENOMEM;
	list_add_tail(&(*ret_kvg)->node, &kv->group_list);
	if (kvm_counts_assignments())
		kvm_arch_start_assignment(kv->kvm);
	return 0;
}

/* --------------------------------------------- entries that are users (≤5.18) */

static int kvm_vfio_insert_group(struct kvm_vfio *kv,
				 struct vfio_group *vfio_group)
{
	struct kvm_vfio_group *kvg;
	int ret;

	mutex_lock(&kv->lock);
	ret = kvm_vfio_insert(kv, vfio_group, &kvg);
	if (!ret)
		kvg->vfio_group = vfio_group;
	mutex_unlock(&kv->lock);
	return ret;
}

static int kvm_vfio_group_add(struct kvm_vfio *kv, struct file *filep)
{
	struct vfio_group *vfio_group = kvm_vfio_group_get_external_user(filep);
	int ret;

	fput(filep);
	if (IS_ERR(vfio_group))
		return (int)PTR_ERR(vfio_group);
	ret = kvm_vfio_insert_group(kv, vfio_group);
	if (ret) {
		kvm_vfio_group_put_external_user(vfio_group);
		return ret;
	}
	kvm_vfio_set_kvm(vfio_group, kv->kvm);
	kvm_vfio_update_coherency(kv);
	return 0;
}

/* What goes with an entry; up to 4.12 with each GROUP_DEL, whether it finds an
 * entry or not. */
static void kvm_vfio_end_group(struct kvm_vfio *kv,
			       struct vfio_group *vfio_group)
{
	kvm_arch_end_assignment(kv->kvm);
	kvm_vfio_set_kvm(vfio_group, NULL);
}

static bool kvm_vfio_ends_on_match(void)
{
	return era_flag(ERA_KVM_SIDE_EFFECTS) == ERA_KVM_SIDE_EFFECTS_ON_MATCH;
}

/* The caller holds kv->lock.  The put may dissolve the group's container. */
static void kvm_vfio_remove(struct kvm_vfio *kv, struct kvm_vfio_group *kvg)
{
	list_del(&kvg->node);
	if (kvm_vfio_ends_on_match())
		kvm_vfio_end_group(kv, kvg->vfio_group);
	kvm_vfio_group_put_external_user(kvg->vfio_group);
	kfree(kvg);
}

/*
 * Looks the group up as a new external user only to compare it.  A group that
 * is not viable at this moment cannot be given back: the machine keeps its
 * reference until it dies (B1).
 */
static int kvm_vfio_group_del_external_get(struct kvm_vfio *kv,
					   struct file *filep)
{
	struct vfio_group *vfio_group = kvm_vfio_group_get_external_user(filep);
	struct kvm_vfio_group *kvg;

	fput(filep);
	if (IS_ERR(vfio_group))
		return (int)PTR_ERR(vfio_group);
	mutex_lock(&kv->lock);
	kvg = kvm_vfio_find(kv, vfio_group);
	if (kvg)
		kvm_vfio_remove(kv, kvg);
	if (kvm_counts_assignments() && !kvm_vfio_ends_on_match())
		kvm_vfio_end_group(kv, vfio_group);
	mutex_unlock(&kv->lock);
	kvm_vfio_group_put_external_user(vfio_group);
	kvm_vfio_update_coherency(kv);
	return kvg ? 0 : -ENOENT;
}

/* v4.13: compares files and asks nobody whether the group is viable. */
static int kvm_vfio_group_del_match(struct kvm_vfio *kv, struct file *filep)
{
	struct kvm_vfio_group *kvg;
	int ret = -ENOENT;

	mutex_lock(&kv->lock);
	list_for_each_entry(kvg, &kv->group_list, node) {
		if (kvm_vfio_group_match_file(kvg->vfio_group, filep)) {
			kvm_vfio_remove(kv, kvg);
			ret = 0;
			break;
		}
	}
	mutex_unlock(&kv->lock);
	fput(filep);
	kvm_vfio_update_coherency(kv);
	return ret;
}

/* ---------------------------------------------- entries that pin files (5.19) */

static int kvm_vfio_file_add(struct kvm_vfio *kv, struct file *filep)
{
	struct kvm_vfio_group *kvg;
	int ret = -EINVAL;

	if (kvm_vfio_file_is_group(filep)) {
		mutex_lock(&kv->lock);
		ret = kvm_vfio_insert(kv, filep, &kvg);
		if (!ret)
			kvg->file = filep;
		mutex_unlock(&kv->lock);
	}
	if (ret) {
		fput(filep);
		return ret;
	}
	kvm_vfio_file_set_kvm(filep, kv->kvm);
	kvm_vfio_update_coherency(kv);
	return 0;
}

/* The entry's reference ends behind the lock: as in the kernel, where the last
 * one only leaves work for the way back to user space. */
static int kvm_vfio_file_del(struct kvm_vfio *kv, struct file *filep)
{
	struct kvm_vfio_group *kvg;

	mutex_lock(&kv->lock);
	kvg = kvm_vfio_find(kv, filep);
	if (kvg) {
		list_del(&kvg->node);
		if (kvm_counts_assignments())
			kvm_arch_end_assignment(kv->kvm);
		kvm_vfio_file_set_kvm(filep, NULL);
		kfree(kvg);
	}
	mutex_unlock(&kv->lock);
	kvm_vfio_update_coherency(kv);
	if (kvg)
		fput(filep);
	fput(filep);
	return kvg ? 0 : -ENOENT;
}

static int kvm_vfio_group_del(struct kvm_vfio *kv, struct file *filep)
{
	switch (era_flag(ERA_KVM_DEL)) {
	case ERA_KVM_DEL_MATCH_FILE:
		return kvm_vfio_file_del(kv, filep);
	case ERA_KVM_DEL_MATCH_GROUP:
		return kvm_vfio_group_del_match(kv, filep);
	default:
		return kvm_vfio_group_del_external_get(kv, filep);
	}
}

/* Each way ends the reference on the file. */
static int kvm_vfio_set_group(struct kvm_vfio *kv, uint64_t attr,
			      const int32_t *addr)
{
	SCHED_FUNC();
	struct file *filep;
	int ret;

	if (attr != KVM_DEV_VFIO_GROUP_ADD && attr != KVM_DEV_VFIO_GROUP_DEL)
		return -ENXIO;
	if (!addr)
		return -EFAULT;
	filep = fget(*addr);
	if (!filep)
		return -EBADF;
	if (attr == KVM_DEV_VFIO_GROUP_DEL) {
		sched_subject(kv->kvm);
		sched_subject(filep);
		ret = kvm_vfio_group_del(kv, filep);
		sched_answer(ret);
		return ret;
	}
	return kvm_vfio_pins_files() ? kvm_vfio_file_add(kv, filep) :
				       kvm_vfio_group_add(kv, filep);
}

/* ------------------------------------------------------------------- devices */

static int kvm_vfio_create(struct kvm *kvm)
{
	SCHED_FUNC();
	struct kvm_vfio *kv;

	/* One device a machine: but up to 4.4 nothing keeps a second caller from
	 * looking before the first one has inserted (B28). */
	if (READ_ONCE(kvm->devices))
		return -EBUSY;
	kv = kzalloc_obj(kvm_vfio);
	if (!kv)
		return -ENOMEM;
	INIT_LIST_HEAD(&kv->group_list);
	mutex_init(&kv->lock);
	kv->kvm = kvm;
	kv->vm_next = READ_ONCE(kvm->devices);
	WRITE_ONCE(kvm->devices, kv);
	return 0;
}

int kvm_create_vfio_device(struct kvm *kvm)
{
	SCHED_FUNC();
	bool locked = era_flag(ERA_KVM_CREATE_LOCK) == ERA_ON;
	int ret;

	if (locked)
		mutex_lock(&kvm->lock);
	ret = kvm_vfio_create(kvm);
	if (locked)
		mutex_unlock(&kvm->lock);
	return ret;
}

static void kvm_vfio_drop_entry(struct kvm_vfio *kv, struct kvm_vfio_group *kvg)
{
	if (kvm_vfio_pins_files()) {
		kvm_vfio_file_set_kvm(kvg->file, NULL);
		fput(kvg->file);
	} else {
		kvm_vfio_set_kvm(kvg->vfio_group, NULL);
		kvm_vfio_group_put_external_user(kvg->vfio_group);
	}
	list_del(&kvg->node);
	kfree(kvg);
	if (kvm_counts_assignments())
		kvm_arch_end_assignment(kv->kvm);
}

/* The machine is dying: the walk needs no lock. */
static void kvm_vfio_destroy(struct kvm_vfio *kv)
{
	SCHED_FUNC();
	struct kvm_vfio_group *kvg, *next;

	list_for_each_entry_safe(kvg, next, &kv->group_list, node)
		kvm_vfio_drop_entry(kv, kvg);
	kvm_vfio_update_coherency(kv);
	mutex_destroy(&kv->lock);
	kfree(kv);
}

int kvm_device_set_attr(struct kvm *kvm, const struct kvm_device_attr *attr)
{
	SCHED_FUNC();
	struct kvm_vfio *kv;
	int ret;

	kvm_get_kvm(kvm);
	kv = READ_ONCE(kvm->devices);
	if (!kv)
		ret = -ENODEV;
	else if (attr->group != KVM_DEV_VFIO_GROUP)
		ret = -ENXIO;
	else
		ret = kvm_vfio_set_group(kv, attr->attr, attr->addr);
	/* The machine may have been given up meanwhile: then it dies here. */
	kvm_put_kvm(kvm);
	return ret;
}

int kvm_device_has_attr(struct kvm *kvm, const struct kvm_device_attr *attr)
{
	SCHED_FUNC();

	(void)kvm;
	if (attr->group != KVM_DEV_VFIO_GROUP)
		return -ENXIO;
	switch (attr->attr) {
	case KVM_DEV_VFIO_GROUP_ADD:
	case KVM_DEV_VFIO_GROUP_DEL:
		return 0;
	default:
		return -ENXIO;
	}
}

/* ------------------------------------------------------------------- machine */

struct kvm *kvm_create_vm(void)
{
	SCHED_FUNC();
	struct kvm *kvm = kzalloc_obj(kvm);

	if (!kvm)
		return ERR_PTR(-ENOMEM);
	atomic_init(&kvm->users_count, 1);
	atomic_init(&kvm->noncoherent_dma_count, 0);
	atomic_init(&kvm->assigned_device_count, 0);
	mutex_init(&kvm->lock);
	once_init(&kvm->devices, sizeof(kvm->devices));
	return kvm;
}

void kvm_get_kvm(struct kvm *kvm)
{
	atomic_inc(&kvm->users_count);
}

static void kvm_destroy_vm(struct kvm *kvm)
{
	SCHED_FUNC();
	struct kvm_vfio *kv = READ_LOCKED(kvm->devices);
	struct kvm_vfio *next;

	for (; kv; kv = next) {
		next = SHARED_READ(kv->vm_next);
		kvm_vfio_destroy(kv);
	}
	mutex_destroy(&kvm->lock);
	kfree(kvm);
}

void kvm_put_kvm(struct kvm *kvm)
{
	if (atomic_dec_and_test(&kvm->users_count))
		kvm_destroy_vm(kvm);
}
