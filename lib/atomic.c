/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * atomic.c - atomics, words raced on by design, and reference counts.
 *
 * Happens-before detectors do not understand atomics: their words are kept
 * from them, and each change says that it publishes and receives.
 */
#include <vfiosim/atomic.h>

#include <stdio.h>

#include "alive.h"
#include "annotate.h"

#define TEXT_MAX 64

static struct sched_op word_op(enum sched_kind kind, const void *obj,
			       const struct sched_site *site)
{
	return (struct sched_op){ .kind = kind, .obj = obj, .site = *site };
}

/* A change of a count of which nothing but its end can be seen. */
static struct sched_op count_op(const void *obj, int change,
				const struct sched_site *site)
{
	return (struct sched_op){
		.kind = SCHED_RMW, .count = change, .obj = obj, .site = *site
	};
}

/* ------------------------------------------------------------- atomic_t */

void atomic_init(atomic_t *v, int i)
{
	annotate_exclude(v, sizeof(*v));
	__atomic_store_n(&v->counter, i, __ATOMIC_RELAXED);
}

int atomic_peek(const atomic_t *v)
{
	return __atomic_load_n(&v->counter, __ATOMIC_RELAXED);
}

int __atomic_t_read(const atomic_t *v, const struct sched_site *site)
{
	const struct sched_op op = word_op(SCHED_READ, v, site);
	int value;

	(void)sched_before(&op);
	value = __atomic_load_n(&v->counter, __ATOMIC_ACQUIRE);
	annotate_acquire(v);
	sched_value(v, value, false);
	sched_after(&op);
	return value;
}

void __atomic_t_set(atomic_t *v, int i, const struct sched_site *site)
{
	const struct sched_op op = word_op(SCHED_WRITE, v, site);

	(void)sched_before(&op);
	annotate_release(v);
	__atomic_store_n(&v->counter, i, __ATOMIC_RELEASE);
	sched_value(v, i, false);
	sched_after(&op);
}

static int add_return(atomic_t *v, int i, const struct sched_op *op)
{
	int value;

	(void)sched_before(op);
	annotate_release(v);
	value = __atomic_add_fetch(&v->counter, i, __ATOMIC_ACQ_REL);
	annotate_acquire(v);
	sched_value(v, value, false);
	sched_after(op);
	return value;
}

int __atomic_t_add_return(atomic_t *v, int i, const struct sched_site *site)
{
	const struct sched_op op = word_op(SCHED_RMW, v, site);

	return add_return(v, i, &op);
}

bool __atomic_t_add_and_test(atomic_t *v, int i, const struct sched_site *site)
{
	const struct sched_op op = count_op(v, i, site);

	return add_return(v, i, &op) == 0;
}

int __atomic_t_cmpxchg(atomic_t *v, int old, int new_value,
		       const struct sched_site *site)
{
	const struct sched_op op = word_op(SCHED_RMW, v, site);
	bool stored;

	(void)sched_before(&op);
	annotate_release(v);
	stored =
		__atomic_compare_exchange_n(&v->counter, &old, new_value, false,
					    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
	annotate_acquire(v);
	sched_value(v, stored ? new_value : old, false);
	sched_after(&op);
	return old;
}

int __atomic_t_dec_if_positive(atomic_t *v, const struct sched_site *site)
{
	const struct sched_op op = word_op(SCHED_RMW, v, site);
	int old;

	(void)sched_before(&op);
	annotate_release(v);
	old = atomic_peek(v);
	while (old > 0 &&
	       !__atomic_compare_exchange_n(&v->counter, &old, old - 1, false,
					    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		;
	annotate_acquire(v);
	sched_value(v, old > 0 ? old - 1 : old, false);
	sched_after(&op);
	return old - 1;
}

int __atomic_t_add_unless(atomic_t *v, int i, int unless,
			  const struct sched_site *site)
{
	const struct sched_op op = unless == 0 ? count_op(v, i, site) :
						 word_op(SCHED_RMW, v, site);
	int old;

	(void)sched_before(&op);
	annotate_release(v);
	old = atomic_peek(v);
	while (old != unless &&
	       !__atomic_compare_exchange_n(&v->counter, &old, old + i, false,
					    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		;
	annotate_acquire(v);
	sched_value(v, old != unless ? old + i : old, false);
	sched_after(&op);
	return old != unless;
}

/* ------------------------------------------------ words raced on by design */

void once_init(const void *word, size_t size)
{
	annotate_exclude(word, size);
}

void __once_announce(enum sched_kind kind, const void *obj,
		     const struct sched_site *site)
{
	const struct sched_op op = word_op(kind, obj, site);

	(void)sched_before(&op);
}

void __once_done(enum sched_kind kind, const void *obj,
		 const struct sched_site *site)
{
	const struct sched_op op = word_op(kind, obj, site);

	sched_after(&op);
}

/* ------------------------------------------------------------------ kref */

void kref_init(struct kref *kref)
{
	atomic_init(&kref->refcount, 1);
}

static void kref_report(const struct kref *kref, int count, int change,
			const struct sched_site *site)
{
	char text[TEXT_MAX];

	(void)snprintf(text, sizeof(text), "reference %s while the count is %d",
		       change > 0 ? "taken" : "dropped", count);
	(void)sched_report(&(const struct sched_report){
		.kind = change > 0 ? SCHED_REF_OVERFLOW : SCHED_REF_UNDERFLOW,
		.obj = kref,
		.text = text,
		.site = *site,
	});
}

/*
 * Change a count by one, unless it is @unless; returns what it was.  A count
 * out of its range is reported while it still shows how it got there.
 */
static int kref_step(struct kref *kref, int change, int unless,
		     const struct sched_site *site)
{
	const struct sched_op op = count_op(kref, change, site);
	int *counter = &kref->refcount.counter;
	bool reported = false;
	int old;

	(void)sched_before(&op);
	annotate_release(kref);
	old = atomic_peek(&kref->refcount);
	do {
		if (old == unless)
			break;
		if (old <= 0 && !reported) {
			kref_report(kref, old, change, site);
			reported = true;
		}
	} while (!__atomic_compare_exchange_n(counter, &old, old + change,
					      false, __ATOMIC_ACQ_REL,
					      __ATOMIC_RELAXED));
	annotate_acquire(kref);
	sched_value(kref, old == unless ? old : old + change, false);
	sched_after(&op);
	return old;
}

/* Never the value of a count. */
#define NEVER (-0x7fffffff)

void __kref_get(struct kref *kref, const struct sched_site *site)
{
	(void)kref_step(kref, 1, NEVER, site);
}

int __kref_get_unless_zero(struct kref *kref, const struct sched_site *site)
{
	return kref_step(kref, 1, 0, site) != 0;
}

int __kref_put(struct kref *kref, void (*release)(struct kref *kref),
	       const struct sched_site *site)
{
	if (kref_step(kref, -1, NEVER, site) != 1)
		return 0;
	if (release)
		release(kref);
	return 1;
}

int __kref_put_mutex(struct kref *kref, void (*release)(struct kref *kref),
		     struct mutex *lock, const struct sched_site *site)
{
	const struct sched_site lock_site = { ALIVE_NAME(lock), site->func,
					      site->file, site->line };

	if (kref_step(kref, -1, 1, site) != 1)
		return 0;
	__mutex_lock(lock, &lock_site);
	if (kref_step(kref, -1, NEVER, site) != 1) {
		__mutex_unlock(lock, &lock_site);
		return 0;
	}
	release(kref);
	return 1;
}
