/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_budget.c - searches that give up: what was asked for is spent, a table
 * has reached its ceiling, or the system has no more memory.
 */
#include "kit.h"

#include <vfiosim/lock.h>

#include "memory.h"
#include "sandbox.h"

#include <string.h>
#include <sys/mman.h>

static struct desk {
	struct mutex m;
	unsigned char order[32];
	unsigned nr;
} * desk;

static void setup(void)
{
	desk = kzalloc_obj(desk);
	mutex_init(&desk->m);
}

static void sign(unsigned char who, unsigned times)
{
	while (times-- > 0) {
		mutex_lock(&desk->m);
		desk->order[desk->nr++] = who;
		mutex_unlock(&desk->m);
	}
}

static void sign_a(void)
{
	sign(1, 4);
}

static void sign_b(void)
{
	sign(2, 4);
}

static void sign_c(void)
{
	sign(3, 4);
}

/* (4 + 4 + 4)! / 4!^3 = 34,650 orders, each a class and a final state. */
static const struct sim_scenario signers = {
	.name = "signers",
	.setup = setup,
	.tasks = { { "a", sign_a, NULL },
		   { "b", sign_b, NULL },
		   { "c", sign_c, NULL } },
};

static void expect_ended(const struct sim_options *options,
			 enum sim_budget ended, const char *text)
{
	struct sim_result result;
	char buf[SIM_TEXT_MAX];

	kit_explore(&signers, options, &result);
	assert_false(result.exhausted);
	assert_int_equal(result.ended, ended);
	assert_string_equal(sim_budget_format(&result, buf, sizeof(buf)), text);
	assert_true(result.runs > 0);
	sim_result_release(&result);
}

/* ---------------------------------------------------------------- asked for */

static void runs_are_counted(void **state)
{
	const struct sim_options options = { .strategy = "dpor",
					     .budget_runs = 12 };

	(void)state;
	expect_ended(&options, SIM_BUDGET_RUNS, "budget of 12 runs ended");
}

static void final_states_are_counted(void **state)
{
	const struct sim_options options = { .strategy = "dpor",
					     .budget_states = 100 };
	struct sim_result result;

	(void)state;
	expect_ended(&options, SIM_BUDGET_STATES,
		     "budget of 100 final states ended");
	kit_explore(&signers, &options, &result);
	assert_int_equal(result.final_states, 100);
	sim_result_release(&result);
}

/* Whatever else is asked for: nobody makes so many runs in a second. */
static void seconds_are_counted(void **state)
{
	const struct sim_options options = { .strategy = "random",
					     .budget_runs = 1ull << 40,
					     .budget_seconds = 1 };

	(void)state;
	expect_ended(&options, SIM_BUDGET_SECONDS, "budget of 1 s ended");
}

/* Its default of runs is for who asks for nothing. */
static void seconds_alone_set_no_limit_of_runs(void **state)
{
	const struct sim_options options = { .strategy = "pos",
					     .budget_seconds = 1 };

	(void)state;
	expect_ended(&options, SIM_BUDGET_SECONDS, "budget of 1 s ended");
}

static void what_is_enough_ends_nothing(void **state)
{
	const struct sim_options options = { .strategy = "dpor",
					     .budget_runs = 34650,
					     .budget_states = 34651,
					     .budget_seconds = 600,
					     .budget_bytes = 1u << 24 };
	struct sim_result result;

	(void)state;
	if (kit_scale(100) < 100)
		skip();
	kit_explore(&signers, &options, &result);
	assert_true(result.exhausted);
	assert_int_equal(result.ended, SIM_BUDGET_LEFT);
	assert_int_equal(result.runs, 34650);
	sim_result_release(&result);
}

/* ------------------------------------------------------------------ ceilings */

/* Moves, wakeup trees, footprints. */
static void the_search_tree_has_a_ceiling(void **state)
{
	static const char *const strategies[] = { "dpor", "dfs", "bound" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(strategies) / sizeof(strategies[0]); i++) {
		const struct sim_options options = { .strategy = strategies[i],
						     .bound = 9,
						     .bound_set = true,
						     .budget_bytes = 1024 };

		expect_ended(&options, SIM_BUDGET_BYTES,
			     "budget of 1 KiB of memory ended");
	}
}

/* By chance there is no tree: the 513th state needs a larger table. */
static void the_set_of_final_states_has_a_ceiling(void **state)
{
	const struct sim_options options = { .strategy = "random",
					     .budget_runs = 5000,
					     .budget_bytes = 1024 };
	struct sim_result result;

	(void)state;
	expect_ended(&options, SIM_BUDGET_BYTES,
		     "budget of 1 KiB of memory ended");
	kit_explore(&signers, &options, &result);
	assert_int_equal(result.final_states, 513);
	sim_result_release(&result);
}

static void a_certificate_has_a_ceiling(void **state)
{
	const struct sim_options options = { .strategy = "dpor",
					     .all = true,
					     .certificate = "none",
					     .budget_bytes = 1 << 20 };
	struct sim_result result;

	(void)state;
	expect_ended(&options, SIM_BUDGET_CERTIFICATE,
		     "budget of 512 KiB for a certificate ended; without one "
		     "there is no such limit");
	kit_explore(&signers, &options, &result);
	/* 24 steps of 12 bytes a class, and its head of some 32. */
	assert_in_range(result.runs, 1000, 2000);
	assert_int_equal(result.certified, 0);
	sim_result_release(&result);
	assert_int_equal(sandbox_count("."), 0);
}

/* --------------------------------------------------------- nothing to be had */

void *__real_mmap(void *start, size_t size, int prot, int flags, int fd,
		  off_t offset);
void *__wrap_mmap(void *start, size_t size, int prot, int flags, int fd,
		  off_t offset);

/* So many more are granted; negative: all. */
static int granted = -1;

/* The linker puts it in front of the C library's. */
void *__wrap_mmap(void *start, size_t size, int prot, int flags, int fd,
		  off_t offset)
{
	if (!granted) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	granted -= granted > 0;
	return __real_mmap(start, size, prot, flags, fd, offset);
}

static void refuse_each(const struct sim_options *options)
{
	struct sim_result result;
	bool short_of = true;
	unsigned ended = 0;
	int nth, ret;

	for (nth = 0; short_of; nth++) {
		sim_memory_trim();
		granted = nth;
		ret = sim_explore(&signers, options, &result);
		short_of = granted == 0;
		granted = -1;
		/* Without its own memory there is no search that could end. */
		if (ret != -ENOMEM)
			assert_int_equal(ret, 0);
		if (!ret && result.ended != SIM_BUDGET_MEMORY)
			assert_int_equal(result.ended, SIM_BUDGET_RUNS);
		ended += !ret && result.ended == SIM_BUDGET_MEMORY;
		assert_false(result.exhausted);
		sim_result_release(&result);
	}
	assert_true(ended > 5);
}

/* Each in turn: it is told, and nothing breaks. */
static void memory_that_is_refused_ends_a_search(void **state)
{
	static const char *const strategies[] = { "dpor", "dfs", "bound",
						  "random", "auto" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(strategies) / sizeof(strategies[0]); i++) {
		const struct sim_options options = {
			.strategy = strategies[i],
			.budget_runs = kit_scale(100),
		};

		refuse_each(&options);
	}
}

/* ------------------------------------------------------------- command line */

static void a_budget_is_a_number_and_a_unit(void **state)
{
	struct sim_options o = { .budget_runs = 0 };
	char error[SIM_TEXT_MAX];

	(void)state;
	assert_int_equal(sim_option_set(&o, "budget", "10000", error), 0);
	assert_int_equal(o.budget_runs, 10000);
	assert_int_equal(sim_option_set(&o, "budget",
					"7runs,90s,512M,1000states", error),
			 0);
	assert_int_equal(o.budget_runs, 7);
	assert_int_equal(o.budget_seconds, 90);
	assert_int_equal(o.budget_bytes, 512u << 20);
	assert_int_equal(o.budget_states, 1000);
	assert_int_equal(sim_option_set(&o, "budget", "5min,3G", error), 0);
	assert_int_equal(o.budget_seconds, 300);
	assert_true(o.budget_bytes == 3ull << 30);
	assert_int_equal(sim_option_set(&o, "budget", "2h,64K", error), 0);
	assert_int_equal(o.budget_seconds, 7200);
	assert_int_equal(o.budget_bytes, 64 << 10);
	assert_int_equal(o.budget_runs, 7);
}

static void another_unit_is_refused(void **state)
{
	static const char *const words[] = {
		"",    "s",    "-1", "5 s", "5m",	    "3T",
		"1.5", "1,2x", ",",  "0.5", "99999999999G", "99999999999s"
	};
	struct sim_options o = { .budget_runs = 0 };
	char error[SIM_TEXT_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		assert_int_equal(sim_option_set(&o, "budget", words[i], error),
				 -EINVAL);
		sandbox_contains(error, "budget: expected runs, or a number "
					"followed by s, min, h, K, M, G or "
					"states, found '");
	}
	assert_int_equal(sim_option_set(&o, "budget", "0s", error), -EINVAL);
	assert_string_equal(error, "budget: expected at least 1s, found '0s'");
}

static void a_search_that_gave_up_is_status_3(void **state)
{
	static const struct {
		const char *line, *end;
	} cases[] = {
		{ "--budget 1s --no-por --strategy dfs",
		  "; budget of 1 s ended\n" },
		{ "--budget 2states --strategy random",
		  "; budget of 2 final states ended\n" },
		{ "--budget 3,1h --strategy pct",
		  "; budget of 3 runs ended\n" },
		{ "--budget 1K --strategy dpor",
		  "; budget of 1 KiB of memory ended\n" },
	};
	struct sandbox_output output;
	char line[SIM_TEXT_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(line, sizeof(line),
			 "explore viability-window --find leak %s",
			 cases[i].line);
		sandbox_run(line, 3, &output);
		sandbox_contains(output.out, cases[i].end);
		sandbox_release(&output);
	}
	sandbox_run("explore viability-window --find leak --budget 3 --format "
		    "json",
		    3, &output);
	sandbox_contains(output.out, "\"ended\":\"budget of 3 runs ended\"");
	sandbox_release(&output);
}

static void verify_counts_runs_alone(void **state)
{
	struct sandbox_output output;

	(void)state;
	sandbox_run("verify --budget 3s x", 2, &output);
	sandbox_contains(output.err, "vfiosim verify: --budget: expected runs, "
				     "found another limit");
	sandbox_release(&output);
}

#define SANDBOX(test) \
	cmocka_unit_test_setup_teardown((test), sandbox_setup, sandbox_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_are_counted),
		cmocka_unit_test(final_states_are_counted),
		cmocka_unit_test(seconds_are_counted),
		cmocka_unit_test(seconds_alone_set_no_limit_of_runs),
		cmocka_unit_test(what_is_enough_ends_nothing),
		cmocka_unit_test(the_search_tree_has_a_ceiling),
		cmocka_unit_test(the_set_of_final_states_has_a_ceiling),
		SANDBOX(a_certificate_has_a_ceiling),
		cmocka_unit_test(memory_that_is_refused_ends_a_search),
		cmocka_unit_test(a_budget_is_a_number_and_a_unit),
		cmocka_unit_test(another_unit_is_refused),
		SANDBOX(a_search_that_gave_up_is_status_3),
		SANDBOX(verify_counts_runs_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
