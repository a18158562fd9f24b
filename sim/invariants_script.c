/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * invariants_script.c - what a script knows better than its machine: whose its
 * drivers are, and which references its handles stand for.
 */
#include "invariants_internal.h"

#include "script_internal.h"

/* A run that ended in the middle leaves its script, whose machine is gone. */
void invariants_script_begin(void)
{
	if (sim_script_running && sim_script_running->joined)
		sim_script_running = NULL;
}

/* Is it a driver of the script's, and if so, is it one of VFIO's? */
bool invariants_script_driver(const struct device_driver *drv, bool *ret_vfio)
{
	const struct script *script = sim_script_running;
	unsigned i;

	for (i = 0; script && i < script->nr_drivers; i++) {
		if (&script->drivers[i].drv != drv)
			continue;
		*ret_vfio = script->drivers[i].kind->vfio;
		return true;
	}
	return false;
}

int invariants_script_users(const struct vfio_group *group)
{
	const struct script *script = sim_script_running;
	int nr = 0;
	unsigned i;

	for (i = 1; script && i <= script->nr_ext; i++)
		nr += script->ext[i].group &&
		      (!group || script->ext[i].group == group);
	return nr;
}

int invariants_script_refs(const struct vfio_device *device)
{
	const struct script *script = sim_script_running;
	int nr = 0;
	unsigned i;

	for (i = 1; script && i <= script->nr_refs; i++)
		nr += script->refs[i].device == device;
	return nr;
}

int invariants_script_refs_in(const struct vfio_group *group)
{
	const struct script *script = sim_script_running;
	int nr = 0;
	unsigned i;

	for (i = 1; script && i <= script->nr_refs; i++) {
		const struct vfio_device *device = script->refs[i].device;

		nr += device &&
		      (!group || (slab_query(device, NULL) == SLAB_LIVE &&
				  inspect_device_group(device) == group));
	}
	return nr;
}

bool invariants_script_coherent(bool *ret_coherent)
{
	if (!sim_script_running)
		return false;
	*ret_coherent = sim_script_running->coherent > 0;
	return true;
}
