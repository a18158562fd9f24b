/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_run.c - one run from boot to halt: which of a scenario's functions are
 * called when, what its end is, and that tools see what nobody announced.
 */
#include "kit.h"

#include <vfiosim/atomic.h>
#include <vfiosim/lock.h>
#include <vfiosim/workqueue.h>

#include "memory.h"
#include "run.h"
#include "sandbox.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#define VALGRIND_COUNT_ERRORS 0u
#endif
#ifndef __has_feature
#define __has_feature(feature) 0
#endif

static char heard[64];
static struct sim_run run;
static struct sim_trace *trace;

static void hear(const char *word)
{
	strcat(heard, word);
}

static struct thing {
	int word;
	struct mutex m;
} * thing;

static void setup(void)
{
	hear("setup ");
	thing = kzalloc_obj(thing);
	mutex_init(&thing->m);
	once_init(&thing->word, sizeof(thing->word));
}

static void task(void)
{
	WRITE_ONCE(thing->word, 1);
	hear("task ");
}

static void check(void)
{
	hear("check ");
}

static void teardown(void)
{
	hear("teardown ");
	kfree(thing);
}

static const struct sim_scenario plain = {
	.name = "plain",
	.setup = setup,
	.tasks = { { "a", task, NULL } },
	.check = check,
	.teardown = teardown,
};

/* One run, its tasks in order. */
static void run_once(const struct sim_scenario *scenario)
{
	struct sim_run_config config = {
		.scenario = scenario,
		.carrier = sim_carriers()[0],
		.steps_max = 100,
	};
	struct sim_strategy *strategy = sim_dfs_make(true, -1);

	heard[0] = '\0';
	assert_int_equal(era_lookup("v3.19", &config.era), 0);
	assert_true(strategy->begin(strategy));
	assert_int_equal(sim_run_once(&config, strategy, trace, &run), 0);
	assert_string_equal(run.error, "");
	assert_null(kernel_era());
	assert_null(sched_ops);
	strategy->destroy(strategy);
}

static int make_trace(void **state)
{
	(void)state;
	/* The test's own record, which tasks write in turn. */
	sim_memory_exclude(heard, sizeof(heard));
	trace = kit_trace();
	return 0;
}

static int drop_trace(void **state)
{
	(void)state;
	kit_trace_free(trace);
	return 0;
}

/* ------------------------------------------------------- who is called when */

static void a_run_calls_each_function_once_in_order(void **state)
{
	(void)state;
	run_once(&plain);
	assert_string_equal(heard, "setup task check teardown ");
	assert_int_equal(run.status, SIM_RUN_DONE);
	assert_true(run.complete);
	assert_int_equal(run.nr_findings, 0);
}

static void fail_softly(void)
{
	hear("soft ");
	SIM_CHECK(thing == NULL);
}

static void bug(void)
{
	hear("bug ");
	BUG_ON(heard[0] != '\0');
}

/* What the check finds is all there is to know: nothing is taken down. */
static void there_is_no_teardown_after_a_finding(void **state)
{
	struct sim_scenario s = plain;

	(void)state;
	s.check = fail_softly;
	run_once(&s);
	assert_string_equal(heard, "setup task soft ");
	assert_false(run.complete);
	assert_int_equal(run.status, SIM_RUN_DONE);
	assert_int_equal(run.nr_findings, 1);
	assert_int_equal(run.findings[0].task, 0);
	/* A finding of a task that goes on: the check sees what came of it. */
	s = plain;
	s.tasks[0].fn = fail_softly;
	run_once(&s);
	assert_string_equal(heard, "setup soft check ");
	assert_int_equal(run.findings[0].task, 1);
}

static void a_task_that_stops_the_run_is_the_last(void **state)
{
	struct sim_scenario s = plain;

	(void)state;
	s.tasks[0].fn = bug;
	s.tasks[1] = (struct sim_task){ "b", task, NULL };
	run_once(&s);
	assert_string_equal(heard, "setup bug ");
	assert_int_equal(run.status, SIM_RUN_HALTED);
	assert_int_equal(run.nr_findings, 1);
}

static void a_setup_that_stops_the_run_is_all(void **state)
{
	struct sim_scenario s = plain;

	(void)state;
	s.setup = bug;
	run_once(&s);
	assert_string_equal(heard, "bug ");
	assert_int_equal(run.status, SIM_RUN_HALTED);
	assert_int_equal(run.findings[0].verdict, SIM_BUG);
	assert_int_equal(run.findings[0].task, 0);
}

static void lock_and_leave(void)
{
	mutex_lock(&thing->m);
}

static void tasks_that_can_never_go_on_end_the_run(void **state)
{
	struct sim_scenario s = plain;

	(void)state;
	s.tasks[0].fn = lock_and_leave;
	s.tasks[1] = (struct sim_task){ "b", lock_and_leave, NULL };
	run_once(&s);
	assert_string_equal(heard, "setup ");
	assert_int_equal(run.status, SIM_RUN_IDLE);
	assert_int_equal(run.findings[0].verdict, SIM_DEADLOCK);
}

static void early(void *arg)
{
	hear(arg);
	WRITE_ONCE(thing->word, 2);
	hear("late ");
}

static void setup_with_task(void)
{
	static char word[] = "early ";

	setup();
	(void)kthread_run("early", early, word);
	hear("ready ");
}

/* Up to its first operation at once, and then with the others. */
static void a_task_that_set_up_made_runs_with_the_others(void **state)
{
	struct sim_scenario s = plain;

	(void)state;
	s.setup = setup_with_task;
	run_once(&s);
	assert_string_equal(heard,
			    "setup early ready late task check teardown ");
	assert_true(run.complete);
	assert_int_equal(trace->steps, 2);
}

static void work(struct work_struct *item)
{
	hear("work ");
	WRITE_ONCE(thing->word, 3);
	kfree(item);
}

static void queue_work(work_func_t func)
{
	struct work_struct *item = kzalloc_obj(work_struct);

	INIT_WORK(item, func);
	assert_true(schedule_work(item));
}

static void setup_with_work(void)
{
	setup();
	queue_work(work);
	hear("ready ");
}

static void free_thing(struct work_struct *item)
{
	hear("work ");
	kfree(item);
	kfree(thing);
}

static void teardown_with_work(void)
{
	queue_work(free_thing);
	hear("teardown ");
}

/* Nothing that set-up has queued races with tasks, and nothing leaks. */
static void work_of_set_up_and_teardown_is_done_behind_them(void **state)
{
	struct sim_scenario s = plain;

	(void)state;
	s.setup = setup_with_work;
	s.teardown = teardown_with_work;
	run_once(&s);
	assert_string_equal(heard,
			    "setup ready work task check teardown work ");
	assert_true(run.complete);
	assert_int_equal(run.nr_findings, 0);
	assert_int_equal(trace->steps, 1);
}

static void a_scenario_may_be_empty(void **state)
{
	const struct sim_scenario s = { .name = "empty" };

	(void)state;
	run_once(&s);
	assert_true(run.complete);
	assert_int_equal(trace->steps, 0);
}

/* Leaks are told after a teardown alone: a finding leaves much behind. */
static void what_leaks_is_told_after_a_clean_teardown(void **state)
{
	struct sim_scenario s = plain;

	(void)state;
	s.teardown = check;
	run_once(&s);
	assert_int_equal(run.nr_findings, 1);
	assert_int_equal(run.findings[0].verdict, SIM_LEAK);
	assert_string_equal(run.findings[0].text,
			    "1 object still alive: thing #1 of setup");
	assert_false(run.complete);
	s.teardown = fail_softly;
	run_once(&s);
	assert_int_equal(run.nr_findings, 1);
	assert_int_equal(run.findings[0].verdict, SIM_CHECK_FAILED);
}

/* ------------------------------------------------------------ final states */

static int number;
static const char *note;

static void write_number(void)
{
	WRITE_ONCE(thing->word, number);
	sim_note("%s", note);
}

static uint64_t state_of(int n, const char *text)
{
	struct sim_scenario s = plain;

	s.tasks[0].fn = write_number;
	number = n;
	note = text;
	run_once(&s);
	assert_true(run.complete);
	return run.final_state;
}

static void a_final_state_is_memory_and_what_tasks_learned(void **state)
{
	uint64_t one = state_of(1, "x");

	(void)state;
	assert_true(one == state_of(1, "x"));
	assert_false(one == state_of(2, "x"));
	assert_false(one == state_of(1, "y"));
	assert_false(one == state_of(1, "xx"));
	assert_false(one == 0);
}

/* Every byte of a block of 32 and its tail counts, and its place. */
static unsigned char *bytes;
static unsigned at, length;

static void setup_bytes(void)
{
	bytes = slab_alloc("bytes", length);
	if (at < length)
		bytes[at] = 1;
}

static void every_byte_of_memory_counts(void **state)
{
	struct sim_scenario s = { .name = "bytes", .setup = setup_bytes };
	uint64_t states[40];
	unsigned i;

	(void)state;
	for (length = 29; length <= 33; length++)
		for (at = 0; at <= length; at++) {
			run_once(&s);
			states[at] = run.final_state;
			for (i = 0; i < at; i++)
				assert_false(states[i] == states[at]);
		}
}

/* ------------------------------------------ what nobody announced, by tools */

static volatile int seen;

static void use_freed_unannounced(void)
{
	int *word = &thing->word;

	(void)READ_ONCE(thing->word);
	kfree(thing);
	seen = *(volatile int *)word;
}

static int run_planted(void *arg)
{
	struct sim_scenario s = plain;
	const long errors = (long)VALGRIND_COUNT_ERRORS;

	(void)arg;
	s.tasks[0].fn = use_freed_unannounced;
	s.teardown = NULL;
	run_once(&s);
	return (long)VALGRIND_COUNT_ERRORS > errors ? 3 : 4;
}

/* In a child, so that the tool's complaint is not held against the test. */
static void an_address_sanitizer_sees_freed_memory_in_use(void **state)
{
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
	struct sandbox_output output;

	(void)state;
	sandbox_call(run_planted, NULL, &output);
	assert_int_not_equal(output.status, 4);
	assert_non_null(strstr(output.err, "use-after-poison"));
	assert_non_null(strstr(output.err, "use_freed_unannounced"));
	sandbox_release(&output);
#else
	(void)state;
	skip();
#endif
}

static void memcheck_sees_freed_memory_in_use(void **state)
{
	struct sandbox_output output;

	(void)state;
	if (!RUNNING_ON_VALGRIND || sim_memory_under_race_detector())
		skip();
	print_message("the error that follows is planted:\n");
	sandbox_call(run_planted, NULL, &output);
	/* 3, or what --error-exitcode= makes of it. */
	assert_int_not_equal(output.status, 4);
	assert_in_range(output.status, 1, 127);
	sandbox_release(&output);
}

#define RUN_TEST(name) \
	cmocka_unit_test_setup_teardown(name, make_trace, drop_trace)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN_TEST(a_run_calls_each_function_once_in_order),
		RUN_TEST(there_is_no_teardown_after_a_finding),
		RUN_TEST(a_task_that_stops_the_run_is_the_last),
		RUN_TEST(a_setup_that_stops_the_run_is_all),
		RUN_TEST(tasks_that_can_never_go_on_end_the_run),
		RUN_TEST(a_task_that_set_up_made_runs_with_the_others),
		RUN_TEST(work_of_set_up_and_teardown_is_done_behind_them),
		RUN_TEST(a_scenario_may_be_empty),
		RUN_TEST(what_leaks_is_told_after_a_clean_teardown),
		RUN_TEST(a_final_state_is_memory_and_what_tasks_learned),
		RUN_TEST(every_byte_of_memory_counts),
		RUN_TEST(an_address_sanitizer_sees_freed_memory_in_use),
		RUN_TEST(memcheck_sees_freed_memory_in_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
