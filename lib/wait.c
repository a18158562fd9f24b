/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wait.c - wait queues and completions.
 *
 * A queue is a list under a real mutex; the list is internal, so its edits are
 * not announced.  Running free each sleeper has a real condition variable;
 * under a scheduler whoever may go on is told by a flag in its entry.
 */
#include <vfiosim/wait.h>

#include <limits.h>

#include "alive.h"
#include "annotate.h"
#include "native.h"

#define NSEC_PER_SEC 1000000000L
#define NSEC_PER_JIFFY (NSEC_PER_SEC / HZ)
/* Longer sleeps are cut to this: beyond any run, within any time_t. */
#define SLEEP_SECONDS_MAX 1000000000L

void __init_waitqueue_head(wait_queue_head_t *q, const char *key)
{
	annotate_renew(&q->native, sizeof(q->native));
	(void)pthread_mutex_init(&q->native, NULL);
	native_made(&q->native, NATIVE_MUTEX);
	/* Whoever was woken may free the queue while the waker is still inside
	 * the unlock: what it does there is the C library's business. */
	annotate_exclude(&q->native, sizeof(q->native));
	annotate_exclude(&q->task_list, sizeof(q->task_list));
	INIT_LIST_HEAD(&q->task_list);
	q->name = lock_key_name(key);
}

bool waitqueue_active(const wait_queue_head_t *q)
{
	return MODEL_GET(q->task_list.next) != &q->task_list;
}

/* --------------------------------------------- entries; q->native is held */

static void entry_join(wait_queue_t *wait)
{
	struct list_head *head = &wait->head->task_list;
	struct list_head *node = &wait->task_list;

	MODEL_SET(wait->woken, false);
	if (MODEL_GET(wait->queued))
		return;
	MODEL_SET(node->next, head);
	MODEL_SET(node->prev, head->prev);
	MODEL_SET(head->prev->next, node);
	MODEL_SET(head->prev, node);
	MODEL_SET(wait->queued, true);
}

static void entry_leave(wait_queue_t *wait)
{
	struct list_head *node = &wait->task_list;

	if (!MODEL_GET(wait->queued))
		return;
	MODEL_SET(node->next->prev, node->prev);
	MODEL_SET(node->prev->next, node->next);
	MODEL_SET(wait->queued, false);
}

static void entry_wake(wait_queue_t *wait)
{
	entry_leave(wait);
	MODEL_SET(wait->woken, true);
	if (wait->native_live)
		(void)pthread_cond_signal(&wait->native);
}

/* All that are not exclusive, and @nr that are (0: all of these too). */
static void queue_wake(wait_queue_head_t *q, int nr)
{
	struct list_head *node = q->task_list.next;
	struct list_head *next;
	wait_queue_t *wait;

	for (; node != &q->task_list; node = next) {
		next = node->next;
		wait = container_of(node, wait_queue_t, task_list);
		if (!(wait->flags & WQ_FLAG_EXCLUSIVE)) {
			entry_wake(wait);
		} else if (nr >= 0) {
			entry_wake(wait);
			if (nr && !--nr)
				nr = -1;
		}
	}
}

/* ----------------------------------------------------------- real time */

static struct timespec time_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now;
}

static struct timespec time_after(long jiffies)
{
	struct timespec at = time_now();
	long seconds = jiffies / HZ;

	if (seconds > SLEEP_SECONDS_MAX)
		seconds = SLEEP_SECONDS_MAX;
	at.tv_sec += seconds;
	at.tv_nsec += jiffies % HZ * NSEC_PER_JIFFY;
	if (at.tv_nsec >= NSEC_PER_SEC) {
		at.tv_sec++;
		at.tv_nsec -= NSEC_PER_SEC;
	}
	return at;
}

static long jiffies_until(const struct timespec *at)
{
	struct timespec now = time_now();
	long left = (at->tv_sec - now.tv_sec) * HZ +
		    (at->tv_nsec - now.tv_nsec) / NSEC_PER_JIFFY;

	return left > 0 ? left : 0;
}

/* Until woken, or for *@left jiffies, which it counts down; q->native is held
 * before and after. */
static void entry_sleep(wait_queue_t *wait, bool timed, long *left)
{
	struct timespec deadline = time_after(timed ? *left : 0);
	int err = 0;

	while (!MODEL_GET(wait->woken) && !err)
		err = timed ? pthread_cond_timedwait(&wait->native,
						     &wait->head->native,
						     &deadline) :
			      pthread_cond_wait(&wait->native,
						&wait->head->native);
	if (timed)
		*left = err ? 0 : jiffies_until(&deadline);
}

static void entry_native_init(wait_queue_t *wait)
{
	pthread_condattr_t attr;

	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&wait->native, &attr);
	(void)pthread_condattr_destroy(&attr);
	wait->native_live = true;
}

static void entry_native_exit(wait_queue_t *wait)
{
	if (wait->native_live)
		(void)pthread_cond_destroy(&wait->native);
	wait->native_live = false;
}

/* ------------------------------------------------------------ wait queues */

static struct sched_op queue_op(enum sched_kind kind,
				const wait_queue_head_t *q,
				const struct sched_site *site)
{
	return (struct sched_op){
		.kind = kind, .obj = q, .name = ALIVE_NAME(q), .site = *site
	};
}

void __wait_init(wait_queue_t *wait, wait_queue_head_t *q, unsigned flags)
{
	annotate_exclude(&wait->queued, sizeof(wait->queued));
	annotate_exclude(&wait->woken, sizeof(wait->woken));
	annotate_exclude(&wait->allowed, sizeof(wait->allowed));
	INIT_LIST_HEAD(&wait->task_list);
	wait->head = q;
	wait->flags = flags;
	MODEL_SET(wait->allowed, 0);
	wait->task = sched_self();
	wait->native_live = false;
	MODEL_SET(wait->queued, false);
	MODEL_SET(wait->woken, false);
	if (!sched_ops)
		entry_native_init(wait);
}

void __prepare_to_wait(wait_queue_t *wait, const struct sched_site *site)
{
	const struct sched_op op = queue_op(SCHED_PREPARE, wait->head, site);

	(void)sched_before(&op);
	(void)pthread_mutex_lock(&wait->head->native);
	entry_join(wait);
	(void)pthread_mutex_unlock(&wait->head->native);
	sched_after(&op);
}

/* Outcomes that may end a sleep, as a count: the numbers are in use order. */
static unsigned sleep_outcomes(unsigned allowed)
{
	if (allowed & WAIT_INTERRUPTIBLE)
		return SCHED_SIGNALLED + 1;
	return allowed & WAIT_TIMED ? SCHED_EXPIRED + 1 : SCHED_WOKEN + 1;
}

READY_TEST static bool sleep_ready(const void *arg, unsigned outcome)
{
	const wait_queue_t *wait = arg;

	switch (outcome) {
	case SCHED_WOKEN:
		return READY_GET(wait->woken);
	case SCHED_EXPIRED:
		return READY_GET(wait->allowed) & WAIT_TIMED;
	default:
		return READY_GET(wait->allowed) & WAIT_INTERRUPTIBLE;
	}
}

static enum sched_sleep schedule_free(wait_queue_t *wait, unsigned allowed,
				      long *left)
{
	bool woken;

	(void)pthread_mutex_lock(&wait->head->native);
	entry_sleep(wait, allowed & WAIT_TIMED, left);
	woken = MODEL_GET(wait->woken);
	(void)pthread_mutex_unlock(&wait->head->native);
	return woken ? SCHED_WOKEN : SCHED_EXPIRED;
}

enum sched_sleep __wait_schedule(wait_queue_t *wait, unsigned allowed,
				 long *left, const struct sched_site *site)
{
	struct sched_op op;
	enum sched_sleep how;

	if (!sched_ops)
		return schedule_free(wait, allowed, left);

	MODEL_SET(wait->allowed, allowed);
	op = queue_op(SCHED_SLEEP, wait->head, site);
	op.outcomes = sleep_outcomes(allowed);
	op.ready = sleep_ready;
	op.arg = wait;
	how = sched_before(&op);
	if (how == SCHED_EXPIRED)
		*left = 0;
	sched_after(&op);
	return how;
}

/* Is it on the list?  That is state of the queue, which a waker changes. */
static bool entry_queued(const wait_queue_t *wait)
{
	if (alive(wait->head))
		sched_access(wait->head, SCHED_ACCESS_READ);
	return MODEL_GET(wait->queued);
}

/*
 * Also a sleeper that is off the list already takes the lock: the waker may
 * still hold it, with the entry in its hands.  Under a scheduler it does not,
 * and may have freed the queue.
 */
void __finish_wait(wait_queue_t *wait, const struct sched_site *site)
{
	const struct sched_op op = queue_op(SCHED_FINISH, wait->head, site);
	bool queued = entry_queued(wait);

	if (queued)
		(void)sched_before(&op);
	if (queued || !sched_ops || alive(wait->head)) {
		(void)pthread_mutex_lock(&wait->head->native);
		entry_leave(wait);
		(void)pthread_mutex_unlock(&wait->head->native);
	}
	if (queued)
		sched_after(&op);
	entry_native_exit(wait);
}

void __wake_up_nr(wait_queue_head_t *q, int nr_exclusive,
		  const struct sched_site *site)
{
	const struct sched_op op = queue_op(SCHED_WAKE, q, site);

	(void)sched_before(&op);
	(void)pthread_mutex_lock(&q->native);
	queue_wake(q, nr_exclusive);
	(void)pthread_mutex_unlock(&q->native);
	sched_after(&op);
}

/* ------------------------------------------------------------ completion */

/* Done for everybody who will ever wait. */
#define DONE_ALL (UINT_MAX / 2)

/* What a scheduler looks at on the sleeper's stack. */
struct completion_wait {
	const struct completion *x;
	unsigned allowed;
};

void __init_completion(struct completion *x, const char *key)
{
	__init_waitqueue_head(&x->wait, key);
	annotate_exclude(&x->done, sizeof(x->done));
	MODEL_SET(x->done, 0);
}

void __complete(struct completion *x, bool all, const struct sched_site *site)
{
	const struct sched_op op = queue_op(SCHED_WAKE, &x->wait, site);

	(void)sched_before(&op);
	(void)pthread_mutex_lock(&x->wait.native);
	if (all)
		MODEL_SET(x->done, DONE_ALL);
	else if (MODEL_GET(x->done) < DONE_ALL)
		MODEL_SET(x->done, x->done + 1);
	queue_wake(&x->wait, all ? 0 : 1);
	(void)pthread_mutex_unlock(&x->wait.native);
	sched_after(&op);
}

/* Use up one of the completions, if there is one; x->wait.native is held. */
static bool completion_take(struct completion *x)
{
	unsigned done = MODEL_GET(x->done);

	if (done && done < DONE_ALL)
		MODEL_SET(x->done, done - 1);
	return done;
}

bool __try_wait_for_completion(struct completion *x,
			       const struct sched_site *site)
{
	const struct sched_op op = queue_op(SCHED_RMW, &x->wait, site);
	bool taken;

	(void)sched_before(&op);
	(void)pthread_mutex_lock(&x->wait.native);
	taken = completion_take(x);
	(void)pthread_mutex_unlock(&x->wait.native);
	sched_after(&op);
	return taken;
}

READY_TEST static bool completion_ready(const void *arg, unsigned outcome)
{
	const struct completion_wait *wait = arg;
	unsigned allowed = READY_GET(wait->allowed);
	bool done = READY_GET(READY_GET(wait->x)->done);

	switch (outcome) {
	case SCHED_WOKEN:
		return done;
	case SCHED_EXPIRED:
		return !done && (allowed & WAIT_TIMED);
	default:
		return !done && (allowed & WAIT_INTERRUPTIBLE);
	}
}

static long completion_wait_free(struct completion *x, unsigned allowed,
				 long left)
{
	wait_queue_t wait;
	bool taken;

	__wait_init(&wait, &x->wait, WQ_FLAG_EXCLUSIVE);
	(void)pthread_mutex_lock(&x->wait.native);
	while (!MODEL_GET(x->done) && left > 0) {
		entry_join(&wait);
		entry_sleep(&wait, allowed & WAIT_TIMED, &left);
	}
	entry_leave(&wait);
	taken = completion_take(x);
	(void)pthread_mutex_unlock(&x->wait.native);
	entry_native_exit(&wait);
	if (!taken)
		return 0;
	return left > 0 ? left : 1;
}

/* One operation: a wait that ends without completion takes nothing. */
long __wait_for_completion(struct completion *x, unsigned allowed, long timeout,
			   const struct sched_site *site)
{
	struct completion_wait wait;
	struct sched_op op;
	unsigned how;

	if (!sched_ops)
		return completion_wait_free(x, allowed, timeout);

	MODEL_SET(wait.x, x);
	MODEL_SET(wait.allowed, allowed);
	annotate_exclude(&wait, sizeof(wait));
	op = queue_op(SCHED_SLEEP, &x->wait, site);
	op.outcomes = sleep_outcomes(allowed);
	op.ready = completion_ready;
	op.arg = &wait;
	how = sched_before(&op);
	if (how == SCHED_WOKEN) {
		(void)pthread_mutex_lock(&x->wait.native);
		(void)completion_take(x);
		(void)pthread_mutex_unlock(&x->wait.native);
	}
	sched_after(&op);
	if (how == SCHED_WOKEN)
		return timeout > 0 ? timeout : 1;
	return how == SCHED_EXPIRED ? 0 : -ERESTARTSYS;
}
