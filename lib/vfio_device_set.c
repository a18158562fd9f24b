/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vfio_device_set.c - devices that are opened and closed under one lock, and
 * what that lock counts.  From drivers/vfio/vfio.c, Linux 5.15.
 */
#include "vfio_internal.h"

/* The caller holds vfio.device_set_lock. */
static struct vfio_device_set *vfio_find_device_set(const void *set_id)
{
	struct vfio_device_set *dev_set;

	list_for_each_entry(dev_set, &vfio->device_sets, set_next)
		if (dev_set->set_id == set_id)
			return dev_set;
	return NULL;
}

static struct vfio_device_set *vfio_alloc_device_set(void *set_id)
{
	struct vfio_device_set *dev_set = kzalloc_obj(vfio_device_set);

	if (!dev_set)
		return NULL;
	mutex_init(&dev_set->lock);
	INIT_LIST_HEAD(&dev_set->device_list);
	dev_set->set_id = set_id;
	return dev_set;
}

static void vfio_free_device_set(struct vfio_device_set *dev_set)
{
	mutex_destroy(&dev_set->lock);
	kfree(dev_set);
}

/* The set of that id with one device more; @spare becomes it if there is none
 * yet.  Returns NULL if there is no spare one either. */
static struct vfio_device_set *
vfio_join_device_set(const void *set_id, struct vfio_device_set *spare)
{
	struct vfio_device_set *dev_set;

	spin_lock(&vfio->device_set_lock);
	dev_set = vfio_find_device_set(set_id);
	if (!dev_set && spare) {
		dev_set = spare;
		list_add(&dev_set->set_next, &vfio->device_sets);
	}
	if (dev_set)
		SHARED_WRITE(dev_set->device_count, dev_set->device_count + 1);
	spin_unlock(&vfio->device_set_lock);
	return dev_set;
}

int vfio_assign_device_set(struct vfio_device *device, void *set_id)
{
	SCHED_FUNC();
	struct vfio_device_set *dev_set = vfio_join_device_set(set_id, NULL);
	struct vfio_device_set *made;

	if (!dev_set) {
		made = vfio_alloc_device_set(set_id);
		if (!made)
			return -ENOMEM;
		dev_set = vfio_join_device_set(set_id, made);
		if (dev_set != made)
			vfio_free_device_set(made);
	}
	mutex_lock(&dev_set->lock);
	device->dev_set = dev_set;
	list_add_tail(&device->dev_set_list, &dev_set->device_list);
	mutex_unlock(&dev_set->lock);
	return 0;
}

static void vfio_release_device_set(struct vfio_device *device)
{
	SCHED_FUNC();
	struct vfio_device_set *dev_set = device->dev_set;

	if (!dev_set)
		return;
	mutex_lock(&dev_set->lock);
	list_del(&device->dev_set_list);
	mutex_unlock(&dev_set->lock);
	spin_lock(&vfio->device_set_lock);
	SHARED_WRITE(dev_set->device_count, dev_set->device_count - 1);
	if (!dev_set->device_count) {
		list_del(&dev_set->set_next);
		vfio_free_device_set(dev_set);
	}
	spin_unlock(&vfio->device_set_lock);
}

void vfio_init_group_dev(struct vfio_device *device, struct device *dev,
			 const struct vfio_device_ops *ops)
{
	SCHED_FUNC();

	init_completion(&device->comp);
	device->dev = dev;
	device->ops = ops;
}

void vfio_uninit_group_dev(struct vfio_device *device)
{
	SCHED_FUNC();

	vfio_release_device_set(device);
}

/* -------------------------------------------------------------- open, close */

static bool vfio_uses_device_sets(void)
{
	return era_flag(ERA_DEVICE_SET) == ERA_ON;
}

void *vfio_ops_data(struct vfio_device *device)
{
	return vfio_devices_are_drivers() ? device : device->device_data;
}

static int vfio_call_open(struct vfio_device *device)
{
	int ret = vfio_injected(VFIO_OPEN);

	if (ret || !device->ops->open)
		return ret;
	vfio_group_begin_read(device->group);
	ret = device->ops->open(vfio_ops_data(device));
	vfio_group_end_read(device->group);
	return ret;
}

static void vfio_call_release(struct vfio_device *device)
{
	if (!device->ops->release)
		return;
	vfio_group_begin_read(device->group);
	device->ops->release(vfio_ops_data(device));
	vfio_group_end_read(device->group);
}

/* A device without a set, because there was no memory for one, ends here with a
 * lock that is not there (F10). */
int vfio_device_first_open(struct vfio_device *device)
{
	int ret = 0;

	if (!vfio_uses_device_sets())
		return vfio_call_open(device);
	mutex_lock(&device->dev_set->lock);
	SHARED_WRITE(device->open_count, device->open_count + 1);
	if (device->open_count == 1)
		ret = vfio_call_open(device);
	if (ret)
		SHARED_WRITE(device->open_count, device->open_count - 1);
	mutex_unlock(&device->dev_set->lock);
	return ret;
}

void vfio_device_last_close(struct vfio_device *device)
{
	if (!vfio_uses_device_sets()) {
		vfio_call_release(device);
		return;
	}
	mutex_lock(&device->dev_set->lock);
	if (SHARED_READ(device->open_count) == 1)
		vfio_call_release(device);
	SHARED_WRITE(device->open_count, device->open_count - 1);
	mutex_unlock(&device->dev_set->lock);
}
