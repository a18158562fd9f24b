/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scenario_file_topology.c - the machine that a file describes, as operations
 * that build it: first all drivers, then all devices, then who is bound to
 * whom.
 */
#include "scenario_file_internal.h"

#include "words.h"

#include <string.h>

/* Drivers that need no declaration are called like their kind; of the others
 * the name is what counts. */
static const struct {
	const char *name, *kind;
} drivers[] = {
	{ "vfio", "vfio" },
	{ "vfio-pci", "vfio-pci" },
	{ "vfio-failprobe", "vfio-failprobe" },
	{ "vfio-double", "vfio-double" },
	{ "host", "host" },
	{ "host-failprobe", "host-failprobe" },
	{ "pci-stub", "whitelisted" },
	{ "pcieport", "whitelisted" },
};

#define DRIVERS_NR (sizeof(drivers) / sizeof(drivers[0]))

static struct file_op *add(struct scenario_file *file, const char *name,
			   const struct file_node *at)
{
	struct file_op *op = sim_file_add_op(file, &file->boot, at);

	if (!op)
		return NULL;
	sim_file_init_op(op, name, at);
	op->ret.kind = FILE_OK;
	op->alone = true;
	return op;
}

static bool set(struct scenario_file *file, struct file_op *op, const char *arg,
		const char *text, const struct file_node *at)
{
	char error[SIM_TEXT_MAX];

	return !sim_script_op_set_text(&op->op, arg, text, error) ||
	       sim_file_fail(file, at, "%s", error);
}

/* ------------------------------------------------------------------ drivers */

static bool register_driver(struct scenario_file *file,
			    const struct file_node *name, const char *kind)
{
	struct file_op *op;

	if (sim_file_make(file, FILE_DRIVER, name, FILE_SETUP) < 0)
		return false;
	op = add(file, "driver_register", name);
	return op && set(file, op, "name", name->text, name) &&
	       set(file, op, "kind", kind, name) &&
	       sim_file_describe_op(file, op);
}

/* "drivers: {e1000e: host}" */
static bool parse_drivers(struct scenario_file *file,
			  const struct file_node *map)
{
	static const char *const kinds[] = { "vfio",	       "vfio-pci",
					     "vfio-failprobe", "vfio-double",
					     "host",	       "host-failprobe",
					     "whitelisted",    NULL };
	const struct file_node *key;

	if (!sim_file_is_map(file, map, "a map of drivers, NAME: KIND"))
		return false;
	for (key = map->items; key; key = key->next) {
		if (!sim_file_is_scalar(file, key->value, "a kind of driver"))
			return false;
		if (sim_words_find(key->value->text, kinds) < 0)
			return sim_file_expected_word(
				file, key->value, "a kind of driver", kinds);
		if (!register_driver(file, key, key->value->text))
			return false;
	}
	return true;
}

static bool complain_driver(struct scenario_file *file,
			    const struct file_node *name)
{
	const char *words[FILE_OBJECTS_MAX + DRIVERS_NR + 2];
	unsigned i, nr = 0;

	for (i = 0; i < file->nr_objects; i++)
		if (file->objects[i].kind == FILE_DRIVER)
			words[nr++] = file->objects[i].name;
	for (i = 0; i < DRIVERS_NR; i++)
		words[nr++] = drivers[i].name;
	words[nr++] = "none";
	words[nr] = NULL;
	return sim_file_expected_word(file, name, "a driver", words);
}

/* A driver that a device is bound to: declared, or known by its name. */
static bool use_driver(struct scenario_file *file, const struct file_node *name)
{
	unsigned i;

	if (!sim_file_is_scalar(file, name, "a driver"))
		return false;
	if (sim_file_find(file, FILE_DRIVER, name->text) >= 0)
		return true;
	for (i = 0; i < DRIVERS_NR; i++)
		if (!strcmp(drivers[i].name, name->text))
			return register_driver(file, name, drivers[i].kind);
	return complain_driver(file, name);
}

/* ------------------------------------------------------------------ devices */

/* The three passes over all devices. */
enum pass { PASS_DRIVERS, PASS_DEVICES, PASS_BIND };

/* "d0: vfio-pci" or "d0: {driver: vfio-pci, bridge: true}" */
struct device {
	const struct file_node *key, *driver; /* driver NULL: none */
	const struct file_node *group; /* NULL: none */
	bool bridge;
};

static bool parse_device(struct scenario_file *file,
			 const struct file_node *key,
			 const struct file_node *group,
			 struct device *ret_device)
{
	static const char *const keys[] = { "driver", "bridge", NULL };
	struct device device = { .key = key,
				 .driver = key->value,
				 .group = group };
	const struct file_node *bridge;

	if (key->value->kind != FILE_SCALAR) {
		if (!sim_file_keys(file, key->value, "a key of a device", keys))
			return false;
		device.driver = sim_file_get(key->value, "driver");
		bridge = sim_file_get(key->value, "bridge");
		if (bridge && !sim_file_bool(file, bridge, "true or false",
					     &device.bridge))
			return false;
	}
	if (device.driver && device.driver->kind == FILE_SCALAR &&
	    !strcmp(device.driver->text, "none"))
		device.driver = NULL;
	*ret_device = device;
	return true;
}

static bool add_device(struct scenario_file *file, const struct device *device)
{
	int object = sim_file_make(file, FILE_DEVICE, device->key, FILE_SETUP);
	char error[SIM_TEXT_MAX];
	struct file_op *op;

	if (object < 0)
		return false;
	op = add(file, "device_add", device->key);
	if (!op || !set(file, op, "dev", device->key->text, device->key))
		return false;
	if (device->bridge)
		(void)sim_script_op_set_number(&op->op, "bridge", 1, error);
	if (device->driver)
		file->objects[object].driver[FILE_SETUP] = device->driver->text;
	if (!device->group)
		return sim_file_describe_op(file, op);
	file->objects[object].group =
		1 +
		(unsigned)sim_file_find(file, FILE_GROUP, device->group->text);
	return set(file, op, "group", device->group->text, device->group) &&
	       sim_file_describe_op(file, op);
}

static bool bind_device(struct scenario_file *file, const struct device *device)
{
	struct file_op *op;

	if (!device->driver)
		return true;
	op = add(file, "bind", device->driver);
	return op && set(file, op, "dev", device->key->text, device->key) &&
	       set(file, op, "drv", device->driver->text, device->driver) &&
	       sim_file_describe_op(file, op);
}

static bool pass_devices(struct scenario_file *file,
			 const struct file_node *map,
			 const struct file_node *group, enum pass pass)
{
	const struct file_node *key;
	struct device device;
	bool passed;

	if (!sim_file_is_map(file, map, "a map of devices, NAME: DRIVER"))
		return false;
	for (key = map->items; key; key = key->next) {
		if (!parse_device(file, key, group, &device))
			return false;
		if (pass == PASS_DRIVERS)
			passed = !device.driver ||
				 use_driver(file, device.driver);
		else if (pass == PASS_DEVICES)
			passed = add_device(file, &device);
		else
			passed = bind_device(file, &device);
		if (!passed)
			return false;
	}
	return true;
}

/* ------------------------------------------------------------------- groups */

/* "g: {devices: {d0: vfio-pci}}" */
static bool pass_group(struct scenario_file *file, const struct file_node *key,
		       enum pass pass)
{
	static const char *const keys[] = { "devices", NULL };
	const struct file_node *devices;

	if (!sim_file_keys(file, key->value, "a key of a group", keys))
		return false;
	devices = sim_file_get(key->value, "devices");
	if (!devices || !devices->items)
		return sim_file_fail(file, key,
				     "expected '%.40s: {devices: {NAME: "
				     "DRIVER}}': a group has devices",
				     key->text);
	if (pass == PASS_DRIVERS &&
	    sim_file_make(file, FILE_GROUP, key, FILE_SETUP) < 0)
		return false;
	return pass_devices(file, devices, key, pass);
}

static bool pass_all(struct scenario_file *file, const struct file_node *root,
		     enum pass pass)
{
	const struct file_node *groups = sim_file_get(root, "groups");
	const struct file_node *devices = sim_file_get(root, "devices");
	const struct file_node *key;

	if (groups && !sim_file_is_map(file, groups, "a map of groups"))
		return false;
	for (key = groups ? groups->items : NULL; key; key = key->next)
		if (!pass_group(file, key, pass))
			return false;
	return !devices || pass_devices(file, devices, NULL, pass);
}

bool sim_file_parse_topology(struct scenario_file *file,
			     const struct file_node *root)
{
	const struct file_node *declared = sim_file_get(root, "drivers");

	if (declared && !parse_drivers(file, declared))
		return false;
	return pass_all(file, root, PASS_DRIVERS) &&
	       pass_all(file, root, PASS_DEVICES) &&
	       pass_all(file, root, PASS_BIND);
}
