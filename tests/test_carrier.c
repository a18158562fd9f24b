/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_carrier.c - fibers and threads below the engine, and the same traces
 * above it, whatever the carrier.
 */
#include "program.h"

#include <vfiosim/lock.h>

#include "carrier.h"
#include "context.h"
#include "memory.h"
#include "run.h"
#include "sandbox.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static char heard[256];

static void hear(char c)
{
	size_t used = strlen(heard);

	heard[used] = c;
	heard[used + 1] = '\0';
}

/* ---------------------------------------------------------------- contexts */

static struct sim_context_slot home, away, there;
static _Alignas(16) unsigned char stack_a[64 * 1024], stack_b[64 * 1024];

static void visit(unsigned arg)
{
	hear((char)('0' + arg));
	sim_context_switch(&away, &home);
	hear((char)('a' + arg));
	sim_context_switch(&away, &home);
	abort();
}

/* Fibers on the test's own stacks are unknown to the tools. */
static bool plain_stacks(void)
{
	return kit_scale(8) > 1;
}

static void a_context_goes_on_where_it_was_left(void **state)
{
	(void)state;
	if (!plain_stacks())
		skip();
	heard[0] = '\0';
	sim_context_make(&away, stack_a, sizeof(stack_a), visit, 7);
	sim_context_switch(&home, &away);
	hear('-');
	sim_context_switch(&home, &away);
	assert_string_equal(heard, "7-h");
}

static volatile double kept;

static void compute(unsigned arg)
{
	double x = arg, y = 2 * x, z = 3 * x;
	unsigned long p = arg, q = 2 * p, r = 3 * p, s = 5 * p, t = 7 * p;

	sim_context_switch(arg == 1 ? &away : &there, &home);
	kept += x + y + z + (double)(p + q + r + s + t);
	sim_context_switch(arg == 1 ? &away : &there, &home);
	abort();
}

/* 6 + 18 = 24 times the argument, for 1 and for 100. */
static void contexts_keep_their_registers_apart(void **state)
{
	(void)state;
	if (!plain_stacks())
		skip();
	kept = 0;
	sim_context_make(&away, stack_a, sizeof(stack_a), compute, 1);
	sim_context_make(&there, stack_b, sizeof(stack_b), compute, 100);
	sim_context_switch(&home, &away);
	sim_context_switch(&home, &there);
	sim_context_switch(&home, &away);
	sim_context_switch(&home, &there);
	assert_true(kept == 24.0 * 101);
}

static void check_alignment(unsigned arg)
{
	_Alignas(16) volatile char here[16];

	kept = (double)((uintptr_t)here % 16 + arg);
	sim_context_switch(&away, &home);
	abort();
}

static void a_context_starts_on_an_aligned_stack(void **state)
{
	size_t odd;

	(void)state;
	if (!plain_stacks())
		skip();
	for (odd = 0; odd < 32; odd++) {
		kept = -1;
		sim_context_make(&away, stack_a + odd, sizeof(stack_a) - 64,
				 check_alignment, 0);
		sim_context_switch(&home, &away);
		assert_true(kept == 0);
	}
}

/* ---------------------------------------------------------------- carriers */

static const struct sim_carrier *carrier;

static void ping(unsigned slot)
{
	hear((char)('0' + slot));
	carrier->switch_to(slot, 2);
	hear((char)('0' + slot));
	carrier->exit_to(slot, 2);
}

static void pong(unsigned slot)
{
	hear((char)('0' + slot));
	carrier->switch_to(slot, 1);
	hear((char)('0' + slot));
	carrier->exit_to(slot, 0);
}

static void slots_run_when_they_are_told_to(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; sim_carriers()[i]; i++) {
		unsigned again;

		carrier = sim_carriers()[i];
		for (again = 0; again < 3; again++) {
			heard[0] = '\0';
			assert_int_equal(carrier->begin(), 0);
			assert_int_equal(carrier->create(1, ping), 0);
			assert_int_equal(carrier->create(2, pong), 0);
			assert_string_equal(heard, "");
			carrier->switch_to(0, 1);
			assert_string_equal(heard, "1212");
			carrier->end();
		}
	}
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_t runner, cleaner;

static void take_and_stay(unsigned slot)
{
	runner = pthread_self();
	pthread_mutex_lock(&lock);
	carrier->switch_to(slot, 0);
	abort();
}

static void give_back(unsigned slot)
{
	assert_int_equal(slot, 3);
	cleaner = pthread_self();
	pthread_mutex_unlock(&lock);
}

/* On the thread that ran it: a lock belongs to its thread. */
static void what_is_given_up_cleans_up_where_it_stands(void **state)
{
	unsigned i, again;

	(void)state;
	for (i = 0; sim_carriers()[i]; i++) {
		carrier = sim_carriers()[i];
		for (again = 0; again < 3; again++) {
			assert_int_equal(carrier->begin(), 0);
			assert_int_equal(carrier->create(3, take_and_stay), 0);
			carrier->switch_to(0, 3);
			assert_int_equal(pthread_mutex_trylock(&lock), EBUSY);
			carrier->abandon(3, give_back);
			assert_true(pthread_equal(runner, cleaner));
			assert_int_equal(pthread_mutex_trylock(&lock), 0);
			pthread_mutex_unlock(&lock);
			carrier->end();
		}
	}
}

static void use_stack(unsigned slot)
{
	volatile unsigned char deep[48 * 1024];

	memset((void *)(uintptr_t)deep, (int)slot, sizeof(deep));
	hear((char)('0' + deep[sizeof(deep) - 1] % 10));
	carrier->exit_to(slot, 0);
}

static void every_slot_has_a_stack_of_its_own(void **state)
{
	unsigned i, slot;

	(void)state;
	for (i = 0; sim_carriers()[i]; i++) {
		carrier = sim_carriers()[i];
		heard[0] = '\0';
		assert_int_equal(carrier->begin(), 0);
		for (slot = 1; slot <= 20; slot++)
			assert_int_equal(carrier->create(slot, use_stack), 0);
		for (slot = 1; slot <= 20; slot++)
			carrier->switch_to(0, slot);
		assert_string_equal(heard, "12345678901234567890");
		carrier->end();
	}
}

static void tasks_of_a_fiber_share_a_thread_and_others_do_not(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; sim_carriers()[i]; i++) {
		carrier = sim_carriers()[i];
		assert_int_equal(carrier->begin(), 0);
		assert_int_equal(carrier->create(3, take_and_stay), 0);
		carrier->switch_to(0, 3);
		assert_int_equal(!pthread_equal(runner, pthread_self()),
				 carrier == sim_carrier_thread());
		carrier->abandon(3, give_back);
		carrier->end();
	}
}

static int run_in_child(void *arg)
{
	slots_run_when_they_are_told_to(arg);
	return 7;
}

/* The pool of threads stays behind. */
static void carriers_work_in_a_child_of_who_used_them(void **state)
{
	struct sandbox_output output;

	slots_run_when_they_are_told_to(state);
	sandbox_call(run_in_child, NULL, &output);
	assert_int_equal(output.status, 7);
	sandbox_release(&output);
	slots_run_when_they_are_told_to(state);
}

/* ----------------------------------------------------------- which of them */

static void the_carriers_are_those_that_are_allowed(void **state)
{
	const char *names = getenv("VFIOSIM_CARRIERS");
	const struct sim_carrier *const *c = sim_carriers();
	unsigned i;

	(void)state;
	assert_non_null(c[0]);
	for (i = 0; c[i]; i++) {
		if (names && strcmp(names, ""))
			assert_non_null(strstr(names, c[i]->name));
		if (sim_memory_under_race_detector())
			assert_string_equal(c[i]->name, "thread");
	}
	if (!names && !sim_memory_under_race_detector()) {
		assert_int_equal(i, 2);
		assert_string_equal(c[0]->name, "fiber");
		assert_string_equal(c[1]->name, "thread");
		assert_ptr_equal(sim_carrier_for(SIM_FIBER), c[0]);
	}
	assert_ptr_equal(sim_carrier_for(SIM_CARRIER_DEFAULT), c[0]);
	assert_ptr_equal(sim_carrier_for(SIM_THREAD), sim_carrier_thread());
}

/* ------------------------------------------------------------- same traces */

/* The hashes of @nr random runs, by carrier. */
static void walk(const struct sim_scenario *scenario,
		 const struct program *program, const struct sim_carrier *on,
		 uint64_t *hashes, unsigned nr)
{
	struct sim_run_config config = {
		.scenario = scenario,
		.carrier = on,
		.steps_max = 1000,
		.timeouts = program->timeouts,
		.signals = program->signals,
	};
	struct sim_strategy *strategy = sim_random_make(nr, nr);
	struct sim_trace *trace = kit_trace();
	static struct sim_run run;

	assert_int_equal(era_lookup("v3.19", &config.era), 0);
	while (strategy->begin(strategy)) {
		assert_int_equal(sim_run_once(&config, strategy, trace, &run),
				 0);
		assert_string_equal(run.error, "");
		*hashes = sim_trace_hash(trace);
		/* A real lock that is still held knows its thread. */
		if (!program->leave)
			*hashes ^= run.final_state;
		hashes++;
	}
	strategy->destroy(strategy);
	kit_trace_free(trace);
}

static void every_carrier_gives_the_same_traces(void **state)
{
	uint64_t one[20], other[20];
	unsigned seed, nr = kit_scale(150), i;
	struct sim_scenario s;
	struct program program;
	char text[512];

	(void)state;
	for (seed = 5000; seed < 5000 + nr; seed++) {
		program_make(&program, seed, 1e6);
		s = program_scenario(&program);
		walk(&s, &program, sim_carriers()[0], one, 20);
		for (i = 1; sim_carriers()[i]; i++) {
			walk(&s, &program, sim_carriers()[i], other, 20);
			if (memcmp(one, other, sizeof(one)))
				fail_msg("program %u, %s", seed,
					 program_print(&program, text,
						       sizeof(text)));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_context_goes_on_where_it_was_left),
		cmocka_unit_test(contexts_keep_their_registers_apart),
		cmocka_unit_test(a_context_starts_on_an_aligned_stack),
		cmocka_unit_test(slots_run_when_they_are_told_to),
		cmocka_unit_test(what_is_given_up_cleans_up_where_it_stands),
		cmocka_unit_test(every_slot_has_a_stack_of_its_own),
		cmocka_unit_test(
			tasks_of_a_fiber_share_a_thread_and_others_do_not),
		cmocka_unit_test(carriers_work_in_a_child_of_who_used_them),
		cmocka_unit_test(the_carriers_are_those_that_are_allowed),
		cmocka_unit_test(every_carrier_gives_the_same_traces),
	};

	/* Carriers order nothing that a detector could see. */
	sim_memory_exclude(heard, sizeof(heard));
	sim_memory_exclude((const void *)(uintptr_t)&kept, sizeof(kept));
	sim_memory_exclude(&runner, sizeof(runner));
	sim_memory_exclude(&cleaner, sizeof(cleaner));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
