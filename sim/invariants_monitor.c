/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * invariants_monitor.c - looks on while tasks run: takes stock after each step,
 * tells the search which steps met in an invariant, and has all of them tested.
 */
#include "invariants_internal.h"

#include "memory.h"

#include <stdarg.h>
#include <string.h>

struct invariants invariants;

void invariant_broken(enum sim_invariant_nr nr, const char *format, ...)
{
	char text[SIM_TEXT_MAX];
	va_list ap;

	if (!invariant_on(nr))
		return;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	invariants.broken |= INV_SET(nr);
	sim_engine_broken(sim_invariant_nth(nr)->id, "%s", text);
}

/* Who brought a count to zero is remembered while it stays there. */
static void carry_last_users(void)
{
	unsigned i;

	for (i = 0; i < invariants.now->nr_groups; i++) {
		struct view_group *g = &invariants.now->groups[i];
		const struct view_group *a =
			view_find_group(invariants.before, g->group);

		if (g->kref == 0)
			g->last_user = a && a->kref == 0 ? a->last_user :
							   sim_engine_self();
	}
}

/* Who tracks a device is whoever made its newest entry. */
static void carry_trackers(void)
{
	unsigned i;

	for (i = 0; i < invariants.now->nr_devices; i++) {
		struct view_device *d = &invariants.now->devices[i];
		const struct view_device *a =
			view_find_device(invariants.before, d->dev);

		if (!d->tracked)
			continue;
		d->tracker = a && a->tracked >= d->tracked ? a->tracker :
							     sim_engine_self();
		d->unbound_by_tracker = invariants_unbinds(d->tracker, d->dev);
	}
}

static void look_again(void)
{
	struct view *older = invariants.before;

	invariants.before = invariants.now;
	invariants.now = older;
	view_take(invariants.now);
	if (invariants.now->full)
		sim_engine_fail("more devices, groups or lists than an "
				"invariant can look at");
}

static void monitor_step(void)
{
	look_again();
	if (!invariants.started) {
		/* What set-up made is no change. */
		*invariants.before = *invariants.now;
		invariants.started = true;
		invariants_count_foreign();
	}
	carry_last_users();
	carry_trackers();
	invariants_touch_changes();
	invariants_calls_step();
	invariants_test_step();
}

static const struct sim_monitor monitor = {
	.step = monitor_step,
	.enter = invariants_calls_enter,
	.leave = invariants_calls_leave,
	.subject = invariants_calls_subject,
	.answer = invariants_calls_answer,
	.report = invariants_calls_report,
};

/* What the engine's verdicts say needs nobody to look on, nor does what all
 * runs say together. */
static uint64_t looked_for(void)
{
	uint64_t set = 0;
	unsigned nr;

	for (nr = 0; nr < INV_NR; nr++)
		if (sim_invariant_nth(nr)->when != SIM_INVARIANT_VERDICT &&
		    sim_invariant_nth(nr)->when != SIM_INVARIANT_RUNS)
			set |= INV_SET(nr);
	return set;
}

const struct sim_monitor *sim_invariants_begin(uint64_t set)
{
	static bool excluded;
	unsigned nr;

	/* Most runs test none; clearing all this would be much of their cost. */
	if (!set && !invariants.on)
		return NULL;
	/* Whichever task makes a step writes here. */
	if (!excluded)
		sim_memory_exclude(&invariants, sizeof(invariants));
	excluded = true;
	memset(&invariants, 0, sizeof(invariants));
	for (nr = 0; nr < INV_NR; nr++)
		if ((set & INV_SET(nr)) &&
		    sim_invariant_applies(nr, kernel_era()))
			invariants.on |= INV_SET(nr);
	invariants.before = &invariants.views[0];
	invariants.now = &invariants.views[1];
	invariants_calls_begin();
	invariants_script_begin();
	return invariants_on(looked_for()) ? &monitor : NULL;
}

void sim_invariants_end(bool idle)
{
	if (!invariants.on || !invariants_on(looked_for()))
		return;
	invariants_test_references(idle);
	invariants_test_end(idle);
}
