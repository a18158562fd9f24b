/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * image.c - what a machine keeps outside of its sub-heaps, copied and put back.
 *
 * These are the books of the slab and a pointer for each subsystem.  Only one
 * thread runs while an image is made or restored.
 */
#include <vfiosim/kernel.h>

#include <string.h>

#include "image.h"
#include "slab_internal.h"

/* -------------------------------------------------------------- the books */

struct books {
	unsigned records_used, failed, rules_used, heaps_end, types;
};

static unsigned types_used(void)
{
	unsigned nr = 0;

	while (nr < SLAB_TYPES_MAX && slab_books->type[nr].name)
		nr++;
	return nr;
}

static size_t rules_size(unsigned rules_used)
{
	return rules_used ? sizeof(slab_books->rule) : 0;
}

static size_t books_size(const struct books *b)
{
	return sizeof(*b) + rules_size(b->rules_used) +
	       b->types * sizeof(struct type) +
	       b->heaps_end * sizeof(slab_books->heap_used[0]) +
	       b->records_used * sizeof(struct record);
}

static struct books books_now(void)
{
	return (struct books){ slab_books->records_used, slab_books->failed,
			       slab_books->rules_used, slab_books->heaps_end,
			       types_used() };
}

static char *put(char *to, const void *from, size_t size)
{
	memcpy(to, from, size);
	return to + size;
}

static void books_save(void *copy)
{
	struct books b = books_now();
	char *p = put(copy, &b, sizeof(b));

	p = put(p, slab_books->record, b.records_used * sizeof(struct record));
	p = put(p, slab_books->type, b.types * sizeof(struct type));
	p = put(p, slab_books->rule, rules_size(b.rules_used));
	put(p, slab_books->heap_used, b.heaps_end * sizeof(unsigned));
}

static const char *get(void *to, const char *from, size_t size)
{
	memcpy(to, from, size);
	return from + size;
}

/* Blocks never move, but which of them is which depends on who came first. */
static void records_restore(const struct record *records, unsigned nr)
{
	unsigned used = slab_books->records_used, same = 0, i;

	while (same < nr && same < used &&
	       slab_books->record[same].offset == records[same].offset &&
	       slab_books->record[same].size == records[same].size)
		same++;
	for (i = same; i < used; i++)
		slab_own(&slab_books->record[i], 0);
	memcpy(slab_books->record, records, nr * sizeof(*records));
	for (i = same; i < nr; i++)
		slab_own(&slab_books->record[i], i + 1);
	slab_books->records_used = nr;
}

static void books_restore(const void *copy)
{
	struct books b, now = books_now();
	const char *p = get(&b, copy, sizeof(b));

	records_restore((const void *)p, b.records_used);
	p += b.records_used * sizeof(struct record);
	p = get(slab_books->type, p, b.types * sizeof(struct type));
	if (now.types > b.types)
		memset(&slab_books->type[b.types], 0,
		       (now.types - b.types) * sizeof(struct type));
	if (now.rules_used && !b.rules_used)
		memset(slab_books->rule, 0, sizeof(slab_books->rule));
	p = get(slab_books->rule, p, rules_size(b.rules_used));
	get(slab_books->heap_used, p, b.heaps_end * sizeof(unsigned));
	if (now.heaps_end > b.heaps_end)
		memset(&slab_books->heap_used[b.heaps_end], 0,
		       (now.heaps_end - b.heaps_end) * sizeof(unsigned));
	slab_books->failed = b.failed;
	slab_books->rules_used = b.rules_used;
	slab_books->heaps_end = b.heaps_end;
}

/* Of a block all but its number, which says who allocated first. */
static size_t record_key(uint64_t *words, const struct record *record)
{
	words[0] = record->offset;
	words[1] = record->size << 2 | record->state;
	words[2] = (uintptr_t)slab_books->type[record->type].name;
	return 3;
}

static size_t books_key(uint64_t *words)
{
	unsigned heap, i;
	size_t nr = 2;

	words[0] = slab_books->failed;
	words[1] = 0;
	/* Blocks of one sub-heap are in the order of their addresses. */
	for (heap = 0; heap < slab_books->heaps_end; heap++)
		for (i = 0; i < slab_books->records_used; i++)
			if (slab_books->record[i].offset / HEAP_SIZE == heap)
				nr += record_key(&words[nr],
						 &slab_books->record[i]);
	/* A sum, since types too are in the order of their first use. */
	for (i = 0; i < SLAB_TYPES_MAX && slab_books->type[i].name; i++)
		words[1] += (uintptr_t)slab_books->type[i].name *
			    (2ull * slab_books->type[i].allocated + 1);
	memcpy(&words[nr], slab_books->rule,
	       rules_size(slab_books->rules_used));
	return nr + rules_size(slab_books->rules_used) / sizeof(*words);
}

/* --------------------------------------------------------------- the image */

struct image {
	bool running;
	unsigned warnings;
	void *root[KERNEL_ROOTS_MAX];
};

_Static_assert(sizeof(struct record) > 3 * sizeof(uint64_t) &&
		       sizeof(struct image) > 4 * sizeof(uint64_t),
	       "a key takes no more room than the image");
_Static_assert(sizeof(((struct slab_table *)0)->rule) % sizeof(uint64_t) == 0,
	       "rules are copied as words");

size_t kernel_image_size(void)
{
	struct books b = books_now();

	return sizeof(struct image) + books_size(&b);
}

void kernel_image_save(void *image)
{
	struct image *i = image;

	memset(i, 0, sizeof(*i));
	kernel_roots_save(i->root);
	i->running = kernel_era() != NULL;
	i->warnings = sched_warnings();
	books_save(i + 1);
}

void kernel_image_restore(const void *image)
{
	const struct image *i = image;

	kernel_roots_restore(i->root, i->running);
	sched_warnings_restore(i->warnings);
	books_restore(i + 1);
}

size_t kernel_image_key(uint64_t *words)
{
	words[0] = sched_warnings();
	return 1 + books_key(words + 1);
}
