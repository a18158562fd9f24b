/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inspect_list.c - are the lists of the model sound?  Walks every list of every
 * live object, asks the slab about each node before it follows it, and says
 * what it came to; like inspect.c it announces nothing.
 */
#include "iommu_internal.h"
#include "kvm_internal.h"
#include "vfio_internal.h"

#include <vfiosim/inspect.h>

#include <string.h>

/* Longest list that is believed. */
#define INSPECT_NODES_MAX 4096
#define HASH_BASIS 0xcbf29ce484222325ull
#define HASH_PRIME 0x100000001b3ull

struct inspect_visit {
	void (*fn)(const struct inspect_list *list, void *arg);
	void *arg;
};

/* Blocks of tests may lie outside the machine's memory. */
static bool inspect_node_live(const void *node)
{
	enum slab_state state;

	if ((uintptr_t)node < 4096)
		return false;
	state = slab_query(node, NULL);
	return state == SLAB_LIVE || state == SLAB_OUTSIDE;
}

static void inspect_count(struct inspect_list *list, const void *node)
{
	list->nr++;
	list->content = (list->content ^ (uintptr_t)node) * HASH_PRIME;
}

/* Each node's link back must lead to where the walk came from, so no node is
 * there twice, and none is on another list. */
static void inspect_walk(const struct inspect_visit *visit, const char *name,
			 const void *owner, const struct list_head *head)
{
	struct inspect_list list = { .name = name,
				     .owner = owner,
				     .head = head,
				     .content = HASH_BASIS };
	const struct list_head *node = head;

	do {
		const struct list_head *next = node->next;

		if (!inspect_node_live(next) || next->prev != node ||
		    list.nr == INSPECT_NODES_MAX) {
			list.damaged = true;
			break;
		}
		node = next;
		if (node != head)
			inspect_count(&list, node);
	} while (node != head);
	visit->fn(&list, visit->arg);
}

/* The links of a chain are single: a chain without an end holds one twice. */
static void inspect_chain(const struct inspect_visit *visit, const char *name,
			  const void *owner,
			  const struct blocking_notifier_head *nh)
{
	struct inspect_list list = {
		.name = name, .owner = owner, .head = nh, .content = HASH_BASIS
	};
	const struct notifier_block *nb;

	for (nb = PEEK_ONCE(nh->head); nb; nb = nb->next) {
		if (!inspect_node_live(nb) || list.nr == INSPECT_NODES_MAX) {
			list.damaged = true;
			break;
		}
		inspect_count(&list, nb);
	}
	visit->fn(&list, visit->arg);
}

static void inspect_lists_of_group(const struct inspect_visit *visit,
				   const struct vfio_group *group)
{
	/* A group that is not initialised yet is all zero. */
	if (!group->device_list.next || !group->unbound_list.next)
		return;
	inspect_walk(visit, "vfio_group.device_list", group,
		     &group->device_list);
	inspect_walk(visit, "vfio_group.unbound_list", group,
		     &group->unbound_list);
}

static int inspect_lists_of(const struct slab_block *block, void *arg)
{
	const struct inspect_visit *visit = arg;

	if (!strcmp(block->type, "vfio_group")) {
		inspect_lists_of_group(visit, block->start);
	} else if (!strcmp(block->type, "vfio_container")) {
		const struct vfio_container *container = block->start;

		if (container->group_list.next)
			inspect_walk(visit, "vfio_container.group_list",
				     container, &container->group_list);
	} else if (!strcmp(block->type, "iommu_group")) {
		const struct iommu_group *group = block->start;

		if (!group->devices.next)
			return 0;
		inspect_walk(visit, "iommu_group.devices", group,
			     &group->devices);
		inspect_chain(visit, "iommu_group.notifier", group,
			      &group->notifier);
	} else if (!strcmp(block->type, "kvm_vfio")) {
		const struct kvm_vfio *kv = block->start;

		if (kv->group_list.next)
			inspect_walk(visit, "kvm_vfio.group_list", kv,
				     &kv->group_list);
	}
	return 0;
}

void inspect_lists(void (*fn)(const struct inspect_list *list, void *arg),
		   void *arg)
{
	struct inspect_visit visit = { fn, arg };

	if (vfio)
		inspect_walk(&visit, "vfio.group_list", vfio,
			     &vfio->group_list);
	(void)slab_for_each_live(inspect_lists_of, &visit);
}
