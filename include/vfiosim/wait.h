/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wait.h - wait queues, wait_event and completions.
 *
 * Waiting is what it is in the kernel: join the queue, test the condition,
 * sleep.  A wake-up between joining and sleeping is not lost; one before
 * joining is.  While tasks run free, time-outs are real time; under a
 * scheduler their expiry and the arrival of a signal are outcomes.
 */
#ifndef VFIOSIM_WAIT_H
#define VFIOSIM_WAIT_H

#include <vfiosim/list.h>
#include <vfiosim/lock.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Timer ticks in a second: time-outs are in jiffies. */
#define HZ 100

#define ERESTARTSYS 512

typedef struct wait_queue_head {
	pthread_mutex_t native; /* guards the list */
	struct list_head task_list;
	const char *name;
} wait_queue_head_t;

/* One sleeper on one queue; lives on the sleeper's stack. */
typedef struct wait_queue {
	struct list_head task_list;
	wait_queue_head_t *head;
	unsigned flags; /* WQ_FLAG_EXCLUSIVE */
	unsigned allowed; /* what may end the sleep besides a wake-up */
	unsigned task;
	bool queued, woken;
	pthread_cond_t native; /* initialised while running free only */
	bool native_live;
} wait_queue_t;

#define WQ_FLAG_EXCLUSIVE 1u

void __init_waitqueue_head(wait_queue_head_t *q, const char *key);
#define init_waitqueue_head(q) __init_waitqueue_head((q), #q)

/* What a sleeper allows to end its sleep besides a wake-up. */
#define WAIT_TIMED 1u
#define WAIT_INTERRUPTIBLE 2u

void __wait_init(wait_queue_t *wait, wait_queue_head_t *q, unsigned flags);
void __prepare_to_wait(wait_queue_t *wait, const struct sched_site *site);
/*
 * Sleep until woken; with WAIT_TIMED at most *@left jiffies, which it counts
 * down (to 0: expired); with WAIT_INTERRUPTIBLE until a signal.  Returns how
 * it ended.
 */
enum sched_sleep __wait_schedule(wait_queue_t *wait, unsigned allowed,
				 long *left, const struct sched_site *site);
void __finish_wait(wait_queue_t *wait, const struct sched_site *site);
void __wake_up_nr(wait_queue_head_t *q, int nr_exclusive,
		  const struct sched_site *site);

/* Wake all non-exclusive sleepers and one exclusive; wake_up_all(): all. */
#define wake_up(q) __wake_up_nr((q), 1, SCHED_SITE(#q))
#define wake_up_all(q) __wake_up_nr((q), 0, SCHED_SITE(#q))

/* Unannounced: does anybody sleep here?  For inspect.h. */
bool waitqueue_active(const wait_queue_head_t *q);

/*
 * The loop behind all wait_event macros; a statement expression whose value
 * is >= 1: condition true (the jiffies left, at least 1), 0: timed out,
 * -ERESTARTSYS: a signal came first.  @text: the condition as it is written.
 */
#define ___wait_event(q, condition, text, allowed, timeout)                  \
	(__extension__({                                                     \
		long __left = (timeout);                                     \
		bool __true = (condition);                                   \
		if (!__true && __left) {                                     \
			wait_queue_t __wait;                                 \
			bool __signal = false;                               \
			__wait_init(&__wait, &(q), 0);                       \
			for (;;) {                                           \
				__prepare_to_wait(&__wait, SCHED_SITE(#q));  \
				__true = (condition);                        \
				if (__true || !__left)                       \
					break;                               \
				if (__signal) {                              \
					__left = -ERESTARTSYS;               \
					break;                               \
				}                                            \
				__signal =                                   \
					__wait_schedule(&__wait, (allowed),  \
							&__left,             \
							SCHED_SITE(text)) == \
					SCHED_SIGNALLED;                     \
			}                                                    \
			__finish_wait(&__wait, SCHED_SITE(#q));              \
		}                                                            \
		__true && !__left ? 1l : __left;                             \
	}))

/* include/linux/wait.h, 3.19.  @q is the queue itself, not its address. */
#define wait_event(q, condition) \
	((void)___wait_event(q, condition, #condition, 0u, 1))
/* Returns 0: @timeout jiffies passed and @condition is still false; else > 0. */
#define wait_event_timeout(q, condition, timeout) \
	___wait_event(q, condition, #condition, WAIT_TIMED, timeout)
/* Returns 0, or -ERESTARTSYS. */
#define wait_event_interruptible(q, condition)                                \
	(___wait_event(q, condition, #condition, WAIT_INTERRUPTIBLE, 1) < 0 ? \
		 -ERESTARTSYS :                                               \
		 0)
/* Returns > 0, 0 or -ERESTARTSYS. */
#define wait_event_interruptible_timeout(q, condition, timeout) \
	___wait_event(q, condition, #condition,                 \
		      WAIT_TIMED | WAIT_INTERRUPTIBLE, timeout)

/* ------------------------------------------------------------ completion */

struct completion {
	unsigned done;
	wait_queue_head_t wait;
};

void __init_completion(struct completion *x, const char *key);
#define init_completion(x) __init_completion((x), #x)

void __complete(struct completion *x, bool all, const struct sched_site *site);
long __wait_for_completion(struct completion *x, unsigned allowed, long timeout,
			   const struct sched_site *site);

bool __try_wait_for_completion(struct completion *x,
			       const struct sched_site *site);

/* Takes a completion if there is one: returns whether it did. */
#define try_wait_for_completion(x) \
	__try_wait_for_completion((x), SCHED_SITE(#x))
#define complete(x) __complete((x), false, SCHED_SITE(#x))
#define complete_all(x) __complete((x), true, SCHED_SITE(#x))
#define wait_for_completion(x) \
	((void)__wait_for_completion((x), 0u, 1, SCHED_SITE(#x)))
/* Returns the jiffies left, at least 1, or 0 after @timeout. */
#define wait_for_completion_timeout(x, timeout) \
	__wait_for_completion((x), WAIT_TIMED, (timeout), SCHED_SITE(#x))
/* Returns > 0, 0 or -ERESTARTSYS. */
#define wait_for_completion_interruptible_timeout(x, timeout)                  \
	__wait_for_completion((x), WAIT_TIMED | WAIT_INTERRUPTIBLE, (timeout), \
			      SCHED_SITE(#x))

#ifdef __cplusplus
}
#endif
#endif
