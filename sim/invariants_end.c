/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * invariants_end.c - what must be when nothing moves any more: tracking is over,
 * and nobody waits who need not.
 */
#include "invariants_internal.h"

#include <string.h>

/* Who has a group open, or a device of it, or uses it for a machine. */
struct users {
	const struct vfio_group *group; /* NULL: any */
	unsigned files, machines; /* files: or handles of a script */
};

static const struct vfio_group *group_behind(const struct file *file)
{
	const struct vfio_device *device = inspect_file_device(file);

	if (device && slab_query(device, NULL) == SLAB_LIVE)
		return inspect_device_group(device);
	return inspect_file_group(file);
}

static int count_users(const struct slab_block *block, void *arg)
{
	struct users *users = arg;
	struct inspect_kvm kvm;
	unsigned i;

	if (!strcmp(block->type, "file")) {
		const struct vfio_group *group = group_behind(block->start);

		users->files +=
			group && (!users->group || group == users->group);
	} else if (!strcmp(block->type, "kvm") &&
		   inspect_kvm(block->start, &kvm)) {
		users->machines += !users->group;
		for (i = 0; i < kvm.nr_groups; i++)
			users->machines += kvm.groups[i] == users->group;
	}
	return 0;
}

static struct users users_of(const struct vfio_group *group)
{
	struct users users = { group, 0, 0 };

	(void)slab_for_each_live(count_users, &users);
	users.files += (unsigned)(invariants_script_users(group) +
				  invariants_script_refs_in(group));
	return users;
}

static bool is_used(const struct vfio_group *group)
{
	struct users users = users_of(group);

	return users.files || users.machines;
}

/* ---------------------------------------------------------------- tracking */

static void test_tracking(void)
{
	const struct view *now = invariants.now;
	char name[VIEW_NAME_MAX];
	unsigned i;

	for (i = 0; i < now->nr_devices; i++)
		/* An unbind that goes on for ever still has its entry. */
		if (now->devices[i].tracked &&
		    !now->devices[i].unbound_by_tracker)
			invariant_broken(INV_T3, "device %s is still tracked",
					 view_device_name(now->devices[i].dev,
							  name));
}

/* ----------------------------------------------------------------- waiting */

static bool is_in(unsigned task, const char *func)
{
	const char *const *calls;
	unsigned nr = sim_engine_calls(task, &calls);

	while (nr-- > 0)
		if (!strcmp(calls[nr], func))
			return true;
	return false;
}

/* The device that a task unbinds: one whose lock it holds. */
static const struct view_device *unbound_by(unsigned task)
{
	const struct view *now = invariants.now;
	unsigned i;

	if (!is_in(task, "__device_release_driver"))
		return NULL;
	for (i = 0; i < now->nr_devices; i++)
		if (!now->devices[i].freed && now->devices[i].member_of &&
		    view_holds(task, now->devices[i].dev))
			return &now->devices[i];
	return NULL;
}

static void test_unbind(unsigned task)
{
	const struct view_device *d = unbound_by(task);
	const struct view_group *g;
	char name[VIEW_NAME_MAX];

	if (!d)
		return;
	g = view_group_of(invariants.now, d->member_of);
	if (!g || (!g->container && !is_used(g->group)))
		invariant_broken(INV_L2,
				 "%s unbinds device %s for ever, which nobody "
				 "uses",
				 sim_engine_task_name(task),
				 view_device_name(d->dev, name));
}

/* Which queue does it sleep on? */
static bool sleeps_on(unsigned task, const char *queue)
{
	const struct sched_op *op = sim_engine_pending(task);

	return op->kind == SCHED_SLEEP && op->name && !strcmp(op->name, queue);
}

static void test_sleeper(unsigned task)
{
	const struct view_device *d = unbound_by(task);
	const struct view_group *g;
	char name[VIEW_NAME_MAX];

	if (!d)
		return;
	g = view_group_of(invariants.now, d->member_of);
	if (sleeps_on(task, "release_q") && !d->listed)
		invariant_broken(INV_L3,
				 "%s sleeps until device %s is gone, which it "
				 "is",
				 sim_engine_task_name(task),
				 view_device_name(d->dev, name));
	if (sleeps_on(task, "container_q") && g && !g->container)
		invariant_broken(INV_L3,
				 "%s sleeps until %s has no container, which "
				 "it has not",
				 sim_engine_task_name(task),
				 view_object_name(g->group, name));
}

static void test_waiting(void)
{
	bool used = is_used(NULL);
	unsigned task;

	for (task = 1; task <= sim_engine_tasks(); task++) {
		if (!sim_engine_task_live(task))
			continue;
		if (!used)
			invariant_broken(INV_L1,
					 "%s waits for ever, and no file is "
					 "open, and no machine there",
					 sim_engine_task_name(task));
		test_unbind(task);
		test_sleeper(task);
	}
}

/* ------------------------------------------------------------- opened again */

static void test_reopening(void)
{
	const struct view *now = invariants.now;
	char name[VIEW_NAME_MAX];
	unsigned i;

	for (i = 0; i < now->nr_groups; i++) {
		const struct view_group *g = &now->groups[i];
		struct users users = users_of(g->group);

		if (invariants_was_given_back(g->group) && !users.files &&
		    g->listed && (g->container || g->opened))
			invariant_broken(INV_L4,
					 "%s was given back and closed, and "
					 "cannot be opened: %s",
					 view_object_name(g->group, name),
					 g->container ? "its container is set" :
							"it counts as open");
	}
}

void invariants_test_end(bool idle)
{
	test_tracking();
	if (idle)
		test_waiting();
	test_reopening();
}
