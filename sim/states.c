/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * states.c - see states.h.
 *
 * A list of parts: the books, what else there is, how many tasks, each of them,
 * then the chunks of all sub-heaps in order.
 */
#include "states.h"

#include "memory.h"

#include <vfiosim/kernel.h>

#include <string.h>

enum { PART_BOOKS, PART_REST, PART_NR_TASKS, PART_TASKS };

/* Room for so many parts, and one that makes the last word whole. */
static bool reserve_parts(struct sim_states *s, size_t nr)
{
	void *p;

	if (nr < s->parts_max)
		return true;
	p = sim_memory_grow(s->parts, &s->parts_max, nr + 1, sizeof(*s->parts));
	s->parts = p ? p : s->parts;
	return p;
}

static bool reserve_key(struct sim_states *s, size_t bytes)
{
	void *p;

	if (bytes < s->key_max * sizeof(*s->key))
		return true;
	p = sim_memory_grow(s->key, &s->key_max, bytes / sizeof(*s->key) + 1,
			    sizeof(*s->key));
	s->key = p ? p : s->key;
	return p;
}

/* ------------------------------------------------------------------- tasks */

static void add_task(struct sim_task_set *set, unsigned id)
{
	set->words[id / 64] |= 1ull << id % 64;
}

static bool has_task(const struct sim_task_set *set, unsigned id)
{
	return set->words[id / 64] >> id % 64 & 1;
}

static bool any_task(const struct sim_task_set *set)
{
	uint64_t any = 0;
	size_t i;

	for (i = 0; i < sizeof(set->words) / sizeof(set->words[0]); i++)
		any |= set->words[i];
	return any;
}

static bool in_arena(const void *p)
{
	const void *start;
	size_t size;

	slab_arena(&start, &size);
	return (uintptr_t)p - (uintptr_t)start < size;
}

/* Whoever has this on its stack shares it. */
static void expose_owner(struct sim_states *s, const void *p)
{
	unsigned id;

	for (id = 1; id <= sim_engine_tasks(); id++)
		if (sim_engine_on_stack(id, p))
			add_task(&s->exposed, id);
}

void sim_states_moved(struct sim_states *s, unsigned task)
{
	const struct sim_footprint *f = sim_engine_footprint();
	size_t i;

	add_task(&s->moved, task);
	for (i = 0; i < f->nr; i++) {
		if (f->touches[i].operation == SCHED_PREPARE + 1)
			add_task(&s->exposed, task);
		if (!in_arena(f->touches[i].obj))
			expose_owner(s, f->touches[i].obj);
	}
}

/* ------------------------------------------------------------ looking at it */

static bool note_task(struct sim_states *s, unsigned id)
{
	size_t size = sim_engine_task_size(id), nr;
	void *content;
	uint32_t part;
	bool is_new;

	if (!reserve_key(s, size + SIM_TASK_KEY_EXTRA))
		return false;
	nr = sim_engine_task_key(
		id, has_task(&s->exposed, id) ? SIM_ALIKE_RAW : s->alike,
		s->key);
	s->no_chain |= !nr;
	part = nr ? sim_intern(&s->tasks, s->key, nr, &is_new) : 0;
	if (part && is_new) {
		content = sim_intern_attach(&s->tasks, part, size);
		if (!content)
			return false;
		sim_engine_task_save(id, content);
	}
	s->parts[PART_TASKS + id - 1] = part;
	return part;
}

static bool note_books(struct sim_states *s)
{
	size_t size = kernel_image_size();
	void *content;
	bool is_new;
	uint32_t part;

	if (!reserve_key(s, size))
		return false;
	part = sim_intern(&s->books, s->key, kernel_image_key(s->key), &is_new);
	if (part && is_new) {
		content = sim_intern_attach(&s->books, part, size);
		if (!content)
			return false;
		kernel_image_save(content);
	}
	s->parts[PART_BOOKS] = part;
	s->changes = sim_engine_changes();
	return part;
}

/* One part for each chunk; those that are what they were are not looked up. */
static bool note_chunk(struct sim_states *s, size_t nth, const void *start,
		       size_t size)
{
	uint32_t *part = &s->parts[PART_TASKS + s->nr_tasks + nth];
	bool is_new;

	if (nth < s->nr_chunks) {
		const struct sim_interned *known =
			sim_interned(&s->chunks, *part);

		if (*part && known->nr * sizeof(*known->key) == size &&
		    !memcmp(known->key, start, size))
			return true;
	}
	*part = sim_intern(&s->chunks, start, size / sizeof(uint64_t), &is_new);
	return *part;
}

static bool note_memory(struct sim_states *s)
{
	size_t used, at, nth = 0;
	unsigned i;
	char *heap;

	for (i = 0; (heap = slab_heap(i, &used)); i++)
		for (at = 0; at < used; at += SIM_STATES_CHUNK) {
			size_t size = used - at < SIM_STATES_CHUNK ?
					      used - at :
					      SIM_STATES_CHUNK;

			if (!reserve_parts(s, PART_TASKS + s->nr_tasks + nth +
						      1) ||
			    !note_chunk(s, nth++, heap + at, size))
				return false;
		}
	s->nr_chunks = nth;
	return true;
}

/* Tasks that were made; the parts of memory stand behind them. */
static bool note_made(struct sim_states *s)
{
	unsigned nr = sim_engine_tasks(), id;
	unsigned from = s->lost ? 1 : (unsigned)s->nr_tasks + 1;

	if (!s->lost && s->nr_tasks == nr)
		return true;
	if (!reserve_parts(s, PART_TASKS + nr + s->nr_chunks))
		return false;
	memset(&s->parts[PART_TASKS + s->nr_tasks], 0,
	       (nr - s->nr_tasks + s->nr_chunks) * sizeof(*s->parts));
	s->nr_tasks = nr;
	s->nr_chunks = 0;
	s->parts[PART_NR_TASKS] = nr;
	for (id = from; id <= nr; id++)
		if (!note_task(s, id))
			return false;
	return true;
}

static bool note_moved(struct sim_states *s)
{
	unsigned i;

	for (i = 0; i * 64 <= s->nr_tasks; i++) {
		uint64_t word = s->moved.words[i] | s->exposed.words[i];

		for (s->moved.words[i] = 0; word; word &= word - 1) {
			unsigned id = i * 64 + (unsigned)__builtin_ctzll(word);

			if (id <= s->nr_tasks && !note_task(s, id))
				return false;
		}
	}
	return true;
}

static void begin(struct sim_states *s)
{
	s->tasks.store = s->books.store = s->chunks.store = &s->store;
	s->rest.store = s->states.store = &s->store;
	s->nr_tasks = s->nr_chunks = 0;
	memset(&s->moved, 0, sizeof(s->moved));
	s->lost = true;
}

uint32_t sim_states_here(struct sim_states *s, const uint64_t *rest, size_t nr,
			 bool *ret_new)
{
	if (s->lost || !s->parts) {
		begin(s);
		if (!reserve_parts(s, PART_TASKS) || !note_books(s))
			return 0;
	}
	if (!note_made(s) || !note_moved(s))
		return 0;
	if (!s->lost && s->changes != sim_engine_changes() && !note_books(s))
		return 0;
	s->parts[PART_REST] = sim_intern(&s->rest, rest, nr, ret_new);
	if (!s->parts[PART_REST] || !note_memory(s))
		return 0;
	s->lost = false;
	s->nr_parts = PART_TASKS + s->nr_tasks + s->nr_chunks;
	s->parts[s->nr_parts] = 0;
	return sim_intern(&s->states, (const uint64_t *)(void *)s->parts,
			  (s->nr_parts + 1) / 2, ret_new);
}

/* --------------------------------------------------------------- going back */

static void restore_tasks(struct sim_states *s, const uint32_t *parts)
{
	size_t i;

	for (i = 0; i < parts[PART_NR_TASKS]; i++) {
		uint32_t part = parts[PART_TASKS + i];

		if (!s->lost && i < s->nr_tasks &&
		    s->parts[PART_TASKS + i] == part)
			continue;
		sim_engine_task_restore((unsigned)i + 1,
					sim_interned(&s->tasks, part)->content);
	}
}

/* @known: what lies there now, or NULL.  Returns the number of chunks. */
static size_t restore_memory(const struct sim_states *s, const uint32_t *parts,
			     const uint32_t *known)
{
	size_t used, at, nth = 0;
	unsigned i;
	char *heap;

	for (i = 0; (heap = slab_heap(i, &used)); i++)
		for (at = 0; at < used; at += SIM_STATES_CHUNK, nth++) {
			const struct sim_interned *chunk =
				sim_interned(&s->chunks, parts[nth]);

			if (!known || known[nth] != parts[nth])
				memcpy(heap + at, chunk->key,
				       chunk->nr * sizeof(*chunk->key));
		}
	return nth;
}

void sim_states_go(struct sim_states *s, uint32_t state)
{
	const struct sim_interned *key = sim_interned(&s->states, state);
	const uint32_t *to = (const uint32_t *)(const void *)key->key;
	bool same_books;

	/* Steps behind which nobody looked what they left. */
	s->lost |= any_task(&s->moved);
	same_books = !s->lost && s->changes == sim_engine_changes() &&
		     s->parts[PART_BOOKS] == to[PART_BOOKS];
	if (!same_books)
		kernel_image_restore(
			sim_interned(&s->books, to[PART_BOOKS])->content);
	s->changes = sim_engine_changes();
	restore_tasks(s, to);
	s->nr_chunks = restore_memory(
		s, &to[PART_TASKS + to[PART_NR_TASKS]],
		same_books ? &s->parts[PART_TASKS + s->nr_tasks] : NULL);
	memcpy(s->parts, to, key->nr * sizeof(*key->key));
	memset(&s->moved, 0, sizeof(s->moved));
	s->nr_tasks = to[PART_NR_TASKS];
	s->nr_parts = PART_TASKS + s->nr_tasks + s->nr_chunks;
	s->lost = false;
}

void sim_states_lose(struct sim_states *s)
{
	s->lost = true;
}

size_t sim_states_bytes(const struct sim_states *s)
{
	return s->tasks.bytes + s->books.bytes + s->chunks.bytes +
	       s->rest.bytes + s->states.bytes + s->store.bytes +
	       s->parts_max * sizeof(*s->parts) + s->key_max * sizeof(*s->key);
}

void sim_states_release(struct sim_states *s)
{
	sim_intern_release(&s->tasks);
	sim_intern_release(&s->books);
	sim_intern_release(&s->chunks);
	sim_intern_release(&s->rest);
	sim_intern_release(&s->states);
	sim_intern_store_release(&s->store);
	sim_memory_release(s->parts, s->parts_max, sizeof(*s->parts));
	sim_memory_release(s->key, s->key_max, sizeof(*s->key));
	memset(s, 0, sizeof(*s));
}
