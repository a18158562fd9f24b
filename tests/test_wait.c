/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_wait.c - wait queues, wait_event and completions.
 *
 * What may end a sleep, what may not be lost, and for how long it lasts.
 */
#include <vfiosim/atomic.h>
#include <vfiosim/wait.h>

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <time.h>

#include "inline_sched.h"
#include "machine.h"

static wait_queue_head_t queue;
static struct completion done;
static atomic_t flag; /* what tasks wait for */
static int plain; /* ordered by the queue or the completion alone */

static int init_queue(void)
{
	init_waitqueue_head(&queue);
	init_completion(&done);
	atomic_init(&flag, 0);
	plain = 0;
	return 0;
}

static int start_inline(void **state)
{
	return machine_boot_inline(state) || init_queue();
}

static int start_free(void **state)
{
	return machine_boot(state) || init_queue();
}

static bool is_set(void)
{
	return atomic_peek(&flag) != 0;
}

static void set_flag(void *arg)
{
	(void)arg;
	atomic_init(&flag, 1);
}

static void set_and_wake(void *arg)
{
	set_flag(arg);
	wake_up(&queue);
}

static void wake_only(void *arg)
{
	(void)arg;
	wake_up(&queue);
}

/* ------------------------------------------------- wait_event, scheduled */

static void a_true_condition_is_not_waited_for(void **state)
{
	(void)state;
	set_flag(NULL);
	wait_event(queue, is_set());
	assert_int_equal(wait_event_timeout(queue, is_set(), 5), 5);
	assert_int_equal(wait_event_timeout(queue, is_set(), 0), 1);
	assert_int_equal(wait_event_interruptible(queue, is_set()), 0);
	inline_sched_expect("");
}

static void waiting_joins_sleeps_joins_and_leaves(void **state)
{
	(void)state;
	inline_sched_call_at(2, 2, set_and_wake, NULL);
	wait_event(queue, is_set());
	inline_sched_expect("1 prepare queue\n"
			    "2 wake queue\n"
			    "1 sleep queue\n"
			    "1 prepare queue\n"
			    "1 finish queue\n");
	assert_false(waitqueue_active(&queue));
	assert_ptr_equal(inline_sched.op[1].obj, &queue);
	assert_string_equal(inline_sched.op[1].site.what, "is_set()");
	assert_string_equal(inline_sched.op[0].site.what, "queue");
	assert_string_equal(inline_sched.op[0].site.func, __func__);
}

static void
a_condition_that_comes_true_while_joining_ends_the_wait(void **state)
{
	(void)state;
	inline_sched_call_at(1, 2, set_flag, NULL);
	wait_event(queue, is_set());
	inline_sched_expect("1 prepare queue\n"
			    "1 finish queue\n");
}

/* The second preparing is on the list again, and leaves it announced. */
static void a_wake_up_without_the_condition_is_slept_over(void **state)
{
	(void)state;
	inline_sched_call_at(2, 2, wake_only, NULL);
	inline_sched_call_at(5, 2, set_and_wake, NULL);
	wait_event(queue, is_set());
	inline_sched_expect("1 prepare queue\n"
			    "2 wake queue\n"
			    "1 sleep queue\n"
			    "1 prepare queue\n"
			    "2 wake queue\n"
			    "1 sleep queue\n"
			    "1 prepare queue\n"
			    "1 finish queue\n");
}

static void note_whether_awake(void *arg)
{
	*(bool *)arg = inline_sched_ready(inline_sched.nr_ops, SCHED_WOKEN);
	set_and_wake(NULL);
}

/* Operation 2 is the wake-up inside 1; 3 is the sleep. */
static void a_wake_up_before_joining_is_lost(void **state)
{
	bool awake = true;

	(void)state;
	inline_sched_call_at(1, 2, wake_only, NULL);
	inline_sched_call_at(3, 2, note_whether_awake, &awake);
	wait_event(queue, is_set());
	assert_false(awake);
}

static void a_wake_up_between_joining_and_sleeping_is_not_lost(void **state)
{
	wait_queue_t wait;
	long left = 1;

	(void)state;
	__wait_init(&wait, &queue, 0);
	__prepare_to_wait(&wait, SCHED_SITE("queue"));
	wake_only(NULL);
	assert_int_equal(__wait_schedule(&wait, 0, &left, SCHED_SITE("x")),
			 SCHED_WOKEN);
	__finish_wait(&wait, SCHED_SITE("queue"));
	/* Off the list since the wake-up: nothing left to announce. */
	inline_sched_expect("1 prepare queue\n"
			    "1 wake queue\n"
			    "1 sleep queue\n");
	assert_int_equal(left, 1);
}

static void joining_again_forgets_an_old_wake_up(void **state)
{
	wait_queue_t wait;

	(void)state;
	__wait_init(&wait, &queue, 0);
	__prepare_to_wait(&wait, SCHED_SITE("queue"));
	wake_only(NULL);
	assert_true(wait.woken);
	__prepare_to_wait(&wait, SCHED_SITE("queue"));
	assert_false(wait.woken);
	assert_true(waitqueue_active(&queue));
	__finish_wait(&wait, SCHED_SITE("queue"));
	assert_false(waitqueue_active(&queue));
}

static void only_what_is_allowed_can_end_a_sleep(void **state)
{
	static const unsigned allowed[4] = { 0, WAIT_TIMED, WAIT_INTERRUPTIBLE,
					     WAIT_TIMED | WAIT_INTERRUPTIBLE };
	static const unsigned outcomes[4] = { 1, 2, 3, 3 };
	unsigned i;

	(void)state;
	for (i = 0; i < 4; i++) {
		const struct sched_op *op =
			&inline_sched.op[inline_sched.nr_ops + 2];
		wait_queue_t wait;
		long left = 1;

		__wait_init(&wait, &queue, 0);
		__prepare_to_wait(&wait, SCHED_SITE("queue"));
		wake_only(NULL);
		(void)__wait_schedule(&wait, allowed[i], &left,
				      SCHED_SITE("x"));
		assert_int_equal(op->outcomes, outcomes[i]);
		assert_true(op->ready(op->arg, SCHED_WOKEN));
		assert_int_equal(op->ready(op->arg, SCHED_EXPIRED),
				 (allowed[i] & WAIT_TIMED) != 0);
		assert_int_equal(op->ready(op->arg, SCHED_SIGNALLED),
				 (allowed[i] & WAIT_INTERRUPTIBLE) != 0);
		__prepare_to_wait(&wait, SCHED_SITE("queue"));
		assert_false(op->ready(op->arg, SCHED_WOKEN));
		__finish_wait(&wait, SCHED_SITE("queue"));
	}
}

static void a_time_out_that_expires_gives_zero(void **state)
{
	(void)state;
	inline_sched.wish[SCHED_SLEEP] = SCHED_EXPIRED;
	assert_int_equal(wait_event_timeout(queue, is_set(), 7), 0);
	inline_sched_expect("1 prepare queue\n"
			    "1 sleep queue = 1\n"
			    "1 prepare queue\n"
			    "1 finish queue\n");
}

static void a_condition_true_at_the_last_moment_gives_one(void **state)
{
	(void)state;
	inline_sched.wish[SCHED_SLEEP] = SCHED_EXPIRED;
	inline_sched_call_at(3, 2, set_flag, NULL);
	assert_int_equal(wait_event_timeout(queue, is_set(), 7), 1);
}

static void a_wake_up_in_time_leaves_the_rest_of_it(void **state)
{
	(void)state;
	inline_sched_call_at(2, 2, set_and_wake, NULL);
	assert_int_equal(wait_event_timeout(queue, is_set(), 7), 7);
}

static void no_time_at_all_is_not_slept(void **state)
{
	(void)state;
	assert_int_equal(wait_event_timeout(queue, is_set(), 0), 0);
	inline_sched_expect("");
}

static void a_signal_ends_an_interruptible_wait(void **state)
{
	(void)state;
	inline_sched.wish[SCHED_SLEEP] = SCHED_SIGNALLED;
	assert_int_equal(wait_event_interruptible(queue, is_set()),
			 -ERESTARTSYS);
	inline_sched_expect("1 prepare queue\n"
			    "1 sleep queue = 2\n"
			    "1 prepare queue\n"
			    "1 finish queue\n");
	assert_int_equal(wait_event_interruptible_timeout(queue, is_set(), 3),
			 -ERESTARTSYS);
}

static void a_true_condition_wins_over_a_signal(void **state)
{
	(void)state;
	inline_sched.wish[SCHED_SLEEP] = SCHED_SIGNALLED;
	inline_sched_call_at(3, 2, set_flag, NULL);
	assert_int_equal(wait_event_interruptible(queue, is_set()), 0);
}

/* -------------------------------------------------------------- wake_up */

#define SLEEPERS 5

/* e: exclusive.  One letter for each sleeper that woke: W, else ".". */
static void assert_wakes(const char *sleepers, bool all, const char *woken)
{
	wait_queue_t wait[SLEEPERS];
	char seen[SLEEPERS + 1] = "";
	unsigned i;

	for (i = 0; sleepers[i]; i++) {
		__wait_init(&wait[i], &queue,
			    sleepers[i] == 'e' ? WQ_FLAG_EXCLUSIVE : 0);
		__prepare_to_wait(&wait[i], SCHED_SITE("queue"));
	}
	if (all)
		wake_up_all(&queue);
	else
		wake_up(&queue);
	for (i = 0; sleepers[i]; i++) {
		seen[i] = wait[i].woken ? 'W' : '.';
		assert_int_equal(wait[i].queued, !wait[i].woken);
		__finish_wait(&wait[i], SCHED_SITE("queue"));
	}
	assert_string_equal(seen, woken);
	assert_false(waitqueue_active(&queue));
}

static void one_exclusive_sleeper_is_woken_in_order_of_arrival(void **state)
{
	(void)state;
	assert_wakes("ee", false, "W.");
	assert_wakes("nene", false, "WWW.");
	assert_wakes("eenn", false, "W.WW");
	assert_wakes("nnn", false, "WWW");
	assert_wakes("nene", true, "WWWW");
	assert_wakes("eee", true, "WWW");
	assert_wakes("", false, "");
}

static void three_exclusive_sleepers_can_be_woken_at_once(void **state)
{
	wait_queue_t wait[4];
	unsigned i;

	(void)state;
	for (i = 0; i < 4; i++) {
		__wait_init(&wait[i], &queue, WQ_FLAG_EXCLUSIVE);
		__prepare_to_wait(&wait[i], SCHED_SITE("queue"));
	}
	__wake_up_nr(&queue, 3, SCHED_SITE("queue"));
	for (i = 0; i < 4; i++) {
		assert_int_equal(wait[i].woken, i < 3);
		__finish_wait(&wait[i], SCHED_SITE("queue"));
	}
}

/* ----------------------------------------------------- completion, scheduled */

static void complete_it(void *arg)
{
	(void)arg;
	complete(&done);
}

static void each_completion_lets_one_waiter_through(void **state)
{
	(void)state;
	complete(&done);
	complete(&done);
	wait_for_completion(&done);
	assert_int_equal(done.done, 1);
	wait_for_completion(&done);
	assert_int_equal(done.done, 0);
	inline_sched_expect("1 wake done\n"
			    "1 wake done\n"
			    "1 sleep done\n"
			    "1 sleep done\n");
	assert_ptr_equal(inline_sched.op[0].obj, &done.wait);
	assert_ptr_equal(inline_sched.op[2].obj, &done.wait);
}

static void a_waiter_sleeps_until_completion(void **state)
{
	(void)state;
	inline_sched_call_at(1, 2, complete_it, NULL);
	wait_for_completion(&done);
	inline_sched_expect("2 wake done\n"
			    "1 sleep done\n");
}

static void complete_all_lets_everybody_through_for_good(void **state)
{
	unsigned i;

	(void)state;
	complete_all(&done);
	complete(&done);
	complete_all(&done);
	for (i = 0; i < 5; i++)
		wait_for_completion(&done);
	assert_int_equal(inline_sched.nr_ops, 3 + 5);
	assert_int_equal(done.done, UINT_MAX / 2);
}

static void what_is_complete_neither_expires_nor_is_signalled(void **state)
{
	(void)state;
	complete(&done);
	inline_sched.wish[SCHED_SLEEP] = SCHED_EXPIRED;
	assert_int_equal(wait_for_completion_timeout(&done, 5), 5);
	complete(&done);
	inline_sched.wish[SCHED_SLEEP] = SCHED_SIGNALLED;
	assert_int_equal(wait_for_completion_interruptible_timeout(&done, 5),
			 5);
}

static void a_wait_for_completion_can_expire_or_be_signalled(void **state)
{
	(void)state;
	assert_int_equal(wait_for_completion_timeout(&done, 5), 0);
	inline_sched.wish[SCHED_SLEEP] = SCHED_SIGNALLED;
	assert_int_equal(wait_for_completion_interruptible_timeout(&done, 5),
			 -ERESTARTSYS);
	complete(&done);
	assert_int_equal(wait_for_completion_interruptible_timeout(&done, 5),
			 5);
	complete(&done);
	assert_int_equal(wait_for_completion_timeout(&done, 0), 1);
	inline_sched_expect("1 sleep done = 1\n"
			    "1 sleep done = 2\n"
			    "1 wake done\n"
			    "1 sleep done = 0\n"
			    "1 wake done\n"
			    "1 sleep done = 0\n");
}

/* ----------------------------------------------------------- running free */

#define TASKS 3

static long milliseconds(void)
{
	struct timespec now;

	(void)timespec_get(&now, TIME_UTC);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void publish_and_wake(void *arg)
{
	(void)arg;
	plain = 42;
	atomic_set(&flag, 1);
	wake_up_all(&queue);
}

static void wait_and_count(void *arg)
{
	wait_event(queue, atomic_read(&flag));
	if (plain == 42)
		atomic_inc((atomic_t *)arg);
}

static void sleeping_tasks_are_woken(void **state)
{
	atomic_t awake;
	unsigned i;

	(void)state;
	atomic_init(&awake, 0);
	for (i = 0; i < TASKS; i++)
		assert_true(kthread_run("sleeper", wait_and_count, &awake) > 0);
	assert_true(kthread_run("waker", publish_and_wake, NULL) > 0);
	kthread_join_all();
	assert_int_equal(atomic_peek(&awake), TASKS);
	assert_false(waitqueue_active(&queue));
}

#define ROUNDS 50

static void ping(void *arg)
{
	int mine = *(int *)arg;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		wait_event(queue, atomic_read(&flag) % 2 == mine);
		plain++;
		atomic_inc(&flag);
		wake_up(&queue);
	}
}

static void two_tasks_take_turns(void **state)
{
	static int first = 0, second = 1;

	(void)state;
	assert_true(kthread_run("first", ping, &first) > 0);
	assert_true(kthread_run("second", ping, &second) > 0);
	kthread_join_all();
	assert_int_equal(plain, 2 * ROUNDS);
}

/* Two jiffies are 20 ms; two sleeps are 40, less what clocks round away. */
static void a_real_time_out_takes_its_time(void **state)
{
	long start = milliseconds();

	(void)state;
	assert_int_equal(wait_event_timeout(queue, is_set(), 2), 0);
	assert_int_equal(wait_for_completion_timeout(&done, 2), 0);
	assert_true(milliseconds() - start >= 35);
	assert_int_equal(wait_for_completion_timeout(&done, 0), 0);
}

static void a_real_wake_up_leaves_time(void **state)
{
	long left;

	(void)state;
	assert_true(kthread_run("waker", publish_and_wake, NULL) > 0);
	left = wait_event_timeout(queue, atomic_read(&flag), LONG_MAX);
	assert_true(left > 60l * HZ);
	assert_int_equal(plain, 42);
}

static void complete_twice(void *arg)
{
	(void)arg;
	plain = 42;
	complete(&done);
	complete(&done);
}

static void wait_and_check(void *arg)
{
	wait_for_completion(&done);
	if (plain == 42)
		atomic_inc((atomic_t *)arg);
}

static void real_completions_are_used_up(void **state)
{
	atomic_t through;

	(void)state;
	atomic_init(&through, 0);
	assert_true(kthread_run("one", wait_and_check, &through) > 0);
	assert_true(kthread_run("two", wait_and_check, &through) > 0);
	assert_true(kthread_run("completer", complete_twice, NULL) > 0);
	kthread_join_all();
	assert_int_equal(atomic_peek(&through), 2);
	assert_int_equal(wait_for_completion_timeout(&done, 1), 0);
	complete_all(&done);
	assert_int_equal(wait_for_completion_timeout(&done, 3), 3);
}

#define FREE(test) \
	cmocka_unit_test_setup_teardown(test, start_free, machine_halt)
#define INLINE(test) \
	cmocka_unit_test_setup_teardown(test, start_inline, machine_halt)

int main(void)
{
	const struct CMUnitTest tests[] = {
		INLINE(a_true_condition_is_not_waited_for),
		INLINE(waiting_joins_sleeps_joins_and_leaves),
		INLINE(a_condition_that_comes_true_while_joining_ends_the_wait),
		INLINE(a_wake_up_without_the_condition_is_slept_over),
		INLINE(a_wake_up_before_joining_is_lost),
		INLINE(a_wake_up_between_joining_and_sleeping_is_not_lost),
		INLINE(joining_again_forgets_an_old_wake_up),
		INLINE(only_what_is_allowed_can_end_a_sleep),
		INLINE(a_time_out_that_expires_gives_zero),
		INLINE(a_condition_true_at_the_last_moment_gives_one),
		INLINE(a_wake_up_in_time_leaves_the_rest_of_it),
		INLINE(no_time_at_all_is_not_slept),
		INLINE(a_signal_ends_an_interruptible_wait),
		INLINE(a_true_condition_wins_over_a_signal),
		INLINE(one_exclusive_sleeper_is_woken_in_order_of_arrival),
		INLINE(three_exclusive_sleepers_can_be_woken_at_once),
		INLINE(each_completion_lets_one_waiter_through),
		INLINE(a_waiter_sleeps_until_completion),
		INLINE(complete_all_lets_everybody_through_for_good),
		INLINE(what_is_complete_neither_expires_nor_is_signalled),
		INLINE(a_wait_for_completion_can_expire_or_be_signalled),
		FREE(sleeping_tasks_are_woken),
		FREE(two_tasks_take_turns),
		FREE(a_real_time_out_takes_its_time),
		FREE(a_real_wake_up_leaves_time),
		FREE(real_completions_are_used_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
