/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * device_internal.h - calls between the parts of the driver core.
 *
 * For lib/device*.c.
 */
#ifndef DEVICE_INTERNAL_H
#define DEVICE_INTERNAL_H

#include <vfiosim/device.h>

/* As symbols.h does for public names: object files carry the prefix. */
/* clang-format off */
#pragma redefine_extname __device_release_driver vfiosim___device_release_driver
#pragma redefine_extname bus_notify vfiosim_bus_notify
#pragma redefine_extname driver_attach vfiosim_driver_attach
#pragma redefine_extname driver_detach vfiosim_driver_detach
#pragma redefine_extname driver_match_device vfiosim_driver_match_device
#pragma redefine_extname klist_add_tail vfiosim_klist_add_tail
#pragma redefine_extname klist_after vfiosim_klist_after
#pragma redefine_extname klist_init vfiosim_klist_init
#pragma redefine_extname klist_node_attached vfiosim_klist_node_attached
#pragma redefine_extname klist_pin_device vfiosim_klist_pin_device
#pragma redefine_extname klist_remove vfiosim_klist_remove
#pragma redefine_extname lock_device_and_parent vfiosim_lock_device_and_parent
#pragma redefine_extname next_device vfiosim_next_device
#pragma redefine_extname next_driver vfiosim_next_driver
#pragma redefine_extname unlock_device_and_parent vfiosim_unlock_device_and_parent
/* clang-format on */

void klist_init(struct klist *k);
bool klist_node_attached(const struct klist_node *n);
void klist_add_tail(struct klist_node *n, struct klist *k);

/* A walk pins what it looks at within one step, so there is never anybody
 * left to wait for. */
void klist_remove(struct klist_node *n);

/* First node added after number @order; the caller holds k_lock. */
struct klist_node *klist_after(struct klist *k, unsigned long order);

/*
 * Take a reference for the holder of a klist's lock.  Not an operation of its
 * own: the node on the klist holds a reference, so no put can reach zero here,
 * and a get that cannot fail commutes with every put that is not the last.
 */
void klist_pin_device(struct device *dev);

/* Tell the listeners of the device's bus. */
void bus_notify(struct device *dev, unsigned long action);

/* The bus's device (with a reference), driver behind number *@order, or NULL;
 * advance *@order.  Walks go on past what is added or removed meanwhile. */
struct device *next_device(struct bus_type *bus, unsigned long *order);
struct device_driver *next_driver(struct bus_type *bus, unsigned long *order);

/* device_bind.c */
bool driver_match_device(struct device_driver *drv, struct device *dev);

/* The parent's lock comes first. */
void lock_device_and_parent(struct device *dev);
void unlock_device_and_parent(struct device *dev);

/* Bind each driverless device that matches; unbind all that are bound. */
void driver_attach(struct device_driver *drv);
void driver_detach(struct device_driver *drv);

/* Unbind whatever is bound; the caller holds the device lock. */
void __device_release_driver(struct device *dev);

#endif
