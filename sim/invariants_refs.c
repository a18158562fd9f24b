/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * invariants_refs.c - reference counts at the end of a run, against a census of
 * who holds the references: devices, open files, entries of machines, lists.
 */
#include "invariants_internal.h"

#include <vfiosim/vfio.h>

#include <string.h>

#define FOREIGN_MAX 32

/* References on IOMMU groups that the scenario's set-up keeps for itself. */
static struct {
	unsigned nr;
	const struct iommu_group *groups[FOREIGN_MAX];
	int refs[FOREIGN_MAX];
} foreign;

/* What there is of everything. */
struct census {
	unsigned nr_files, nr_kvms, nr_removals;
	const struct file *files[VIEW_DEVICES_MAX];
	const struct kvm *kvms[VIEW_GROUPS_MAX];
	const struct device *removals[SIM_TASKS_MAX]; /* sleep, for ever */
	bool unknown; /* a task stands in the middle of something else */
};

static struct census census;

/* ------------------------------------------------------------- the census */

static int count_block(const struct slab_block *block, void *arg)
{
	(void)arg;
	if (!strcmp(block->type, "file") &&
	    census.nr_files < VIEW_DEVICES_MAX &&
	    atomic_peek(&((const struct file *)block->start)->f_count) > 0)
		census.files[census.nr_files++] = block->start;
	else if (!strcmp(block->type, "kvm") &&
		 census.nr_kvms < VIEW_GROUPS_MAX)
		census.kvms[census.nr_kvms++] = block->start;
	return 0;
}

/* The device whose removal a task is in: the one that it holds. */
static const struct device *held_device(unsigned task)
{
	const struct view *now = invariants.now;
	unsigned i;

	for (i = 0; i < now->nr_devices; i++)
		if (!now->devices[i].freed &&
		    now->devices[i].class == CLASS_VFIO &&
		    view_holds(task, now->devices[i].dev))
			return now->devices[i].dev;
	return NULL;
}

static bool takes_references(const char *func)
{
	return !strncmp(func, "vfio_", 5) || !strncmp(func, "kvm_", 4) ||
	       !strncmp(func, "iommu_", 6) || !strncmp(func, "sys_", 4);
}

static bool removes(const char *func)
{
	return !strcmp(func, "vfio_del_group_dev") ||
	       !strcmp(func, "vfio_unregister_group_dev");
}

static void count_task(unsigned task)
{
	const char *const *calls;
	unsigned nr = sim_engine_calls(task, &calls), i;

	if (nr && removes(calls[nr - 1]) &&
	    sim_engine_pending(task)->kind == SCHED_SLEEP) {
		census.removals[census.nr_removals++] = held_device(task);
		return;
	}
	for (i = 0; i < nr; i++)
		census.unknown |= takes_references(calls[i]);
}

static void take_census(void)
{
	unsigned task;

	memset(&census, 0, sizeof(census));
	(void)slab_for_each_live(count_block, NULL);
	for (task = 1; task <= sim_engine_tasks(); task++)
		if (sim_engine_task_live(task))
			count_task(task);
}

static bool is_removed(const struct device *dev)
{
	unsigned i;

	for (i = 0; i < census.nr_removals; i++)
		if (census.removals[i] == dev)
			return true;
	return false;
}

static int group_files(const struct vfio_group *group)
{
	int nr = 0;
	unsigned i;

	for (i = 0; i < census.nr_files; i++)
		nr += inspect_file_group(census.files[i]) == group;
	return nr;
}

static int container_files(const struct vfio_container *container)
{
	int nr = 0;
	unsigned i;

	for (i = 0; i < census.nr_files; i++)
		nr += inspect_file_container(census.files[i]) == container;
	return nr;
}

static int device_files(const struct vfio_device *device)
{
	int nr = 0;
	unsigned i;

	for (i = 0; i < census.nr_files; i++)
		nr += inspect_file_device(census.files[i]) == device;
	return nr;
}

static int device_files_of(const struct vfio_group *group)
{
	const struct vfio_device *device;
	int nr = 0;
	unsigned i;

	for (i = 0; i < census.nr_files; i++) {
		device = inspect_file_device(census.files[i]);
		nr += device && slab_query(device, NULL) == SLAB_LIVE &&
		      inspect_device_group(device) == group;
	}
	return nr;
}

/* Entries of machines for the group. */
static int entries_of(const struct vfio_group *group)
{
	struct inspect_kvm kvm;
	int nr = 0;
	unsigned i, j;

	for (i = 0; i < census.nr_kvms; i++)
		if (inspect_kvm(census.kvms[i], &kvm))
			for (j = 0; j < kvm.nr_groups; j++)
				nr += kvm.groups[j] == group;
	return nr;
}

/* Machines that use the group, not those that pin its file instead; and
 * whatever else in the kernel a script stands for. */
static int external_users(const struct vfio_group *group)
{
	int nr = invariants_script_users(group);

	if (era_flag(ERA_KVM_PINS) == ERA_KVM_PINS_FILE)
		return nr;
	return nr + entries_of(group);
}

static bool completes(void)
{
	return era_flag(ERA_DEVICE_FREE) == ERA_DEVICE_FREE_UNREGISTER;
}

/* ------------------------------------------------------------------ groups */

static void test_devices(const struct inspect_vfio_group *g)
{
	char name[VIEW_NAME_MAX];
	unsigned i;

	for (i = 0; i < g->nr_devices; i++) {
		int driver = !is_removed(g->devices[i].dev);
		int files = device_files(g->devices[i].device);
		int others = invariants_script_refs(g->devices[i].device);
		int holders = driver + files + others;

		if (g->devices[i].kref != holders)
			invariant_broken(
				INV_R1,
				"vfio_device of %s: kref %d, holders %d: "
				"driver %d, open files %d, others %d",
				view_device_name(g->devices[i].dev, name),
				g->devices[i].kref, holders, driver, files,
				others);
	}
}

/* Each reference on a device came with one on its group, up to 5.12. */
static int references_of_devices(const struct inspect_vfio_group *g)
{
	int nr = 0;
	unsigned i;

	for (i = 0; i < g->nr_devices; i++)
		nr += completes() ? 1 : g->devices[i].kref;
	return nr;
}

static bool lists(const struct inspect_vfio_group *g, const struct device *dev)
{
	unsigned i;

	for (i = 0; i < g->nr_devices; i++)
		if (g->devices[i].dev == dev)
			return true;
	return false;
}

/* Removals that hold the group, besides what the device itself holds. */
static int removals_of(const struct inspect_vfio_group *g)
{
	int nr = 0;
	unsigned i;

	for (i = 0; i < census.nr_removals; i++) {
		const struct view_device *d =
			view_find_device(invariants.now, census.removals[i]);

		if (d && d->member_of == g->iommu_group)
			nr += !completes() || !lists(g, d->dev);
	}
	return nr;
}

static void test_group(const struct inspect_vfio_group *g)
{
	int devices = references_of_devices(g);
	int files = era_flag(ERA_LAST_DEV_DETACHES) == ERA_ON ?
			    0 :
			    group_files(g->group);
	int users = external_users(g->group), removals = removals_of(g);
	int holders = devices + files + users + removals;
	char name[VIEW_NAME_MAX];

	if (g->kref != holders)
		invariant_broken(INV_R2,
				 "%s: kref %d, holders %d: devices %d, open "
				 "files %d, external users %d, removals %d",
				 view_object_name(g->group, name), g->kref,
				 holders, devices, files, users, removals);
}

static void test_users(const struct inspect_vfio_group *g)
{
	int open = group_files(g->group);
	int set = g->container && open ? 1 : 0;
	int files = device_files_of(g->group), users = external_users(g->group);
	char name[VIEW_NAME_MAX];

	view_object_name(g->group, name);
	if (g->users != set + files + users)
		invariant_broken(INV_R3,
				 "%s: container_users %d, users %d: group "
				 "file %d, device files %d, external users %d",
				 name, g->users, set + files + users, set,
				 files, users);
	if ((g->users > 0) != (g->container != NULL))
		invariant_broken(INV_R4, "%s: container_users %d, and %s", name,
				 g->users,
				 g->container ? "a container" : "no container");
	if (g->opened != open || open > 1)
		invariant_broken(INV_R8, "%s: opened %d, open files %d", name,
				 g->opened, open);
}

static int test_group_block(const struct slab_block *block, void *arg)
{
	struct inspect_vfio_group g;

	(void)arg;
	if (strcmp(block->type, "vfio_group") != 0 ||
	    !inspect_vfio_group_of(block->start, &g))
		return 0;
	test_devices(&g);
	test_group(&g);
	test_users(&g);
	return 0;
}

/* -------------------------------------------------------------- containers */

static int test_container_block(const struct slab_block *block, void *arg)
{
	struct inspect_container c;
	char name[VIEW_NAME_MAX];
	int files;

	(void)arg;
	if (strcmp(block->type, "vfio_container") != 0 ||
	    !inspect_container(block->start, &c))
		return 0;
	files = container_files(block->start);
	view_object_name(block->start, name);
	if (c.kref != files + (int)c.nr_groups)
		invariant_broken(INV_R5,
				 "%s: kref %d, holders %d: open files %d, "
				 "groups %u",
				 name, c.kref, files + (int)c.nr_groups, files,
				 c.nr_groups);
	if (c.iommu_set && !c.nr_groups)
		invariant_broken(INV_R6, "%s has a backend and no group", name);
	return 0;
}

/* ------------------------------------------------------------ IOMMU groups */

struct pins {
	const struct iommu_group *group;
	int nr;
};

static int count_pins(const struct slab_block *block, void *arg)
{
	struct inspect_vfio_group g;
	struct pins *pins = arg;

	if (strcmp(block->type, "vfio_group") != 0 ||
	    !inspect_vfio_group_of(block->start, &g) ||
	    g.iommu_group != pins->group)
		return 0;
	if (era_flag(ERA_IOMMU_GROUP_PIN) == ERA_PIN_PER_GROUP) {
		pins->nr++;
	} else {
		unsigned i;

		pins->nr += (int)g.nr_devices;
		for (i = 0; i < census.nr_removals; i++)
			pins->nr += !lists(&g, census.removals[i]);
	}
	return 0;
}

static int foreign_refs(const struct iommu_group *group)
{
	unsigned i;

	for (i = 0; i < foreign.nr; i++)
		if (foreign.groups[i] == group)
			return foreign.refs[i];
	return 0;
}

/* How many references do those hold that the model knows? */
static int known_refs(const struct iommu_group *group, unsigned nr_members,
		      int *ret_drivers, int *ret_pins)
{
	struct pins pins = { group, 0 };

	(void)slab_for_each_live(count_pins, &pins);
	*ret_drivers = invariants_owned_by_drivers(group);
	*ret_pins = pins.nr;
	return (int)nr_members + *ret_drivers + *ret_pins;
}

static int test_iommu_group_block(const struct slab_block *block, void *arg)
{
	struct inspect_iommu_group g;
	char name[VIEW_NAME_MAX];
	int drivers, pins, holders, others = foreign_refs(block->start);

	(void)arg;
	if (strcmp(block->type, "iommu_group") != 0 ||
	    !inspect_iommu_group(block->start, &g))
		return 0;
	holders = others +
		  known_refs(block->start, g.nr_members, &drivers, &pins);
	if (g.ref != holders)
		invariant_broken(INV_R7,
				 "%s: references %d, holders %d: members %u, "
				 "drivers %d, VFIO %d, set-up %d",
				 view_object_name(block->start, name), g.ref,
				 holders, g.nr_members, drivers, pins, others);
	return 0;
}

static int count_foreign_block(const struct slab_block *block, void *arg)
{
	struct inspect_iommu_group g;
	int drivers, pins;

	(void)arg;
	if (strcmp(block->type, "iommu_group") != 0 ||
	    !inspect_iommu_group(block->start, &g) || foreign.nr == FOREIGN_MAX)
		return 0;
	foreign.groups[foreign.nr] = block->start;
	foreign.refs[foreign.nr++] =
		g.ref - known_refs(block->start, g.nr_members, &drivers, &pins);
	return 0;
}

void invariants_count_foreign(void)
{
	foreign.nr = 0;
	memset(&census, 0, sizeof(census));
	invariants_owners_look();
	(void)slab_for_each_live(count_foreign_block, NULL);
}

/* ------------------------------------------------------------------- files */

static int descriptors(const struct file *file)
{
	int fd, nr = 0;

	for (fd = FD_FIRST; fd < fd_next(); fd++)
		nr += fd_peek(fd) == file;
	return nr;
}

/* Where machines pin the group's file, so do its device files. */
static void test_group_file(const struct file *file)
{
	const struct vfio_group *group = inspect_file_group(file);
	char name[VIEW_NAME_MAX];
	int fds, entries, files, refs = atomic_peek(&file->f_count);

	if (era_flag(ERA_KVM_PINS) != ERA_KVM_PINS_FILE)
		return;
	fds = descriptors(file);
	entries = entries_of(group);
	files = device_files_of(group);
	if (refs != fds + entries + files)
		invariant_broken(INV_R9,
				 "the file of %s: references %d, holders %d: "
				 "descriptors %d, entries %d, device files %d",
				 view_object_name(group, name), refs,
				 fds + entries + files, fds, entries, files);
}

/* A task that waits for ever in the middle of a call holds what only it knows
 * of; that it waits is a finding of its own. */
void invariants_test_references(bool idle)
{
	unsigned i;

	take_census();
	if (idle && census.unknown)
		return;
	invariants_owners_look();
	(void)slab_for_each_live(test_group_block, NULL);
	(void)slab_for_each_live(test_container_block, NULL);
	(void)slab_for_each_live(test_iommu_group_block, NULL);
	for (i = 0; i < census.nr_kvms; i++)
		invariants_test_machine(census.kvms[i]);
	for (i = 0; i < census.nr_files; i++)
		if (inspect_file_group(census.files[i]))
			test_group_file(census.files[i]);
}
