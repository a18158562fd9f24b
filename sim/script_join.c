/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * script_join.c - operations done by the tasks of a run that somebody else
 * decides about: their machine, one operation, and giving all of it back.
 */
#include "script_internal.h"

#include "memory.h"

#include <string.h>

/* There is one machine, so there is one script. */
static struct script storage;

/* Blank where anything was written: tasks and results are the run's. */
static struct script *make_script(void)
{
	static bool excluded;
	struct script *script = &storage;
	const size_t first = offsetof(struct script, bus);

	if (!excluded)
		sim_memory_exclude(script, sizeof(*script));
	excluded = true;
	memset(&script->bus, 0, offsetof(struct script, last) - first);
	script->joined = true;
	return script;
}

int sim_script_join(struct script **ret_script)
{
	struct script *script;
	int ret;

	if (sim_script_running && !sim_script_running->joined)
		return -EBUSY;
	script = make_script();
	sim_script_running = script;
	ret = sim_script_bus_init(script);
	if (!ret)
		ret = sim_script_iommu_init(script);
	if (!ret)
		*ret_script = script;
	return ret;
}

void sim_script_perform(struct script *script, const struct script_op *op,
			struct script_outcome *ret_outcome)
{
	struct script_task task = { .op = *op };

	memset(ret_outcome, 0, sizeof(*ret_outcome));
	ret_outcome->op = op;
	ret_outcome->ret = op->type->run(script, &task);
	ret_outcome->nr_values = task.nr_values;
	memcpy(ret_outcome->values, task.values, sizeof(task.values));
}

int sim_script_fault(const char *site)
{
	int found = sim_script_site_find(site);

	return found < 0 ? found : sim_script_alloc_choice(found);
}

/* ---------------------------------------------------------------- the rest */

static void end_machines(struct script *script)
{
	unsigned i;

	for (i = 0; i < script->nr_kvms; i++)
		if (!script->kvms[i].destroyed)
			kvm_put_kvm(script->kvms[i].kvm);
}

static void put_references(struct script *script)
{
	unsigned i;

	for (i = script->nr_ext; i; i--)
		if (script->ext[i].group)
			vfio_group_put_external_user(script->ext[i].group);
	for (i = script->nr_refs; i; i--)
		if (script->refs[i].device)
			vfio_device_put(script->refs[i].device);
}

/* The newest first: devices before their groups. */
static void close_files(void)
{
	int fd = fd_next();

	while (fd-- > FD_FIRST)
		if (fd_peek(fd))
			(void)sys_close(fd);
}

/* Unbound first: deleting a bound device is a race of its own. */
static void delete_devices(struct script *script)
{
	unsigned i;

	for (i = 0; i < script->nr_devices; i++)
		if (script->devices[i].registered)
			device_release_driver(script->devices[i].dev);
	for (i = 0; i < script->nr_devices; i++)
		if (script->devices[i].registered)
			device_unregister(script->devices[i].dev);
}

static void unregister_drivers(struct script *script)
{
	unsigned i;

	for (i = 0; i < script->nr_drivers; i++)
		if (!script->drivers[i].gone)
			driver_unregister(&script->drivers[i].drv);
}

void sim_script_leave(struct script *script)
{
	end_machines(script);
	put_references(script);
	close_files();
	delete_devices(script);
	unregister_drivers(script);
	sim_script_iommu_exit();
	sim_script_bus_exit(script);
	sim_script_running = NULL;
}
