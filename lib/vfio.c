/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vfio.c - what VFIO has once in a machine: its globals, the list of IOMMU
 * backends, and the services inside it that a test can let fail.
 */
#include "vfio_internal.h"

#include <string.h>

struct vfio *vfio;

struct module *vfio_this_module(void)
{
	return &vfio->module;
}

/* ---------------------------------------------------------------- backends */

/* The caller holds vfio.iommu_drivers_lock. */
static struct vfio_iommu_driver *
vfio_find_iommu_driver(const struct vfio_iommu_driver_ops *ops)
{
	struct vfio_iommu_driver *driver;

	list_for_each_entry(driver, &vfio->iommu_drivers_list, vfio_next)
		if (driver->ops == ops)
			return driver;
	return NULL;
}

int vfio_register_iommu_driver(const struct vfio_iommu_driver_ops *ops)
{
	SCHED_FUNC();
	struct vfio_iommu_driver *driver = kzalloc_obj(vfio_iommu_driver);

	if (!driver)
		return -ENOMEM;
	driver->ops = ops;
	driver->module.name = ops->name;
	atomic_init(&driver->module.refcnt, 0);
	mutex_lock(&vfio->iommu_drivers_lock);
	if (vfio_find_iommu_driver(ops)) {
		mutex_unlock(&vfio->iommu_drivers_lock);
		kfree(driver);
		return -EINVAL;
	}
	list_add(&driver->vfio_next, &vfio->iommu_drivers_list);
	mutex_unlock(&vfio->iommu_drivers_lock);
	return 0;
}

void vfio_unregister_iommu_driver(const struct vfio_iommu_driver_ops *ops)
{
	SCHED_FUNC();
	struct vfio_iommu_driver *driver;

	mutex_lock(&vfio->iommu_drivers_lock);
	driver = vfio_find_iommu_driver(ops);
	if (driver)
		list_del(&driver->vfio_next);
	mutex_unlock(&vfio->iommu_drivers_lock);
	kfree(driver);
}

/* --------------------------------------------------------------- injection */

static const struct {
	const char *name, *note;
} vfio_services[VFIO_SERVICE_NR] = {
	[VFIO_ATTACH] = { "attach", "injected:attach" },
	[VFIO_IOMMU_OPEN] = { "iommu_open", "injected:iommu_open" },
	[VFIO_OPEN] = { "open", "injected:open" },
	[VFIO_FD] = { "fd", "injected:fd" },
	[VFIO_FILE] = { "file", "injected:file" },
	[VFIO_DEVICE_CREATE] = { "device_create", "injected:device_create" },
};

int vfio_inject(const char *what, unsigned nth, int err)
{
	int i;

	for (i = 0; i < VFIO_SERVICE_NR; i++) {
		if (strcmp(vfio_services[i].name, what) == 0) {
			vfio->injection[i].err = err;
			atomic_init(&vfio->injection[i].left, (int)nth);
			return 0;
		}
	}
	return -EINVAL;
}

/* Costs no operation while nothing is armed; arming is set-up, done while no
 * task runs. */
int vfio_injected(enum vfio_service service)
{
	struct vfio_injection *injection = &vfio->injection[service];

	if (atomic_peek(&injection->left) <= 0)
		return 0;
	if (atomic_dec_if_positive(&injection->left) != 0)
		return 0;
	sched_note(NULL, vfio_services[service].note);
	return injection->err;
}

/* -------------------------------------------------------------------- boot */

static int vfio_boot(void)
{
	int i;

	vfio = kzalloc_obj(vfio);
	if (!vfio)
		return -ENOMEM;
	idr_init(&vfio->group_idr);
	mutex_init(&vfio->group_lock);
	mutex_init(&vfio->iommu_drivers_lock);
	mutex_init(&vfio->chrdevs_lock);
	spin_lock_init(&vfio->device_set_lock);
	INIT_LIST_HEAD(&vfio->device_sets);
	INIT_LIST_HEAD(&vfio->group_list);
	INIT_LIST_HEAD(&vfio->iommu_drivers_list);
	init_waitqueue_head(&vfio->release_q);
	vfio->module.name = "vfio";
	atomic_init(&vfio->module.refcnt, 0);
	for (i = 0; i < VFIO_SERVICE_NR; i++)
		atomic_init(&vfio->injection[i].left, 0);
	vfio_files_init();
	return 0;
}

static void vfio_halt(void)
{
	if (vfio) {
		mutex_destroy(&vfio->group_lock);
		mutex_destroy(&vfio->iommu_drivers_lock);
		mutex_destroy(&vfio->chrdevs_lock);
	}
	kfree(vfio);
	vfio = NULL;
}

static struct kernel_subsystem vfio_subsystem = {
	.name = "vfio",
	.rank = 220,
	.boot = vfio_boot,
	.halt = vfio_halt,
	.root = &vfio,
};

__attribute__((constructor)) static void vfio_init(void)
{
	kernel_register_subsystem(&vfio_subsystem);
}
