/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * idr.c - lowest free ids from a bitmap.
 *
 * Callers lock, so each call announces one access to the whole object.
 */
#include <vfiosim/idr.h>

#include <limits.h>
#include <string.h>

#define WORD_BITS 64
#define WORDS (IDR_IDS_MAX / WORD_BITS)

_Static_assert(sizeof(unsigned long) * CHAR_BIT == WORD_BITS,
	       "the bitmaps of idr.h have 64 ids in a word");
_Static_assert(IDR_IDS_MAX % WORD_BITS == 0, "the last word is full of ids");

/* The lowest clear bit from @start on, or IDR_IDS_MAX. */
static unsigned find_free(const unsigned long *used, unsigned start)
{
	unsigned word = start / WORD_BITS;
	unsigned long clear;

	if (start >= IDR_IDS_MAX)
		return IDR_IDS_MAX;
	clear = ~used[word] & (~0ul << start % WORD_BITS);
	while (!clear && ++word < WORDS)
		clear = ~used[word];
	return clear ? word * WORD_BITS + (unsigned)__builtin_ctzl(clear) :
		       IDR_IDS_MAX;
}

static void set_used(unsigned long *used, unsigned id)
{
	used[id / WORD_BITS] |= 1ul << id % WORD_BITS;
}

static bool clear_used(unsigned long *used, unsigned id)
{
	unsigned long bit = 1ul << id % WORD_BITS;

	if (id >= IDR_IDS_MAX || !(used[id / WORD_BITS] & bit))
		return false;
	used[id / WORD_BITS] &= ~bit;
	return true;
}

/* @end: 0: no limit. */
static int take_lowest(unsigned long *used, unsigned start, unsigned end)
{
	unsigned id = find_free(used, start);

	if (id == IDR_IDS_MAX || (end && id >= end))
		return -ENOSPC;
	set_used(used, id);
	return (int)id;
}

void idr_init(struct idr *idr)
{
	memset(idr, 0, sizeof(*idr));
}

int idr_alloc(struct idr *idr, void *ptr, int start, int end)
{
	int id;

	if (start < 0)
		return -EINVAL;
	sched_access(idr, SCHED_ACCESS_WRITE);
	id = take_lowest(idr->used, (unsigned)start,
			 end > 0 ? (unsigned)end : 0);
	if (id >= 0)
		idr->ptr[id] = ptr;
	return id;
}

void *idr_find(const struct idr *idr, int id)
{
	sched_access(idr, SCHED_ACCESS_READ);
	return id >= 0 && id < IDR_IDS_MAX ? idr->ptr[id] : NULL;
}

void idr_remove(struct idr *idr, int id)
{
	sched_access(idr, SCHED_ACCESS_WRITE);
	if (id >= 0 && clear_used(idr->used, (unsigned)id))
		idr->ptr[id] = NULL;
}

void ida_init(struct ida *ida)
{
	memset(ida, 0, sizeof(*ida));
}

int ida_simple_get(struct ida *ida, unsigned start, unsigned end)
{
	if (start > INT_MAX || end > INT_MAX || (end && end < start))
		return -EINVAL;
	sched_access(ida, SCHED_ACCESS_WRITE);
	return take_lowest(ida->used, start, end);
}

void ida_simple_remove(struct ida *ida, unsigned id)
{
	sched_access(ida, SCHED_ACCESS_WRITE);
	(void)clear_used(ida->used, id);
}
