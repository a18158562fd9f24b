/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * invariants_state.c - what must hold in every state between two steps, and of
 * every single step: locks, lists, drivers, tracking, isolation.
 */
#include "invariants_internal.h"

#include <string.h>

/* ------------------------------------------------------------------- locks */

static bool acquires(const struct sched_op *op)
{
	return op->kind == SCHED_LOCK || op->kind == SCHED_LOCK_SHARED ||
	       op->kind == SCHED_QUEUE;
}

/* Reading twice is legal: only a writer in between makes it wait for ever. */
static bool locks_itself_out(const struct sched_op *op,
			     const struct sim_held *held)
{
	return held->obj == op->obj && (op->kind != SCHED_LOCK_SHARED ||
					held->kind != SCHED_LOCK_SHARED);
}

static void test_recursion(unsigned task)
{
	const struct sched_op *op = sim_engine_pending(task);
	const struct sim_held *held;
	unsigned nr = sim_engine_held(task, &held);
	char name[SIM_TEXT_MAX];

	while (acquires(op) && nr-- > 0)
		if (locks_itself_out(op, &held[nr]))
			invariant_broken(
				INV_I2, "%s waits for %s in %s and holds it",
				sim_engine_task_name(task),
				sim_engine_object(op->obj,
						  op->name ? op->name :
							     op->site.what,
						  name, sizeof(name)),
				op->site.func);
}

static void test_locks(void)
{
	unsigned task;

	for (task = 1; task <= sim_engine_tasks(); task++)
		if (sim_engine_task_live(task))
			test_recursion(task);
}

/* ------------------------------------------------------------------- lists */

static void test_lists(const struct view *now)
{
	char name[VIEW_NAME_MAX];
	unsigned i;

	for (i = 0; i < now->nr_lists; i++) {
		const struct view_list *list = &now->lists[i];
		bool chain = !strcmp(list->name, "iommu_group.notifier");

		if (!list->damaged)
			continue;
		if (!chain)
			invariant_broken(INV_I4,
					 "%s of %s holds a node that is freed, "
					 "or there twice, or on another list",
					 list->name,
					 view_object_name(list->owner, name));
		else
			invariant_broken(INV_I7,
					 "the chain of %s holds the block of "
					 "a group that is freed",
					 view_object_name(list->owner, name));
	}
}

/* ----------------------------------------------------------------- drivers */

static void test_driver(const struct view_device *a,
			const struct view_device *d)
{
	unsigned self = sim_engine_self();
	char name[VIEW_NAME_MAX];

	if (d->attached && !d->driver && !d->locked)
		invariant_broken(INV_I5,
				 "device %s is on a driver's list and has no "
				 "driver, and nobody holds its lock",
				 view_device_name(d->dev, name));
	if (!a || a->freed || view_holds(self, d->dev))
		return;
	if (a->driver != d->driver)
		invariant_broken(INV_I5,
				 "%s changes the driver of device %s without "
				 "its lock",
				 sim_engine_task_name(self),
				 view_device_name(d->dev, name));
	if (a->drvdata != d->drvdata)
		invariant_broken(INV_I6,
				 "%s changes the drvdata of device %s without "
				 "its lock",
				 sim_engine_task_name(self),
				 view_device_name(d->dev, name));
}

/* ------------------------------------------------------------------ groups */

static bool holds_group_lock(unsigned task)
{
	const struct sim_held *held;
	unsigned nr = sim_engine_held(task, &held);
	struct slab_block block;

	while (nr-- > 0)
		if (held[nr].name && !strcmp(held[nr].name, "group_lock") &&
		    slab_query(held[nr].obj, &block) == SLAB_LIVE &&
		    !strcmp(block.type, "vfio"))
			return true;
	return false;
}

/* Whoever brought the count to zero must still hold the lock under which the
 * group leaves the list. */
static void test_group(const struct view_group *g)
{
	char name[VIEW_NAME_MAX];

	if (g->listed && g->kref == 0 && !holds_group_lock(g->last_user))
		invariant_broken(INV_I8,
				 "%s is listed without a reference, and %s, "
				 "who dropped the last one, does not hold "
				 "vfio.group_lock",
				 view_object_name(g->group, name),
				 sim_engine_task_name(g->last_user));
}

/* --------------------------------------------------------------- isolation */

static bool dma_has_owner(void)
{
	return era_flag(ERA_ISOLATION) == ERA_ISOLATION_DMA_OWNER;
}

/* Where DMA has an owner, a driver is told off before it does anything. */
static bool has_host_driver(const struct view_device *d)
{
	return d->class == CLASS_HOST && (d->attached || !dma_has_owner());
}

static void test_isolation(const struct view *now, const struct view_device *d)
{
	const struct view_group *g;
	char name[VIEW_NAME_MAX], group[VIEW_NAME_MAX];

	if (!has_host_driver(d) || !d->member_of)
		return;
	g = view_group_of(now, d->member_of);
	if (g && g->container && g->backend)
		invariant_broken(INV_S1,
				 "device %s has a host driver, and %s is "
				 "attached to a container with a backend",
				 view_device_name(d->dev, name),
				 view_object_name(g->group, group));
}

/* Members whose drivers do DMA: for certain, and perhaps already or still. */
static void count_drivers(const struct view *now,
			  const struct iommu_group *group, unsigned *ret_bound,
			  unsigned *ret_moving)
{
	unsigned i;

	*ret_bound = *ret_moving = 0;
	for (i = 0; i < now->nr_devices; i++) {
		const struct view_device *d = &now->devices[i];

		if (d->member_of != group || !d->does_dma)
			continue;
		*(d->locked ? ret_moving : ret_bound) += 1;
	}
}

static void test_owner(const struct view *now, const struct view_iommu_group *g)
{
	const struct view_group *used = view_group_of(now, g->group);
	char name[VIEW_NAME_MAX];
	unsigned bound, moving;

	count_drivers(now, g->group, &bound, &moving);
	view_object_name(g->group, name);
	if (g->owner && (g->owner_cnt != 1 || bound))
		invariant_broken(INV_S4,
				 "%s has an owner, owner_cnt %u, and %u "
				 "members with drivers that do DMA",
				 name, g->owner_cnt, bound);
	if (!g->owner &&
	    (g->owner_cnt < bound || g->owner_cnt > bound + moving))
		invariant_broken(INV_S4,
				 "%s has no owner, owner_cnt %u, and %u "
				 "members with drivers that do DMA",
				 name, g->owner_cnt, bound);
	if (g->owner && !g->nr_members)
		invariant_broken(INV_S4, "%s has an owner, and no member",
				 name);
	if (used && !used->locked && !used->container != !g->owner)
		invariant_broken(INV_S4, "%s has %s owner, and %s container",
				 name, g->owner ? "an" : "no",
				 used->container ? "a" : "no");
}

/* ---------------------------------------------------------------- tracking */

static void test_entry(const struct view_device *d)
{
	char name[VIEW_NAME_MAX];

	view_device_name(d->dev, name);
	if (!d->unbound_by_tracker)
		invariant_broken(INV_T1,
				 "device %s is tracked by %s, which does not "
				 "unbind it",
				 name,
				 d->tracker ? sim_engine_task_name(d->tracker) :
					      "set-up");
	if (d->tracked > 1)
		invariant_broken(INV_T2, "device %s is tracked %u times", name,
				 d->tracked);
	if (d->freed || d->member_of != d->tracked_in)
		invariant_broken(INV_T4,
				 "device %s is tracked in a group of which it "
				 "is no member",
				 name);
}

/* Of a group that is there: else nobody can be refused. */
static void test_window(const struct view *now, const struct view_device *d)
{
	char name[VIEW_NAME_MAX];

	if (d->class == CLASS_VFIO && d->attached && !view_device_viable(d) &&
	    view_group_of(now, d->member_of))
		invariant_broken(INV_T5,
				 "device %s is neither listed nor tracked, and "
				 "its driver is a VFIO driver",
				 view_device_name(d->dev, name));
}

void invariants_test_step(void)
{
	const struct view *before = invariants.before, *now = invariants.now;
	unsigned i;

	if (invariant_on(INV_I2))
		test_locks();
	test_lists(now);
	for (i = 0; i < now->nr_devices; i++) {
		const struct view_device *d = &now->devices[i];

		test_window(now, d);
		if (d->tracked)
			test_entry(d);
		test_isolation(now, d);
		if (!d->freed)
			test_driver(view_find_device(before, d->dev), d);
	}
	for (i = 0; i < now->nr_groups; i++)
		test_group(&now->groups[i]);
	for (i = 0; i < now->nr_iommu_groups && invariant_on(INV_S4); i++)
		test_owner(now, &now->iommu_groups[i]);
}
