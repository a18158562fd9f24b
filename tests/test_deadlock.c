/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_deadlock.c - why nobody can go on: cycles, sleepers, and who is to
 * blame, word by word.
 */
#include "kit.h"

#include <vfiosim/atomic.h>
#include <vfiosim/lock.h>
#include <vfiosim/wait.h>

#include "engine.h"
#include "run.h"

#include <string.h>

struct jam {
	struct mutex a, b, c;
	struct rw_semaphore sem;
	wait_queue_head_t queue;
	struct completion done;
	int flag;
};

static struct jam *jam;

static void setup(void)
{
	jam = kzalloc_obj(jam);
	mutex_init(&jam->a);
	mutex_init(&jam->b);
	mutex_init(&jam->c);
	init_rwsem(&jam->sem);
	init_waitqueue_head(&jam->queue);
	init_completion(&jam->done);
	once_init(&jam->flag, sizeof(jam->flag));
}

static void lock_ab(void)
{
	mutex_lock(&jam->a);
	mutex_lock(&jam->b);
	mutex_unlock(&jam->b);
	mutex_unlock(&jam->a);
}

static void lock_ba(void)
{
	mutex_lock(&jam->b);
	mutex_lock(&jam->a);
	mutex_unlock(&jam->a);
	mutex_unlock(&jam->b);
}

static void lock_bc(void)
{
	mutex_lock(&jam->b);
	mutex_lock(&jam->c);
	mutex_unlock(&jam->c);
	mutex_unlock(&jam->b);
}

static void lock_ca(void)
{
	mutex_lock(&jam->c);
	mutex_lock(&jam->a);
	mutex_unlock(&jam->a);
	mutex_unlock(&jam->c);
}

static void lock_a_twice(void)
{
	mutex_lock(&jam->a);
	mutex_lock(&jam->a);
}

static void lock_a(void)
{
	mutex_lock(&jam->a);
	mutex_unlock(&jam->a);
}

static void keep_a(void)
{
	mutex_lock(&jam->a);
}

static void expect(void (*one)(void), void (*two)(void), void (*three)(void),
		   enum sim_verdict verdict, const char *text)
{
	const struct sim_scenario s = {
		.name = "jam",
		.setup = setup,
		.tasks = { { "p", one, NULL },
			   { "q", two, NULL },
			   { "r", two ? three : NULL, NULL } },
	};

	kit_expect_finding(&s, NULL, verdict, text);
}

static void two_locks_in_opposite_order_are_a_cycle(void **state)
{
	(void)state;
	expect(lock_ab, lock_ba, NULL, SIM_DEADLOCK,
	       "p waits in lock_ab for jam.b #1, which q took in lock_ba; "
	       "q waits in lock_ba for jam.a #1, which p took in lock_ab");
}

static void three_locks_in_a_ring_are_a_cycle(void **state)
{
	(void)state;
	expect(lock_ab, lock_bc, lock_ca, SIM_DEADLOCK,
	       "p waits in lock_ab for jam.b #1, which q took in lock_bc; "
	       "q waits in lock_bc for jam.c #1, which r took in lock_ca; "
	       "r waits in lock_ca for jam.a #1, which p took in lock_ab");
}

static void a_lock_taken_twice_is_a_cycle_of_one(void **state)
{
	(void)state;
	expect(lock_a_twice, NULL, NULL, SIM_DEADLOCK,
	       "p waits in lock_a_twice for jam.a #1, which it took itself in "
	       "lock_a_twice");
}

/* Who waits behind the cycle is no finding of its own. */
static void waiting_for_a_cycle_is_told_by_the_cycle(void **state)
{
	(void)state;
	expect(lock_a, lock_a_twice, NULL, SIM_DEADLOCK,
	       "q waits in lock_a_twice for jam.a #1, which it took itself in "
	       "lock_a_twice");
}

static void a_lock_whose_holder_ended_is_blamed_on_it(void **state)
{
	(void)state;
	expect(lock_a, keep_a, NULL, SIM_DEADLOCK,
	       "p waits in lock_a for jam.a #1, which q took in keep_a and "
	       "left");
}

static void try_and_keep(void)
{
	(void)mutex_trylock(&jam->b);
	mutex_lock(&jam->c);
	mutex_unlock(&jam->c);
}

static void keep_c_and_lock_b(void)
{
	mutex_lock(&jam->c);
	mutex_lock(&jam->b);
}

/* q's trylock holds, unless p had it first and q goes on without. */
static void a_lock_taken_by_trylock_is_held(void **state)
{
	const struct sim_scenario s = {
		.name = "trylock",
		.setup = setup,
		.tasks = { { "p", keep_c_and_lock_b, NULL },
			   { "q", try_and_keep, NULL } },
	};
	const struct sim_options options = { .strategy = "dfs", .all = true };
	struct sim_result result;
	unsigned i, cycles = 0;

	(void)state;
	kit_explore(&s, &options, &result);
	for (i = 0; i < result.nr_findings; i++)
		cycles += !strcmp(result.findings[i].text,
				  "p waits in keep_c_and_lock_b for jam.b #1, "
				  "which q took in try_and_keep; q waits in "
				  "try_and_keep for jam.c #1, which p took in "
				  "keep_c_and_lock_b");
	assert_int_equal(cycles, 1);
	sim_result_release(&result);
}

/* ---------------------------------------------------------------- rwsems */

static void read_twice(void)
{
	down_read(&jam->sem);
	down_read(&jam->sem);
	up_read(&jam->sem);
	up_read(&jam->sem);
}

static void write_once(void)
{
	down_write(&jam->sem);
	up_write(&jam->sem);
}

static void a_reader_behind_a_queued_writer_is_in_a_cycle(void **state)
{
	(void)state;
	expect(read_twice, write_once, NULL, SIM_DEADLOCK,
	       "p waits in read_twice for jam.sem #1, behind q in its queue; "
	       "q waits in write_once for jam.sem #1, which p took in "
	       "read_twice");
}

static void read_then_write(void)
{
	down_read(&jam->sem);
	down_write(&jam->sem);
}

static void an_upgrade_waits_for_itself(void **state)
{
	(void)state;
	expect(read_then_write, NULL, NULL, SIM_DEADLOCK,
	       "p waits in read_then_write for jam.sem #1, which it took "
	       "itself in read_then_write");
}

/* Whoever is first in the queue waits for itself, the other one behind it. */
static void of_two_upgrades_the_first_waits_for_itself(void **state)
{
	const struct sim_scenario s = {
		.name = "upgrades",
		.setup = setup,
		.tasks = { { "p", read_then_write, NULL },
			   { "q", read_then_write, NULL } },
	};
	struct sim_result result;
	unsigned i, p = 0, q = 0;

	(void)state;
	kit_dfs(&s, true, &result);
	assert_int_equal(result.verdicts, SIM_SET(SIM_DEADLOCK));
	for (i = 0; i < result.nr_findings; i++) {
		p += !strcmp(result.findings[i].text,
			     "p waits in read_then_write for jam.sem #1, which "
			     "it took itself in read_then_write");
		q += !strcmp(result.findings[i].text,
			     "q waits in read_then_write for jam.sem #1, which "
			     "it took itself in read_then_write");
	}
	assert_int_equal(p, 1);
	assert_int_equal(q, 1);
	assert_int_equal(result.nr_findings, 2);
	sim_result_release(&result);
}

/* --------------------------------------------------------------- sleepers */

static void sleep_once(void)
{
	wait_queue_t wait;

	if (READ_ONCE(jam->flag))
		return;
	__wait_init(&wait, &jam->queue, 0);
	__prepare_to_wait(&wait, SCHED_SITE("jam->queue"));
	(void)__wait_schedule(&wait, 0, 0, SCHED_SITE("jam->queue"));
	__finish_wait(&wait, SCHED_SITE("jam->queue"));
}

static void set_and_wake(void)
{
	WRITE_ONCE(jam->flag, 1);
	wake_up(&jam->queue);
}

static void a_wake_up_before_joining_the_queue_is_lost(void **state)
{
	(void)state;
	expect(sleep_once, set_and_wake, NULL, SIM_LOST_WAKEUP,
	       "p sleeps in sleep_once on jam.queue #1, and the wake-up came "
	       "before");
}

static void sleep_exclusive(void)
{
	wait_queue_t wait;

	__wait_init(&wait, &jam->queue, WQ_FLAG_EXCLUSIVE);
	__prepare_to_wait(&wait, SCHED_SITE("jam->queue"));
	(void)__wait_schedule(&wait, 0, 0, SCHED_SITE("jam->queue"));
	__finish_wait(&wait, SCHED_SITE("jam->queue"));
}

static void wake_one(void)
{
	wake_up(&jam->queue);
}

/* One wake-up for p and q, who were there; r comes too late for it. */
static void only_who_joined_too_late_has_lost_a_wake_up(void **state)
{
	const struct sim_scenario s = {
		.name = "too-late",
		.setup = setup,
		.tasks = { { "p", sleep_exclusive, NULL },
			   { "q", sleep_exclusive, NULL },
			   { "r", sleep_exclusive, NULL },
			   { "w", wake_one, NULL } },
	};
	struct sim_result result;

	(void)state;
	assert_int_equal(
		sim_replay_text(&s,
				"vfiosim schedule 1\nscenario too-late\n"
				"era v3.19\np runs until it blocks\n"
				"q runs until it blocks\nw runs to its end\n"
				"r runs until it blocks\np runs to its end\n"
				"end\n",
				"x", NULL, &result),
		0);
	assert_int_equal(result.nr_findings, 2);
	assert_string_equal(kit_finding(&result, SIM_HANG)->text,
			    "q sleeps in sleep_exclusive on jam.queue #1, and "
			    "nobody is left to wake it");
	assert_string_equal(kit_finding(&result, SIM_LOST_WAKEUP)->text,
			    "r sleeps in sleep_exclusive on jam.queue #1, and "
			    "the wake-up came before");
	sim_result_release(&result);
}

static void wait_for_flag(void)
{
	wait_event(jam->queue, READ_ONCE(jam->flag) != 0);
}

static void joining_before_testing_loses_none(void **state)
{
	(void)state;
	expect(wait_for_flag, set_and_wake, NULL, SIM_LOST_WAKEUP, "");
}

static void sleeping_where_nobody_wakes_is_a_hang(void **state)
{
	(void)state;
	expect(wait_for_flag, NULL, NULL, SIM_HANG,
	       "p sleeps in wait_for_flag on jam.queue #1, and nobody is left "
	       "to wake it");
}

static void await(void)
{
	wait_for_completion(&jam->done);
}

static void complete_once(void)
{
	complete(&jam->done);
}

/* One completion serves one of two: p or q is left. */
static void a_completion_too_few_is_a_hang(void **state)
{
	const struct sim_scenario s = {
		.name = "completion",
		.setup = setup,
		.tasks = { { "p", await, NULL },
			   { "q", await, NULL },
			   { "r", complete_once, NULL } },
	};
	struct sim_result result;

	(void)state;
	kit_dfs(&s, true, &result);
	assert_int_equal(result.verdicts, SIM_SET(SIM_HANG));
	assert_int_equal(result.nr_findings, 2);
	assert_string_equal(kit_finding(&result, SIM_HANG)->text,
			    "q sleeps in await on jam.done #1, and nobody is "
			    "left to wake it");
	assert_int_equal(result.final_states, 0);
	sim_result_release(&result);
}

static void await_with_lock(void)
{
	mutex_lock(&jam->a);
	wait_for_completion(&jam->done);
	mutex_unlock(&jam->a);
}

static void complete_with_lock(void)
{
	mutex_lock(&jam->a);
	complete(&jam->done);
	mutex_unlock(&jam->a);
}

/* Whom the lock of a sleeper keeps from waking it: the sleeper is told. */
static void a_sleeper_with_the_lock_that_its_waker_needs_hangs(void **state)
{
	(void)state;
	expect(await_with_lock, complete_with_lock, NULL, SIM_HANG,
	       "p sleeps in await_with_lock on jam.done #1, and nobody is left "
	       "to wake it");
}

/* -------------------------------------------------- before and after tasks */

static void a_deadlock_in_the_teardown_is_found(void **state)
{
	const struct sim_scenario s = {
		.name = "teardown",
		.setup = setup,
		.tasks = { { "p", keep_a, NULL } },
		.teardown = lock_a,
	};

	(void)state;
	kit_expect_finding(&s, NULL, SIM_DEADLOCK,
			   "lock of jam.a #1 in lock_a, and no task is left "
			   "to end it");
}

static void keep_and_bug(void)
{
	mutex_lock(&jam->a);
	BUG_ON(true);
}

static enum sched_action kill_it(const struct sched_report *report, void *arg)
{
	++*(unsigned *)arg;
	return report->kind == SCHED_BUG ? SCHED_KILL : SCHED_CONTINUE;
}

static void spawn(void *fn)
{
	(*(void (**)(void))fn)();
}

/* Only the engine's own user can have a task killed by its BUG. */
static void a_lock_whose_holder_was_killed_is_blamed_on_it(void **state)
{
	static void (*fn[2])(void) = { keep_and_bug, lock_a };
	const struct sim_raw_finding *f;
	struct sim_trace *trace = kit_trace();
	unsigned reports = 0;
	struct sim_engine_config config = {
		.carrier = sim_carriers()[0],
		.strategy = sim_dfs_make(true, -1),
		.trace = trace,
		.steps_max = 100,
		.hooks = { .report = kill_it, .arg = &reports },
	};

	(void)state;
	assert_int_equal(kernel_boot(NULL), 0);
	assert_int_equal(sim_engine_begin(&config), 0);
	assert_true(config.strategy->begin(config.strategy));
	assert_int_equal(sim_engine_phase(setup), SIM_RUN_DONE);
	assert_int_equal(kthread_run("p", spawn, &fn[0]), 1);
	assert_int_equal(kthread_run("q", spawn, &fn[1]), 2);
	assert_int_equal(sim_engine_schedule(), SIM_RUN_IDLE);
	sim_deadlock_explain(trace);
	assert_int_equal(reports, 1);
	assert_int_equal(sim_engine_findings(&f), 2);
	assert_int_equal(f[0].verdict, SIM_BUG);
	assert_int_equal(f[1].verdict, SIM_DEADLOCK);
	assert_string_equal(f[1].text,
			    "q waits in lock_a for jam.a #1, which p took in "
			    "keep_and_bug and left");
	sim_engine_end();
	(void)kernel_halt(NULL, NULL);
	config.strategy->destroy(config.strategy);
	kit_trace_free(trace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_locks_in_opposite_order_are_a_cycle),
		cmocka_unit_test(three_locks_in_a_ring_are_a_cycle),
		cmocka_unit_test(a_lock_taken_twice_is_a_cycle_of_one),
		cmocka_unit_test(waiting_for_a_cycle_is_told_by_the_cycle),
		cmocka_unit_test(a_lock_whose_holder_ended_is_blamed_on_it),
		cmocka_unit_test(a_lock_taken_by_trylock_is_held),
		cmocka_unit_test(a_reader_behind_a_queued_writer_is_in_a_cycle),
		cmocka_unit_test(an_upgrade_waits_for_itself),
		cmocka_unit_test(of_two_upgrades_the_first_waits_for_itself),
		cmocka_unit_test(a_wake_up_before_joining_the_queue_is_lost),
		cmocka_unit_test(only_who_joined_too_late_has_lost_a_wake_up),
		cmocka_unit_test(joining_before_testing_loses_none),
		cmocka_unit_test(sleeping_where_nobody_wakes_is_a_hang),
		cmocka_unit_test(a_completion_too_few_is_a_hang),
		cmocka_unit_test(
			a_sleeper_with_the_lock_that_its_waker_needs_hangs),
		cmocka_unit_test(a_deadlock_in_the_teardown_is_found),
		cmocka_unit_test(
			a_lock_whose_holder_was_killed_is_blamed_on_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
