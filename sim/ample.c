/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ample.c - see ample.h.
 */
#include "ample.h"

#include "memory.h"

#include <string.h>

/* ------------------------------------------------------------------ table */

static size_t slot_of_object(const struct sim_ample *a, const void *obj)
{
	uint64_t h = (uint64_t)(uintptr_t)obj * 0x9e3779b97f4a7c15ull;
	size_t i = (size_t)(h >> 32) & (a->objects_max - 1);

	while (a->objects[i].obj && a->objects[i].obj != obj)
		i = (i + 1) & (a->objects_max - 1);
	return i;
}

static const struct sim_ample_object *find(const struct sim_ample *a,
					   const void *obj)
{
	const struct sim_ample_object *o;

	if (!a->nr)
		return NULL;
	o = &a->objects[slot_of_object(a, obj)];
	return o->obj ? o : NULL;
}

static bool grow(struct sim_ample *a)
{
	struct sim_ample_object *old = a->objects;
	size_t max = a->objects_max, i;

	a->objects = sim_memory_alloc((max ? 2 * max : 64) * sizeof(*old));
	if (!a->objects) {
		a->objects = old;
		return false;
	}
	a->objects_max = max ? 2 * max : 64;
	for (i = 0; i < max; i++)
		if (old[i].obj)
			a->objects[slot_of_object(a, old[i].obj)] = old[i];
	sim_memory_release(old, max, sizeof(*old));
	return true;
}

static struct sim_ample_object *get(struct sim_ample *a, const void *obj)
{
	struct sim_ample_object *o;

	if (2 * (a->nr + 1) > a->objects_max && !grow(a))
		return NULL;
	o = &a->objects[slot_of_object(a, obj)];
	a->nr += !o->obj;
	o->obj = obj;
	return o;
}

static void go_wild(struct sim_ample *a, struct sim_ample_object *o)
{
	a->wrong |= o->relied;
	o->wild = true;
}

/* --------------------------------------------------------------- learning */

/* Of what the task holds, what keeps others out of what it does. */
static unsigned keepers(unsigned task, bool write, const void **ret_locks)
{
	const struct sim_held *held;
	unsigned nr = sim_engine_held(task, &held), i, kept = 0;

	for (i = 0; i < nr && kept < SIM_AMPLE_LOCKS; i++)
		if (!write || held[i].kind != SCHED_LOCK_SHARED)
			ret_locks[kept++] = held[i].obj;
	return kept;
}

static void keep_common(struct sim_ample_object *o, const void *const *locks,
			unsigned nr)
{
	unsigned i, j, kept = 0;

	for (i = 0; i < o->nr_locks; i++) {
		for (j = 0; j < nr && locks[j] != o->locks[i]; j++)
			;
		if (j < nr)
			o->locks[kept++] = o->locks[i];
	}
	o->nr_locks = (unsigned char)kept;
}

static void touch(struct sim_ample *a, unsigned task,
		  struct sim_ample_object *o, bool write)
{
	const void *locks[SIM_AMPLE_LOCKS];
	unsigned nr = keepers(task, write, locks);

	if (!o->touched) {
		o->touched = true;
		o->task = task;
		o->nr_locks = (unsigned char)nr;
		memcpy(o->locks, locks, nr * sizeof(locks[0]));
	}
	o->shared |= o->task != task;
	o->written |= write;
	keep_common(o, locks, nr);
	if (o->shared && o->written && !o->nr_locks)
		go_wild(a, o);
}

/* Memory that is given back: whatever lay there is nobody's. */
static void free_range(struct sim_ample *a, const struct sim_touch *range)
{
	const char *start = range->obj;
	size_t i;

	for (i = 0; i < a->objects_max; i++) {
		struct sim_ample_object *o = &a->objects[i];

		if (o->obj && (const char *)o->obj >= start &&
		    (const char *)o->obj < start + range->size)
			go_wild(a, o);
	}
}

#define KEEPS_ORDER                                                        \
	(1u << SCHED_LOCK | 1u << SCHED_LOCK_SHARED | 1u << SCHED_UNLOCK | \
	 1u << SCHED_UNLOCK_SHARED | 1u << SCHED_QUEUE)

/* A lock that is taken and given back and nothing else. */
static bool is_orderly(const struct sim_touch *t)
{
	return t->operation && 1u << (t->operation - 1) & KEEPS_ORDER;
}

static bool learn_touch(struct sim_ample *a, unsigned task,
			const struct sim_touch *t)
{
	struct sim_ample_object *o = get(a, t->obj);

	if (!o)
		return false;
	if (t->size > 1)
		free_range(a, t);
	if (is_orderly(t))
		o->lock = true;
	else
		touch(a, task, o, t->write);
	/* Words that are raced on, locks that are tried. */
	if (o->touched && (o->lock || t->operation))
		go_wild(a, o);
	return true;
}

/* All that the step touched is as it should be. */
static bool is_tame(struct sim_ample *a, const struct sim_footprint *f)
{
	size_t i;

	for (i = 0; i < f->nr; i++) {
		const struct sim_ample_object *o = find(a, f->touches[i].obj);

		if (f->touches[i].size > 1 || (o && o->wild))
			return false;
	}
	return !f->stops;
}

/* All of them are known by now. */
static void rely(struct sim_ample *a, const struct sim_footprint *f)
{
	size_t i;

	for (i = 0; i < f->nr; i++)
		a->objects[slot_of_object(a, f->touches[i].obj)].relied = true;
}

bool sim_ample_learn(struct sim_ample *a, unsigned task, bool alone,
		     bool *ret_memory)
{
	const struct sim_footprint *f = sim_engine_footprint();
	size_t i;

	*ret_memory = true;
	for (i = 0; i < f->nr && *ret_memory; i++)
		*ret_memory = learn_touch(a, task, &f->touches[i]);
	if (!alone || !*ret_memory)
		return true;
	if (is_tame(a, f))
		rely(a, f);
	else
		a->objects[slot_of_object(a, f->touches[0].obj)].coarse = true;
	return is_tame(a, f);
}

/* ---------------------------------------------------------------- choosing */

static bool holds_it(unsigned task, const void *obj)
{
	const struct sim_held *held;
	unsigned nr = sim_engine_held(task, &held);

	while (nr-- > 0)
		if (held[nr].obj == obj)
			return true;
	return false;
}

bool sim_ample_may(const struct sim_ample *a, unsigned task)
{
	const struct sched_op *op = sim_engine_pending(task);
	const struct sim_ample_object *o;

	if (op->kind != SCHED_UNLOCK && op->kind != SCHED_UNLOCK_SHARED)
		return false;
	o = find(a, op->obj);
	return (!o || !(o->wild || o->coarse)) && holds_it(task, op->obj);
}

void sim_ample_again(struct sim_ample *a)
{
	size_t i;

	a->wrong = false;
	for (i = 0; i < a->objects_max; i++)
		a->objects[i].relied = false;
}

void sim_ample_release(struct sim_ample *a)
{
	sim_memory_release(a->objects, a->objects_max, sizeof(*a->objects));
	memset(a, 0, sizeof(*a));
}
