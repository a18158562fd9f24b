/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_lock.c - mutex, rw_semaphore, spinlock_t: announced, and for real.
 *
 * Under the inline scheduler what counts is who may proceed when; running
 * free, that real tasks exclude each other.
 */
#include <vfiosim/atomic.h>
#include <vfiosim/lock.h>

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "death.h"
#include "inline_sched.h"
#include "machine.h"

struct thing {
	struct mutex device_lock;
	struct rw_semaphore rwsem;
	spinlock_t spin;
	int plain; /* under whichever lock the test uses */
	atomic_t count;
};

static struct thing thing_store;
static struct thing *thing = &thing_store;

static int init_thing(void)
{
	mutex_init(&thing->device_lock);
	init_rwsem(&thing->rwsem);
	spin_lock_init(&thing->spin);
	atomic_init(&thing->count, 0);
	thing->plain = 0;
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

	mutex_destroy(&thing->device_lock);
	rwsem_destroy(&thing->rwsem);
	return err;
}

static void a_lock_is_named_by_its_last_member(void **state)
{
	(void)state;
	assert_string_equal(lock_key_name("&group->device_lock"),
			    "device_lock");
	assert_string_equal(lock_key_name("&vfio.group_lock"), "group_lock");
	assert_string_equal(lock_key_name("&a->b.c->d"), "d");
	assert_string_equal(lock_key_name("&lock"), "lock");
	assert_string_equal(lock_key_name("lock"), "lock");
	assert_string_equal(lock_key_name("a-b"), "a-b");
	assert_string_equal(lock_key_name(""), "");
}

/* ------------------------------------------------------- mutex, scheduled */

static void locking_and_unlocking_are_one_operation_each(void **state)
{
	const struct sched_op *op = inline_sched.op;

	(void)state;
	mutex_lock(&thing->device_lock);
	assert_true(mutex_is_locked(&thing->device_lock));
	mutex_unlock(&thing->device_lock);
	assert_false(mutex_is_locked(&thing->device_lock));
	inline_sched_expect("1 lock device_lock\n"
			    "1 unlock device_lock\n");
	assert_ptr_equal(op[0].obj, &thing->device_lock);
	assert_string_equal(op[0].site.what, "&thing->device_lock");
	assert_string_equal(op[0].site.func, __func__);
	assert_string_equal(op[0].site.file, __FILE__);
	assert_int_equal(op[1].site.line, op[0].site.line + 2);
	assert_null(op[1].ready);
}

static void a_lock_may_be_taken_while_nobody_holds_it(void **state)
{
	(void)state;
	mutex_lock(&thing->device_lock);
	assert_false(inline_sched_ready(1, 0));
	mutex_unlock(&thing->device_lock);
	assert_true(inline_sched_ready(1, 0));
}

static void a_trylock_takes_a_free_lock_and_no_other(void **state)
{
	(void)state;
	assert_int_equal(mutex_trylock(&thing->device_lock), 1);
	assert_non_null(inline_sched.done.abandon);
	assert_int_equal(mutex_trylock(&thing->device_lock), 0);
	assert_null(inline_sched.done.abandon);
	inline_sched.self = 2;
	assert_int_equal(mutex_trylock(&thing->device_lock), 0);
	inline_sched.self = 1;
	mutex_unlock(&thing->device_lock);
	inline_sched_expect("1 trylock device_lock\n"
			    "1 trylock device_lock\n"
			    "2 trylock device_lock\n"
			    "1 unlock device_lock\n");
	assert_null(inline_sched.op[1].ready);
}

static void unlocking_a_free_lock_is_misuse(void **state)
{
	(void)state;
	mutex_unlock(&thing->device_lock);
	inline_sched_expect("1 unlock device_lock\n"
			    "1 misuse: unlocked while it is free\n");
	assert_ptr_equal(inline_sched.report_obj, &thing->device_lock);
	mutex_lock(&thing->device_lock);
	mutex_unlock(&thing->device_lock);
	assert_int_equal(inline_sched.reports[SCHED_LOCK_MISUSE], 1);
}

static void unlocking_the_lock_of_another_task_is_misuse(void **state)
{
	(void)state;
	mutex_lock(&thing->device_lock);
	inline_sched.self = 2;
	mutex_unlock(&thing->device_lock);
	assert_true(mutex_is_locked(&thing->device_lock));
	assert_false(inline_sched_ready(1, 0));
	inline_sched.self = 1;
	mutex_unlock(&thing->device_lock);
	inline_sched_expect(
		"1 lock device_lock\n"
		"2 unlock device_lock\n"
		"2 misuse: unlocked by a task that does not own it\n"
		"1 unlock device_lock\n");
}

static void an_abandoned_mutex_is_free_again(void **state)
{
	(void)state;
	mutex_lock(&thing->device_lock);
	inline_sched.op[0].abandon(&thing->device_lock);
	assert_false(mutex_is_locked(&thing->device_lock));
	inline_sched.op[0].abandon(&thing->device_lock);
	inline_sched.self = 2;
	mutex_lock(&thing->device_lock);
	mutex_unlock(&thing->device_lock);
	assert_int_equal(inline_sched.reports[SCHED_LOCK_MISUSE], 0);
}

/* ------------------------------------------------------- rwsem, scheduled */

static void writing_queues_first(void **state)
{
	(void)state;
	down_read(&thing->rwsem);
	up_read(&thing->rwsem);
	down_write(&thing->rwsem);
	up_write(&thing->rwsem);
	inline_sched_expect("1 lock_shared rwsem\n"
			    "1 unlock_shared rwsem\n"
			    "1 queue rwsem\n"
			    "1 lock rwsem\n"
			    "1 unlock rwsem\n");
	assert_null(inline_sched.op[2].ready);
	assert_ptr_equal(inline_sched.op[3].obj, &thing->rwsem);
}

/* Operation 1: a read; 4: the acquisition of a write. */
static void make_read_and_write(void)
{
	down_read(&thing->rwsem);
	up_read(&thing->rwsem);
	down_write(&thing->rwsem);
	up_write(&thing->rwsem);
}

static void readers_share_and_keep_writers_out(void **state)
{
	(void)state;
	make_read_and_write();
	down_read(&thing->rwsem);
	assert_true(inline_sched_ready(1, 0));
	assert_false(inline_sched_ready(4, 0));
	down_read(&thing->rwsem);
	up_read(&thing->rwsem);
	assert_false(inline_sched_ready(4, 0));
	up_read(&thing->rwsem);
	assert_true(inline_sched_ready(4, 0));
}

static void a_writer_keeps_everybody_out(void **state)
{
	(void)state;
	make_read_and_write();
	down_write(&thing->rwsem);
	assert_false(inline_sched_ready(1, 0));
	assert_false(inline_sched_ready(4, 0));
	up_write(&thing->rwsem);
	assert_true(inline_sched_ready(1, 0));
	assert_true(inline_sched_ready(4, 0));
}

static void look_at_queued_writer(void *arg)
{
	bool *readable = arg;

	*readable = inline_sched_ready(1, 0);
	assert_true(inline_sched_ready(4, 0));
}

/* 6 joins the queue; at 7, not granted yet, new readers already wait. */
static void a_queued_writer_keeps_new_readers_out(void **state)
{
	bool readable = true;

	(void)state;
	make_read_and_write();
	inline_sched_call_at(7, 2, look_at_queued_writer, &readable);
	down_write(&thing->rwsem);
	assert_false(readable);
	up_write(&thing->rwsem);
	assert_true(inline_sched_ready(1, 0));
}

static void misused_semaphores_are_reported(void **state)
{
	(void)state;
	up_read(&thing->rwsem);
	up_write(&thing->rwsem);
	down_write(&thing->rwsem);
	inline_sched.self = 2;
	up_write(&thing->rwsem);
	inline_sched.self = 1;
	up_write(&thing->rwsem);
	inline_sched_expect(
		"1 unlock_shared rwsem\n"
		"1 misuse: released by a reader while it has none\n"
		"1 unlock rwsem\n"
		"1 misuse: released by a writer while it has none\n"
		"1 queue rwsem\n"
		"1 lock rwsem\n"
		"2 unlock rwsem\n"
		"2 misuse: released by a task that is not its writer\n"
		"1 unlock rwsem\n");
}

static void an_abandoned_semaphore_is_free_again(void **state)
{
	const struct sched_op *op = inline_sched.op;

	(void)state;
	down_read(&thing->rwsem);
	op[0].abandon(&thing->rwsem);
	op[0].abandon(&thing->rwsem);
	down_write(&thing->rwsem);
	op[2].abandon(&thing->rwsem);
	op[2].abandon(&thing->rwsem);
	make_read_and_write();
	assert_int_equal(inline_sched.reports[SCHED_LOCK_MISUSE], 0);
}

static pthread_barrier_t step;

static void *hold_real_lock(void *arg)
{
	(void)arg;
	(void)pthread_rwlock_wrlock(&thing->rwsem.native);
	(void)pthread_barrier_wait(&step);
	(void)pthread_barrier_wait(&step);
	(void)pthread_rwlock_unlock(&thing->rwsem.native);
	return NULL;
}

/* A granted operation whose real lock is taken: the model has been misled. */
static void a_real_lock_that_disagrees_is_reported(void **state)
{
	pthread_t holder;

	(void)state;
	assert_int_equal(pthread_barrier_init(&step, NULL, 2), 0);
	assert_int_equal(pthread_create(&holder, NULL, hold_real_lock, NULL),
			 0);
	(void)pthread_barrier_wait(&step);
	down_read(&thing->rwsem);
	(void)pthread_barrier_wait(&step);
	(void)pthread_join(holder, NULL);
	(void)pthread_barrier_destroy(&step);
	inline_sched_expect(
		"1 lock_shared rwsem\n"
		"1 misuse: its real lock is not what the model says\n");
}

/* --------------------------------------------------- spinlock, scheduled */

static void a_spinlock_section_is_one_operation(void **state)
{
	(void)state;
	spin_lock(&thing->spin);
	assert_int_equal(inline_sched.pending, 1);
	thing->plain++;
	spin_unlock(&thing->spin);
	assert_int_equal(inline_sched.pending, 0);
	inline_sched_expect("1 rmw spin\n");
	assert_null(inline_sched.op[0].ready);
	assert_ptr_equal(inline_sched.done.obj, &thing->spin);
	assert_string_equal(inline_sched.done.site.what, "&thing->spin");
}

/* ----------------------------------------------------------- running free */

#define TASKS 4
#define ROUNDS 100

static void run_tasks(void (*fn)(void *arg))
{
	unsigned i;

	for (i = 0; i < TASKS; i++)
		assert_true(kthread_run("task", fn, NULL) > 0);
	kthread_join_all();
}

static void count_under_mutex(void *arg)
{
	unsigned i;

	(void)arg;
	for (i = 0; i < ROUNDS; i++) {
		mutex_lock(&thing->device_lock);
		thing->plain++;
		mutex_unlock(&thing->device_lock);
	}
}

static void count_under_spinlock(void *arg)
{
	unsigned i;

	(void)arg;
	for (i = 0; i < ROUNDS; i++) {
		spin_lock(&thing->spin);
		thing->plain++;
		spin_unlock(&thing->spin);
	}
}

static void count_under_trylock(void *arg)
{
	unsigned done = 0;

	(void)arg;
	while (done < ROUNDS) {
		if (!mutex_trylock(&thing->device_lock)) {
			(void)sched_yield();
			continue;
		}
		thing->plain++;
		done++;
		mutex_unlock(&thing->device_lock);
	}
}

static void write_and_read(void *arg)
{
	unsigned i;
	int seen;

	(void)arg;
	for (i = 0; i < ROUNDS; i++) {
		down_write(&thing->rwsem);
		seen = ++thing->plain;
		up_write(&thing->rwsem);
		down_read(&thing->rwsem);
		if (thing->plain < seen)
			atomic_inc(&thing->count);
		up_read(&thing->rwsem);
	}
}

static void owners_of_a_mutex_exclude_each_other(void **state)
{
	(void)state;
	run_tasks(count_under_mutex);
	assert_int_equal(thing->plain, TASKS * ROUNDS);
	assert_false(mutex_is_locked(&thing->device_lock));
}

static void owners_by_trylock_exclude_each_other(void **state)
{
	(void)state;
	run_tasks(count_under_trylock);
	assert_int_equal(thing->plain, TASKS * ROUNDS);
}

static void owners_of_a_spinlock_exclude_each_other(void **state)
{
	(void)state;
	run_tasks(count_under_spinlock);
	assert_int_equal(thing->plain, TASKS * ROUNDS);
}

static void writers_exclude_writers_and_readers(void **state)
{
	(void)state;
	run_tasks(write_and_read);
	assert_int_equal(thing->plain, TASKS * ROUNDS);
	assert_int_equal(atomic_peek(&thing->count), 0);
}

static void read_until_all_do(void *arg)
{
	(void)arg;
	down_read(&thing->rwsem);
	atomic_inc(&thing->count);
	while (atomic_read(&thing->count) < TASKS)
		(void)sched_yield();
	up_read(&thing->rwsem);
}

/* Would never end if one of them waited for another. */
static void readers_hold_a_semaphore_together(void **state)
{
	(void)state;
	run_tasks(read_until_all_do);
	assert_int_equal(atomic_peek(&thing->count), TASKS);
}

static void write_first(void *arg)
{
	(void)arg;
	down_write(&thing->rwsem);
	thing->plain = thing->plain * 10 + 1;
	up_write(&thing->rwsem);
}

static void read_second(void *arg)
{
	(void)arg;
	down_read(&thing->rwsem);
	mutex_lock(&thing->device_lock);
	thing->plain = thing->plain * 10 + 2;
	mutex_unlock(&thing->device_lock);
	up_read(&thing->rwsem);
}

static void wait_until_writer_sleeps(void)
{
	while (pthread_rwlock_tryrdlock(&thing->rwsem.native) == 0) {
		(void)pthread_rwlock_unlock(&thing->rwsem.native);
		(void)sched_yield();
	}
}

/* Needs a system whose real locks prefer writers. */
#ifdef __GLIBC__
static void a_sleeping_writer_goes_before_new_readers(void **state)
{
	(void)state;
	down_read(&thing->rwsem);
	assert_true(kthread_run("writer", write_first, NULL) > 0);
	wait_until_writer_sleeps();
	assert_true(kthread_run("reader", read_second, NULL) > 0);
	(void)sched_yield();
	up_read(&thing->rwsem);
	kthread_join_all();
	assert_int_equal(thing->plain, 12);
}
#else
static void a_sleeping_writer_goes_before_new_readers(void **state)
{
	(void)state;
	(void)wait_until_writer_sleeps;
	(void)write_first;
	(void)read_second;
	skip();
}
#endif

static void lock_twice(void *arg)
{
	(void)arg;
	mutex_lock(&thing->device_lock);
	mutex_lock(&thing->device_lock);
}

static void unlock_free(void *arg)
{
	(void)arg;
	mutex_unlock(&thing->device_lock);
}

static void read_after_write(void *arg)
{
	(void)arg;
	down_write(&thing->rwsem);
	down_read(&thing->rwsem);
}

static void write_twice(void *arg)
{
	(void)arg;
	down_write(&thing->rwsem);
	down_write(&thing->rwsem);
}

static void release_read(void *arg)
{
	(void)arg;
	up_read(&thing->rwsem);
}

static void release_write(void *arg)
{
	(void)arg;
	up_write(&thing->rwsem);
}

static void lock_and_leave(void *arg)
{
	(void)arg;
	mutex_lock(&thing->device_lock);
}

static void unlock_what_a_task_locked(void *arg)
{
	(void)arg;
	(void)kthread_run("leaver", lock_and_leave, NULL);
	kthread_join_all();
	mutex_unlock(&thing->device_lock);
}

static void running_free_misuse_aborts(void **state)
{
	(void)state;
	assert_aborts(lock_twice, NULL,
		      "lock misuse: &thing->device_lock: locked again by its "
		      "owner at ");
	assert_aborts(unlock_free, NULL, "unlocked while it is free");
	assert_aborts(unlock_what_a_task_locked, NULL,
		      "unlocked by a task that does not own it");
	assert_aborts(read_after_write, NULL,
		      "taken for reading by its writer");
	assert_aborts(write_twice, NULL, "taken again by its writer");
	assert_aborts(release_read, NULL, "released by a reader while");
	assert_aborts(release_write, NULL, "released by a writer while");
}

#define FREE(test) cmocka_unit_test_setup_teardown(test, start_free, stop)
#define INLINE(test) cmocka_unit_test_setup_teardown(test, start_inline, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lock_is_named_by_its_last_member),
		INLINE(locking_and_unlocking_are_one_operation_each),
		INLINE(a_lock_may_be_taken_while_nobody_holds_it),
		INLINE(a_trylock_takes_a_free_lock_and_no_other),
		INLINE(unlocking_a_free_lock_is_misuse),
		INLINE(unlocking_the_lock_of_another_task_is_misuse),
		INLINE(an_abandoned_mutex_is_free_again),
		INLINE(writing_queues_first),
		INLINE(readers_share_and_keep_writers_out),
		INLINE(a_writer_keeps_everybody_out),
		INLINE(a_queued_writer_keeps_new_readers_out),
		INLINE(misused_semaphores_are_reported),
		INLINE(an_abandoned_semaphore_is_free_again),
		INLINE(a_real_lock_that_disagrees_is_reported),
		INLINE(a_spinlock_section_is_one_operation),
		FREE(owners_of_a_mutex_exclude_each_other),
		FREE(owners_by_trylock_exclude_each_other),
		FREE(owners_of_a_spinlock_exclude_each_other),
		FREE(writers_exclude_writers_and_readers),
		FREE(readers_hold_a_semaphore_together),
		FREE(a_sleeping_writer_goes_before_new_readers),
		FREE(running_free_misuse_aborts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
