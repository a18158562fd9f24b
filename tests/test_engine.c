/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_engine.c - the scheduler itself, one step at a time: who is asked, what
 * hooks hear, what a step touches, and where it draws the line.
 */
#include "kit.h"

#include <vfiosim/atomic.h>
#include <vfiosim/lock.h>

#include "engine.h"
#include "memory.h"
#include "run.h"

#include <stdio.h>
#include <string.h>

static struct sim_trace *trace;
static char heard[1024]; /* by hooks and strategies, a word each */

static void hear(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void hear(const char *format, ...)
{
	size_t used = strlen(heard);
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(heard + used, sizeof(heard) - used, format, ap);
	va_end(ap);
}

/* ----------------------------------------------- a strategy told what to do */

/* Digits: the task to run; '.': back to the caller. */
static const char *orders;

static bool obey_begin(struct sim_strategy *strategy)
{
	(void)strategy;
	return true;
}

static int obey_pick(struct sim_strategy *strategy, unsigned step,
		     const struct sim_choice *choices, unsigned nr,
		     unsigned last)
{
	unsigned i;

	(void)strategy;
	hear("%u<%u:", step, last);
	for (i = 0; i < nr; i++)
		hear("%u%s", choices[i].task, choices[i].enabled ? "" : "!");
	hear(" ");
	if (*orders == '.') {
		orders++;
		return SIM_PICK_STOP;
	}
	for (i = 0; i < nr; i++)
		if (choices[i].task == (unsigned)(*orders - '0') &&
		    choices[i].enabled)
			break;
	if (i == nr) {
		sim_engine_fail("the order %c makes no sense", *orders);
		return SIM_PICK_ERROR;
	}
	orders++;
	return (int)i;
}

static struct sim_strategy obey = {
	.name = "obey",
	.begin = obey_begin,
	.pick = obey_pick,
};

/* ----------------------------------------------------------------- machine */

static struct slate {
	struct mutex m;
	int word, other, third;
	struct kref ref;
} * slate;

static void setup(void)
{
	slate = kzalloc_obj(slate);
	mutex_init(&slate->m);
	once_init(&slate->word, 2 * sizeof(slate->word));
	kref_init(&slate->ref);
}

static struct sim_hooks hooks;

static int engine_start(void **state)
{
	struct sim_engine_config config = {
		.carrier = sim_carriers()[0],
		.strategy = &obey,
		.trace = trace = kit_trace(),
		.steps_max = 100,
		.hooks = hooks,
	};

	(void)state;
	heard[0] = '\0';
	orders = "";
	return kernel_boot(NULL) || sim_engine_begin(&config) ||
	       sim_engine_phase(setup) != SIM_RUN_DONE;
}

static int engine_stop(void **state)
{
	(void)state;
	sim_engine_end();
	(void)kernel_halt(NULL, NULL);
	kit_trace_free(trace);
	memset(&hooks, 0, sizeof(hooks));
	return 0;
}

static void write_twice(void *arg)
{
	WRITE_ONCE(slate->word, *(const int *)arg);
	WRITE_ONCE(slate->word, *(const int *)arg + 1);
}

static void locked(void *arg)
{
	SCHED_FUNC();
	mutex_lock(&slate->m);
	WRITE_ONCE(slate->word, *(const int *)arg);
	mutex_unlock(&slate->m);
}

static int ten = 10, twenty = 20;

/* --------------------------------------------------------------- deciding */

static void the_strategy_is_asked_in_front_of_each_step(void **state)
{
	(void)state;
	assert_int_equal(kthread_run("a", write_twice, &ten), 1);
	assert_int_equal(kthread_run("b", write_twice, &twenty), 2);
	orders = "1221";
	assert_int_equal(sim_engine_schedule(), SIM_RUN_DONE);
	/* Step, who made the one before, and who could make it. */
	assert_string_equal(heard, "0<0:12 1<1:12 2<2:12 3<2:1 ");
	assert_int_equal(PEEK_ONCE(slate->word), 11);
	assert_int_equal(trace->steps, 4);
}

static void who_waits_is_a_choice_that_is_not_enabled(void **state)
{
	(void)state;
	(void)kthread_run("a", locked, &ten);
	(void)kthread_run("b", locked, &twenty);
	orders = "111222";
	assert_int_equal(sim_engine_schedule(), SIM_RUN_DONE);
	assert_string_equal(heard, "0<0:12 1<1:12! 2<1:12! 3<1:2 4<2:2 "
				   "5<2:2 ");
}

static void a_run_stops_where_it_is_told_and_goes_on(void **state)
{
	(void)state;
	(void)kthread_run("a", locked, &ten);
	orders = "11.1";
	assert_int_equal(sim_engine_schedule(), SIM_RUN_STOPPED);
	assert_true(mutex_is_locked(&slate->m));
	assert_int_equal(PEEK_ONCE(slate->word), 10);
	/* More tasks may come meanwhile. */
	assert_int_equal(kthread_run("b", write_twice, &twenty), 2);
	orders = "2.21";
	assert_int_equal(sim_engine_schedule(), SIM_RUN_STOPPED);
	assert_int_equal(PEEK_ONCE(slate->word), 20);
	assert_int_equal(sim_engine_schedule(), SIM_RUN_DONE);
	assert_int_equal(PEEK_ONCE(slate->word), 21);
	assert_false(mutex_is_locked(&slate->m));
}

static void leave_locked(void *arg)
{
	(void)arg;
	mutex_lock(&slate->m);
}

static void tasks_that_can_never_go_on_leave_the_run_idle(void **state)
{
	const struct sim_held *held;

	(void)state;
	(void)kthread_run("a", leave_locked, NULL);
	(void)kthread_run("b", locked, &ten);
	orders = "1";
	assert_int_equal(sim_engine_schedule(), SIM_RUN_IDLE);
	assert_int_equal(sim_engine_tasks(), 2);
	assert_string_equal(sim_engine_task_name(2), "b");
	assert_false(sim_engine_task_live(1));
	assert_true(sim_engine_task_live(2));
	assert_int_equal(sim_engine_pending(2)->kind, SCHED_LOCK);
	assert_ptr_equal(sim_engine_pending(2)->obj, &slate->m);
	assert_string_equal(sim_engine_func(2), "locked");
	assert_string_equal(sim_engine_func(1), "a");
	assert_int_equal(sim_engine_held(2, &held), 0);
	assert_int_equal(sim_engine_held(1, &held), 1);
	assert_ptr_equal(held[0].obj, &slate->m);
	assert_int_equal(held[0].kind, SCHED_LOCK);
	assert_string_equal(held[0].name, "m");
	assert_string_equal(held[0].site.func, "leave_locked");
}

static void a_strategy_may_give_up(void **state)
{
	(void)state;
	(void)kthread_run("a", locked, &ten);
	orders = "7";
	assert_int_equal(sim_engine_schedule(), SIM_RUN_ERROR);
	assert_string_equal(sim_engine_error(), "the order 7 makes no sense");
	/* The first reason stays. */
	sim_engine_fail("another one");
	assert_string_equal(sim_engine_error(), "the order 7 makes no sense");
}

/* ----------------------------------------------------------------- phases */

static void lock_and_keep(void)
{
	mutex_lock(&slate->m);
}

static void unlock(void)
{
	mutex_unlock(&slate->m);
}

static void a_phase_that_waits_halts_the_run(void **state)
{
	const struct sim_raw_finding *f;

	(void)state;
	assert_int_equal(sim_engine_phase(lock_and_keep), SIM_RUN_DONE);
	assert_int_equal(sim_engine_phase(lock_and_keep), SIM_RUN_HALTED);
	assert_int_equal(sim_engine_findings(&f), 1);
	assert_int_equal(f[0].verdict, SIM_DEADLOCK);
	assert_string_equal(f[0].text, "lock of slate.m #1 in lock_and_keep, "
				       "and no task is left to end it");
	assert_int_equal(f[0].task, 0);
	/* The lock is still that of all phases. */
	assert_int_equal(sim_engine_phase(unlock), SIM_RUN_DONE);
	assert_false(mutex_is_locked(&slate->m));
}

static void write_in_phase(void)
{
	WRITE_ONCE(slate->word, 5);
}

static void phases_are_in_the_trace_but_are_no_steps(void **state)
{
	(void)state;
	assert_int_equal(sim_engine_phase(write_in_phase), SIM_RUN_DONE);
	assert_int_equal(PEEK_ONCE(slate->word), 5);
	assert_int_equal(trace->steps, 0);
	assert_string_equal(heard, "");
	assert_int_equal(trace->events[trace->nr_events - 2].type,
			 SIM_EVENT_STEP);
	assert_int_equal(trace->events[trace->nr_events - 2].task, 0);
}

/* -------------------------------------------------------------- footprints */

static void expect_touches(const void *const *objs, const char *writes)
{
	const struct sim_footprint *f = sim_engine_footprint();
	size_t i;

	assert_int_equal(f->nr, strlen(writes));
	for (i = 0; i < f->nr; i++) {
		assert_ptr_equal(f->touches[i].obj, objs[i]);
		assert_int_equal(f->touches[i].write, writes[i] == 'w');
	}
}

static void touch_much(void *arg)
{
	(void)arg;
	(void)READ_ONCE(slate->word);
	(void)SHARED_READ(slate->third);
	SHARED_WRITE(slate->other, 3);
	(void)kref_put(&slate->ref, NULL);
}

/* Up to the next operation: its own is the next step's. */
static void a_step_is_an_operation_and_the_accesses_behind_it(void **state)
{
	const void *const objs[] = { &slate->word, &slate->third,
				     &slate->other };

	(void)state;
	kref_get(&slate->ref);
	(void)kthread_run("a", touch_much, NULL);
	orders = "1.1";
	assert_int_equal(sim_engine_schedule(), SIM_RUN_STOPPED);
	expect_touches(objs, "rrw");
	assert_false(sim_engine_footprint()->stops);
	assert_int_equal(sim_engine_schedule(), SIM_RUN_DONE);
	assert_int_equal(sim_engine_footprint()->nr, 1);
	assert_int_equal(sim_engine_footprint()->touches[0].count, -1);
	assert_int_equal(sim_engine_footprint()->touches[0].old, 2);
}

static void free_slate(void *arg)
{
	(void)arg;
	(void)READ_ONCE(slate->word);
	kfree(slate);
}

static void a_free_touches_its_whole_block(void **state)
{
	const struct sim_footprint *f;

	(void)state;
	(void)kthread_run("a", free_slate, NULL);
	orders = "1";
	assert_int_equal(sim_engine_schedule(), SIM_RUN_DONE);
	f = sim_engine_footprint();
	assert_int_equal(f->nr, 2);
	assert_ptr_equal(f->touches[1].obj, slate);
	assert_int_equal(f->touches[1].size, sizeof(*slate));
	assert_true(f->touches[1].write);
}

static void touch_at_once(void *arg)
{
	(void)arg;
	SHARED_WRITE(slate->other, 1);
}

static void
touching_shared_memory_before_any_operation_is_an_error(void **state)
{
	(void)state;
	(void)kthread_run("early", touch_at_once, NULL);
	assert_int_equal(sim_engine_schedule(), SIM_RUN_ERROR);
	assert_string_equal(sim_engine_error(),
			    "task early touches shared memory before its "
			    "first operation");
}

/* ------------------------------------------------------------------- hooks */

static void hear_before(const struct sched_op *op, void *arg)
{
	assert_ptr_equal(arg, heard);
	hear("before-%s ", sim_kind_name(op->kind));
}

static void hear_after(const struct sched_op *op, void *arg)
{
	(void)arg;
	hear("after-%s ", sim_kind_name(op->kind));
}

static void hear_alloc(const char *type, bool failed, void *arg)
{
	(void)arg;
	hear("%s-%s ", type, failed ? "fails" : "made");
}

static void hear_note(const char *text, void *arg)
{
	(void)arg;
	hear("\"%s\" ", text);
}

static enum sched_action hear_report(const struct sched_report *report,
				     void *arg)
{
	(void)arg;
	hear("report-%d ", report->kind);
	return report->kind == SCHED_WARN ? SCHED_KILL : SCHED_CONTINUE;
}

static int hooked_start(void **state)
{
	hooks = (struct sim_hooks){ hear_before, hear_after,  hear_alloc,
				    hear_note,	 hear_report, heard };
	return engine_start(state);
}

static void make_noise(void *arg)
{
	(void)arg;
	mutex_lock(&slate->m);
	kfree(slab_alloc("noise", 1));
	sim_note("hm");
	mutex_unlock(&slate->m);
}

static void hooks_hear_what_tasks_do_in_order(void **state)
{
	(void)state;
	assert_string_equal(heard, "slate-made ");
	heard[0] = '\0';
	(void)kthread_run("a", make_noise, NULL);
	orders = "11";
	assert_int_equal(sim_engine_schedule(), SIM_RUN_DONE);
	assert_string_equal(heard,
			    "before-lock 0<0:1 after-lock noise-made \"hm\" "
			    "before-unlock 1<1:1 after-unlock ");
}

static void bug_then_warn(void *arg)
{
	mutex_lock(&slate->m);
	BUG_ON(arg == NULL);
	(void)WARN_ON(arg == NULL);
	mutex_unlock(&slate->m);
}

/* Here a BUG goes on and a WARN kills: whoever drives the engine decides. */
static void a_report_hook_decides_whether_a_task_goes_on(void **state)
{
	const struct sim_raw_finding *f;

	(void)state;
	heard[0] = '\0';
	(void)kthread_run("a", bug_then_warn, NULL);
	(void)kthread_run("b", locked, &ten);
	orders = "1";
	assert_int_equal(sim_engine_schedule(), SIM_RUN_IDLE);
	assert_int_equal(sim_engine_findings(&f), 2);
	assert_int_equal(f[0].verdict, SIM_BUG);
	assert_int_equal(f[1].verdict, SIM_WARN);
	assert_false(sim_engine_task_live(1));
	assert_true(sim_engine_task_live(2));
	assert_true(mutex_is_locked(&slate->m));
}

/* ------------------------------------------------------------------ limits */

static void nothing(void *arg)
{
	(void)arg;
}

static void there_is_room_for_so_many_tasks(void **state)
{
	unsigned i;

	(void)state;
	for (i = 1; i < SIM_TASKS_MAX; i++)
		assert_int_equal(kthread_run("t", nothing, NULL), i);
	assert_int_equal(kthread_run("t", nothing, NULL), -EAGAIN);
	assert_int_equal(sim_engine_schedule(), SIM_RUN_DONE);
}

static struct mutex locks[SIM_HELD_MAX + 1];

static void lock_many(void *arg)
{
	int i;

	for (i = 0; i < *(const int *)arg; i++)
		mutex_lock(&locks[i]);
	while (i-- > 0)
		mutex_unlock(&locks[i]);
}

static void a_task_may_hold_so_many_locks(void **state)
{
	static int most = SIM_HELD_MAX, too_many = SIM_HELD_MAX + 1;
	unsigned i;

	(void)state;
	/* The one lock too many stays with a thread that ends. */
	if (sim_memory_under_race_detector())
		skip();
	for (i = 0; i <= SIM_HELD_MAX; i++)
		mutex_init(&locks[i]);
	(void)kthread_run("most", lock_many, &most);
	orders = "1111111111111111111111111111111111111111111111111111111111"
		 "111111";
	assert_int_equal(sim_engine_schedule(), SIM_RUN_DONE);
	(void)kthread_run("many", lock_many, &too_many);
	orders = "222222222222222222222222222222222222222222";
	assert_int_equal(sim_engine_schedule(), SIM_RUN_ERROR);
	assert_string_equal(sim_engine_error(),
			    "task many holds more than 32 locks");
}

static void warn_often(void *arg)
{
	unsigned i;

	(void)arg;
	(void)READ_ONCE(slate->word);
	for (i = 0; i < SIM_RUN_FINDINGS_MAX + 5; i++)
		(void)WARN_ON(i < 1000);
}

static void more_findings_than_fit_are_left_out(void **state)
{
	const struct sim_raw_finding *f;

	(void)state;
	(void)kthread_run("a", warn_often, NULL);
	orders = "1";
	assert_int_equal(sim_engine_schedule(), SIM_RUN_DONE);
	assert_int_equal(sim_engine_findings(&f), SIM_RUN_FINDINGS_MAX);
}

#define ENGINE_TEST(name) \
	cmocka_unit_test_setup_teardown(name, engine_start, engine_stop)
#define HOOKED_TEST(name) \
	cmocka_unit_test_setup_teardown(name, hooked_start, engine_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ENGINE_TEST(the_strategy_is_asked_in_front_of_each_step),
		ENGINE_TEST(who_waits_is_a_choice_that_is_not_enabled),
		ENGINE_TEST(a_run_stops_where_it_is_told_and_goes_on),
		ENGINE_TEST(tasks_that_can_never_go_on_leave_the_run_idle),
		ENGINE_TEST(a_strategy_may_give_up),
		ENGINE_TEST(a_phase_that_waits_halts_the_run),
		ENGINE_TEST(phases_are_in_the_trace_but_are_no_steps),
		ENGINE_TEST(a_step_is_an_operation_and_the_accesses_behind_it),
		ENGINE_TEST(a_free_touches_its_whole_block),
		ENGINE_TEST(
			touching_shared_memory_before_any_operation_is_an_error),
		HOOKED_TEST(hooks_hear_what_tasks_do_in_order),
		HOOKED_TEST(a_report_hook_decides_whether_a_task_goes_on),
		ENGINE_TEST(there_is_room_for_so_many_tasks),
		ENGINE_TEST(a_task_may_hold_so_many_locks),
		ENGINE_TEST(more_findings_than_fit_are_left_out),
	};

	/* Carriers order nothing that a detector could see. */
	sim_memory_exclude(heard, sizeof(heard));
	sim_memory_exclude(&orders, sizeof(orders));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
