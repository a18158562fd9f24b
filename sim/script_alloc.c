/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * script_alloc.c - allocations of the modelled code: what is told of them, and
 * which of them fail.  Sites are named as in the conformance corpora; what the
 * harness allocates for itself is none.
 */
#include "script_internal.h"

#include <string.h>

static const struct {
	const char *name, *type;
	bool fails; /* false: set-up of the machine */
} sites[] = {
	{ "iommu_bus_nb", "iommu_bus_nb", false },
	{ "iommu_driver", "vfio_iommu_driver", false },
	{ "iommu_group", "iommu_group", true },
	{ "iommu_dev", "iommu_device", true },
	{ "iommu_dev_name", "iommu_device_name", true },
	{ "group", "vfio_group", true },
	{ "device", "vfio_device", true },
	{ "unbound", "vfio_unbound_dev", true },
	{ "container", "vfio_container", true },
	{ "kvm_group", "kvm_vfio_group", true },
	{ "kvm_vfio", "kvm_vfio", true },
	{ "strndup_user", "strndup_user", true },
	/* In later kernels. */
	{ "device_set", "vfio_device_set", true },
	{ "put_work", "vfio_group_put_work", true },
	{ "dev_iommu", "dev_iommu", true },
};

#define SITES_NR ((int)(sizeof(sites) / sizeof(sites[0])))

const char *sim_script_site_name(unsigned nth)
{
	return nth < (unsigned)SITES_NR ? sites[nth].name : NULL;
}

/* The recordings of kernels that probe for the IOMMU do not count the block of
 * the bus's listener. */
static bool counted(unsigned nth)
{
	return strcmp(sites[nth].name, "iommu_bus_nb") != 0 ||
	       era_flag(ERA_IOMMU_PROBE) == ERA_OFF;
}

unsigned sim_script_site_live(unsigned nth)
{
	return counted(nth) ? slab_live(sites[nth].type) : 0;
}

int sim_script_site_of(const char *type)
{
	int site;

	for (site = 0; site < SITES_NR; site++)
		if (strcmp(sites[site].type, type) == 0)
			return site;
	return -ENOENT;
}

int sim_script_site_find(const char *name)
{
	int site;

	for (site = 0; site < SITES_NR; site++)
		if (sites[site].fails && strcmp(sites[site].name, name) == 0)
			return site;
	return -ENOENT;
}

/* ---------------------------------------------------------------- failures */

/* Have allocations announced where, and only where, one may fail. */
static int announce_allocations(const struct script *script)
{
	bool awaited = script->alloc_left != 0;
	int site, ret;

	for (site = 0; site < SITES_NR; site++) {
		if (!sites[site].fails)
			continue;
		ret = slab_fault_choice(
			sites[site].type,
			awaited && (script->alloc_site == site ||
				    script->alloc_site == SCRIPT_ANY_SITE));
		if (ret)
			return ret;
	}
	return 0;
}

int sim_script_alloc_fail(struct script *script, int site, unsigned nth)
{
	/* Whoever explores decides about orders of the slab alone. */
	if (script->joined)
		return slab_fail_nth(site < 0 ? NULL : sites[site].type, nth);
	script->alloc_left = nth;
	script->alloc_site = site;
	return announce_allocations(script);
}

int sim_script_alloc_choice(int site)
{
	return slab_fault_choice(sites[site].type, true);
}

bool sim_script_alloc_fails(struct script *script)
{
	if (--script->alloc_left)
		return false;
	(void)announce_allocations(script);
	return true;
}

void sim_script_alloc(const char *type, bool failed, void *arg)
{
	struct script *script = arg;
	struct script_result *result = script->result;
	int site = sim_script_site_of(type);

	if (!result || site < 0)
		return;
	if (result->nr_allocs == SCRIPT_ALLOCS_MAX) {
		script->truncated = true;
		return;
	}
	result->allocs[result->nr_allocs].site = sites[site].name;
	result->allocs[result->nr_allocs++].failed = failed;
}
