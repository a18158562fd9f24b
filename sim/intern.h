/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * intern.h - strings of words, each kept once and known by a number.
 *
 * Whether two are the same is decided by comparing them, never by a hash alone.
 */
#ifndef SIM_INTERN_H
#define SIM_INTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_interned {
	const uint64_t *key;
	uint32_t nr; /* of its words */
	uint32_t hash;
	void *content; /* that the owner attached, or NULL */
};

struct sim_intern_block {
	char *start;
	size_t size;
};

/* Memory for keys and contents, which tables share: where all of it lies close
 * together, the system is asked for it seldom.  Zeroed to begin with. */
struct sim_intern_store {
	struct sim_intern_block *blocks;
	size_t nr_blocks, blocks_max;
	char *open; /* the block that has room */
	size_t left; /* so much, at its beginning */
	size_t bytes; /* all that it has */
};

/* Zeroed to begin with, but for ->store. */
struct sim_intern {
	struct sim_intern_store *store;
	struct sim_interned *items; /* [0] is none */
	size_t nr, items_max;
	uint64_t *slots; /* open addressing: hash and number; 0: free */
	size_t slots_max;
	size_t bytes; /* of these two */
};

/* The number of @key, from 1; *@ret_new: it was not there before.  0: no
 * memory. */
uint32_t sim_intern(struct sim_intern *table, const uint64_t *key, size_t nr,
		    bool *ret_new);

/* Room for what comes with a key; NULL: no memory. */
void *sim_intern_attach(struct sim_intern *table, uint32_t id, size_t size);

static inline const struct sim_interned *
sim_interned(const struct sim_intern *table, uint32_t id)
{
	return &table->items[id];
}

/* Empty again, and without memory; first tables, then what they share. */
void sim_intern_release(struct sim_intern *table);
void sim_intern_store_release(struct sim_intern_store *store);

#endif
