/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * touched.c - footprints that a search keeps, in as little memory as they need.
 *
 * A search holds one for every step of the run, every sleeper and every move of
 * its wakeup trees; most have two or three touches.
 */
#include "memory.h"
#include "wakeup.h"

#include <string.h>

#define CHUNK_BYTES ((size_t)64 * 1024)

/* In front of each piece of memory that the pool took. */
struct chunk {
	struct chunk *next;
	size_t size;
};

static size_t bytes_of(unsigned size_class)
{
	return sizeof(struct sim_touched) +
	       (sizeof(struct sim_touch) << size_class);
}

static unsigned class_of(size_t nr)
{
	unsigned size_class = 0;

	while (((size_t)1 << size_class) < nr)
		size_class++;
	return size_class;
}

static bool add_chunk(struct sim_touched_pool *pool, size_t size)
{
	struct chunk *c;

	size = size + sizeof(*c) > CHUNK_BYTES ? size + sizeof(*c) :
						 CHUNK_BYTES;
	c = sim_memory_alloc(size);
	if (!c)
		return false;
	c->next = pool->chunks;
	c->size = size;
	pool->chunks = c;
	pool->chunk = (unsigned char *)(c + 1);
	pool->chunk_left = size - sizeof(*c);
	return true;
}

static struct sim_touched *take(struct sim_touched_pool *pool,
				unsigned size_class)
{
	struct sim_touched *t = pool->free[size_class];
	size_t size = bytes_of(size_class);

	if (t) {
		memcpy(&pool->free[size_class], t + 1, sizeof(void *));
		return t;
	}
	if (pool->chunk_left < size && !add_chunk(pool, size))
		return NULL;
	t = (struct sim_touched *)(void *)pool->chunk;
	pool->chunk += size;
	pool->chunk_left -= size;
	return t;
}

struct sim_touched *sim_touched_make(struct sim_touched_pool *pool,
				     const struct sim_footprint *f)
{
	unsigned size_class = class_of(f->nr);
	struct sim_touched *t;

	if (size_class >= SIM_TOUCHED_CLASSES)
		return NULL;
	t = take(pool, size_class);
	if (!t)
		return NULL;
	t->refs = 1;
	t->wire = 0;
	t->size_class = size_class;
	t->footprint = *f;
	t->footprint.touches = (struct sim_touch *)(t + 1);
	t->footprint.nr_max = f->nr;
	if (f->nr)
		memcpy(t->footprint.touches, f->touches,
		       f->nr * sizeof(*f->touches));
	return t;
}

struct sim_touched *sim_touched_get(struct sim_touched *t)
{
	if (t)
		t->refs++;
	return t;
}

void sim_touched_put(struct sim_touched_pool *pool, struct sim_touched *t)
{
	if (!t || --t->refs)
		return;
	memcpy(t + 1, &pool->free[t->size_class], sizeof(void *));
	pool->free[t->size_class] = t;
}

void sim_touched_release(struct sim_touched_pool *pool)
{
	struct chunk *c = pool->chunks, *next;

	for (; c; c = next) {
		next = c->next;
		sim_memory_free(c, c->size);
	}
	memset(pool, 0, sizeof(*pool));
}
