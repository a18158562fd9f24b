/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * invariants_kvm.c - machines: one entry a group, and was the machine told
 * right whether DMA is coherent?
 *
 * Up to 5.18 an entry keeps the container, and what was told must be true in
 * the end.  From 5.19 on it keeps a file alone, whose user may go on to attach
 * the group to another container, and nobody tells the machine: there, what was
 * told last must have been true when it was told.
 */
#include "invariants_internal.h"

#include "memory.h"

#include <vfiosim/vfio.h>

#include <string.h>

/* What the groups of a machine were like while an answer was sought. */
struct answers {
	const struct kvm *kvm; /* NULL: none */
	unsigned nr; /* of its block: others may get its address */
	unsigned nr_groups;
	unsigned coherent; /* a set: each of these was, at some time */
	bool noncoherent; /* one of them was not */
};

/* A kvm_vfio_update_coherency() that runs. */
struct update {
	struct answers answers;
	bool begun, ended; /* in the step that was just made */
};

static struct {
	struct update updates[SIM_TASKS_MAX + 1];
	unsigned nr_told;
	struct answers told[VIEW_GROUPS_MAX]; /* of the last one, by machine */
} state;

static bool pins_files(void)
{
	return era_flag(ERA_KVM_PINS) == ERA_KVM_PINS_FILE;
}

/* --------------------------------------------------------------- coherency */

static bool backend_is_coherent(void)
{
	bool coherent;
	char any;

	if (invariants_script_coherent(&coherent))
		return coherent;
	return vfio_iommu_dummy_ops.ioctl(&any, VFIO_CHECK_EXTENSION,
					  VFIO_DMA_CC_IOMMU) > 0;
}

/* Without a backend there is nothing that could be coherent; and from 5.19 on
 * without a container nothing that could not. */
static bool is_coherent(const struct vfio_group *group)
{
	struct inspect_vfio_group g;
	struct inspect_container c;

	if (!inspect_vfio_group_of(group, &g))
		return true;
	if (!inspect_container(g.container, &c))
		return pins_files();
	return c.iommu_set && backend_is_coherent();
}

/* What the machine finds if it asks each of its groups now. */
static void look(struct answers *a)
{
	struct inspect_kvm kvm;
	unsigned i;

	if (!inspect_kvm(a->kvm, &kvm))
		return;
	if (a->nr_groups != kvm.nr_groups)
		a->coherent = 0;
	a->nr_groups = kvm.nr_groups;
	for (i = 0; i < kvm.nr_groups; i++)
		if (is_coherent(kvm.groups[i]))
			a->coherent |= 1u << i;
		else
			a->noncoherent = true;
}

static bool could_answer(const struct answers *a, bool noncoherent)
{
	unsigned all = a->nr_groups < 32 ? (1u << a->nr_groups) - 1 : ~0u;

	return noncoherent ? a->noncoherent : a->coherent == all;
}

/* ------------------------------------------------------------------ updates */

static unsigned number_of(const struct kvm *kvm)
{
	struct slab_block block;

	return slab_query(kvm, &block) == SLAB_LIVE ? block.nr : 0;
}

/* What the machine was told last; or the place for it. */
static unsigned find_told(unsigned nr)
{
	unsigned i;

	for (i = 0; i < state.nr_told; i++)
		if (state.told[i].nr == nr)
			break;
	return i;
}

void invariants_kvm_begin(void)
{
	static bool excluded;

	if (!excluded)
		sim_memory_exclude(&state, sizeof(state));
	excluded = true;
	memset(&state, 0, sizeof(state));
}

void invariants_kvm_enter(const struct kvm *kvm)
{
	struct update *u = &state.updates[sim_engine_self()];

	memset(u, 0, sizeof(*u));
	if (!pins_files())
		return;
	u->answers.kvm = kvm;
	u->answers.nr = number_of(kvm);
	u->begun = true;
}

void invariants_kvm_leave(void)
{
	state.updates[sim_engine_self()].ended = true;
}

static void tell(const struct answers *answers)
{
	unsigned i = find_told(answers->nr);

	if (i == VIEW_GROUPS_MAX) {
		sim_engine_fail("more machines than R9 can look at");
		return;
	}
	if (i == state.nr_told)
		state.nr_told++;
	state.told[i] = *answers;
}

void invariants_kvm_step(unsigned task)
{
	struct update *u = &state.updates[task];

	if (!u->answers.kvm)
		return;
	look(&u->answers);
	if (u->begun || u->ended) {
		invariants_touch_entries();
		invariants_touch_isolation();
	}
	u->begun = false;
	if (!u->ended)
		return;
	tell(&u->answers);
	memset(u, 0, sizeof(*u));
}

/* ------------------------------------------------------------------ the end */

/* Nobody was told since set-up: what was told there counts as right. */
static bool was_told_right(const struct kvm *kvm, bool noncoherent)
{
	struct answers now = { .kvm = kvm };
	unsigned i = find_told(number_of(kvm));

	if (!pins_files()) {
		look(&now);
		return noncoherent == now.noncoherent;
	}
	return i == state.nr_told || could_answer(&state.told[i], noncoherent);
}

static void test_entries(const struct inspect_kvm *kvm, const char *name)
{
	unsigned i, j;

	for (i = 0; i < kvm->nr_groups; i++)
		for (j = 0; j < i; j++)
			if (kvm->groups[i] == kvm->groups[j])
				invariant_broken(INV_R9,
						 "%s has two entries for one "
						 "group",
						 name);
}

void invariants_test_machine(const struct kvm *kvm)
{
	struct inspect_kvm inspected;
	char name[VIEW_NAME_MAX];

	if (!inspect_kvm(kvm, &inspected))
		return;
	view_object_name(kvm, name);
	test_entries(&inspected, name);
	if (!was_told_right(kvm, inspected.noncoherent))
		invariant_broken(INV_R9,
				 "%s was told that DMA is %scoherent, and it "
				 "is not so",
				 name, inspected.noncoherent ? "non" : "");
}
