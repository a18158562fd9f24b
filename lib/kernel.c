/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kernel.c - the machine: boot, halt, subsystems, WARN and BUG.
 *
 * A machine is the arena of the slab, an era, and what its subsystems set up
 * in it.
 */
#include <vfiosim/kernel.h>

#include <stdlib.h>
#include <string.h>

#include "image.h"

/* The type whose allocation inject_track_enomem lets fail. */
#define TRACKING_TYPE "vfio_unbound_dev"

static struct kernel_subsystem *subsystems; /* by rank, then by name */
static struct kernel_era running_era;
static unsigned roots_used; /* subsystems that have one */
static bool boots_elsewhere; /* some subsystem keeps more than its root */
static bool running;

static bool subsystem_precedes(const struct kernel_subsystem *a,
			       const struct kernel_subsystem *b)
{
	if (a->rank != b->rank)
		return a->rank < b->rank;
	return strcmp(a->name, b->name) < 0;
}

void kernel_register_subsystem(struct kernel_subsystem *subsystem)
{
	struct kernel_subsystem **link = &subsystems;

	while (*link && subsystem_precedes(*link, subsystem))
		link = &(*link)->next;
	subsystem->next = *link;
	roots_used += subsystem->root != NULL;
	boots_elsewhere |= !subsystem->root;
	if (roots_used > KERNEL_ROOTS_MAX)
		abort();
	*link = subsystem;
}

/* Last booted, first halted: up to but without @end. */
static void subsystems_halt(struct kernel_subsystem *first,
			    const struct kernel_subsystem *end)
{
	if (first == end)
		return;
	subsystems_halt(first->next, end);
	if (first->halt)
		first->halt();
}

static int subsystems_boot(void)
{
	struct kernel_subsystem *subsystem;
	int err;

	for (subsystem = subsystems; subsystem; subsystem = subsystem->next) {
		err = subsystem->boot ? subsystem->boot() : 0;
		if (err) {
			subsystems_halt(subsystems, subsystem);
			return err;
		}
	}
	return 0;
}

static int era_choose(const struct kernel_config *config,
		      struct kernel_era *ret_era)
{
	if (!config)
		return era_lookup("v3.19", ret_era);
	if (era_conflict(&config->era))
		return -EINVAL;
	*ret_era = config->era;
	return 0;
}

/* Into an empty arena. */
static int machine_boot(void)
{
	int err = 0;

	if (!boots_elsewhere && boot_image_restore(&running_era))
		return 0;
	if (running_era.value[ERA_INJECT_TRACK_ENOMEM])
		err = slab_fail_always(TRACKING_TYPE, true);
	if (!err)
		err = subsystems_boot();
	if (!err && !boots_elsewhere)
		boot_image_take(&running_era);
	return err;
}

int kernel_boot(const struct kernel_config *config)
{
	int err;

	if (running)
		return -EBUSY;
	err = era_choose(config, &running_era);
	if (!err)
		err = slab_boot();
	if (err)
		return err;
	sched_tasks_reset();
	sched_warnings_reset();
	running = true;
	err = machine_boot();
	if (err) {
		running = false;
		(void)slab_boot();
	}
	return err;
}

struct leak_walk {
	int (*leaked)(const struct slab_block *block, void *arg);
	void *arg;
	int found;
};

static int leak_visit(const struct slab_block *block, void *arg)
{
	struct leak_walk *walk = arg;

	walk->found++;
	if (walk->leaked && walk->leaked(block, walk->arg))
		walk->leaked = NULL;
	return 0;
}

int kernel_halt(int (*leaked)(const struct slab_block *block, void *arg),
		void *arg)
{
	static void *const no_roots[KERNEL_ROOTS_MAX];
	struct leak_walk walk = { .leaked = leaked, .arg = arg };

	size_t booted;

	if (!running)
		return -EINVAL;

	booted = boots_elsewhere ? 0 : boot_image_ends(&running_era);
	if (!booted)
		subsystems_halt(subsystems, NULL);
	if (!booted || slab_live(NULL) != boot_image_blocks())
		(void)slab_for_each_live_behind(booted, leak_visit, &walk);
	kernel_roots_restore(no_roots, false);
	(void)slab_boot();
	return walk.found;
}

void kernel_roots_save(void **roots)
{
	const struct kernel_subsystem *subsystem;

	for (subsystem = subsystems; subsystem; subsystem = subsystem->next)
		if (subsystem->root)
			memcpy(roots++, subsystem->root, sizeof(*roots));
}

void kernel_roots_restore(void *const *roots, bool was_running)
{
	const struct kernel_subsystem *subsystem;

	for (subsystem = subsystems; subsystem; subsystem = subsystem->next)
		if (subsystem->root)
			memcpy(subsystem->root, roots++, sizeof(*roots));
	running = was_running;
}

unsigned era_flag(enum era_flag flag)
{
	return running_era.value[flag];
}

const struct kernel_era *kernel_era(void)
{
	return running ? &running_era : NULL;
}

bool __warn_on(bool cond, const char *text, const struct sched_site *site)
{
	if (cond)
		(void)sched_report(&(const struct sched_report){
			.kind = SCHED_WARN,
			.text = text,
			.site = *site,
		});
	return cond;
}

void __bug_on(const char *text, const struct sched_site *site)
{
	(void)sched_report(&(const struct sched_report){
		.kind = SCHED_BUG,
		.text = text,
		.site = *site,
	});
}
