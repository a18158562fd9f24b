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

/* The machine in the newest copy; nothing lies outside of the first sub-heap,
 * since whoever boots a machine is no task. */
static struct {
	struct kernel_era era;
	void *image; /* NULL: there is no copy */
	void *bytes;
	size_t size; /* of @bytes */
	struct record *records;
	unsigned records_nr;
} booted;

static void booted_forget(void)
{
	free(booted.image);
	free(booted.bytes);
	free(booted.records);
	booted.image = booted.bytes = NULL;
	booted.records = NULL;
}

/* A scheduler is told of every allocation, and so are tools. */
static bool copies_are_seen(void)
{
	return sched_ops || !NATIVE_IS_ITS_BYTES || annotate_watched();
}

static bool records_are_alive(unsigned nr)
{
	unsigned i;

	for (i = 0; i < nr; i++)
		if (slab_books->record[i].state != SLAB_LIVE)
			return false;
	return true;
}

void boot_image_take(const struct kernel_era *era)
{
	unsigned nr = slab_books->records_used;
	size_t size;
	const void *heap = slab_heap(0, &size);

	if (copies_are_seen() || slab_books->heaps_end != 1 || slab_failed() ||
	    !records_are_alive(nr))
		return;
	booted_forget();
	booted.era = *era;
	booted.size = size;
	booted.records_nr = nr;
	booted.image = malloc(kernel_image_size());
	booted.bytes = malloc(size);
	booted.records = malloc(nr * sizeof(*booted.records));
	if (!booted.image || !booted.bytes || !booted.records) {
		booted_forget();
		return;
	}
	kernel_image_save(booted.image);
	memcpy(booted.bytes, heap, size);
	memcpy(booted.records, slab_books->record,
	       nr * sizeof(*booted.records));
}

bool boot_image_restore(const struct kernel_era *era)
{
	if (!booted.image || copies_are_seen() ||
	    memcmp(&booted.era, era, sizeof(*era)))
		return false;
	kernel_image_restore(booted.image);
	memcpy(slab_memory, booted.bytes, booted.size);
	return true;
}

/* Is all that boot made still there, whatever is in it now? */
static bool is_all_there(const struct kernel_era *era)
{
	return booted.image && slab_books->records_used >= booted.records_nr &&
	       !memcmp(&booted.era, era, sizeof(*era)) &&
	       !memcmp(slab_books->record, booted.records,
		       booted.records_nr * sizeof(*booted.records));
}

size_t boot_image_ends(const struct kernel_era *era)
{
	return is_all_there(era) && !copies_are_seen() ? booted.size : 0;
}

size_t kernel_booted(void)
{
	const struct kernel_era *era = kernel_era();

	return era && is_all_there(era) &&
			       !memcmp(slab_memory, booted.bytes, booted.size) ?
		       booted.size :
		       0;
}

unsigned boot_image_blocks(void)
{
	return booted.records_nr;
}
