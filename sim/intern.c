/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * intern.c - see intern.h.
 */
#include "intern.h"

#include "memory.h"

#include <string.h>

/* The first block; what follows is a large search. */
#define BLOCK_FIRST ((size_t)1 << 18)
#define SLOTS_FIRST 1024u

static uint64_t mix(uint64_t a, uint64_t b)
{
	__extension__ typedef unsigned __int128 wide;
	wide product = (wide)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Two words at a time, each pair by one multiplication. */
static uint32_t hash_of(const uint64_t *w, size_t nr)
{
	uint64_t a = 0x9e3779b97f4a7c15ull ^ nr, b = 0xe7037ed1a0b428dbull;
	size_t i;

	for (i = 0; i + 4 <= nr; i += 4) {
		a = mix(w[i] ^ 0x8ebc6af09c88c6e3ull, w[i + 1] ^ a);
		b = mix(w[i + 2] ^ 0x589965cc75374cc3ull, w[i + 3] ^ b);
	}
	for (; i < nr; i++)
		a = mix(w[i] ^ 0x1d8e4e27c47d124full,
			a ^ 0xa0761d6478bd642full);
	a = mix(a ^ 0x8ebc6af09c88c6e3ull, b);
	return (uint32_t)(a ^ a >> 32);
}

/* ----------------------------------------------------------------- memory */

static char *new_block(struct sim_intern_store *s, size_t size)
{
	void *p = sim_memory_grow(s->blocks, &s->blocks_max, s->nr_blocks + 1,
				  sizeof(*s->blocks));

	if (!p)
		return NULL;
	s->blocks = p;
	p = size == SIM_MEMORY_HUGE ? sim_memory_alloc_huge() :
				      sim_memory_alloc(size);
	if (!p)
		return NULL;
	s->blocks[s->nr_blocks++] = (struct sim_intern_block){ p, size };
	s->bytes += size;
	return p;
}

/* @size is a multiple of that of a word. */
static void *take(struct sim_intern_store *s, size_t size)
{
	size_t next = s->nr_blocks ? SIM_MEMORY_HUGE : BLOCK_FIRST;

	if (size > BLOCK_FIRST / 4)
		return new_block(s, size);
	if (size > s->left) {
		s->open = new_block(s, next);
		s->left = s->open ? next : 0;
		if (!s->open)
			return NULL;
	}
	s->left -= size;
	return s->open + s->left;
}

static size_t round_up(size_t size)
{
	return (size + sizeof(uint64_t) - 1) / sizeof(uint64_t) *
	       sizeof(uint64_t);
}

/* ------------------------------------------------------------------ table */

static uint64_t slot_for(uint32_t hash, uint32_t id)
{
	return (uint64_t)hash << 32 | id;
}

static bool grow_slots(struct sim_intern *t)
{
	size_t max = t->slots_max ? 2 * t->slots_max : SLOTS_FIRST, i, at;
	uint64_t *slots = sim_memory_alloc(max * sizeof(*slots));

	if (!slots)
		return false;
	for (i = 1; i < t->nr; i++) {
		at = t->items[i].hash & (max - 1);
		while (slots[at])
			at = (at + 1) & (max - 1);
		slots[at] = slot_for(t->items[i].hash, (uint32_t)i);
	}
	sim_memory_release(t->slots, t->slots_max, sizeof(*t->slots));
	t->bytes += (max - t->slots_max) * sizeof(*slots);
	t->slots = slots;
	t->slots_max = max;
	return true;
}

static bool grow_items(struct sim_intern *t)
{
	size_t max = t->items_max;
	void *p = sim_memory_grow(t->items, &t->items_max, t->nr + 2,
				  sizeof(*t->items));

	if (!p)
		return false;
	t->items = p;
	t->bytes += (t->items_max - max) * sizeof(*t->items);
	t->nr += !t->nr;
	return true;
}

static uint32_t add(struct sim_intern *t, const uint64_t *key, size_t nr,
		    uint32_t hash)
{
	uint64_t *copy;

	if (t->nr >= UINT32_MAX || !grow_items(t))
		return 0;
	copy = take(t->store, nr * sizeof(*key));
	if (!copy)
		return 0;
	memcpy(copy, key, nr * sizeof(*key));
	t->items[t->nr] = (struct sim_interned){ .key = copy,
						 .nr = (uint32_t)nr,
						 .hash = hash };
	return (uint32_t)t->nr++;
}

uint32_t sim_intern(struct sim_intern *t, const uint64_t *key, size_t nr,
		    bool *ret_new)
{
	uint32_t hash = hash_of(key, nr);
	const struct sim_interned *item;
	uint32_t id;
	size_t at;

	*ret_new = false;
	if (2 * t->nr >= t->slots_max && !grow_slots(t))
		return 0;
	for (at = hash & (t->slots_max - 1); t->slots[at];
	     at = (at + 1) & (t->slots_max - 1)) {
		if (t->slots[at] >> 32 != hash)
			continue;
		id = (uint32_t)t->slots[at];
		item = &t->items[id];
		if (item->nr == nr &&
		    !memcmp(item->key, key, nr * sizeof(*key)))
			return id;
	}
	*ret_new = true;
	id = add(t, key, nr, hash);
	if (id)
		t->slots[at] = slot_for(hash, id);
	return id;
}

void *sim_intern_attach(struct sim_intern *t, uint32_t id, size_t size)
{
	void *p = take(t->store, round_up(size));

	if (!p)
		return NULL;
	t->items[id].content = p;
	return p;
}

void sim_intern_release(struct sim_intern *t)
{
	sim_memory_release(t->slots, t->slots_max, sizeof(*t->slots));
	sim_memory_release(t->items, t->items_max, sizeof(*t->items));
	memset(t, 0, sizeof(*t));
}

void sim_intern_store_release(struct sim_intern_store *s)
{
	size_t i;

	for (i = 0; i < s->nr_blocks; i++)
		sim_memory_free(s->blocks[i].start, s->blocks[i].size);
	sim_memory_release(s->blocks, s->blocks_max, sizeof(*s->blocks));
	memset(s, 0, sizeof(*s));
}
