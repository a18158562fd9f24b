/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * slab_internal.h - the arena and the books about it, shared by slab.c, which
 * hands memory out, and image.c, which copies all of it.
 */
#ifndef VFIOSIM_LIB_SLAB_INTERNAL_H
#define VFIOSIM_LIB_SLAB_INTERNAL_H

#include <vfiosim/slab.h>

#include <stdint.h>

#pragma redefine_extname slab_books vfiosim_slab_books
#pragma redefine_extname slab_memory vfiosim_slab_memory
#pragma redefine_extname slab_own vfiosim_slab_own

#define HEAPS_MAX 256
#define HEAP_SIZE ((size_t)256 * 1024)
#define ARENA_SIZE (HEAPS_MAX * HEAP_SIZE)
#define GRANULE 16
#define GRANULES (HEAP_SIZE / GRANULE) /* in a sub-heap */
#define LANES 4 /* granules in one word of the table of owners */
#define LANE_BITS (64 / LANES)
#define RULES_MAX 32
#define RULE_TYPE_MAX 48

struct record {
	size_t offset, size; /* in the arena */
	unsigned type, nr;
	unsigned state; /* enum slab_state */
	unsigned alloc_task, free_task;
	const char *alloc_func, *free_func;
};

struct type {
	const char *name;
	unsigned allocated; /* attempts */
	unsigned nr; /* successes */
	unsigned live;
};

/* Injected failures of one type ("": of all).  SPENT: a countdown that is over;
 * it says that the order of allocations mattered, and still counts as such. */
enum rule_kind { RULE_NONE, RULE_NTH, RULE_SPENT, RULE_ALWAYS, RULE_CHOICE };

struct rule {
	enum rule_kind kind;
	unsigned left; /* RULE_NTH: allocations until the one that fails */
	char type[RULE_TYPE_MAX];
};

/* All that is known about the arena; mapped beside it. */
struct slab_table {
	unsigned records_used;
	unsigned failed;
	unsigned rules_used; /* entries in use, not always the first ones */
	unsigned heaps_end; /* no sub-heap from here on is in use */
	struct type type[SLAB_TYPES_MAX];
	struct rule rule[RULES_MAX];
	unsigned heap_used[HEAPS_MAX]; /* bytes */
	/* For each granule the record of its block, plus 1. */
	uint64_t owners[HEAPS_MAX][GRANULES / LANES];
	struct record record[SLAB_BLOCKS_MAX - 1];
};

/* Where @record lies is @owner: a record's number plus 1; 0: nobody's. */
void slab_own(const struct record *record, uint64_t owner);

/* NULL until the first boot. */
extern struct slab_table *slab_books;
extern char *slab_memory;

#endif
