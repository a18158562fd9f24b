/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_por.c - sleep sets against every interleaving: whatever can be found or
 * reached must be, with either, on races written by hand and made at random.
 */
#include "program.h"

#include <vfiosim/atomic.h>
#include <vfiosim/list.h>
#include <vfiosim/lock.h>
#include <vfiosim/wait.h>

#include <stdlib.h>

struct node {
	struct kref ref;
	struct mutex lock;
	int value;
};

struct desk {
	struct mutex m;
	struct rw_semaphore sem;
	wait_queue_head_t queue;
	struct completion done;
	struct node *node;
	int a, b; /* raced on by design */
	int plain;
	atomic_t count;
};

static struct desk *desk;

static void setup(void)
{
	desk = kzalloc_obj(desk);
	mutex_init(&desk->m);
	init_rwsem(&desk->sem);
	init_waitqueue_head(&desk->queue);
	init_completion(&desk->done);
	once_init(&desk->a, 2 * sizeof(desk->a));
	atomic_init(&desk->count, 1);
	desk->node = kzalloc_obj(node);
	kref_init(&desk->node->ref);
	mutex_init(&desk->node->lock);
}

static void free_node(struct kref *ref)
{
	kfree(container_of(ref, struct node, ref));
}

/* -------------------------------------------------- races written by hand */

static void get_put(void)
{
	if (!kref_get_unless_zero(&desk->node->ref))
		return;
	(void)kref_put(&desk->node->ref, free_node);
}

static void put(void)
{
	sim_note("last: %d", kref_put(&desk->node->ref, free_node));
}

static void use_node(void)
{
	mutex_lock(&desk->node->lock);
	SHARED_WRITE(desk->node->value, 1);
	mutex_unlock(&desk->node->lock);
}

static void free_directly(void)
{
	WRITE_ONCE(desk->a, 1);
	kfree(desk->node);
}

static void look_at_node(void)
{
	if (!READ_ONCE(desk->a))
		sim_note("%d", SHARED_READ(desk->node->value));
	(void)READ_ONCE(desk->b);
	sim_note("%d", SHARED_READ(desk->node->value));
}

static void try_twice(void)
{
	unsigned i;

	for (i = 0; i < 2; i++) {
		int taken = mutex_trylock(&desk->m);

		sim_note("%d", taken);
		if (!taken)
			continue;
		SHARED_WRITE(desk->plain, SHARED_READ(desk->plain) + 1);
		mutex_unlock(&desk->m);
	}
}

static void read_side(void)
{
	down_read(&desk->sem);
	sim_note("%d", SHARED_READ(desk->plain));
	up_read(&desk->sem);
}

static void write_side(void)
{
	down_write(&desk->sem);
	SHARED_WRITE(desk->plain, SHARED_READ(desk->plain) + 1);
	up_write(&desk->sem);
}

static void wait_for_a(void)
{
	wait_event(desk->queue, READ_ONCE(desk->a) != 0);
	sim_note("%d", READ_ONCE(desk->b));
}

static void set_a(void)
{
	WRITE_ONCE(desk->a, 1);
	wake_up(&desk->queue);
	WRITE_ONCE(desk->b, 1);
}

static void complete_one(void)
{
	complete(&desk->done);
}

static void await_one(void)
{
	wait_for_completion(&desk->done);
	sim_note("%d", READ_ONCE(desk->a));
}

static void choose(void)
{
	void *spare;

	(void)slab_fault_choice("spare", true);
	WRITE_ONCE(desk->b, 1);
	spare = slab_alloc("spare", 8);
	if (!spare)
		WRITE_ONCE(desk->a, 2);
	kfree(spare);
}

static void stop_at_two(void)
{
	BUG_ON(READ_ONCE(desk->a) == 2);
	WRITE_ONCE(desk->a, 3);
}

static void check_b(void)
{
	SIM_CHECK(READ_ONCE(desk->b) == 0);
}

static void count_down(void)
{
	if (atomic_dec_and_test(&desk->count))
		WRITE_ONCE(desk->a, 1);
}

static void count_up(void)
{
	if (atomic_inc_not_zero(&desk->count))
		atomic_dec(&desk->count);
	else
		WRITE_ONCE(desk->b, 1);
}

static void child(void *arg)
{
	(void)arg;
	WRITE_ONCE(desk->b, READ_ONCE(desk->a) + 1);
}

static void spawn_child(void)
{
	WRITE_ONCE(desk->a, 1);
	(void)kthread_run("child", child, NULL);
	WRITE_ONCE(desk->a, 2);
}

static void lock_and_stay(void)
{
	mutex_lock(&desk->m);
	if (READ_ONCE(desk->a))
		mutex_unlock(&desk->m);
}

static void lock_briefly(void)
{
	mutex_lock(&desk->m);
	mutex_unlock(&desk->m);
}

static void warn_at_b(void)
{
	(void)WARN_ON(READ_ONCE(desk->b) == 1);
	WRITE_ONCE(desk->a, 4);
}

static const struct sim_scenario races[] = {
	{ .name = "get-against-last-put",
	  .setup = setup,
	  .tasks = { { "a", get_put, NULL }, { "b", put, NULL } } },
	{ .name = "two-puts",
	  .setup = setup,
	  .tasks = { { "a", put, NULL },
		     { "b", put, NULL },
		     { "c", get_put, NULL } } },
	{ .name = "lock-of-freed",
	  .setup = setup,
	  .tasks = { { "a", use_node, NULL }, { "b", put, NULL } } },
	{ .name = "kfree-against-use",
	  .setup = setup,
	  .tasks = { { "a", look_at_node, NULL },
		     { "b", free_directly, NULL } } },
	{ .name = "two-frees",
	  .setup = setup,
	  .tasks = { { "a", free_directly, NULL },
		     { "b", free_directly, NULL } } },
	{ .name = "trylocks",
	  .setup = setup,
	  .tasks = { { "a", try_twice, NULL }, { "b", try_twice, NULL } } },
	{ .name = "rwsem",
	  .setup = setup,
	  .tasks = { { "a", read_side, NULL },
		     { "b", write_side, NULL },
		     { "c", read_side, NULL } } },
	{ .name = "wait-and-wake",
	  .setup = setup,
	  .tasks = { { "a", wait_for_a, NULL }, { "b", set_a, NULL } } },
	{ .name = "two-sleepers",
	  .setup = setup,
	  .tasks = { { "a", wait_for_a, NULL },
		     { "b", wait_for_a, NULL },
		     { "c", set_a, NULL } } },
	{ .name = "completions",
	  .setup = setup,
	  .tasks = { { "a", await_one, NULL },
		     { "b", complete_one, NULL },
		     { "c", await_one, NULL },
		     { "d", set_a, NULL } } },
	{ .name = "choice-and-bug",
	  .setup = setup,
	  .tasks = { { "a", choose, NULL },
		     { "b", stop_at_two, NULL },
		     { "c", check_b, NULL } } },
	{ .name = "counts-at-zero",
	  .setup = setup,
	  .tasks = { { "a", count_down, NULL },
		     { "b", count_up, NULL },
		     { "c", count_up, NULL } } },
	{ .name = "spawn",
	  .setup = setup,
	  .tasks = { { "a", spawn_child, NULL }, { "b", stop_at_two, NULL } } },
	{ .name = "lock-never-given-back",
	  .setup = setup,
	  .tasks = { { "a", lock_and_stay, NULL },
		     { "b", lock_briefly, NULL },
		     { "c", set_a, NULL } } },
	{ .name = "warning",
	  .setup = setup,
	  .tasks = { { "a", warn_at_b, NULL },
		     { "b", set_a, NULL },
		     { "c", check_b, NULL } } },
};

#define RACES_NR (sizeof(races) / sizeof(races[0]))

static void compare_scenario(const struct sim_scenario *scenario)
{
	struct sim_result all, reduced;

	kit_dfs(scenario, false, &all);
	kit_dfs(scenario, true, &reduced);
	assert_true(all.exhausted);
	assert_true(reduced.exhausted);
	kit_expect_same(scenario->name, &all, &reduced);
	assert_true(reduced.runs <= all.runs);
	sim_result_release(&all);
	sim_result_release(&reduced);
}

static void sleep_sets_lose_nothing_of_races_written_by_hand(void **state)
{
	struct sim_scenario reversed;
	unsigned i;

	(void)state;
	for (i = 0; i < RACES_NR; i++) {
		compare_scenario(&races[i]);
		reversed = kit_reversed(&races[i]);
		compare_scenario(&reversed);
	}
}

static void sleep_sets_lose_nothing_of_the_textbook_races(void **state)
{
	static const char *const names[] = { "lost-update", "abba-deadlock",
					     "lost-wakeup", "recursive-read" };
	unsigned i;

	(void)state;
	for (i = 0; i < 4; i++)
		compare_scenario(sim_scenario_find(names[i]));
}

/* -------------------------------------------------------------- invariants */

static void write_a(void)
{
	WRITE_ONCE(desk->a, 1);
}

static void write_b(void)
{
	WRITE_ONCE(desk->b, 1);
}

static void read_c(void)
{
	SIM_CHECK(atomic_read(&desk->count) == 2);
}

static const char *a_comes_first(void)
{
	return PEEK_ONCE(desk->b) > PEEK_ONCE(desk->a) ? "b before a" : NULL;
}

/* Two writes to different words commute, but what lies between them shows. */
static void an_invariant_sees_every_order_of_writes(void **state)
{
	const struct sim_scenario s = {
		.name = "invariant",
		.setup = setup,
		.tasks = { { "a", write_a, NULL },
			   { "b", write_b, NULL },
			   { "c", read_c, NULL } },
		.invariant = a_comes_first,
	};
	const struct sim_scenario r = kit_reversed(&s);
	struct sim_result result;

	(void)state;
	compare_scenario(&s);
	compare_scenario(&r);
	kit_dfs(&s, true, &result);
	assert_string_equal(kit_finding(&result, SIM_INVARIANT)->text,
			    "b before a");
	(void)kit_finding(&result, SIM_CHECK_FAILED);
	sim_result_release(&result);
}

/* -------------------------------------------------------- made at random */

#define PROGRAMS 400u
#define INTERLEAVINGS_MAX 1000.0
/* Runs without sleep sets; programs that need more are passed over. */
#define RUNS_MAX 20000u

static uint64_t spent, saved;
static unsigned compared;

static void explore(const struct sim_scenario *scenario,
		    const struct program *program, bool por,
		    struct sim_result *ret_result)
{
	const struct sim_options options = {
		.strategy = "dfs",
		.no_por = !por,
		.all = true,
		.budget_runs = RUNS_MAX,
		.timeouts = program->timeouts,
		.signals = program->signals,
	};

	kit_explore(scenario, &options, ret_result);
}

static void compare(const struct sim_scenario *scenario,
		    const struct program *program, const char *what,
		    struct sim_result *reduced)
{
	struct sim_result all;

	explore(scenario, program, false, &all);
	explore(scenario, program, true, reduced);
	if (all.exhausted) {
		assert_true(reduced->exhausted);
		kit_expect_same(what, &all, reduced);
		assert_true(reduced->runs <= all.runs);
		spent += reduced->runs + reduced->pruned;
		saved += all.runs;
		compared++;
	}
	sim_result_release(&all);
}

static void compare_program(uint64_t seed)
{
	struct sim_scenario s, r;
	struct sim_result one, other;
	struct program program;
	char text[512], what[600];

	program_make(&program, seed, INTERLEAVINGS_MAX);
	(void)snprintf(what, sizeof(what), "program %llu, %s",
		       (unsigned long long)seed,
		       program_print(&program, text, sizeof(text)));
	s = program_scenario(&program);
	r = kit_reversed(&s);
	compare(&s, &program, what, &one);
	compare(&r, &program, what, &other);
	if ((one.runs != other.runs && !program_counts(&program)) ||
	    one.final_states != other.final_states ||
	    one.verdicts != other.verdicts)
		fail_msg("%s: %llu runs and %llu states, in the other order "
			 "%llu and %llu",
			 what, (unsigned long long)one.runs,
			 (unsigned long long)one.final_states,
			 (unsigned long long)other.runs,
			 (unsigned long long)other.final_states);
	sim_result_release(&one);
	sim_result_release(&other);
}

/* One program: VFIOSIM_TEST_SEED; more: with VFIOSIM_TEST_PROGRAMS. */
static void sleep_sets_lose_nothing_of_programs_made_at_random(void **state)
{
	const char *first = getenv("VFIOSIM_TEST_SEED");
	const char *programs = getenv("VFIOSIM_TEST_PROGRAMS");
	uint64_t seed = first ? strtoull(first, NULL, 10) : 1;
	uint64_t end = seed + (programs ? strtoull(programs, NULL, 10) :
			       first	? 1 :
					  kit_scale(PROGRAMS));

	(void)state;
	for (; seed < end; seed++)
		compare_program(seed);
	print_message("%u searches, %llu runs instead of %llu\n", compared,
		      (unsigned long long)spent, (unsigned long long)saved);
	assert_true(compared > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			sleep_sets_lose_nothing_of_races_written_by_hand),
		cmocka_unit_test(sleep_sets_lose_nothing_of_the_textbook_races),
		cmocka_unit_test(an_invariant_sees_every_order_of_writes),
		cmocka_unit_test(
			sleep_sets_lose_nothing_of_programs_made_at_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
