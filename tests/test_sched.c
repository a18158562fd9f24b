/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_sched.c - the seam, and tasks without a scheduler.
 *
 * Task numbers, who is asked, what is printed when nobody is.
 */
#define _GNU_SOURCE
#include <vfiosim/atomic.h>
#include <vfiosim/kernel.h>
#include <vfiosim/list.h>

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "death.h"
#include "inline_sched.h"
#include "machine.h"

static void record_self(void *arg)
{
	*(unsigned *)arg = sched_self();
}

static void free_tasks_are_numbered_from_one(void **state)
{
	unsigned self[3] = { 0 };
	unsigned i;

	(void)state;
	assert_int_equal(sched_self(), 0);
	for (i = 0; i < 3; i++)
		assert_int_equal(kthread_run("t", record_self, &self[i]),
				 i + 1);
	kthread_join_all();
	for (i = 0; i < 3; i++)
		assert_int_equal(self[i], i + 1);
}

static void a_new_machine_numbers_its_tasks_anew(void **state)
{
	unsigned self[3] = { 0 };

	(void)state;
	assert_int_equal(kthread_run("t", record_self, &self[0]), 1);
	assert_int_equal(kthread_run("t", record_self, &self[1]), 2);
	kthread_join_all();
	assert_int_equal(kernel_halt(NULL, NULL), 0);
	assert_int_equal(kernel_boot(NULL), 0);
	assert_int_equal(kthread_run("t", record_self, &self[2]), 1);
	kthread_join_all();
	assert_int_equal(self[2], 1);
}

static void do_nothing(void *arg)
{
	(void)arg;
}

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void wait_at_gate(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
}

/* 256 sub-heaps, one of them for set-up. */
static void the_256th_free_task_at_a_time_is_refused(void **state)
{
	int id;

	(void)state;
	pthread_mutex_lock(&gate);
	for (id = 1; id <= 255; id++)
		assert_int_equal(kthread_run("t", wait_at_gate, NULL), id);
	assert_int_equal(kthread_run("t", do_nothing, NULL), -EAGAIN);
	pthread_mutex_unlock(&gate);
	kthread_join_all();
}

/* Joined or not, the number of a task that has ended is another one's. */
static void free_tasks_may_follow_one_another_without_end(void **state)
{
	unsigned nr;

	(void)state;
	for (nr = 0; nr < 600; nr++) {
		int id = kthread_run("t", do_nothing, NULL);

		if (id == -EAGAIN)
			kthread_join_all();
		else
			assert_in_range(id, 1, 255);
	}
	kthread_join_all();
}

static void count_down(void *arg)
{
	unsigned *left = arg;

	if (--*left)
		assert_true(kthread_run("child", count_down, left) > 0);
}

static void joining_waits_for_tasks_of_tasks(void **state)
{
	unsigned left = 5;

	(void)state;
	assert_int_equal(kthread_run("parent", count_down, &left), 1);
	kthread_join_all();
	assert_int_equal(left, 0);
}

static void record_name(void *arg)
{
	(void)pthread_getname_np(pthread_self(), arg, 16);
}

static void the_name_of_a_task_is_copied_and_cut(void **state)
{
	char given[] = "a-name-of-twenty-two-c";
	char seen[16] = "";

	(void)state;
	assert_true(kthread_run(given, record_name, seen) > 0);
	memset(given, 'x', sizeof(given) - 1);
	kthread_join_all();
	assert_string_equal(seen, "a-name-of-twent");
}

static void a_scheduler_makes_and_numbers_the_tasks(void **state)
{
	unsigned self = 0;

	(void)state;
	assert_int_equal(sched_self(), 1);
	assert_int_equal(kthread_run("child", record_self, &self), 2);
	assert_int_equal(self, 2);
	assert_int_equal(sched_self(), 1);
	kthread_join_all();
	inline_sched_expect("1 spawn child\n");
}

static int modelled(int depth)
{
	SCHED_FUNC();

	if (depth)
		return modelled(depth - 1);
	sched_point("bottom", NULL);
	sched_note(NULL, "a fact");
	return depth;
}

static void modelled_calls_begin_and_end_with_their_scope(void **state)
{
	(void)state;
	assert_int_equal(modelled(1), 0);
	inline_sched_expect("1 { modelled\n"
			    "1 { modelled\n"
			    "1 point bottom\n"
			    "1 note a fact\n"
			    "1 } modelled\n"
			    "1 } modelled\n");
}

static void shared_fields_are_announced_as_accesses(void **state)
{
	int field = 1;

	(void)state;
	assert_int_equal(SHARED_READ(field), 1);
	SHARED_WRITE(field, 2);
	assert_int_equal(field, 2);
	assert_int_equal(inline_sched_accesses(&field, SCHED_ACCESS_READ), 1);
	assert_int_equal(inline_sched_accesses(&field, SCHED_ACCESS_WRITE), 1);
	inline_sched_expect("");
}

static void running_free_nothing_is_asked(void **state)
{
	struct sched_op op = { .kind = SCHED_READ };
	int field = 1;

	(void)state;
	assert_int_equal(sched_before(&op), 0);
	sched_after(&op);
	sched_note(NULL, "nobody listens");
	assert_int_equal(modelled(0), 0);
	assert_int_equal(SHARED_READ(field), 1);
}

static unsigned frugal_self(void)
{
	return 1;
}

static unsigned frugal_before(const struct sched_op *op)
{
	(void)op;
	return 0;
}

static enum sched_action frugal_report(const struct sched_report *report)
{
	(void)report;
	return SCHED_CONTINUE;
}

static void a_scheduler_without_the_optional_members_will_do(void **state)
{
	static const struct sched_ops frugal = {
		.self = frugal_self,
		.before = frugal_before,
		.report = frugal_report,
	};
	struct list_head list;
	struct mutex lock;

	(void)state;
	sched_install(&frugal);
	assert_int_equal(modelled(1), 0);
	mutex_init(&lock);
	mutex_lock(&lock);
	mutex_unlock(&lock);
	INIT_LIST_HEAD(&list);
	assert_true(list_empty(&list));
	kfree(slab_alloc("x", 1));
	assert_true(WARN_ON(true));
	sched_install(NULL);
	mutex_destroy(&lock);
}

static void warnings_are_counted_until_the_next_boot(void **state)
{
	(void)state;
	assert_int_equal(sched_warnings(), 0);
	assert_true(WARN_ON(1 + 1 == 2));
	assert_false(WARN_ON(1 + 1 == 3));
	assert_true(WARN(1 + 1 == 2, "it is"));
	assert_int_equal(sched_warnings(), 2);
	BUG_ON(1 + 1 == 2);
	assert_int_equal(sched_warnings(), 2);
	inline_sched_expect("1 WARN: 1 + 1 == 2\n"
			    "1 WARN: it is\n"
			    "1 BUG: 1 + 1 == 2\n");

	inline_sched_end();
	assert_int_equal(kernel_halt(NULL, NULL), 0);
	assert_int_equal(kernel_boot(NULL), 0);
	assert_int_equal(sched_warnings(), 0);
}

/* Counted from here. */
enum { BUG_LINE = __LINE__ + 4 };

static void hit_a_bug(void *arg)
{
	BUG_ON(arg == NULL);
}

static void warn_and_go_on(void *arg)
{
	(void)arg;
	if (WARN(sched_warnings() == 0, "first"))
		BUG_ON(sched_warnings() == 1);
}

static void a_free_running_bug_prints_its_place_and_aborts(void **state)
{
	char line[160];

	(void)state;
	assert_aborts(hit_a_bug, NULL, "BUG: arg == NULL at ");
	(void)snprintf(line, sizeof(line), "%s:%d in hit_a_bug\n", __FILE__,
		       BUG_LINE);
	assert_aborts(hit_a_bug, NULL, line);
}

static void a_free_running_warning_is_printed_and_survived(void **state)
{
	(void)state;
	assert_aborts(warn_and_go_on, NULL, "WARN: first at ");
	assert_aborts(warn_and_go_on, NULL, "BUG: sched_warnings() == 1 at ");
}

#define FREE(test) \
	cmocka_unit_test_setup_teardown(test, machine_boot, machine_halt)
#define INLINE(test) \
	cmocka_unit_test_setup_teardown(test, machine_boot_inline, machine_halt)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FREE(free_tasks_are_numbered_from_one),
		FREE(a_new_machine_numbers_its_tasks_anew),
		FREE(the_256th_free_task_at_a_time_is_refused),
		FREE(free_tasks_may_follow_one_another_without_end),
		FREE(joining_waits_for_tasks_of_tasks),
		FREE(the_name_of_a_task_is_copied_and_cut),
		INLINE(a_scheduler_makes_and_numbers_the_tasks),
		INLINE(modelled_calls_begin_and_end_with_their_scope),
		INLINE(shared_fields_are_announced_as_accesses),
		FREE(running_free_nothing_is_asked),
		FREE(a_scheduler_without_the_optional_members_will_do),
		INLINE(warnings_are_counted_until_the_next_boot),
		FREE(a_free_running_bug_prints_its_place_and_aborts),
		FREE(a_free_running_warning_is_printed_and_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
