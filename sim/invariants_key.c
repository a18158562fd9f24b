/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * invariants_key.c - which steps meet in an invariant, so that the search keeps
 * their order.
 *
 * A test of a state looks at facts.  Steps that change facts which one test
 * looks at are made dependent by a key of their own that each of them writes;
 * so are a call whose answer is judged and the changes that it may have seen.
 * All other steps go on commuting.
 */
#include "invariants_internal.h"

#include <string.h>

/* Keys that two objects share cost runs, and nothing else. */
#define KEYS_MAX 512u

enum key {
	KEY_VIABILITY, /* T5, V2, V3 */
	KEY_TRACKING, /* T1, T2, T4 */
	KEY_BINDING, /* I5 */
	KEY_GROUP, /* I8 */
	KEY_LIST, /* I4, I7 */
	KEY_ISOLATION, /* R9, S1, S3, S4 */
	KEY_ENTRIES, /* R9, V4 */
	KEY_NR
};

/* Never read nor written: they are places that stand for facts. */
static char keys[KEY_NR][KEYS_MAX];

static const char *key_of(enum key key, const void *obj)
{
	return &keys[key][(uintptr_t)obj / 16 % KEYS_MAX];
}

static void touch(enum key key, const void *obj, bool write)
{
	sim_engine_touch(key_of(key, obj), write);
}

/* ----------------------------------------------------------------- devices */

static const struct view_device nothing = { .harmless = true };

static void touch_viability(const struct view_device *a,
			    const struct view_device *b,
			    const struct device *dev)
{
	if (a->class != b->class || a->harmless != b->harmless ||
	    a->listed != b->listed || !a->tracked != !b->tracked ||
	    a->attached != b->attached)
		touch(KEY_VIABILITY, dev, true);
	if (a->member_of == b->member_of)
		return;
	/* Who asks about the group must see it come and go. */
	touch(KEY_VIABILITY, a->member_of, true);
	touch(KEY_VIABILITY, b->member_of, true);
}

static void touch_tracking(const struct view_device *a,
			   const struct view_device *b,
			   const struct device *dev)
{
	if (a->tracked != b->tracked ||
	    a->unbound_by_tracker != b->unbound_by_tracker ||
	    a->member_of != b->member_of || a->freed != b->freed)
		touch(KEY_TRACKING, dev, true);
}

static void touch_binding(const struct view_device *a,
			  const struct view_device *b, const struct device *dev)
{
	if (a->attached != b->attached || a->locked != b->locked ||
	    !a->driver != !b->driver)
		touch(KEY_BINDING, dev, true);
}

static bool host_driver(const struct view_device *d)
{
	return d->class == CLASS_HOST || d->does_dma;
}

static void touch_isolation(const struct view_device *a,
			    const struct view_device *b)
{
	if (!host_driver(a) && !host_driver(b))
		return;
	if (a->class != b->class || a->does_dma != b->does_dma ||
	    a->attached != b->attached || a->locked != b->locked ||
	    a->member_of != b->member_of)
		touch(KEY_ISOLATION, NULL, true);
}

static void compare_devices(const struct view_device *a,
			    const struct view_device *b)
{
	const struct device *dev = a ? a->dev : b->dev;

	a = a ? a : &nothing;
	b = b ? b : &nothing;
	if (invariants_on(INV_SET(INV_T5) | INV_SET(INV_V2) | INV_SET(INV_V3)))
		touch_viability(a, b, dev);
	if (invariants_on(INV_SET(INV_T1) | INV_SET(INV_T2) | INV_SET(INV_T4)))
		touch_tracking(a, b, dev);
	if (invariants_on(INV_SET(INV_I5)))
		touch_binding(a, b, dev);
	if (invariants_on(INV_SET(INV_S1) | INV_SET(INV_S3) | INV_SET(INV_S4)))
		touch_isolation(a, b);
}

/* ------------------------------------------------------------------ groups */

static const struct view_group no_group;

/* The members' window opens and closes with the group. */
static void touch_members(const struct iommu_group *iommu_group)
{
	const struct view *now = invariants.now;
	unsigned i;

	for (i = 0; iommu_group && i < now->nr_devices; i++)
		if (now->devices[i].member_of == iommu_group)
			touch(KEY_VIABILITY, now->devices[i].dev, true);
}

static void compare_groups(const struct view_group *a,
			   const struct view_group *b)
{
	const struct vfio_group *group = a ? a->group : b->group;

	a = a ? a : &no_group;
	b = b ? b : &no_group;
	/* A count that stays above zero changes nothing here, and such steps
	 * commute; so crossing zero is all that matters of it. */
	if (invariants_on(INV_SET(INV_I8)) &&
	    (a->listed != b->listed || !a->kref != !b->kref))
		touch(KEY_GROUP, group, true);
	if (invariants_on(INV_SET(INV_T5)) && a->listed != b->listed) {
		touch_members(a->iommu_group);
		touch_members(b->iommu_group);
	}
	if (invariants_on(INV_SET(INV_R9) | INV_SET(INV_S1) | INV_SET(INV_S3) |
			  INV_SET(INV_S4)) &&
	    (a->container != b->container || a->backend != b->backend ||
	     a->locked != b->locked || !a->users != !b->users))
		touch(KEY_ISOLATION, NULL, true);
}

static const struct view_iommu_group no_iommu_group;

static void compare_owners(const struct view_iommu_group *a,
			   const struct view_iommu_group *b)
{
	a = a ? a : &no_iommu_group;
	b = b ? b : &no_iommu_group;
	if (a->owner != b->owner || a->owner_cnt != b->owner_cnt ||
	    !a->nr_members != !b->nr_members)
		touch(KEY_ISOLATION, NULL, true);
}

static const struct view_list *find_list(const struct view *view,
					 const void *head)
{
	unsigned i;

	for (i = 0; i < view->nr_lists; i++)
		if (view->lists[i].head == head)
			return &view->lists[i];
	return NULL;
}

static void compare_lists(const struct view *before, const struct view *now)
{
	unsigned i;

	for (i = 0; i < now->nr_lists; i++) {
		const struct view_list *b = &now->lists[i];
		const struct view_list *a = find_list(before, b->head);

		if (a && (a->content != b->content || a->damaged != b->damaged))
			touch(KEY_LIST, b->head, true);
	}
}

void invariants_touch_changes(void)
{
	const struct view *before = invariants.before, *now = invariants.now;
	unsigned i;

	for (i = 0; i < now->nr_devices; i++)
		compare_devices(view_find_device(before, now->devices[i].dev),
				&now->devices[i]);
	for (i = 0; i < before->nr_devices; i++)
		if (!view_find_device(now, before->devices[i].dev))
			compare_devices(&before->devices[i], NULL);
	for (i = 0; i < now->nr_groups; i++)
		compare_groups(view_find_group(before, now->groups[i].group),
			       &now->groups[i]);
	for (i = 0; i < before->nr_groups; i++)
		if (!view_find_group(now, before->groups[i].group))
			compare_groups(&before->groups[i], NULL);
	for (i = 0; i < now->nr_iommu_groups && invariants_on(INV_SET(INV_S4));
	     i++)
		compare_owners(view_find_iommu_group(
				       before, now->iommu_groups[i].group),
			       &now->iommu_groups[i]);
	compare_lists(before, now);
	if (invariants_on(INV_SET(INV_R9) | INV_SET(INV_V4)) &&
	    before->entries != now->entries)
		touch(KEY_ENTRIES, NULL, true);
}

/* ------------------------------------------------------------------- calls */

void invariants_touch_members(const struct iommu_group *group)
{
	const struct view *now = invariants.now;
	unsigned i;

	touch(KEY_VIABILITY, group, false);
	for (i = 0; i < now->nr_devices; i++)
		if (now->devices[i].member_of == group)
			touch(KEY_VIABILITY, now->devices[i].dev, false);
}

void invariants_touch_isolation(void)
{
	touch(KEY_ISOLATION, NULL, false);
}

void invariants_touch_entries(void)
{
	touch(KEY_ENTRIES, NULL, false);
}
