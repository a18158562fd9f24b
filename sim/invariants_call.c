/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * invariants_call.c - what must hold of calls: that a check answers what was
 * true at some time while it ran, and that nobody is refused or let in without
 * a reason.
 */
#include "invariants_internal.h"

#include "memory.h"

#include <string.h>

/* One vfio_group_viable() that runs. */
struct check {
	const struct iommu_group *group; /* NULL: none runs */
	bool begun, ended; /* in the step that was just made */
	bool viable; /* its answer */
	bool was_unviable; /* the group, at some time since it began */
	bool was_foreign; /* and a member's driver was a host driver */
	unsigned nr_seen;
	const struct device *seen[VIEW_DEVICES_MAX]; /* viable at some time */
};

/* One KVM_DEV_VFIO_GROUP_DEL that runs. */
struct deletion {
	const struct kvm *kvm;
	const struct vfio_group *group;
	const void *entry;
	bool begun, ended;
	intptr_t answer;
};

/* One driver_bound() that runs, and the groups in use since it began. */
struct binding {
	bool running, begun, ended;
	struct group_set used;
};

/* Unbinds that a task is in; NULL: not of a device that it has locked. */
#define UNBINDS_MAX 8

struct unbinds {
	unsigned nr;
	const struct device *devs[UNBINDS_MAX];
};

struct calls {
	struct unbinds unbinds;
	struct check check;
	struct deletion deletion;
	struct binding binding;
	intptr_t verify; /* what vfio_group_nb_verify() answered */
};

static struct calls calls[SIM_TASKS_MAX + 1];
static struct group_set given_back;

static struct calls *own(void)
{
	return &calls[sim_engine_self()];
}

static bool inside(const char *func)
{
	return !strcmp(sim_engine_func(sim_engine_self()), func);
}

static void add_group(struct group_set *set, const struct vfio_group *group)
{
	if (set->nr < VIEW_GROUPS_MAX)
		set->groups[set->nr++] = group;
}

static bool has_group(const struct group_set *set,
		      const struct vfio_group *group)
{
	unsigned i;

	for (i = 0; i < set->nr; i++)
		if (set->groups[i] == group)
			return true;
	return false;
}

void invariants_calls_begin(void)
{
	static bool excluded;

	if (!excluded) {
		sim_memory_exclude(calls, sizeof(calls));
		sim_memory_exclude(&given_back, sizeof(given_back));
	}
	excluded = true;
	memset(calls, 0, sizeof(calls));
	given_back.nr = 0;
	invariants_kvm_begin();
}

/* -------------------------------------------------------------- viability */

static bool was_seen(const struct check *c, const struct device *dev)
{
	unsigned i;

	for (i = 0; i < c->nr_seen; i++)
		if (c->seen[i] == dev)
			return true;
	return false;
}

/* The state between two steps, while the check runs. */
static void look(struct check *c)
{
	const struct view *now = invariants.now;
	unsigned i;

	for (i = 0; i < now->nr_devices; i++) {
		const struct view_device *d = &now->devices[i];

		if (d->member_of != c->group)
			continue;
		c->was_foreign |= d->class == CLASS_HOST;
		if (!view_device_viable(d))
			c->was_unviable = true;
		else if (!was_seen(c, d->dev) && c->nr_seen < VIEW_DEVICES_MAX)
			c->seen[c->nr_seen++] = d->dev;
	}
}

static void judge_refusal(const struct check *c)
{
	char name[VIEW_NAME_MAX];

	view_object_name(c->group, name);
	if (!c->was_unviable)
		invariant_broken(INV_V2,
				 "the check answers that %s is not viable, "
				 "which it was all the time",
				 name);
	if (!c->was_foreign)
		invariant_broken(INV_V3,
				 "a user of %s is refused, though no host "
				 "driver had a device of it",
				 name);
}

static void judge_approval(const struct check *c)
{
	const struct view *now = invariants.now;
	char name[VIEW_NAME_MAX];
	unsigned i;

	for (i = 0; i < now->nr_devices; i++)
		if (now->devices[i].member_of == c->group &&
		    !was_seen(c, now->devices[i].dev))
			invariant_broken(INV_V2,
					 "the check answers viable, which "
					 "device %s was at no time",
					 view_device_name(now->devices[i].dev,
							  name));
}

static void step_check(struct check *c)
{
	if (!c->group)
		return;
	look(c);
	if (c->begun || c->ended)
		invariants_touch_members(c->group);
	c->begun = false;
	if (!c->ended)
		return;
	if (c->viable)
		judge_approval(c);
	else
		judge_refusal(c);
	memset(c, 0, sizeof(*c));
}

/* -------------------------------------------------------------- GROUP_DEL */

/* Of this machine alone: others may use the group, too. */
static const void *find_entry(const struct deletion *d)
{
	struct inspect_kvm kvm;
	unsigned i;

	if (!d->kvm || !inspect_kvm(d->kvm, &kvm))
		return NULL;
	for (i = 0; i < kvm.nr_groups; i++)
		if (d->entry ? kvm.entries[i] == d->entry :
			       kvm.groups[i] == d->group)
			return kvm.entries[i];
	return NULL;
}

/* It says first on which machine it works, then what file it was given. */
static void begin_deletion(const void *obj)
{
	struct deletion *d = &own()->deletion;
	struct slab_block block;

	if (slab_query(obj, &block) == SLAB_LIVE &&
	    !strcmp(block.type, "kvm")) {
		memset(d, 0, sizeof(*d));
		d->kvm = obj;
		return;
	}
	d->group = inspect_file_group(obj);
	d->entry = d->group ? find_entry(d) : NULL;
	d->begun = true;
	if (d->entry && !has_group(&given_back, d->group))
		add_group(&given_back, d->group);
}

static void step_deletion(struct deletion *d)
{
	char name[VIEW_NAME_MAX];

	if (!d->begun && !d->ended)
		return;
	invariants_touch_entries();
	d->begun = false;
	if (!d->ended)
		return;
	if (d->answer && d->entry && find_entry(d))
		invariant_broken(INV_V4,
				 "KVM_DEV_VFIO_GROUP_DEL returns %s, and the "
				 "machine goes on using %s",
				 sim_errno_name(d->answer),
				 view_object_name(d->group, name));
	memset(d, 0, sizeof(*d));
}

bool invariants_was_given_back(const struct vfio_group *group)
{
	return has_group(&given_back, group);
}

/* -------------------------------------------------------------- isolation */

/* A group in use, one of whose devices went to a host driver, and no BUG. */
static void judge_binding(const struct binding *b)
{
	const struct view *now = invariants.now;
	char name[VIEW_NAME_MAX], group[VIEW_NAME_MAX];
	unsigned i;

	for (i = 0; i < now->nr_devices; i++) {
		const struct view_device *d = &now->devices[i];
		const struct view_group *g;

		if (d->class != CLASS_HOST || !d->attached ||
		    !view_holds(sim_engine_self(), d->dev))
			continue;
		g = d->member_of ? view_group_of(now, d->member_of) : NULL;
		if (g && has_group(&b->used, g->group))
			invariant_broken(INV_S3,
					 "device %s goes to a host driver "
					 "while %s is in use, and nobody "
					 "notices",
					 view_device_name(d->dev, name),
					 view_object_name(g->group, group));
	}
}

static void step_binding(struct binding *b)
{
	const struct view *now = invariants.now;
	struct group_set still = { 0 };
	unsigned i;

	if (!b->running)
		return;
	if (b->begun || b->ended)
		invariants_touch_isolation();
	for (i = 0; i < now->nr_groups; i++)
		if (now->groups[i].users > 0 &&
		    (b->begun || has_group(&b->used, now->groups[i].group)))
			add_group(&still, now->groups[i].group);
	b->used = still;
	b->begun = false;
	if (!b->ended)
		return;
	judge_binding(b);
	memset(b, 0, sizeof(*b));
}

void invariants_calls_report(const struct sched_report *report)
{
	if (report->kind == SCHED_BUG && inside("vfio_iommu_group_notifier") &&
	    !own()->verify)
		invariant_broken(INV_S2, "BUG in vfio_iommu_group_notifier, "
					 "and the check did not ask for it");
}

/* ----------------------------------------------------------------- unbinds */

/* The lock that was taken last is that of the device. */
static const struct device *locked_last(unsigned task)
{
	const struct sim_held *held;
	unsigned nr = sim_engine_held(task, &held);
	struct slab_block block;

	if (!nr || slab_query(held[nr - 1].obj, &block) != SLAB_LIVE ||
	    strcmp(block.type, "device") != 0)
		return NULL;
	return block.start;
}

static void begin_unbind(struct unbinds *u)
{
	if (u->nr < UNBINDS_MAX)
		u->devs[u->nr] = locked_last(sim_engine_self());
	u->nr++;
}

bool invariants_unbinds(unsigned task, const struct device *dev)
{
	const struct unbinds *u = &calls[task].unbinds;
	unsigned i;

	for (i = 0; i < u->nr && i < UNBINDS_MAX; i++)
		if (u->devs[i] == dev)
			return view_holds(task, dev);
	return false;
}

/* ------------------------------------------------------------------- events */

void invariants_calls_enter(const char *func)
{
	if (!strcmp(func, "vfio_iommu_group_notifier")) {
		own()->verify = 0;
	} else if (!strcmp(func, "driver_bound")) {
		own()->binding.running = true;
		own()->binding.begun = true;
	} else if (!strcmp(func, "__device_release_driver")) {
		begin_unbind(&own()->unbinds);
	}
}

void invariants_calls_leave(const char *func)
{
	if (!strcmp(func, "vfio_iommu_group_notifier")) {
		if (own()->verify)
			invariant_broken(INV_S2,
					 "the check of a bound driver answers "
					 "%s, and there is no BUG",
					 sim_errno_name(own()->verify));
	} else if (!strcmp(func, "driver_bound")) {
		own()->binding.ended = true;
	} else if (!strcmp(func, "__device_release_driver")) {
		own()->unbinds.nr--;
	} else if (!strcmp(func, "kvm_vfio_update_coherency")) {
		invariants_kvm_leave();
	}
}

void invariants_calls_subject(const void *obj)
{
	if (inside("vfio_group_viable")) {
		memset(&own()->check, 0, sizeof(own()->check));
		own()->check.group = obj;
		own()->check.begun = true;
	} else if (inside("kvm_vfio_set_group")) {
		begin_deletion(obj);
	} else if (inside("kvm_vfio_update_coherency")) {
		invariants_kvm_enter(obj);
	}
}

void invariants_calls_answer(intptr_t value)
{
	if (inside("vfio_group_viable")) {
		own()->check.viable = value != 0;
		own()->check.ended = true;
	} else if (inside("kvm_vfio_set_group")) {
		own()->deletion.answer = value;
		own()->deletion.ended = true;
	} else if (inside("vfio_group_nb_verify")) {
		own()->verify = value;
	}
}

void invariants_calls_step(void)
{
	unsigned task;

	for (task = 1; task <= sim_engine_tasks(); task++) {
		step_check(&calls[task].check);
		step_deletion(&calls[task].deletion);
		step_binding(&calls[task].binding);
		invariants_kvm_step(task);
	}
}
