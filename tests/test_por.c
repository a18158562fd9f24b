/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_por.c - sleep sets against every interleaving: whatever can be found or
 * reached must be, with either.  On races written by hand; test_por_random.c
 * makes its own.
 */
#include "kit.h"

#include <vfiosim/atomic.h>
#include <vfiosim/list.h>
#include <vfiosim/lock.h>
#include <vfiosim/wait.h>

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

/*
 * Leaves the queue before it sleeps; by itself only if nobody woke it.  That it
 * looks whether somebody did comes with the step in front of it.
 */
static void look_and_leave(void)
{
	wait_queue_t wait;
	bool early;

	__wait_init(&wait, &desk->queue, 0);
	__prepare_to_wait(&wait, SCHED_SITE("desk->queue"));
	WRITE_ONCE(desk->a, 1);
	early = atomic_read(&desk->count) == 2;
	__finish_wait(&wait, SCHED_SITE("desk->queue"));
	if (early)
		sim_note("%d", SHARED_READ(desk->node->value));
}

/* What it frees is in use if it wakes between that look and the end. */
static void wake_and_free(void)
{
	if (!READ_ONCE(desk->a))
		return;
	(void)atomic_inc_return(&desk->count);
	wake_up(&desk->queue);
	atomic_add(10, &desk->count);
	kfree(desk->node);
}

static wait_queue_head_t *lent;

static void setup_lent(void)
{
	setup();
	lent = slab_alloc("lent", sizeof(*lent));
	init_waitqueue_head(lent);
}

static void sleep_on_lent(void)
{
	wait_queue_t wait;

	__wait_init(&wait, lent, 0);
	__prepare_to_wait(&wait, SCHED_SITE("lent"));
	sim_note("%d", READ_ONCE(desk->b));
	__finish_wait(&wait, SCHED_SITE("lent"));
}

/* Who was woken leaves a queue that is gone, and must not touch it. */
static void wake_and_take_back(void)
{
	wake_up(lent);
	kfree(lent);
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

static void make_crumb(void *arg)
{
	int *crumb;

	(void)READ_ONCE(desk->a);
	crumb = slab_alloc("crumb", sizeof(*crumb));
	*crumb = *(const int *)arg;
}

/* Who is made first has the lower number, and its memory comes first. */
static void spawn_one(void)
{
	static int one = 1;

	(void)READ_ONCE(desk->a);
	(void)kthread_run("one", make_crumb, &one);
}

static void spawn_two(void)
{
	static int two = 2;

	(void)READ_ONCE(desk->b);
	(void)kthread_run("two", make_crumb, &two);
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
	{ .name = "leaving-a-queue",
	  .setup = setup,
	  .tasks = { { "b", wake_and_free, NULL },
		     { "a", look_and_leave, NULL } } },
	{ .name = "queue-that-is-lent",
	  .setup = setup_lent,
	  .tasks = { { "a", sleep_on_lent, NULL },
		     { "b", wake_and_take_back, NULL } } },
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
	{ .name = "two-spawns",
	  .setup = setup,
	  .tasks = { { "a", spawn_one, NULL }, { "b", spawn_two, NULL } } },
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

static void sleep_sets_lose_nothing_of_races_written_by_hand(void **state)
{
	struct sim_scenario reversed;
	unsigned i;

	(void)state;
	for (i = 0; i < RACES_NR; i++) {
		kit_compare_searches(&races[i]);
		reversed = kit_reversed(&races[i]);
		kit_compare_searches(&reversed);
	}
}

static void sleep_sets_lose_nothing_of_the_textbook_races(void **state)
{
	static const char *const names[] = { "lost-update", "abba-deadlock",
					     "lost-wakeup", "recursive-read" };
	unsigned i;

	(void)state;
	for (i = 0; i < 4; i++)
		kit_compare_searches(sim_scenario_find(names[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			sleep_sets_lose_nothing_of_races_written_by_hand),
		cmocka_unit_test(sleep_sets_lose_nothing_of_the_textbook_races),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
