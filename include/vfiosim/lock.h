/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lock.h - mutex and rw_semaphore.
 *
 * Real pthread locks are inside, so that detectors and free-running tasks see
 * them.  Under a scheduler the model's own state decides, and the real lock
 * follows.  Misuse (unlock by another task, recursion while running free,
 * unlock of a free lock) is reported.
 */
#ifndef VFIOSIM_LOCK_H
#define VFIOSIM_LOCK_H

#include <vfiosim/kernel.h>

#include <pthread.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * lock_key_name - class name of a lock or wait queue
 * @key: its source text: "&group->device_lock"
 *
 * Returns what stands behind the last "->" or "." ("device_lock"), or all of
 * @key but a leading "&".  Points into @key.
 */
const char *lock_key_name(const char *key);

struct mutex {
	pthread_mutex_t native; /* NORMAL */
	unsigned owner; /* task id + 1; 0: free */
	const char *name; /* "device_lock" */
};

/* @key: source text of the lock; its last member is the lock's name. */
void __mutex_init(struct mutex *lock, const char *key);
#define mutex_init(lock) __mutex_init((lock), #lock)

/* Nobody holds it, and nobody will take it again. */
void mutex_destroy(struct mutex *lock);

void __mutex_lock(struct mutex *lock, const struct sched_site *site);
void __mutex_unlock(struct mutex *lock, const struct sched_site *site);
int __mutex_trylock(struct mutex *lock, const struct sched_site *site);

/* Waits without limit.  A task that takes a lock it holds never returns. */
#define mutex_lock(lock) __mutex_lock((lock), SCHED_SITE(#lock))
#define mutex_unlock(lock) __mutex_unlock((lock), SCHED_SITE(#lock))
/* Returns 1 with the lock, 0 without. */
#define mutex_trylock(lock) __mutex_trylock((lock), SCHED_SITE(#lock))

/* Unannounced; for inspect.h and assertions. */
bool mutex_is_locked(const struct mutex *lock);

/*
 * Readers share; a queued writer keeps new readers out, also those that hold
 * the semaphore for reading already.  down_write() is two operations: join the
 * queue, acquire.
 */
struct rw_semaphore {
	pthread_rwlock_t native; /* prefers writers where the system can */
	unsigned readers; /* holders */
	unsigned queued; /* writers that wait */
	unsigned owner; /* writing task id + 1; 0: none */
	const char *name;
};

/* As for a mutex. */
void __init_rwsem(struct rw_semaphore *sem, const char *key);
#define init_rwsem(sem) __init_rwsem((sem), #sem)
void rwsem_destroy(struct rw_semaphore *sem);

void __down_read(struct rw_semaphore *sem, const struct sched_site *site);
void __up_read(struct rw_semaphore *sem, const struct sched_site *site);
void __down_write(struct rw_semaphore *sem, const struct sched_site *site);
void __up_write(struct rw_semaphore *sem, const struct sched_site *site);

#define down_read(sem) __down_read((sem), SCHED_SITE(#sem))
#define up_read(sem) __up_read((sem), SCHED_SITE(#sem))
#define down_write(sem) __down_write((sem), SCHED_SITE(#sem))
#define up_write(sem) __up_write((sem), SCHED_SITE(#sem))

/*
 * Held for a few plain lines that neither sleep nor announce an operation, so
 * the whole critical section is one step: taking it is the operation.
 */
typedef struct spinlock {
	pthread_mutex_t native;
	const char *name;
	struct sched_site site; /* where the holder took it */
} spinlock_t;

/* As for a mutex; there is nothing to destroy. */
void __spin_lock_init(spinlock_t *lock, const char *key);
#define spin_lock_init(lock) __spin_lock_init((lock), #lock)
void __spin_lock(spinlock_t *lock, const struct sched_site *site);
void spin_unlock(spinlock_t *lock);
#define spin_lock(lock) __spin_lock((lock), SCHED_SITE(#lock))

#ifdef __cplusplus
}
#endif
#endif
