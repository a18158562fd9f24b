/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * atomic.h - atomics, reference counts, and words that are raced on by design.
 *
 * Each is one visible, indivisible operation.  A kref that leaves its legal
 * range is reported (SCHED_REF_UNDERFLOW, SCHED_REF_OVERFLOW).
 */
#ifndef VFIOSIM_ATOMIC_H
#define VFIOSIM_ATOMIC_H

#include <vfiosim/lock.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
	int counter;
} atomic_t;

#define ATOMIC_INIT(i) \
	{              \
		(i)    \
	}

int __atomic_t_read(const atomic_t *v, const struct sched_site *site);
void __atomic_t_set(atomic_t *v, int i, const struct sched_site *site);
int __atomic_t_add_return(atomic_t *v, int i, const struct sched_site *site);
bool __atomic_t_add_and_test(atomic_t *v, int i, const struct sched_site *site);
int __atomic_t_cmpxchg(atomic_t *v, int old, int new_value,
		       const struct sched_site *site);
int __atomic_t_dec_if_positive(atomic_t *v, const struct sched_site *site);
int __atomic_t_add_unless(atomic_t *v, int i, int unless,
			  const struct sched_site *site);

/* Before an atomic_t is shared: sets it without announcing anything and keeps
 * its bytes from happens-before detectors, which do not understand atomics. */
void atomic_init(atomic_t *v, int i);

/* The value, unannounced: for inspect.h and for code that runs alone. */
int atomic_peek(const atomic_t *v);

#define atomic_read(v) __atomic_t_read((v), SCHED_SITE(#v))
#define atomic_set(v, i) __atomic_t_set((v), (i), SCHED_SITE(#v))
#define atomic_inc(v) ((void)__atomic_t_add_and_test((v), 1, SCHED_SITE(#v)))
#define atomic_dec(v) ((void)__atomic_t_add_and_test((v), -1, SCHED_SITE(#v)))
#define atomic_add(i, v) ((void)__atomic_t_add_return((v), (i), SCHED_SITE(#v)))
#define atomic_inc_return(v) __atomic_t_add_return((v), 1, SCHED_SITE(#v))
#define atomic_dec_return(v) __atomic_t_add_return((v), -1, SCHED_SITE(#v))
#define atomic_dec_and_test(v) __atomic_t_add_and_test((v), -1, SCHED_SITE(#v))
/* Stores @n if the value is @o; returns the value found. */
#define atomic_cmpxchg(v, o, n) \
	__atomic_t_cmpxchg((v), (o), (n), SCHED_SITE(#v))
/* Decrements unless that would go below 0; returns the old value minus 1. */
#define atomic_dec_if_positive(v) \
	__atomic_t_dec_if_positive((v), SCHED_SITE(#v))
/* Adds @a unless the value is @u; returns whether it did. */
#define atomic_add_unless(v, a, u) \
	(__atomic_t_add_unless((v), (a), (u), SCHED_SITE(#v)) != 0)
#define atomic_inc_not_zero(v) atomic_add_unless(v, 1, 0)

/*
 * Words raced on by design (dev->driver, group->container, ...).  Each access
 * is a visible operation.  Reading gives no ordering to detectors.
 */
void __once_announce(enum sched_kind kind, const void *obj,
		     const struct sched_site *site);
void __once_done(enum sched_kind kind, const void *obj,
		 const struct sched_site *site);
/* Keep the bytes of such a word from happens-before detectors. */
void once_init(const void *word, size_t size);

#define READ_ONCE(x)                                                           \
	(__extension__({                                                       \
		__typeof__(&(x)) __from = &(x);                                \
		__once_announce(SCHED_READ, __from, SCHED_SITE(#x));           \
		__typeof__(__atomic_load_n(__from, __ATOMIC_RELAXED)) __read = \
			__atomic_load_n(__from, __ATOMIC_RELAXED);             \
		sched_value(__from, (intptr_t)__read,                          \
			    SCHED_IS_POINTER(__read));                         \
		__once_done(SCHED_READ, __from, SCHED_SITE(#x));               \
		__read;                                                        \
	}))
#define WRITE_ONCE(x, v)                                            \
	(__extension__({                                            \
		__typeof__(&(x)) __to = &(x);                       \
		__typeof__(x) __value = (v);                        \
		__once_announce(SCHED_WRITE, __to, SCHED_SITE(#x)); \
		__atomic_store_n(__to, __value, __ATOMIC_RELAXED);  \
		sched_value(__to, (intptr_t)__value,                \
			    SCHED_IS_POINTER(__value));             \
		__once_done(SCHED_WRITE, __to, SCHED_SITE(#x));     \
	}))
/* The word, unannounced: for inspect.h and for code that runs alone. */
#define PEEK_ONCE(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)
/* The word, while a lock keeps its writers out: an access, no operation. */
#define READ_LOCKED(x) (sched_access(&(x), SCHED_ACCESS_READ), PEEK_ONCE(x))

/* ------------------------------------------------------------------ kref */

struct kref {
	atomic_t refcount;
};

void __kref_get(struct kref *kref, const struct sched_site *site);
int __kref_put(struct kref *kref, void (*release)(struct kref *kref),
	       const struct sched_site *site);
int __kref_put_mutex(struct kref *kref, void (*release)(struct kref *kref),
		     struct mutex *lock, const struct sched_site *site);
int __kref_get_unless_zero(struct kref *kref, const struct sched_site *site);

/* One reference, the caller's. */
void kref_init(struct kref *kref);

/* lib/kref, 3.19: a get from zero warns and is reported. */
#define kref_get(k) __kref_get((k), SCHED_SITE(#k))

/* Returns 1 if this was the last reference and @release has run, else 0. */
#define kref_put(k, release) __kref_put((k), (release), SCHED_SITE(#k))

/*
 * include/linux/kref.h, kref_put_mutex(), 3.19, as its real three steps:
 * decrement unless that is the last; else take @lock; decrement and test.
 * @release runs with @lock held and must unlock it.  Returns 1 if it ran.
 */
#define kref_put_mutex(k, release, lock) \
	__kref_put_mutex((k), (release), (lock), SCHED_SITE(#k))

/* Returns 1 and takes a reference, or 0 at zero. */
#define kref_get_unless_zero(k) __kref_get_unless_zero((k), SCHED_SITE(#k))

/* ------------------------------------------------------------- refcount_t */

/* include/linux/refcount.h, as far as it differs from a kref in its name. */
typedef struct kref refcount_t;

#define refcount_set(r, n) atomic_init(&(r)->refcount, (n))
/* Unannounced: for inspect.h. */
#define refcount_peek(r) atomic_peek(&(r)->refcount)
#define refcount_read(r) __atomic_t_read(&(r)->refcount, SCHED_SITE(#r))
#define refcount_inc(r) __kref_get((r), SCHED_SITE(#r))
#define refcount_inc_not_zero(r) __kref_get_unless_zero((r), SCHED_SITE(#r))
/* Returns whether this was the last reference. */
#define refcount_dec_and_test(r) __kref_put((r), NULL, SCHED_SITE(#r))

#ifdef __cplusplus
}
#endif
#endif
