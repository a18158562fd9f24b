/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * invariants_owner.c - which references on IOMMU groups bus drivers took for
 * themselves: the trace of the run says who took each, and in whose probe.
 *
 * A driver that takes one in its probe may keep it until the driver of the
 * device changes.  What VFIO takes on its behalf is VFIO's.
 */
#include "invariants_internal.h"

#include <string.h>

#define GROUPS_MAX 256

/* What the probe that a device is bound by has taken, and not given back. */
struct owned {
	unsigned device, group; /* numbers of their blocks */
	int refs;
};

/* Where a task stands in its calls. */
struct walker {
	unsigned depth, probe, core; /* depth of the calls; 0: not in one */
	unsigned device; /* whose driver it set last */
};

static struct {
	unsigned nr;
	struct owned owned[VIEW_DEVICES_MAX * 2];
	int counts[GROUPS_MAX]; /* by the groups' numbers */
	struct walker walkers[SIM_TASKS_MAX + 1];
} state;

/* The core of VFIO, as opposed to the bus driver that comes with it. */
static bool is_core(const char *func)
{
	return !strncmp(func, "vfio_", 5) && strncmp(func, "vfio_pci_", 9) != 0;
}

static void enter(struct walker *w, const char *func)
{
	w->depth++;
	if (!w->probe && !strcmp(func, "really_probe"))
		w->probe = w->depth;
	else if (w->probe && !w->core && is_core(func))
		w->core = w->depth;
}

static void leave(struct walker *w)
{
	if (w->core == w->depth)
		w->core = 0;
	if (w->probe == w->depth)
		w->probe = 0;
	w->depth--;
}

/* With another driver, or none, begins a new account. */
static void change_driver(struct walker *w, const struct sim_event *e)
{
	unsigned i;

	w->device = e->nr;
	for (i = 0; i < state.nr; i++)
		if (state.owned[i].device == e->nr)
			state.owned[i].refs = 0;
}

static void too_many(void)
{
	sim_engine_fail("more devices or IOMMU groups than R7 can count");
}

static void own(unsigned device, unsigned group, int change)
{
	unsigned i;

	for (i = 0; i < state.nr; i++)
		if (state.owned[i].device == device &&
		    state.owned[i].group == group)
			break;
	if (i == sizeof(state.owned) / sizeof(state.owned[0])) {
		too_many();
		return;
	}
	if (i == state.nr)
		state.owned[state.nr++] = (struct owned){ device, group, 0 };
	state.owned[i].refs += change;
}

static void change_count(const struct walker *w, const struct sim_event *e)
{
	int before, now = (int)e->value;

	if (e->nr >= GROUPS_MAX) {
		too_many();
		return;
	}
	before = state.counts[e->nr] ? state.counts[e->nr] : 1;
	state.counts[e->nr] = now;
	if (w->probe && !w->core)
		own(w->device, e->nr, now - before);
}

static void take_step(struct walker *w, const struct sim_event *e)
{
	if (!e->type_name || !e->label || !e->has_value)
		return;
	if (e->kind == SCHED_WRITE && !strcmp(e->type_name, "device") &&
	    !strcmp(e->label, "driver"))
		change_driver(w, e);
	else if (e->kind == SCHED_RMW && !strcmp(e->type_name, "iommu_group") &&
		 !strcmp(e->label, "kref"))
		change_count(w, e);
}

void invariants_owners_look(void)
{
	const struct sim_trace *t = sim_engine_trace();
	size_t i;

	memset(&state, 0, sizeof(state));
	for (i = 0; i < t->nr_events; i++) {
		const struct sim_event *e = &t->events[i];
		struct walker *w = &state.walkers[e->task];

		if (e->type == SIM_EVENT_ENTER)
			enter(w, e->func);
		else if (e->type == SIM_EVENT_LEAVE)
			leave(w);
		else if (e->type == SIM_EVENT_START)
			memset(w, 0, sizeof(*w));
		else if (e->type == SIM_EVENT_STEP)
			take_step(w, e);
	}
}

int invariants_owned_by_drivers(const struct iommu_group *group)
{
	struct slab_block block;
	int refs = 0;
	unsigned i;

	if (slab_query(group, &block) != SLAB_LIVE)
		return 0;
	for (i = 0; i < state.nr; i++)
		if (state.owned[i].group == block.nr)
			refs += state.owned[i].refs;
	return refs;
}
