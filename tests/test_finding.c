/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_finding.c - each verdict from a small scenario of its own, word by word,
 * on each carrier; deadlocks are in test_deadlock.c, runs without end in
 * test_livelock.c.
 */
#include "kit.h"

#include <vfiosim/atomic.h>
#include <vfiosim/list.h>
#include <vfiosim/lock.h>
#include <vfiosim/wait.h>

#include <string.h>

struct item {
	struct list_head link;
	struct mutex lock;
	struct kref ref;
	struct item *next;
	int value;
};

struct store {
	struct list_head items;
	struct item *item;
	int flag, other;
	atomic_t count;
};

static struct store *store;

static void setup(void)
{
	store = kzalloc_obj(store);
	INIT_LIST_HEAD(&store->items);
	once_init(&store->flag, 2 * sizeof(store->flag));
	atomic_init(&store->count, 0);
	store->item = kzalloc_obj(item);
	mutex_init(&store->item->lock);
	kref_init(&store->item->ref);
	list_add(&store->item->link, &store->items);
}

static void read_flag(void)
{
	(void)READ_ONCE(store->flag);
}

static void expect(void (*one)(void), void (*two)(void),
		   enum sim_verdict verdict, const char *text)
{
	const struct sim_scenario s = {
		.name = "verdict",
		.setup = setup,
		.tasks = { { "p", one, NULL }, { "q", two, NULL } },
	};

	kit_expect_finding(&s, NULL, verdict, text);
}

/* ------------------------------------------------------- what tasks claim */

static void check_flag(void)
{
	SIM_CHECK(READ_ONCE(store->flag) == 1);
}

static void a_failed_check_is_quoted(void **state)
{
	(void)state;
	expect(check_flag, NULL, SIM_CHECK_FAILED,
	       "READ_ONCE(store->flag) == 1");
}

static void bug(void)
{
	BUG_ON(READ_ONCE(store->flag) == 0);
}

static void a_bug_quotes_its_condition_and_ends_the_run(void **state)
{
	(void)state;
	expect(bug, NULL, SIM_BUG, "READ_ONCE(store->flag) == 0");
}

static void bug_at_once(void)
{
	BUG_ON(store != NULL);
}

static void set_flag(void)
{
	WRITE_ONCE(store->flag, 1);
}

/* In front of its first operation, so for its creator; q never runs. */
static void a_bug_at_the_start_of_a_task_ends_the_run(void **state)
{
	const struct sim_scenario s = {
		.name = "at-once",
		.setup = setup,
		.tasks = { { "p", bug_at_once, NULL },
			   { "q", set_flag, NULL } },
	};
	struct sim_result result;

	(void)state;
	kit_dfs(&s, true, &result);
	assert_int_equal(result.runs, 1);
	assert_int_equal(result.steps, 0);
	assert_int_equal(result.final_states, 0);
	assert_string_equal(kit_finding(&result, SIM_BUG)->text,
			    "store != NULL");
	sim_result_release(&result);
}

static void warn(void)
{
	(void)WARN_ON(READ_ONCE(store->flag) == 0);
	(void)WARN(READ_ONCE(store->flag) == 0, "the flag is not set");
	WRITE_ONCE(store->other, 5);
}

static void check_other(void)
{
	SIM_CHECK(PEEK_ONCE(store->other) == 5);
}

static void a_warning_goes_on(void **state)
{
	const struct sim_scenario s = {
		.name = "warning",
		.setup = setup,
		.tasks = { { "p", warn, NULL } },
		.check = check_other,
	};
	struct sim_result result;

	(void)state;
	kit_dfs(&s, true, &result);
	assert_int_equal(result.verdicts, SIM_SET(SIM_WARN));
	assert_int_equal(result.nr_findings, 2);
	assert_string_equal(result.findings[0].text,
			    "READ_ONCE(store->flag) == 0");
	assert_string_equal(result.findings[1].text, "the flag is not set");
	assert_int_equal(result.final_states, 1);
	sim_result_release(&result);
}

static void refuse(void)
{
	(void)READ_ONCE(store->flag);
	SIM_REFUSE("VFIO_GROUP_GET", -EBUSY);
}

static void refuse_softly(void)
{
	(void)READ_ONCE(store->flag);
	SIM_REFUSE("VFIO_GROUP_GET", 0);
}

static void a_refusal_names_call_and_error(void **state)
{
	(void)state;
	expect(refuse, NULL, SIM_REFUSED, "VFIO_GROUP_GET: -EBUSY");
	expect(refuse_softly, NULL, SIM_REFUSED, "VFIO_GROUP_GET");
}

static const char *flag_stays_clear(void)
{
	return PEEK_ONCE(store->flag) ? "S1: the flag is set" : NULL;
}

static void a_broken_invariant_says_which_and_how(void **state)
{
	const struct sim_scenario s = {
		.name = "invariant",
		.setup = setup,
		.tasks = { { "p", set_flag, NULL }, { "q", read_flag, NULL } },
		.invariant = flag_stays_clear,
	};

	(void)state;
	kit_expect_finding(&s, NULL, SIM_INVARIANT, "S1: the flag is set");
}

/* ------------------------------------------------------- memory, announced */

static void lock_item(void)
{
	mutex_lock(&store->item->lock);
	mutex_unlock(&store->item->lock);
}

static void free_item(void)
{
	(void)READ_ONCE(store->flag);
	kfree(store->item);
}

static void free_item_unseen(void)
{
	SCHED_FUNC();
	free_item();
}

static void lock_item_late(void)
{
	SCHED_FUNC();
	(void)READ_ONCE(store->flag);
	(void)READ_ONCE(store->flag);
	lock_item();
}

/* Natively, under a sanitizer and under memcheck: found before it is touched,
 * whether p came for the lock before or after it was freed. */
static void taking_a_freed_lock_is_use_after_free(void **state)
{
	const struct sim_scenario s = {
		.name = "freed-lock",
		.setup = setup,
		.tasks = { { "p", lock_item, NULL }, { "q", free_item, NULL } },
	};
	struct sim_result result;
	unsigned i, locks = 0;

	(void)state;
	kit_dfs(&s, true, &result);
	assert_int_equal(result.verdicts, SIM_SET(SIM_USE_AFTER_FREE));
	for (i = 0; i < result.nr_findings; i++)
		locks += !strcmp(result.findings[i].text,
				 "lock of item.lock #1 in p, freed in q");
	assert_int_equal(locks, 1);
	/* The other kind: it was freed between lock and unlock. */
	assert_int_equal(result.nr_findings, 2);
	assert_string_equal(result.findings[locks ? 0 : 1].func, "lock_item");
	sim_result_release(&result);
}

static void wait_for_freed_lock(void)
{
	mutex_lock(&store->item->lock);
	WRITE_ONCE(store->flag, 1);
	kfree(store->item);
}

/* The other one waits for the lock when it is freed, and must not look
 * blocked. */
static void waiting_for_a_lock_that_is_freed_is_no_deadlock(void **state)
{
	const struct sim_scenario s = {
		.name = "freed-while-waiting",
		.setup = setup,
		.tasks = { { "p", wait_for_freed_lock, NULL },
			   { "q", wait_for_freed_lock, NULL } },
	};
	struct sim_result result;

	(void)state;
	kit_dfs(&s, false, &result);
	assert_int_equal(result.verdicts, SIM_SET(SIM_USE_AFTER_FREE));
	assert_int_equal(result.nr_findings, 2);
	assert_string_equal(result.findings[0].text,
			    "lock of item.lock #1 in q, freed in p");
	assert_string_equal(result.findings[1].text,
			    "lock of item.lock #1 in p, freed in q");
	sim_result_release(&result);
}

static void both_call_chains_stand_in_the_detail(void **state)
{
	const struct sim_scenario s = {
		.name = "chains",
		.setup = setup,
		.tasks = { { "p", lock_item_late, NULL },
			   { "q", free_item_unseen, NULL } },
	};
	struct sim_result result;

	(void)state;
	kit_dfs(&s, true, &result);
	assert_string_equal(kit_finding(&result, SIM_USE_AFTER_FREE)->detail,
			    "p: lock_item_late\nfreed by q: free_item_unseen");
	sim_result_release(&result);
}

static void walk_items(void)
{
	struct item *item;

	(void)READ_ONCE(store->flag);
	list_for_each_entry(item, &store->items, link)
		;
}

/* The node stays on the list, freed. */
static void walking_onto_a_freed_node_is_use_after_free(void **state)
{
	(void)state;
	expect(walk_items, free_item, SIM_USE_AFTER_FREE,
	       "read of item #1 in p, freed in q");
}

/* Natively poison is read there; a tool would find that unannounced. */
static void follow_stale_pointer(void)
{
	(void)READ_ONCE(store->flag);
	kfree(store->item);
	sched_access((const void *)(uintptr_t)0x6b6b6b6b6b6b6b6b,
		     SCHED_ACCESS_READ);
}

static void a_pointer_read_from_freed_memory_is_known(void **state)
{
	(void)state;
	expect(follow_stale_pointer, NULL, SIM_USE_AFTER_FREE,
	       "read through a pointer read from freed memory in p");
}

static void free_item_twice(void)
{
	free_item();
	kfree(store->item);
}

static void freeing_twice_names_the_block_and_the_first_time(void **state)
{
	(void)state;
	expect(free_item_twice, NULL, SIM_DOUBLE_FREE,
	       "kfree() of item #1, freed in free_item()");
}

/* The second member of nothing, and of a node that list_del() took off. */
static void write_near_null(void)
{
	(void)READ_ONCE(store->flag);
	sched_access((const void *)(uintptr_t)8, SCHED_ACCESS_WRITE);
}

static void lock_null(void)
{
	mutex_lock(NULL);
}

static void walk_on_deleted(void)
{
	(void)READ_ONCE(store->flag);
	list_del(&store->item->link);
	(void)list_empty(store->item->link.next);
}

static void null_pointers_are_found_before_they_crash(void **state)
{
	(void)state;
	expect(write_near_null, NULL, SIM_NULL_DEREFERENCE,
	       "write of a NULL pointer in p");
	expect(walk_on_deleted, NULL, SIM_NULL_DEREFERENCE,
	       "read of a NULL pointer in p");
	expect(lock_null, NULL, SIM_NULL_DEREFERENCE, "lock of NULL in p");
}

static void walk_in_circles(void)
{
	struct list_head *node = &store->item->link;

	(void)READ_ONCE(store->flag);
	node->next = node;
	node->prev = node;
	walk_items();
}

static void a_walk_in_circles_is_endless(void **state)
{
	(void)state;
	if (kit_scale(8) < 2)
		skip();
	expect(walk_in_circles, NULL, SIM_ENDLESS_WALK,
	       "100000 accesses in one step in p");
}

static void leak_two(void)
{
	(void)READ_ONCE(store->flag);
	(void)slab_alloc("crumb", 8);
	(void)slab_alloc("crumb", 8);
}

static void teardown(void)
{
	kfree(store->item);
	kfree(store);
}

static void what_the_teardown_left_has_leaked(void **state)
{
	struct sim_scenario s = {
		.name = "leak",
		.setup = setup,
		.tasks = { { "p", leak_two, NULL } },
		.teardown = teardown,
	};

	(void)state;
	kit_expect_finding(&s, NULL, SIM_LEAK,
			   "2 objects still alive: crumb #1 of leak_two, "
			   "crumb #2 of leak_two");
	/* Without a teardown nobody said that all should be given back. */
	s.teardown = NULL;
	kit_expect_finding(&s, NULL, SIM_LEAK, "");
}

/* --------------------------------------------------------- counts and locks */

static void release(struct kref *ref)
{
	(void)ref;
}

static void put_twice(void)
{
	(void)kref_put(&store->item->ref, release);
	(void)kref_put(&store->item->ref, release);
}

static void get_from_zero(void)
{
	(void)kref_put(&store->item->ref, release);
	kref_get(&store->item->ref);
}

static void counts_out_of_range_are_reported(void **state)
{
	(void)state;
	expect(put_twice, NULL, SIM_REF_UNDERFLOW,
	       "reference dropped while the count is 0");
	expect(get_from_zero, NULL, SIM_REF_OVERFLOW,
	       "reference taken while the count is 0");
}

static void unlock_free_lock(void)
{
	mutex_unlock(&store->item->lock);
}

static void lock_misuse_is_reported(void **state)
{
	(void)state;
	expect(unlock_free_lock, NULL, SIM_LOCK_MISUSE,
	       "unlocked while it is free");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_failed_check_is_quoted),
		cmocka_unit_test(a_bug_quotes_its_condition_and_ends_the_run),
		cmocka_unit_test(a_bug_at_the_start_of_a_task_ends_the_run),
		cmocka_unit_test(a_warning_goes_on),
		cmocka_unit_test(a_refusal_names_call_and_error),
		cmocka_unit_test(a_broken_invariant_says_which_and_how),
		cmocka_unit_test(taking_a_freed_lock_is_use_after_free),
		cmocka_unit_test(
			waiting_for_a_lock_that_is_freed_is_no_deadlock),
		cmocka_unit_test(both_call_chains_stand_in_the_detail),
		cmocka_unit_test(walking_onto_a_freed_node_is_use_after_free),
		cmocka_unit_test(a_pointer_read_from_freed_memory_is_known),
		cmocka_unit_test(
			freeing_twice_names_the_block_and_the_first_time),
		cmocka_unit_test(null_pointers_are_found_before_they_crash),
		cmocka_unit_test(a_walk_in_circles_is_endless),
		cmocka_unit_test(what_the_teardown_left_has_leaked),
		cmocka_unit_test(counts_out_of_range_are_reported),
		cmocka_unit_test(lock_misuse_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
