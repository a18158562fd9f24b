/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memory.h - memory of the harness itself, which detectors do not look at.
 *
 * Scheduler state is handed from thread to thread without any edge that a
 * detector could see, so that only the modelled locks count.  What it lives in
 * must therefore be excluded from their checking.
 */
#ifndef SIM_MEMORY_H
#define SIM_MEMORY_H

#include <stddef.h>

/* Tell Helgrind and DRD to look away from [start, start + size). */
void sim_memory_exclude(const void *start, size_t size);

/* And to look again, as at new memory. */
void sim_memory_include(const void *start, size_t size);

/*
 * A growable array in excluded memory.  @items: current array or NULL;
 * @nr_max: its capacity, updated.  Doubles until @nr items fit.  Returns the
 * array, or NULL with nothing changed.
 */
void *sim_memory_double(void *items, size_t *nr_max, size_t nr, size_t size);
static inline void *sim_memory_grow(void *items, size_t *nr_max, size_t nr,
				    size_t size)
{
	/* Nearly always it is large enough, from the runs before. */
	return nr <= *nr_max ? items :
			       sim_memory_double(items, nr_max, nr, size);
}
void sim_memory_release(void *items, size_t nr_max, size_t size);

/* One zeroed object in excluded memory, or NULL; and back, NULL is fine. */
void *sim_memory_alloc(size_t size);
void sim_memory_free(void *p, size_t size);

/* The same of SIM_MEMORY_HUGE bytes, in one page if the system has such: a page
 * fault takes longer than filling the page. */
#define SIM_MEMORY_HUGE ((size_t)1 << 21)
void *sim_memory_alloc_huge(void);

/* Bytes of it that are in use, and of what @bytes were said to be: memory that
 * grows with a search, but is no detectors' business. */
size_t sim_memory_used(void);
void sim_memory_count(ptrdiff_t bytes);
/* How often the system refused some. */
unsigned sim_memory_refusals(void);

/* Blocks that were given back are kept for the next who wants one as large;
 * give them back to the system. */
void sim_memory_trim(void);

/* Is this process run by Helgrind or DRD?  They see fibers as one thread. */
int sim_memory_under_race_detector(void);

/* Edges that detectors do see: everything before a release of @tag happens
 * before everything behind the next acquire.  Used at the ends of runs. */
void sim_memory_release_edge(const void *tag);
void sim_memory_acquire_edge(const void *tag);

#endif
