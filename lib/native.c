/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * native.c - tells Helgrind that locks are gone with the memory they lay in,
 * as free() tells it of the libc heap.
 */
#include "native.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>

#include "annotate.h"

#if __has_include(<valgrind/helgrind.h>)
/* The second argument of the first: it may be a lock that was never used. */
#define FORGET_MUTEX(lock) \
	annotate_helgrind(_VG_USERREQ__HG_PTHREAD_MUTEX_DESTROY_PRE, lock, 1)
#define FORGET_RWLOCK(lock) \
	annotate_helgrind(_VG_USERREQ__HG_PTHREAD_RWLOCK_DESTROY_PRE, lock, 0)
#else
#define FORGET_MUTEX(lock) ((void)(lock))
#define FORGET_RWLOCK(lock) ((void)(lock))
#endif

bool annotate_valgrind;

/* Before any constructor that has not chosen a place of its own. */
__attribute__((constructor(101))) static void ask_valgrind(void)
{
	annotate_valgrind = ANNOTATE_ASK_VALGRIND;
}

/* More locks in one machine are not remembered, and so not forgotten. */
#define NATIVES_MAX 65536u

struct native {
	const void *lock; /* NULL: gone */
	enum native_kind kind;
};

static struct natives {
	unsigned used;
	struct native native[NATIVES_MAX];
} * natives;

static struct natives *natives_get(void)
{
	struct natives *made = MODEL_GET(natives), *none = NULL;

	if (made || !annotate_valgrind)
		return made;
	made = mmap(NULL, sizeof(*made), PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (made == MAP_FAILED)
		return NULL;
	annotate_exclude(made, sizeof(*made));
	annotate_exclude(&natives, sizeof(natives));
	if (__atomic_compare_exchange_n(&natives, &none, made, false,
					__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return made;
	(void)munmap(made, sizeof(*made));
	return none;
}

static unsigned natives_used(const struct natives *all)
{
	unsigned used = MODEL_GET(all->used);

	return used < NATIVES_MAX ? used : NATIVES_MAX;
}

void native_gone(const void *lock)
{
	struct natives *all = natives_get();
	unsigned nr = all ? natives_used(all) : 0;

	while (nr-- > 0) {
		if (MODEL_GET(all->native[nr].lock) == lock) {
			MODEL_SET(all->native[nr].lock, NULL);
			return;
		}
	}
}

void native_made(const void *lock, enum native_kind kind)
{
	struct natives *all = natives_get();
	unsigned nr;

	if (!all)
		return;
	native_gone(lock); /* initialised again without an end */
	nr = MODEL_ADD(all->used, 1u) - 1;
	if (nr >= NATIVES_MAX)
		return;
	MODEL_SET(all->native[nr].kind, kind);
	MODEL_SET(all->native[nr].lock, lock);
}

static void forget_one(struct native *native)
{
	const void *lock = MODEL_GET(native->lock);

	if (MODEL_GET(native->kind) == NATIVE_RWLOCK)
		FORGET_RWLOCK(lock);
	else
		FORGET_MUTEX(lock);
	MODEL_SET(native->lock, NULL);
}

void native_forget(const void *start, size_t size)
{
	struct natives *all = natives_get();
	uintptr_t first = (uintptr_t)start, lock;
	unsigned nr = all ? natives_used(all) : 0;

	while (nr-- > 0) {
		lock = (uintptr_t)MODEL_GET(all->native[nr].lock);
		if (lock && lock >= first && lock < first + size)
			forget_one(&all->native[nr]);
	}
	/* The newest are at the end: give their places to the next ones. */
	while (all && natives_used(all) > 0 &&
	       !MODEL_GET(all->native[natives_used(all) - 1].lock))
		MODEL_SET(all->used, natives_used(all) - 1);
}
