/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_notifier.c - blocking notifier chains.
 *
 * Order, early stops, and who waits for whom.
 */
#include <vfiosim/atomic.h>
#include <vfiosim/notifier.h>

#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "inline_sched.h"
#include "machine.h"

struct listener {
	struct notifier_block nb;
	char name;
	int answer;
};

static struct {
	struct blocking_notifier_head chain;
} bus;

static char called[32];

static int note_call(struct notifier_block *nb, unsigned long action,
		     void *data)
{
	struct listener *listener = container_of(nb, struct listener, nb);

	assert_int_equal(action, 6);
	assert_ptr_equal(data, &bus);
	called[strlen(called)] = listener->name;
	return listener->answer;
}

static struct listener listener(char name, int priority, int answer)
{
	return (struct listener){ { note_call, NULL, priority }, name, answer };
}

static int init_chain(void)
{
	BLOCKING_INIT_NOTIFIER_HEAD(&bus.chain);
	memset(called, 0, sizeof(called));
	return 0;
}

static int start_inline(void **state)
{
	return machine_boot_inline(state) || init_chain();
}

static int start_free(void **state)
{
	return machine_boot(state) || init_chain();
}

static int stop(void **state)
{
	int err = machine_halt(state);

	rwsem_destroy(&bus.chain.rwsem);
	return err;
}

static void add(struct listener *l)
{
	assert_int_equal(blocking_notifier_chain_register(&bus.chain, &l->nb),
			 0);
}

static int drop(struct listener *l)
{
	return blocking_notifier_chain_unregister(&bus.chain, &l->nb);
}

static int call(void)
{
	return blocking_notifier_call_chain(&bus.chain, 6, &bus);
}

static void callbacks_run_by_priority_then_in_order_of_arrival(void **state)
{
	struct listener a = listener('a', 0, NOTIFY_OK);
	struct listener b = listener('b', 0, NOTIFY_OK);
	struct listener c = listener('c', 5, NOTIFY_OK);
	struct listener d = listener('d', -5, NOTIFY_OK);
	struct listener e = listener('e', 5, NOTIFY_OK);

	(void)state;
	add(&a);
	add(&b);
	add(&c);
	add(&d);
	add(&e);
	assert_int_equal(call(), NOTIFY_OK);
	assert_string_equal(called, "ceabd");
}

static void the_last_answer_is_returned(void **state)
{
	struct listener a = listener('a', 0, NOTIFY_OK);
	struct listener b = listener('b', 0, NOTIFY_DONE);

	(void)state;
	assert_int_equal(call(), NOTIFY_DONE);
	add(&a);
	add(&b);
	assert_int_equal(call(), NOTIFY_DONE);
	assert_int_equal(drop(&b), 0);
	assert_int_equal(call(), NOTIFY_OK);
}

static void an_answer_with_the_stop_bit_ends_the_walk(void **state)
{
	struct listener a = listener('a', 0, NOTIFY_OK);
	struct listener b = listener('b', 0, NOTIFY_BAD);
	struct listener c = listener('c', 0, NOTIFY_OK);

	(void)state;
	add(&a);
	add(&b);
	add(&c);
	assert_int_equal(call(), NOTIFY_BAD);
	assert_string_equal(called, "ab");
	b.answer = NOTIFY_STOP;
	assert_int_equal(call(), NOTIFY_STOP);
	assert_string_equal(called, "abab");
}

static void an_unknown_block_cannot_be_removed(void **state)
{
	struct listener a = listener('a', 0, NOTIFY_OK);
	struct listener b = listener('b', 0, NOTIFY_OK);

	(void)state;
	assert_int_equal(drop(&a), -ENOENT);
	add(&a);
	assert_int_equal(drop(&b), -ENOENT);
	assert_int_equal(drop(&a), 0);
	assert_int_equal(drop(&a), -ENOENT);
}

static void blocks_can_be_removed_from_any_place(void **state)
{
	struct listener a = listener('a', 0, NOTIFY_OK);
	struct listener b = listener('b', 0, NOTIFY_OK);
	struct listener c = listener('c', 0, NOTIFY_OK);

	(void)state;
	add(&a);
	add(&b);
	add(&c);
	assert_int_equal(drop(&b), 0);
	assert_int_equal(call(), NOTIFY_OK);
	assert_int_equal(drop(&a), 0);
	assert_int_equal(call(), NOTIFY_OK);
	assert_int_equal(drop(&c), 0);
	assert_int_equal(call(), NOTIFY_DONE);
	assert_string_equal(called, "acc");
}

/* ------------------------------------------------------- what is announced */

static void an_empty_chain_is_not_locked(void **state)
{
	(void)state;
	assert_int_equal(call(), NOTIFY_DONE);
	inline_sched_expect("1 { blocking_notifier_call_chain\n"
			    "1 read nh->head\n"
			    "1 } blocking_notifier_call_chain\n");
}

static void the_first_registration_writes_the_head(void **state)
{
	struct listener a = listener('a', 0, NOTIFY_OK);
	struct listener b = listener('b', 0, NOTIFY_OK);

	(void)state;
	add(&a);
	inline_sched_expect("1 { blocking_notifier_chain_register\n"
			    "1 queue chain\n"
			    "1 lock chain\n"
			    "1 write nh->head\n"
			    "1 unlock chain\n"
			    "1 } blocking_notifier_chain_register\n");
	add(&b);
	inline_sched_expect("1 { blocking_notifier_chain_register\n"
			    "1 queue chain\n"
			    "1 lock chain\n"
			    "1 unlock chain\n"
			    "1 } blocking_notifier_chain_register\n");
	assert_int_equal(inline_sched_accesses(&a.nb.next, SCHED_ACCESS_WRITE),
			 2);
}

static void the_chain_is_read_locked_for_the_whole_walk(void **state)
{
	struct listener a = listener('a', 0, NOTIFY_OK);

	(void)state;
	add(&a);
	inline_sched.text[0] = '\0';
	inline_sched.nr_accesses = 0;
	assert_int_equal(call(), NOTIFY_OK);
	inline_sched_expect("1 { blocking_notifier_call_chain\n"
			    "1 read nh->head\n"
			    "1 lock_shared chain\n"
			    "1 unlock_shared chain\n"
			    "1 } blocking_notifier_call_chain\n");
	assert_int_equal(inline_sched_accesses(&a.nb.next, SCHED_ACCESS_READ),
			 1);
}

/* Operation 2 is the acquisition for writing of the first registration. */
static int look_for_writers(struct notifier_block *nb, unsigned long action,
			    void *data)
{
	(void)nb;
	(void)action;
	*(bool *)data = inline_sched_ready(2, 0);
	return NOTIFY_OK;
}

static void a_callback_that_unregisters_would_never_return(void **state)
{
	struct notifier_block nb = { .notifier_call = look_for_writers };
	bool writable = true;

	(void)state;
	assert_int_equal(blocking_notifier_chain_register(&bus.chain, &nb), 0);
	(void)blocking_notifier_call_chain(&bus.chain, 6, &writable);
	assert_false(writable);
	assert_true(inline_sched_ready(2, 0));
}

static void call_now(void *arg)
{
	*(int *)arg = call();
}

/* 3 writes the head, under the lock, which the caller does not need. */
static void a_registration_in_progress_misses_the_event(void **state)
{
	struct listener a = listener('a', 0, NOTIFY_OK);
	int answer = -1;

	(void)state;
	inline_sched_call_at(3, 2, call_now, &answer);
	add(&a);
	assert_int_equal(answer, NOTIFY_DONE);
	assert_string_equal(called, "");
	assert_int_equal(call(), NOTIFY_OK);
	assert_string_equal(called, "a");
}

/* ------------------------------------------------------------ running free */

static atomic_t inside;
static atomic_t may_leave;
static int progress; /* written by the callback and, behind it, by drop_it() */

static int stay_inside(struct notifier_block *nb, unsigned long action,
		       void *data)
{
	(void)nb;
	(void)action;
	(void)data;
	atomic_inc(&inside);
	while (!atomic_read(&may_leave))
		(void)sched_yield();
	progress = 1;
	return NOTIFY_OK;
}

static void call_it(void *arg)
{
	(void)arg;
	(void)call();
}

static void drop_it(void *arg)
{
	(void)blocking_notifier_chain_unregister(&bus.chain, arg);
	progress *= 2;
}

static void unregistering_waits_for_callbacks_that_run(void **state)
{
	struct notifier_block nb = { .notifier_call = stay_inside };

	(void)state;
	atomic_init(&inside, 0);
	atomic_init(&may_leave, 0);
	progress = 7;
	assert_int_equal(blocking_notifier_chain_register(&bus.chain, &nb), 0);
	assert_true(kthread_run("caller", call_it, NULL) > 0);
	while (!atomic_read(&inside))
		(void)sched_yield();
	assert_true(kthread_run("dropper", drop_it, &nb) > 0);
	(void)sched_yield();
	atomic_set(&may_leave, 1);
	kthread_join_all();
	assert_int_equal(progress, 2);
}

static int count_call(struct notifier_block *nb, unsigned long action,
		      void *data)
{
	(void)nb;
	(void)action;
	atomic_inc(data);
	return NOTIFY_OK;
}

#define ROUNDS 50

static void come_and_go(void *arg)
{
	struct notifier_block nb = { .notifier_call = count_call };
	unsigned i;

	for (i = 0; i < ROUNDS; i++) {
		(void)blocking_notifier_chain_register(&bus.chain, &nb);
		(void)blocking_notifier_call_chain(&bus.chain, 6, arg);
		(void)blocking_notifier_chain_unregister(&bus.chain, &nb);
	}
}

/* Each task hears at least its own events, and at most everybody's. */
static void listeners_come_and_go_while_others_call(void **state)
{
	atomic_t calls;

	(void)state;
	atomic_init(&calls, 0);
	assert_true(kthread_run("one", come_and_go, &calls) > 0);
	assert_true(kthread_run("two", come_and_go, &calls) > 0);
	kthread_join_all();
	assert_in_range(atomic_peek(&calls), 2 * ROUNDS, 4 * ROUNDS);
	assert_null(PEEK_ONCE(bus.chain.head));
}

#define FREE(test) cmocka_unit_test_setup_teardown(test, start_free, stop)
#define INLINE(test) cmocka_unit_test_setup_teardown(test, start_inline, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		INLINE(callbacks_run_by_priority_then_in_order_of_arrival),
		INLINE(the_last_answer_is_returned),
		INLINE(an_answer_with_the_stop_bit_ends_the_walk),
		INLINE(an_unknown_block_cannot_be_removed),
		INLINE(blocks_can_be_removed_from_any_place),
		INLINE(an_empty_chain_is_not_locked),
		INLINE(the_first_registration_writes_the_head),
		INLINE(the_chain_is_read_locked_for_the_whole_walk),
		INLINE(a_callback_that_unregisters_would_never_return),
		INLINE(a_registration_in_progress_misses_the_event),
		FREE(unregistering_waits_for_callbacks_that_run),
		FREE(listeners_come_and_go_while_others_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
