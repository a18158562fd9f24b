/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lock.c - mutex, rw_semaphore and spinlock_t on real pthread locks.
 *
 * Under a scheduler the words beside the real lock decide and it follows, free
 * by construction; running free, the real lock decides and the words are kept
 * for checks and for inspect.h.
 */
#include <vfiosim/lock.h>

#include <string.h>

#include "alive.h"
#include "annotate.h"
#include "native.h"

const char *lock_key_name(const char *key)
{
	const char *name = key;
	const char *p;

	if (*name == '&')
		name++;
	for (p = name; *p; p++) {
		if (*p == '.')
			name = p + 1;
		else if (p[0] == '-' && p[1] == '>')
			name = p + 2;
	}
	return name;
}

static void misuse(const void *lock, const char *text,
		   const struct sched_site *site)
{
	(void)sched_report(&(const struct sched_report){
		.kind = SCHED_LOCK_MISUSE,
		.obj = lock,
		.text = text,
		.site = *site,
	});
}

static unsigned self_mark(void)
{
	return sched_self() + 1;
}

/* ----------------------------------------------------------------- mutex */

READY_TEST static bool mutex_ready(const void *arg, unsigned outcome)
{
	const struct mutex *lock = arg;

	(void)outcome;
	return !READY_GET(lock->owner);
}

static void mutex_abandon(void *obj)
{
	struct mutex *lock = obj;

	if (!MODEL_GET(lock->owner))
		return;
	MODEL_SET(lock->owner, 0);
	(void)pthread_mutex_unlock(&lock->native);
}

/* Every member is named: what is left out of an initialiser, compilers clear
 * by a string instruction, which takes longer than all the rest. */
static struct sched_op mutex_op(enum sched_kind kind, struct mutex *lock,
				const struct sched_site *site)
{
	return (struct sched_op){
		.kind = kind,
		.outcomes = 0,
		.count = 0,
		.obj = lock,
		.ready = kind == SCHED_LOCK ? mutex_ready : NULL,
		.arg = lock,
		.abandon = kind == SCHED_UNLOCK ? NULL : mutex_abandon,
		.name = ALIVE_NAME(lock),
		.site = *site,
	};
}

void __mutex_init(struct mutex *lock, const char *key)
{
	annotate_renew(&lock->native, sizeof(lock->native));
	(void)pthread_mutex_init(&lock->native, NULL);
	native_made(&lock->native, NATIVE_MUTEX);
	annotate_exclude(&lock->owner, sizeof(lock->owner));
	MODEL_SET(lock->owner, 0);
	lock->name = lock_key_name(key);
}

void mutex_destroy(struct mutex *lock)
{
	native_gone(&lock->native);
	(void)pthread_mutex_destroy(&lock->native);
}

static void mutex_take(struct mutex *lock)
{
	(void)pthread_mutex_lock(&lock->native);
	MODEL_SET(lock->owner, self_mark());
}

static void mutex_take_free(struct mutex *lock, const struct sched_site *site)
{
	if (MODEL_GET(lock->owner) == self_mark())
		misuse(lock, "locked again by its owner", site);
	mutex_take(lock);
}

void __mutex_lock(struct mutex *lock, const struct sched_site *site)
{
	struct sched_op op;

	if (!sched_ops) {
		mutex_take_free(lock, site);
		return;
	}
	op = mutex_op(SCHED_LOCK, lock, site);
	(void)sched_before(&op);
	mutex_take(lock);
	sched_after(&op);
}

static void mutex_give(struct mutex *lock, const struct sched_site *site)
{
	unsigned owner = MODEL_GET(lock->owner);

	if (owner != self_mark()) {
		misuse(lock,
		       owner ? "unlocked by a task that does not own it" :
			       "unlocked while it is free",
		       site);
		return;
	}
	MODEL_SET(lock->owner, 0);
	(void)pthread_mutex_unlock(&lock->native);
}

void __mutex_unlock(struct mutex *lock, const struct sched_site *site)
{
	struct sched_op op;

	if (!sched_ops) {
		mutex_give(lock, site);
		return;
	}
	op = mutex_op(SCHED_UNLOCK, lock, site);
	(void)sched_before(&op);
	mutex_give(lock, site);
	sched_after(&op);
}

static int mutex_try_free(struct mutex *lock)
{
	if (pthread_mutex_trylock(&lock->native))
		return 0;
	MODEL_SET(lock->owner, self_mark());
	return 1;
}

/* A trylock that failed shows sched_after() an op with nothing to abandon. */
int __mutex_trylock(struct mutex *lock, const struct sched_site *site)
{
	struct sched_op op;
	int taken;

	if (!sched_ops)
		return mutex_try_free(lock);
	op = mutex_op(SCHED_TRYLOCK, lock, site);
	(void)sched_before(&op);
	taken = !MODEL_GET(lock->owner);
	if (taken)
		mutex_take(lock);
	else
		op.abandon = NULL;
	sched_after(&op);
	return taken;
}

bool mutex_is_locked(const struct mutex *lock)
{
	return MODEL_GET(lock->owner) != 0;
}

/* ---------------------------------------------------------- rw_semaphore */

READY_TEST static bool read_ready(const void *arg, unsigned outcome)
{
	const struct rw_semaphore *sem = arg;

	(void)outcome;
	return !READY_GET(sem->owner) && !READY_GET(sem->queued);
}

READY_TEST static bool write_ready(const void *arg, unsigned outcome)
{
	const struct rw_semaphore *sem = arg;

	(void)outcome;
	return !READY_GET(sem->owner) && !READY_GET(sem->readers);
}

static void read_abandon(void *obj)
{
	struct rw_semaphore *sem = obj;

	if (!MODEL_GET(sem->readers))
		return;
	(void)MODEL_ADD(sem->readers, -1u);
	(void)pthread_rwlock_unlock(&sem->native);
}

static void write_abandon(void *obj)
{
	struct rw_semaphore *sem = obj;

	if (!MODEL_GET(sem->owner))
		return;
	MODEL_SET(sem->owner, 0);
	(void)pthread_rwlock_unlock(&sem->native);
}

/* Waiting writers keep new readers out, as in the kernel. */
#ifdef __GLIBC__
static void native_rwlock_init(pthread_rwlock_t *native)
{
	pthread_rwlockattr_t attr;

	(void)pthread_rwlockattr_init(&attr);
	(void)pthread_rwlockattr_setkind_np(
		&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	(void)pthread_rwlock_init(native, &attr);
	(void)pthread_rwlockattr_destroy(&attr);
}
#else
static void native_rwlock_init(pthread_rwlock_t *native)
{
	(void)pthread_rwlock_init(native, NULL);
}
#endif

void __init_rwsem(struct rw_semaphore *sem, const char *key)
{
	annotate_renew(&sem->native, sizeof(sem->native));
	native_rwlock_init(&sem->native);
	native_made(&sem->native, NATIVE_RWLOCK);
	annotate_exclude(&sem->readers, sizeof(sem->readers));
	annotate_exclude(&sem->queued, sizeof(sem->queued));
	annotate_exclude(&sem->owner, sizeof(sem->owner));
	MODEL_SET(sem->readers, 0);
	MODEL_SET(sem->queued, 0);
	MODEL_SET(sem->owner, 0);
	sem->name = lock_key_name(key);
}

void rwsem_destroy(struct rw_semaphore *sem)
{
	native_gone(&sem->native);
	(void)pthread_rwlock_destroy(&sem->native);
}

static struct sched_op rwsem_op(enum sched_kind kind, struct rw_semaphore *sem,
				const struct sched_site *site)
{
	return (struct sched_op){
		.kind = kind,
		.obj = sem,
		.arg = sem,
		.name = ALIVE_NAME(sem),
		.site = *site,
	};
}

/* What the model granted, the real lock must grant without waiting. */
static void native_check(struct rw_semaphore *sem, int err,
			 const struct sched_site *site)
{
	if (err)
		misuse(sem, "its real lock is not what the model says", site);
}

/*
 * Helgrind lets a reader's reads follow what a writer did, but not its writes:
 * it assumes that readers never write.  Notifier callbacks do, under other
 * locks, so writers hand on all that they did.
 */
static void read_taken(struct rw_semaphore *sem)
{
	annotate_acquire(&sem->owner);
	(void)MODEL_ADD(sem->readers, 1);
}

static void read_take_free(struct rw_semaphore *sem,
			   const struct sched_site *site)
{
	if (MODEL_GET(sem->owner) == self_mark())
		misuse(sem, "taken for reading by its writer", site);
	(void)pthread_rwlock_rdlock(&sem->native);
	read_taken(sem);
}

void __down_read(struct rw_semaphore *sem, const struct sched_site *site)
{
	struct sched_op op;

	if (!sched_ops) {
		read_take_free(sem, site);
		return;
	}
	op = rwsem_op(SCHED_LOCK_SHARED, sem, site);
	op.ready = read_ready;
	op.abandon = read_abandon;
	(void)sched_before(&op);
	native_check(sem, pthread_rwlock_tryrdlock(&sem->native), site);
	read_taken(sem);
	sched_after(&op);
}

static void read_give(struct rw_semaphore *sem, const struct sched_site *site)
{
	if (!MODEL_GET(sem->readers)) {
		misuse(sem, "released by a reader while it has none", site);
		return;
	}
	(void)MODEL_ADD(sem->readers, -1u);
	(void)pthread_rwlock_unlock(&sem->native);
}

void __up_read(struct rw_semaphore *sem, const struct sched_site *site)
{
	struct sched_op op;

	if (!sched_ops) {
		read_give(sem, site);
		return;
	}
	op = rwsem_op(SCHED_UNLOCK_SHARED, sem, site);
	(void)sched_before(&op);
	read_give(sem, site);
	sched_after(&op);
}

static void write_take_free(struct rw_semaphore *sem,
			    const struct sched_site *site)
{
	if (MODEL_GET(sem->owner) == self_mark())
		misuse(sem, "taken again by its writer", site);
	(void)MODEL_ADD(sem->queued, 1);
	(void)pthread_rwlock_wrlock(&sem->native);
	(void)MODEL_ADD(sem->queued, -1u);
	MODEL_SET(sem->owner, self_mark());
}

/* From here on new readers wait, also behind readers that hold it already. */
static void write_queue(struct rw_semaphore *sem, const struct sched_site *site)
{
	struct sched_op op = rwsem_op(SCHED_QUEUE, sem, site);

	(void)sched_before(&op);
	(void)MODEL_ADD(sem->queued, 1);
	sched_after(&op);
}

void __down_write(struct rw_semaphore *sem, const struct sched_site *site)
{
	struct sched_op op;

	if (!sched_ops) {
		write_take_free(sem, site);
		return;
	}
	write_queue(sem, site);
	op = rwsem_op(SCHED_LOCK, sem, site);
	op.ready = write_ready;
	op.abandon = write_abandon;
	(void)sched_before(&op);
	native_check(sem, pthread_rwlock_trywrlock(&sem->native), site);
	(void)MODEL_ADD(sem->queued, -1u);
	MODEL_SET(sem->owner, self_mark());
	sched_after(&op);
}

static void write_give(struct rw_semaphore *sem, const struct sched_site *site)
{
	unsigned owner = MODEL_GET(sem->owner);

	if (owner != self_mark()) {
		misuse(sem,
		       owner ? "released by a task that is not its writer" :
			       "released by a writer while it has none",
		       site);
		return;
	}
	MODEL_SET(sem->owner, 0);
	annotate_release(&sem->owner);
	(void)pthread_rwlock_unlock(&sem->native);
}

void __up_write(struct rw_semaphore *sem, const struct sched_site *site)
{
	struct sched_op op;

	if (!sched_ops) {
		write_give(sem, site);
		return;
	}
	op = rwsem_op(SCHED_UNLOCK, sem, site);
	(void)sched_before(&op);
	write_give(sem, site);
	sched_after(&op);
}

/* -------------------------------------------------------------- spinlock */

void __spin_lock_init(spinlock_t *lock, const char *key)
{
	annotate_renew(&lock->native, sizeof(lock->native));
	(void)pthread_mutex_init(&lock->native, NULL);
	native_made(&lock->native, NATIVE_MUTEX);
	lock->name = lock_key_name(key);
}

static struct sched_op spin_op(const spinlock_t *lock,
			       const struct sched_site *site)
{
	return (struct sched_op){
		.kind = SCHED_RMW,
		.obj = lock,
		.name = ALIVE_NAME(lock),
		.site = *site,
	};
}

void __spin_lock(spinlock_t *lock, const struct sched_site *site)
{
	if (sched_ops) {
		struct sched_op op = spin_op(lock, site);

		(void)sched_before(&op);
	}
	(void)pthread_mutex_lock(&lock->native);
	/* By member: copied whole, what lies between them would come along and
	 * make equal states of memory differ. */
	lock->site.what = site->what;
	lock->site.func = site->func;
	lock->site.file = site->file;
	lock->site.line = site->line;
}

/* The operation is done when the critical section is: a task that stopped
 * inside would block others that nothing announces as blocked. */
void spin_unlock(spinlock_t *lock)
{
	struct sched_op op = spin_op(lock, &lock->site);

	(void)pthread_mutex_unlock(&lock->native);
	sched_after(&op);
}
