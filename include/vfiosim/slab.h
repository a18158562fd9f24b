/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * slab.h - all memory of the modelled machine.
 *
 * One arena, a sub-heap per task, so that addresses do not depend on the
 * interleaving.  Allocations can fail, are counted by type, and a freed block
 * is poisoned and never used again before the machine halts: whoever asks can
 * tell that an address was freed, and where.
 */
#ifndef VFIOSIM_SLAB_H
#define VFIOSIM_SLAB_H

#include <vfiosim/symbols.h>

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Types of blocks in one machine, and blocks in one machine. */
#define SLAB_TYPES_MAX 64
#define SLAB_BLOCKS_MAX 65536

enum slab_state {
	SLAB_OUTSIDE, /* not memory of the machine: stack, static, libc heap */
	SLAB_LIVE,
	SLAB_FREED,
	SLAB_WILD /* inside the arena, but in no block */
};

/* What is known about the block around an address. */
struct slab_block {
	const void *start;
	size_t size;
	const char *type; /* as given to slab_alloc() */
	unsigned nr; /* n-th allocation of this type, from 1 */
	const char *alloc_func, *free_func; /* free_func: NULL while live */
	unsigned alloc_task, free_task;
};

/* The file, function and line for reports come from the macros below. */
void *__slab_alloc(const char *type, size_t size, const char *func);
void __slab_free(const void *p, const char *func);
char *__slab_strdup(const char *type, const char *s, const char *func);

/**
 * slab_alloc - allocate zeroed memory of the modelled machine
 * @type: name of the type; a string literal; counted and failed by it
 * @size: bytes, at least 1
 *
 * Returns the block, or NULL: an injected failure, or the arena is full.
 * Does not wait.
 */
#define slab_alloc(type, size) __slab_alloc((type), (size), __func__)

/**
 * kzalloc_obj - allocate one zeroed struct
 * @tag: the tag of the struct; also the type it is counted under
 *
 * Returns struct @tag * or NULL.
 */
#define kzalloc_obj(tag) \
	((struct tag *)__slab_alloc(#tag, sizeof(struct tag), __func__))

/**
 * kfree - free a block; NULL is fine
 *
 * The memory is poisoned (also for AddressSanitizer and Valgrind).  Freeing
 * twice, or what is no block, is reported (SCHED_DOUBLE_FREE).
 */
#define kfree(p) __slab_free((p), __func__)

/* slab_alloc() with the copy of a string in it. */
#define slab_strdup(type, s) __slab_strdup((type), (s), __func__)

/**
 * slab_realloc_at - allocate at the address of a freed block
 * @old: start of a freed block of the same type that is still poisoned
 *
 * For address reuse, which the arena otherwise never does.  Returns @old,
 * zeroed and live again under a new number, or NULL if @old is no such block.
 */
void *slab_realloc_at(const char *type, const void *old);

/**
 * slab_fail_nth - let one allocation fail
 * @type: only count allocations of this type; NULL: of every type
 * @nth:  1: the next one; 0: none (cancels)
 *
 * One failure per (type, call); several may be pending at once.
 * Returns 0 or -ENOSPC when too many are pending.
 */
int slab_fail_nth(const char *type, unsigned nth);

/* Does an allocation of @type count for a slab_fail_nth(), pending or over?
 * Then who allocates first matters. */
bool slab_fail_counts(const char *type);

/**
 * slab_fail_always - let every allocation of a type fail, or stop doing so
 *
 * Returns 0 or -ENOSPC.
 */
int slab_fail_always(const char *type, bool on);

/**
 * slab_fault_choice - make failing allocations of a type a choice
 *
 * While @on, each allocation of @type (NULL: every type) is announced as a
 * SCHED_ALLOC operation with two outcomes.  Needs a scheduler to matter.
 * Returns 0 or -ENOSPC.
 */
int slab_fault_choice(const char *type, bool on);

/* Injected failures since boot.  */
unsigned slab_failed(void);

/* Live blocks of a type; NULL: of all types. */
unsigned slab_live(const char *type);

/* Allocations since boot, failed ones included; NULL: of all types. */
unsigned slab_allocated(const char *type);

/**
 * slab_query - what is at an address?
 * @p: any address
 * @ret_block: filled for SLAB_LIVE and SLAB_FREED; may be NULL
 *
 * Takes no lock, has no side effect.
 */
enum slab_state slab_query(const void *p, struct slab_block *ret_block);

/**
 * slab_for_each_live - visit live blocks, in order of sub-heap and allocation
 * @fn: stops the walk by returning non-zero
 *
 * Returns what the last @fn returned, or 0.
 */
int slab_for_each_live(int (*fn)(const struct slab_block *block, void *arg),
		       void *arg);
/* Without the blocks in the first @used bytes of the first sub-heap. */
int slab_for_each_live_behind(size_t used,
			      int (*fn)(const struct slab_block *block,
					void *arg),
			      void *arg);

/**
 * slab_boot - empty the arena; called by kernel_boot()
 *
 * Maps it the first time.  Returns 0 or -ENOMEM.
 */
int slab_boot(void);

/* The arena's address range; for reports of the harness and for checkpoints. */
void slab_arena(const void **ret_start, size_t *ret_size);

/**
 * slab_heap - the bytes in use of a sub-heap; for checkpoints
 * @ret_used: how many; 0: none yet
 *
 * Returns where they begin, or NULL: no sub-heap from @nr on is in use.
 */
void *slab_heap(unsigned nr, size_t *ret_used);

/**
 * slab_set_arena_hint - ask for another address before the first boot
 * @hint: NULL: let the system choose.  For tests of the fallback.
 *
 * Returns 0, or -EBUSY once the arena is mapped.
 */
int slab_set_arena_hint(void *hint);

#ifdef __cplusplus
}
#endif
#endif
