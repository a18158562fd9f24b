/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * boot.c - the machine as its boot leaves it, kept for the next boot.
 *
 * A search boots thousands of machines of one era, and what boot does depends
 * on the era alone.  So the first of them is copied, and the others begin as
 * that copy; tools that keep books about memory of their own see every boot.
 */
#include <vfiosim/kernel.h>

#include <stdlib.h>
#include <string.h>

#include "annotate.h"
#include "image.h"
#include "native.h"
#include "slab_internal.h"

/* What boot writes.  Nothing lies outside of the first sub-heap, since whoever
 * boots a machine is no task. */
enum { BYTES, OWNERS, RECORDS, TYPES, RULES, USED, PIECES };

struct piece {
	void *where, *copy;
	size_t size;
};

/* The machine in the newest copy. */
static struct {
	bool made;
	struct kernel_era era;
	void *root[KERNEL_ROOTS_MAX];
	struct piece piece[PIECES];
	unsigned blocks;
} booted;

static void booted_forget(void)
{
	unsigned i;

	for (i = 0; i < PIECES; i++)
		free(booted.piece[i].copy);
	memset(&booted, 0, sizeof(booted));
}

/* A scheduler is told of every allocation, and so are tools. */
static bool copies_are_seen(void)
{
	return sched_ops || !NATIVE_IS_ITS_BYTES || annotate_watched();
}

static bool blocks_are_alive(void)
{
	unsigned i;

	for (i = 0; i < slab_books->records_used; i++)
		if (slab_books->record[i].state != SLAB_LIVE)
			return false;
	return true;
}

/* The counters stand in front of the types. */
static size_t types_size(void)
{
	unsigned nr = 0;

	while (nr < SLAB_TYPES_MAX && slab_books->type[nr].name)
		nr++;
	return offsetof(struct slab_table, type) + nr * sizeof(struct type);
}

static bool take_piece(unsigned nr, void *where, size_t size)
{
	void *copy = malloc(size ? size : 1);

	if (!copy)
		return false;
	memcpy(copy, where, size);
	booted.piece[nr] = (struct piece){ where, copy, size };
	return true;
}

static bool take_all(void)
{
	struct slab_table *b = slab_books;
	size_t used = b->heap_used[0];

	return take_piece(BYTES, slab_memory, used) &&
	       take_piece(OWNERS, b->owners[0],
			  (used / GRANULE + LANES - 1) / LANES *
				  sizeof(b->owners[0][0])) &&
	       take_piece(RECORDS, b->record,
			  b->records_used * sizeof(b->record[0])) &&
	       take_piece(TYPES, b, types_size()) &&
	       take_piece(RULES, b->rule,
			  b->rules_used ? sizeof(b->rule) : 0) &&
	       take_piece(USED, &b->heap_used[0], sizeof(b->heap_used[0]));
}

void boot_image_take(const struct kernel_era *era)
{
	if (copies_are_seen() || slab_books->heaps_end != 1 || slab_failed() ||
	    sched_warnings() || !blocks_are_alive())
		return;
	booted_forget();
	if (!take_all()) {
		booted_forget();
		return;
	}
	kernel_roots_save(booted.root);
	booted.era = *era;
	booted.blocks = slab_books->records_used;
	booted.made = true;
}

bool boot_image_restore(const struct kernel_era *era)
{
	unsigned i;

	if (!booted.made || copies_are_seen() ||
	    memcmp(&booted.era, era, sizeof(*era)))
		return false;
	for (i = 0; i < PIECES; i++)
		memcpy(booted.piece[i].where, booted.piece[i].copy,
		       booted.piece[i].size);
	kernel_roots_restore(booted.root, true);
	return true;
}

static bool is_as_copied(unsigned nr)
{
	return !memcmp(booted.piece[nr].where, booted.piece[nr].copy,
		       booted.piece[nr].size);
}

/* Is all that boot made still there, whatever is in it now? */
static bool is_all_there(const struct kernel_era *era)
{
	return booted.made && slab_books->records_used >= booted.blocks &&
	       !memcmp(&booted.era, era, sizeof(*era)) && is_as_copied(RECORDS);
}

size_t boot_image_ends(const struct kernel_era *era)
{
	return is_all_there(era) && !copies_are_seen() ?
		       booted.piece[BYTES].size :
		       0;
}

size_t kernel_booted(void)
{
	const struct kernel_era *era = kernel_era();

	return era && is_all_there(era) && is_as_copied(BYTES) ?
		       booted.piece[BYTES].size :
		       0;
}

unsigned boot_image_blocks(void)
{
	return booted.blocks;
}
