/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memory.c - memory of the harness, hidden from race detectors.
 *
 * Client requests cost a few instructions natively and nothing is needed at
 * run time; without Valgrind's headers they are left out.
 */
#include "memory.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if __has_include(<valgrind/helgrind.h>) && __has_include(<valgrind/drd.h>)
/* Both define the ANNOTATE_ macros; the later one, Helgrind, wins. */
#include <valgrind/drd.h>
#undef ANNOTATE_HAPPENS_BEFORE
#undef ANNOTATE_HAPPENS_AFTER
#include <valgrind/helgrind.h>
#define DRD_REQUEST(request, a, b) \
	VALGRIND_DO_CLIENT_REQUEST_STMT((request), (a), (b), 0, 0, 0)
#else
#define VALGRIND_HG_DISABLE_CHECKING(a, b) ((void)(a), (void)(b))
#define VALGRIND_HG_ENABLE_CHECKING(a, b) ((void)(a), (void)(b))
#define VALGRIND_HG_CLEAN_MEMORY(a, b) ((void)(a), (void)(b))
#define ANNOTATE_HAPPENS_BEFORE(tag) ((void)(tag))
#define ANNOTATE_HAPPENS_AFTER(tag) ((void)(tag))
#define RUNNING_ON_VALGRIND 0
#define DRD_REQUEST(request, a, b) ((void)(a), (void)(b))
#endif

#define PAGE_BYTES 4096u
/* From here on what grows is moved, not copied: in between there would be twice
 * as much of it. */
#define MOVE_BYTES ((size_t)1 << 16)

/* Small blocks are kept for the next who wants one as large: a search that ends
 * soon would spend a fifth of its time in the kernel for them. */
#define SPARE_PAGES_MAX 4u
#define SPARES_MAX 128u

#ifndef __has_feature
#define __has_feature(feature) 0
#endif
/* Tools are to see who uses what he gave back. */
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define KEEPS_SPARES 0
#else
#define KEEPS_SPARES (!RUNNING_ON_VALGRIND)
#endif

static struct {
	size_t used;
	unsigned refusals;
	/* Of so many pages; each begins with the address of the next. */
	void *spares[SPARE_PAGES_MAX + 1];
	unsigned nr_spares;
} account;

/* Does Valgrind run this process?  Asked once, since a request takes some
 * twenty instructions, and runs are short. */
static bool valgrind;

__attribute__((constructor(101))) static void ask_valgrind(void)
{
	valgrind = RUNNING_ON_VALGRIND != 0;
}

/* Present only when ThreadSanitizer's runtime is linked in. */
extern void __tsan_acquire(void *tag) __attribute__((weak));
extern void __tsan_release(void *tag) __attribute__((weak));

void sim_memory_exclude(const void *start, size_t size)
{
	if (!valgrind)
		return;
	VALGRIND_HG_DISABLE_CHECKING(start, size);
	DRD_REQUEST(VG_USERREQ__DRD_START_SUPPRESSION, start, size);
}

void sim_memory_include(const void *start, size_t size)
{
	if (!valgrind)
		return;
	VALGRIND_HG_ENABLE_CHECKING(start, size);
	VALGRIND_HG_CLEAN_MEMORY(start, size);
	DRD_REQUEST(VG_USERREQ__DRD_FINISH_SUPPRESSION, start, size);
}

size_t sim_memory_used(void)
{
	return account.used;
}

void sim_memory_count(ptrdiff_t bytes)
{
	account.used += (size_t)bytes;
}

unsigned sim_memory_refusals(void)
{
	return account.refusals;
}

static size_t bytes_of(size_t nr, size_t size)
{
	return (nr * size + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
}

static void *take_spare(size_t bytes)
{
	size_t pages = bytes / PAGE_BYTES;
	void *p = pages <= SPARE_PAGES_MAX ? account.spares[pages] : NULL;

	if (!p)
		return NULL;
	memcpy(&account.spares[pages], p, sizeof(p));
	account.nr_spares--;
	return memset(p, 0, bytes);
}

static bool keep_spare(void *p, size_t bytes)
{
	size_t pages = bytes / PAGE_BYTES;

	if (pages > SPARE_PAGES_MAX || account.nr_spares == SPARES_MAX ||
	    !KEEPS_SPARES)
		return false;
	memcpy(p, &account.spares[pages], sizeof(p));
	account.spares[pages] = p;
	account.nr_spares++;
	return true;
}

void *sim_memory_alloc(size_t size)
{
	void *p = take_spare(bytes_of(1, size));

	if (!p)
		p = mmap(NULL, bytes_of(1, size), PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!account.used)
		sim_memory_exclude(&account, sizeof(account));
	if (p == MAP_FAILED) {
		account.refusals++;
		return NULL;
	}
	account.used += bytes_of(1, size);
	sim_memory_exclude(p, bytes_of(1, size));
	return p;
}

/* Only what begins at a multiple of its size can be one page; whatever is mapped
 * around that is given back at once. */
void *sim_memory_alloc_huge(void)
{
	const size_t size = SIM_MEMORY_HUGE;
	char *p = sim_memory_alloc(2 * size);
	size_t before;

	if (!p)
		return NULL;
	before = -(uintptr_t)p % size;
	if (before)
		sim_memory_free(p, before);
	if (before < size)
		sim_memory_free(p + before + size, size - before);
#ifdef MADV_HUGEPAGE
	/* As good as it gets. */
	(void)madvise(p + before, size, MADV_HUGEPAGE);
#endif
	return p + before;
}

void sim_memory_free(void *p, size_t size)
{
	sim_memory_release(p, 1, size);
}

#ifdef __linux__
/* The same memory at another place, or NULL. */
static void *move(void *items, size_t old, size_t new)
{
	void *p = mremap(items, old, new, MREMAP_MAYMOVE);

	if (p == MAP_FAILED) {
		account.refusals++;
		return NULL;
	}
	account.used += new - old;
	sim_memory_exclude(p, new);
	return p;
}
#else
static void *move(void *items, size_t old, size_t new)
{
	void *p = sim_memory_alloc(new);

	if (!p)
		return NULL;
	memcpy(p, items, old);
	sim_memory_free(items, old);
	return p;
}
#endif

void *sim_memory_double(void *items, size_t *nr_max, size_t nr, size_t size)
{
	size_t nr_new = *nr_max ? *nr_max : 64;
	void *p;

	while (nr_new < nr)
		nr_new *= 2;
	if (items && bytes_of(*nr_max, size) >= MOVE_BYTES) {
		p = move(items, bytes_of(*nr_max, size),
			 bytes_of(nr_new, size));
	} else {
		p = sim_memory_alloc(nr_new * size);
		if (p && items) {
			memcpy(p, items, *nr_max * size);
			sim_memory_release(items, *nr_max, size);
		}
	}
	if (p)
		*nr_max = nr_new;
	return p;
}

void sim_memory_release(void *items, size_t nr_max, size_t size)
{
	if (!items)
		return;
	account.used -= bytes_of(nr_max, size);
	/* What is kept stays hidden. */
	if (keep_spare(items, bytes_of(nr_max, size)))
		return;
	sim_memory_include(items, bytes_of(nr_max, size));
	munmap(items, bytes_of(nr_max, size));
}

void sim_memory_trim(void)
{
	size_t pages;
	void *p;

	for (pages = 1; pages <= SPARE_PAGES_MAX; pages++)
		while ((p = account.spares[pages])) {
			memcpy(&account.spares[pages], p, sizeof(p));
			sim_memory_include(p, pages * PAGE_BYTES);
			munmap(p, pages * PAGE_BYTES);
		}
	account.nr_spares = 0;
}

/* Only Helgrind and DRD answer a request of their own; memcheck does not. */
int sim_memory_under_race_detector(void)
{
	extern char **environ;
	char **e;

	if (!valgrind)
		return 0;
	for (e = environ; *e; e++)
		if (strstr(*e, "vgpreload_helgrind") ||
		    strstr(*e, "vgpreload_drd"))
			return 1;
	return 0;
}

void sim_memory_release_edge(const void *tag)
{
	if (__tsan_release)
		__tsan_release((void *)(uintptr_t)tag);
	if (!valgrind)
		return;
	ANNOTATE_HAPPENS_BEFORE(tag);
	DRD_REQUEST(VG_USERREQ__DRD_ANNOTATE_HAPPENS_BEFORE, tag, 0);
}

void sim_memory_acquire_edge(const void *tag)
{
	if (__tsan_acquire)
		__tsan_acquire((void *)(uintptr_t)tag);
	if (!valgrind)
		return;
	ANNOTATE_HAPPENS_AFTER(tag);
	DRD_REQUEST(VG_USERREQ__DRD_ANNOTATE_HAPPENS_AFTER, tag, 0);
}
