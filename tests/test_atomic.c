/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_atomic.c - atomics, reference counts, words raced on by design.
 *
 * What each returns and announces, and that threads see each other's changes.
 */
#include <vfiosim/atomic.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "death.h"
#include "inline_sched.h"
#include "machine.h"

struct thing {
	struct kref kref;
	struct mutex lock;
	void *pointer;
	atomic_t count;
};

static struct thing thing;
static unsigned releases;

static int init_thing(void)
{
	releases = 0;
	kref_init(&thing.kref);
	mutex_init(&thing.lock);
	once_init(&thing.pointer, sizeof(thing.pointer));
	thing.pointer = NULL;
	atomic_init(&thing.count, 0);
	return 0;
}

static int start_inline(void **state)
{
	return machine_boot_inline(state) || init_thing();
}

static int start_free(void **state)
{
	return machine_boot(state) || init_thing();
}

static int stop(void **state)
{
	int err = machine_halt(state);

	mutex_destroy(&thing.lock);
	return err;
}

/* --------------------------------------------------------------- atomic_t */

static void each_atomic_is_one_operation_of_its_kind(void **state)
{
	atomic_t *v = &thing.count;

	(void)state;
	atomic_set(v, 5);
	assert_int_equal(atomic_read(v), 5);
	atomic_inc(v);
	atomic_dec(v);
	atomic_add(10, v);
	assert_int_equal(atomic_inc_return(v), 16);
	assert_int_equal(atomic_dec_return(v), 15);
	assert_int_equal(atomic_peek(v), 15);
	inline_sched_expect("1 write v\n"
			    "1 read v\n"
			    "1 rmw v\n"
			    "1 rmw v\n"
			    "1 rmw v\n"
			    "1 rmw v\n"
			    "1 rmw v\n");
	assert_ptr_equal(inline_sched.op[0].obj, v);
	assert_null(inline_sched.op[0].name);
	assert_null(inline_sched.op[0].ready);
	assert_string_equal(inline_sched.op[6].site.func, __func__);
}

/* What learns the value itself, or where it stood, is no mere change. */
static void changes_of_a_count_say_by_how_much(void **state)
{
	static const int expected[] = { 1, -1, -1, 1, 0, 0, 0, 0 };
	atomic_t *v = &thing.count;
	unsigned i;

	(void)state;
	atomic_inc(v);
	atomic_dec(v);
	(void)atomic_dec_and_test(v);
	(void)atomic_inc_not_zero(v);
	(void)atomic_inc_return(v);
	(void)atomic_add_unless(v, 1, 5);
	(void)atomic_cmpxchg(v, 0, 0);
	(void)atomic_dec_if_positive(v);
	for (i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		assert_int_equal(inline_sched.op[i].count, expected[i]);
	assert_int_equal(inline_sched.nr_ops, i);

	kref_get(&thing.kref);
	(void)kref_put(&thing.kref, NULL);
	assert_int_equal(inline_sched.op[i].count, 1);
	assert_int_equal(inline_sched.op[i + 1].count, -1);
}

static void dec_and_test_finds_the_last(void **state)
{
	(void)state;
	atomic_init(&thing.count, 2);
	assert_false(atomic_dec_and_test(&thing.count));
	assert_true(atomic_dec_and_test(&thing.count));
	assert_false(atomic_dec_and_test(&thing.count));
	assert_int_equal(atomic_peek(&thing.count), -1);
}

static void cmpxchg_stores_only_over_what_it_expects(void **state)
{
	(void)state;
	atomic_init(&thing.count, 3);
	assert_int_equal(atomic_cmpxchg(&thing.count, 2, 9), 3);
	assert_int_equal(atomic_peek(&thing.count), 3);
	assert_int_equal(atomic_cmpxchg(&thing.count, 3, 9), 3);
	assert_int_equal(atomic_peek(&thing.count), 9);
	inline_sched_expect("1 rmw &thing.count\n"
			    "1 rmw &thing.count\n");
}

static void dec_if_positive_stops_at_zero(void **state)
{
	(void)state;
	atomic_init(&thing.count, 1);
	assert_int_equal(atomic_dec_if_positive(&thing.count), 0);
	assert_int_equal(atomic_dec_if_positive(&thing.count), -1);
	assert_int_equal(atomic_peek(&thing.count), 0);
	inline_sched_expect("1 rmw &thing.count\n"
			    "1 rmw &thing.count\n");
}

static void add_unless_leaves_the_forbidden_value_alone(void **state)
{
	(void)state;
	atomic_init(&thing.count, 0);
	assert_false(atomic_inc_not_zero(&thing.count));
	assert_int_equal(atomic_peek(&thing.count), 0);
	assert_true(atomic_add_unless(&thing.count, 4, 3));
	assert_true(atomic_inc_not_zero(&thing.count));
	assert_false(atomic_add_unless(&thing.count, -1, 5));
	assert_int_equal(atomic_peek(&thing.count), 5);
	inline_sched_expect("1 rmw &thing.count\n"
			    "1 rmw &thing.count\n"
			    "1 rmw &thing.count\n"
			    "1 rmw &thing.count\n");
}

static void initialising_and_peeking_announce_nothing(void **state)
{
	static const atomic_t constant = ATOMIC_INIT(7);

	(void)state;
	atomic_init(&thing.count, 4);
	assert_int_equal(atomic_peek(&thing.count), 4);
	assert_int_equal(atomic_peek(&constant), 7);
	inline_sched_expect("");
}

static void set_count(void *arg)
{
	atomic_set(&thing.count, *(int *)arg);
}

static void an_operation_happens_when_it_is_granted(void **state)
{
	int other = 41;

	(void)state;
	inline_sched_call_at(1, 2, set_count, &other);
	assert_int_equal(atomic_inc_return(&thing.count), 42);
	inline_sched_expect("2 write &thing.count\n"
			    "1 rmw &thing.count\n");
}

/* -------------------------------------------------- words raced on by design */

static void words_are_read_and_written_when_granted(void **state)
{
	int object;

	(void)state;
	WRITE_ONCE(thing.pointer, &object);
	assert_ptr_equal(PEEK_ONCE(thing.pointer), &object);
	assert_ptr_equal(READ_ONCE(thing.pointer), &object);
	inline_sched_expect("1 write thing.pointer\n"
			    "1 read thing.pointer\n");
	assert_ptr_equal(inline_sched.op[1].obj, &thing.pointer);
	assert_ptr_equal(inline_sched.done.obj, &thing.pointer);
	assert_int_equal(inline_sched.done.kind, SCHED_READ);
}

static void store_other(void *arg)
{
	WRITE_ONCE(thing.pointer, arg);
}

static void a_word_read_shows_what_was_written_before_the_grant(void **state)
{
	int object;

	(void)state;
	inline_sched_call_at(1, 2, store_other, &object);
	assert_ptr_equal(READ_ONCE(thing.pointer), &object);
}

/* The value is there before the store is announced. */
static void a_value_to_write_is_computed_first(void **state)
{
	(void)state;
	thing.pointer = &thing;
	WRITE_ONCE(thing.pointer, READ_ONCE(thing.pointer));
	inline_sched_expect("1 read thing.pointer\n"
			    "1 write thing.pointer\n");
	assert_ptr_equal(thing.pointer, &thing);
}

/* -------------------------------------------------------------------- kref */

static void release_thing(struct kref *kref)
{
	assert_ptr_equal(kref, &thing.kref);
	releases++;
}

static void the_last_put_releases(void **state)
{
	(void)state;
	kref_get(&thing.kref);
	assert_int_equal(kref_put(&thing.kref, release_thing), 0);
	assert_int_equal(releases, 0);
	assert_int_equal(kref_put(&thing.kref, release_thing), 1);
	assert_int_equal(releases, 1);
	inline_sched_expect("1 rmw &thing.kref\n"
			    "1 rmw &thing.kref\n"
			    "1 rmw &thing.kref\n");
}

static void assert_count_is_zero(const struct sched_report *report)
{
	const struct kref *kref = report->obj;

	assert_int_equal(atomic_peek(&kref->refcount), 0);
}

static void a_get_from_zero_is_reported_before_it_happens(void **state)
{
	(void)state;
	inline_sched.on_report = assert_count_is_zero;
	atomic_init(&thing.kref.refcount, 0);
	kref_get(&thing.kref);
	inline_sched_expect(
		"1 rmw &thing.kref\n"
		"1 overflow: reference taken while the count is 0\n");
	assert_ptr_equal(inline_sched.report_obj, &thing.kref);
	assert_int_equal(atomic_peek(&thing.kref.refcount), 1);
	assert_int_equal(sched_warnings(), 0);
}

static void a_put_from_zero_is_reported_and_releases_nothing(void **state)
{
	(void)state;
	atomic_init(&thing.kref.refcount, 0);
	assert_int_equal(kref_put(&thing.kref, release_thing), 0);
	assert_int_equal(kref_put(&thing.kref, release_thing), 0);
	assert_int_equal(inline_sched.reports[SCHED_REF_UNDERFLOW], 2);
	assert_int_equal(releases, 0);
	assert_int_equal(atomic_peek(&thing.kref.refcount), -2);
}

static void get_unless_zero_refuses_zero_without_a_report(void **state)
{
	(void)state;
	assert_int_equal(kref_get_unless_zero(&thing.kref), 1);
	assert_int_equal(atomic_peek(&thing.kref.refcount), 2);
	atomic_init(&thing.kref.refcount, 0);
	assert_int_equal(kref_get_unless_zero(&thing.kref), 0);
	assert_int_equal(atomic_peek(&thing.kref.refcount), 0);
	inline_sched_expect("1 rmw &thing.kref\n"
			    "1 rmw &thing.kref\n");
}

/* ---------------------------------------------------------- kref_put_mutex */

static void release_locked_thing(struct kref *kref)
{
	assert_true(mutex_is_locked(&thing.lock));
	release_thing(kref);
	mutex_unlock(&thing.lock);
}

static void a_last_put_takes_the_lock_and_counts_once_more(void **state)
{
	(void)state;
	assert_int_equal(kref_put_mutex(&thing.kref, release_locked_thing,
					&thing.lock),
			 1);
	inline_sched_expect("1 rmw &thing.kref\n"
			    "1 lock lock\n"
			    "1 rmw &thing.kref\n"
			    "1 unlock lock\n");
	assert_int_equal(releases, 1);
	assert_int_equal(atomic_peek(&thing.kref.refcount), 0);
	assert_string_equal(inline_sched.op[1].site.what, "lock");
	assert_string_equal(inline_sched.op[1].site.func, __func__);
	assert_int_equal(inline_sched.op[1].site.line,
			 inline_sched.op[0].site.line);
}

static void a_put_that_is_not_the_last_takes_no_lock(void **state)
{
	(void)state;
	kref_get(&thing.kref);
	assert_int_equal(kref_put_mutex(&thing.kref, release_locked_thing,
					&thing.lock),
			 0);
	inline_sched_expect("1 rmw &thing.kref\n"
			    "1 rmw &thing.kref\n");
	assert_int_equal(atomic_peek(&thing.kref.refcount), 1);
}

static void take_reference(void *arg)
{
	kref_get(arg);
}

static void a_get_before_the_lock_turns_a_last_put_into_another(void **state)
{
	(void)state;
	inline_sched_call_at(2, 2, take_reference, &thing.kref);
	assert_int_equal(kref_put_mutex(&thing.kref, release_locked_thing,
					&thing.lock),
			 0);
	inline_sched_expect("1 rmw &thing.kref\n"
			    "2 rmw arg\n"
			    "1 lock lock\n"
			    "1 rmw &thing.kref\n"
			    "1 unlock lock\n");
	assert_int_equal(releases, 0);
	assert_int_equal(atomic_peek(&thing.kref.refcount), 1);
	assert_false(mutex_is_locked(&thing.lock));
}

static void a_put_mutex_from_zero_is_reported(void **state)
{
	(void)state;
	atomic_init(&thing.kref.refcount, 0);
	assert_int_equal(kref_put_mutex(&thing.kref, release_locked_thing,
					&thing.lock),
			 0);
	assert_int_equal(inline_sched.reports[SCHED_REF_UNDERFLOW], 1);
	assert_int_equal(releases, 0);
}

/* ------------------------------------------------------------ running free */

#define TASKS 4
#define ROUNDS 200

static void count_up(void *arg)
{
	unsigned i;

	(void)arg;
	for (i = 0; i < ROUNDS; i++) {
		atomic_inc(&thing.count);
		(void)atomic_add_unless(&thing.count, 1, -1);
		while (atomic_dec_if_positive(&thing.count) < 0)
			;
	}
}

static void run_tasks(void (*fn)(void *arg))
{
	unsigned i;

	for (i = 0; i < TASKS; i++)
		assert_true(kthread_run("task", fn, NULL) > 0);
	kthread_join_all();
}

/* Up twice and down once: +1 in each round. */
static void no_change_of_an_atomic_is_lost(void **state)
{
	(void)state;
	run_tasks(count_up);
	assert_int_equal(atomic_peek(&thing.count), TASKS * ROUNDS);
}

static void release_and_count(struct kref *kref)
{
	(void)kref;
	releases++;
	mutex_unlock(&thing.lock);
}

/* While set-up's reference lasts, no put of these is the last. */
static void get_and_put(void *arg)
{
	unsigned i;

	(void)arg;
	for (i = 0; i < ROUNDS; i++) {
		kref_get(&thing.kref);
		(void)kref_put_mutex(&thing.kref, release_and_count,
				     &thing.lock);
	}
}

static void put_once(void *arg)
{
	(void)arg;
	(void)kref_put_mutex(&thing.kref, release_and_count, &thing.lock);
}

static void one_of_many_puts_is_the_last(void **state)
{
	(void)state;
	run_tasks(get_and_put);
	assert_int_equal(releases, 0);
	atomic_init(&thing.kref.refcount, TASKS);
	run_tasks(put_once);
	assert_int_equal(releases, 1);
	assert_int_equal(atomic_peek(&thing.kref.refcount), 0);
}

static int message;

static void publish(void *arg)
{
	(void)arg;
	message = 42;
	atomic_inc(&thing.count);
}

/* Detectors must see that the atomic orders the plain accesses. */
static void an_atomic_publishes_what_was_written_before(void **state)
{
	(void)state;
	message = 0;
	assert_true(kthread_run("publish", publish, NULL) > 0);
	while (!atomic_read(&thing.count))
		;
	assert_int_equal(message, 42);
}

static void put_from_zero(void *arg)
{
	atomic_init(&thing.kref.refcount, 0);
	(void)arg;
	(void)kref_put(&thing.kref, release_thing);
}

static void running_free_a_put_from_zero_aborts(void **state)
{
	(void)state;
	assert_aborts(put_from_zero, NULL,
		      "reference underflow: &thing.kref: reference dropped "
		      "while the count is 0 at ");
}

#define FREE(test) cmocka_unit_test_setup_teardown(test, start_free, stop)
#define INLINE(test) cmocka_unit_test_setup_teardown(test, start_inline, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		INLINE(each_atomic_is_one_operation_of_its_kind),
		INLINE(changes_of_a_count_say_by_how_much),
		INLINE(dec_and_test_finds_the_last),
		INLINE(cmpxchg_stores_only_over_what_it_expects),
		INLINE(dec_if_positive_stops_at_zero),
		INLINE(add_unless_leaves_the_forbidden_value_alone),
		INLINE(initialising_and_peeking_announce_nothing),
		INLINE(an_operation_happens_when_it_is_granted),
		INLINE(words_are_read_and_written_when_granted),
		INLINE(a_word_read_shows_what_was_written_before_the_grant),
		INLINE(a_value_to_write_is_computed_first),
		INLINE(the_last_put_releases),
		INLINE(a_get_from_zero_is_reported_before_it_happens),
		INLINE(a_put_from_zero_is_reported_and_releases_nothing),
		INLINE(get_unless_zero_refuses_zero_without_a_report),
		INLINE(a_last_put_takes_the_lock_and_counts_once_more),
		INLINE(a_put_that_is_not_the_last_takes_no_lock),
		INLINE(a_get_before_the_lock_turns_a_last_put_into_another),
		INLINE(a_put_mutex_from_zero_is_reported),
		FREE(no_change_of_an_atomic_is_lost),
		FREE(one_of_many_puts_is_the_last),
		FREE(an_atomic_publishes_what_was_written_before),
		FREE(running_free_a_put_from_zero_aborts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
