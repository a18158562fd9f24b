/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_slab.c - the arena: blocks, what is known about them, failures.
 *
 * Blocks of other subsystems may exist, so counts are taken by type.
 */
#include <vfiosim/kernel.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <sys/mman.h>
#include <unistd.h>

#include "death.h"
#include "inline_sched.h"
#include "machine.h"

struct thing {
	char bytes[40];
};

/* Allocating and freeing have functions of their own: blocks know both. */
static void *make_thing(void)
{
	return kzalloc_obj(thing);
}

static void drop_thing(const void *thing)
{
	kfree(thing);
}

static void a_block_is_zeroed_aligned_and_known(void **state)
{
	static const struct thing zero;
	struct slab_block block;
	struct thing *thing;

	(void)state;
	assert_non_null(make_thing());
	thing = make_thing();
	assert_memory_equal(thing, &zero, sizeof(zero));
	assert_int_equal((uintptr_t)thing % 16, 0);
	assert_int_equal(slab_query(thing, &block), SLAB_LIVE);
	assert_ptr_equal(block.start, thing);
	assert_int_equal(block.size, 40);
	assert_string_equal(block.type, "thing");
	assert_int_equal(block.nr, 2);
	assert_string_equal(block.alloc_func, "make_thing");
	assert_null(block.free_func);
	assert_int_equal(kernel_halt(NULL, NULL), 2);
	assert_int_equal(kernel_boot(NULL), 0);
}

static void every_address_inside_a_block_leads_to_it(void **state)
{
	char *p = slab_alloc("odd", 37);
	struct slab_block block;
	size_t i;

	(void)state;
	for (i = 0; i < 37; i++) {
		assert_int_equal(slab_query(p + i, &block), SLAB_LIVE);
		assert_ptr_equal(block.start, p);
	}
	kfree(p);
	assert_int_equal(slab_query(p + 36, &block), SLAB_FREED);
	assert_ptr_equal(block.start, p);
}

/* 37 bytes take 48, and a gap of at least 16 follows. */
static void the_gaps_around_blocks_are_wild(void **state)
{
	char *p = slab_alloc("odd", 37);
	char *q = slab_alloc("odd", 1);
	const char *at;

	(void)state;
	assert_true(q - p >= 48 + 16);
	for (at = p + 37; at < q; at++)
		assert_int_equal(slab_query(at, NULL), SLAB_WILD);
	for (at = p - 16; at < p; at++)
		assert_int_equal(slab_query(at, NULL), SLAB_WILD);
	assert_int_equal(slab_query(q + 1, NULL), SLAB_WILD);
	kfree(p);
	kfree(q);
}

static void other_memory_is_outside(void **state)
{
	static int here;
	const void *start;
	size_t size;
	int there;

	(void)state;
	slab_arena(&start, &size);
	assert_int_equal(slab_query(&here, NULL), SLAB_OUTSIDE);
	assert_int_equal(slab_query(&there, NULL), SLAB_OUTSIDE);
	assert_int_equal(slab_query(NULL, NULL), SLAB_OUTSIDE);
	assert_int_equal(slab_query((const char *)start - 1, NULL),
			 SLAB_OUTSIDE);
	assert_int_equal(slab_query((const char *)start + size, NULL),
			 SLAB_OUTSIDE);
	assert_int_equal(slab_query(start, NULL), SLAB_WILD);
	assert_int_equal(slab_query((const char *)start + size - 1, NULL),
			 SLAB_WILD);
}

static void a_freed_block_knows_who_made_and_who_freed_it(void **state)
{
	struct slab_block block;
	const char *p;

	(void)state;
	inline_sched.self = 7;
	p = make_thing();
	inline_sched.self = 9;
	drop_thing(p);
	assert_int_equal(slab_query(p, &block), SLAB_FREED);
	assert_string_equal(block.type, "thing");
	assert_int_equal(block.nr, 1);
	assert_string_equal(block.alloc_func, "make_thing");
	assert_string_equal(block.free_func, "drop_thing");
	assert_int_equal(block.alloc_task, 7);
	assert_int_equal(block.free_task, 9);
	assert_ptr_equal(inline_sched.freed, p);
	assert_int_equal(inline_sched.freed_size, 40);
	inline_sched_expect("7 allocated thing\n");
}

/* Behind the back of tools that watch the poison. */
static void read_unwatched(const void *p, void *ret_bytes, size_t size)
{
	int fd = open("/proc/self/mem", O_RDONLY);

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, ret_bytes, size, (off_t)(uintptr_t)p), size);
	(void)close(fd);
}

static void freed_memory_holds_poison(void **state)
{
	unsigned char *p = slab_alloc("x", 40);
	unsigned char bytes[40] = { 0 };
	size_t i;

	(void)state;
	memset(p, 0x11, 40);
	kfree(p);
	read_unwatched(p, bytes, sizeof(bytes));
	for (i = 0; i < sizeof(bytes); i++)
		assert_int_equal(bytes[i], 0x6b);
}

static void freeing_nothing_is_fine(void **state)
{
	(void)state;
	kfree(NULL);
	inline_sched_expect("");
}

static void freeing_twice_is_reported_with_name_and_place(void **state)
{
	void *p;

	(void)state;
	(void)make_thing();
	p = make_thing();
	drop_thing(p);
	kfree(p);
	kfree((char *)p + 8);
	inline_sched_expect(
		"1 allocated thing\n"
		"1 allocated thing\n"
		"1 double free: kfree() of thing #2, freed in drop_thing()\n"
		"1 double free: kfree() of an address inside thing #2, "
		"freed in drop_thing()\n");
	assert_ptr_equal(inline_sched.report_obj, (char *)p + 8);
	assert_int_equal(slab_live("thing"), 1);
	inline_sched_end();
	assert_int_equal(kernel_halt(NULL, NULL), 1);
	assert_int_equal(kernel_boot(NULL), 0);
}

static void freeing_what_is_no_block_is_reported(void **state)
{
	char *p = slab_alloc("x", 32);
	int local;

	(void)state;
	kfree(p + 16);
	kfree(p + 40);
	kfree(&local);
	assert_int_equal(slab_query(p, NULL), SLAB_LIVE);
	kfree(p);
	inline_sched_expect(
		"1 allocated x\n"
		"1 double free: kfree() of an address inside x #1\n"
		"1 double free: kfree() of an address that is no block\n"
		"1 double free: kfree() of an address that is no block\n");
}

static void free_twice(void *arg)
{
	void *p = slab_alloc("x", 8);

	kfree(p);
	if (!arg)
		kfree(p);
}

static void running_free_a_double_free_aborts(void **state)
{
	(void)state;
	assert_aborts(free_twice, NULL,
		      "double free: kfree() of x #1, freed in free_twice() "
		      "in free_twice\n");
}

static void no_address_is_given_twice_in_one_machine(void **state)
{
	void *first = make_thing();
	void *second;

	(void)state;
	kfree(first);
	second = make_thing();
	assert_true(second > first);
	assert_int_equal(slab_query(first, NULL), SLAB_FREED);
	kfree(second);
}

static void a_new_machine_starts_with_an_empty_arena(void **state)
{
	void *first = make_thing();

	(void)state;
	kfree(first);
	assert_int_equal(slab_fail_always("thing", true), 0);
	assert_null(make_thing());
	assert_int_equal(kernel_halt(NULL, NULL), 0);
	assert_int_equal(kernel_boot(NULL), 0);
	assert_int_equal(slab_query(first, NULL), SLAB_WILD);
	assert_int_equal(slab_allocated("thing"), 0);
	assert_int_equal(slab_failed(), 0);
	assert_ptr_equal(make_thing(), first);
	kfree(first);
}

/* Two tasks allocate in two orders: each gets the same addresses. */
static void addresses_do_not_depend_on_the_interleaving(void **state)
{
	static const unsigned order[2][4] = { { 1, 1, 2, 2 }, { 2, 1, 2, 1 } };
	void *seen[2][3][2];
	unsigned round, i;

	(void)state;
	for (round = 0; round < 2; round++) {
		unsigned made[3] = { 0 };

		for (i = 0; i < 4; i++) {
			unsigned self = order[round][i];

			inline_sched.self = self;
			seen[round][self][made[self]++] =
				slab_alloc("x", 24 * self);
		}
		inline_sched_end();
		assert_int_equal(kernel_halt(NULL, NULL), 4);
		assert_int_equal(kernel_boot(NULL), 0);
		inline_sched_begin();
	}
	for (i = 1; i <= 2; i++)
		assert_memory_equal(seen[0][i], seen[1][i], sizeof(seen[0][i]));
	assert_true(seen[0][1][0] != seen[0][2][0]);
}

static void *alloc_and_free(size_t size)
{
	void *p = slab_alloc("x", size);

	kfree(p);
	return p;
}

/* Each 16 bytes have a gap of 16, and one more gap comes first: 8,191 pairs
 * fit into 256 KiB. */
static void fill_sub_heap(void *arg)
{
	unsigned *made = arg;

	while (alloc_and_free(16))
		(*made)++;
}

static void try_large_blocks(void *arg)
{
	bool *good = arg;

	*good = !alloc_and_free(256 * 1024) && !alloc_and_free(SIZE_MAX) &&
		alloc_and_free(255 * 1024);
}

static void a_full_sub_heap_fails_its_task_and_no_other(void **state)
{
	unsigned made = 0;
	bool good = false;

	(void)state;
	assert_int_equal(kthread_run("fill", fill_sub_heap, &made), 1);
	kthread_join_all();
	assert_int_equal(made, 8191);
	assert_int_equal(slab_allocated("x"), 8192);
	assert_int_equal(slab_failed(), 0);
	/* All that a full sub-heap knew goes with its machine. */
	assert_int_equal(kernel_halt(NULL, NULL), 0);
	assert_int_equal(kernel_boot(NULL), 0);
	made = 0;
	assert_int_equal(kthread_run("fill", fill_sub_heap, &made), 1);
	kthread_join_all();
	assert_int_equal(made, 8191);
	assert_int_equal(kthread_run("large", try_large_blocks, &good), 2);
	kthread_join_all();
	assert_true(good);
}

static void a_type_too_many_gets_no_memory(void **state)
{
	static char name[SLAB_TYPES_MAX + 1][8];
	unsigned made = 0;
	unsigned i;
	void *p;

	(void)state;
	for (i = 0; i <= SLAB_TYPES_MAX; i++) {
		(void)snprintf(name[i], sizeof(name[i]), "t%u", i);
		p = slab_alloc(name[i], 8);
		made += p != NULL;
		kfree(p);
	}
	/* Types of subsystems were there before. */
	assert_in_range(made, SLAB_TYPES_MAX / 2, SLAB_TYPES_MAX);
	assert_null(slab_alloc("one more", 8));
	p = slab_alloc("t0", 8);
	assert_non_null(p);
	kfree(p);
}

static void a_type_is_its_text_wherever_that_is_stored(void **state)
{
	static const char here[] = "thing";
	struct slab_block block;
	void *p = make_thing();
	void *q = slab_alloc(here, 8);

	(void)state;
	assert_int_equal(slab_live("thing"), 2);
	assert_int_equal(slab_query(q, &block), SLAB_LIVE);
	assert_int_equal(block.nr, 2);
	kfree(p);
	kfree(q);
	assert_int_equal(slab_live("thing"), 0);
}

static void counts_are_kept_by_type_and_for_all(void **state)
{
	unsigned live = slab_live(NULL);
	unsigned allocated = slab_allocated(NULL);
	void *p = slab_alloc("a", 8);
	void *q = slab_alloc("b", 8);

	(void)state;
	kfree(p);
	assert_int_equal(slab_live("a"), 0);
	assert_int_equal(slab_allocated("a"), 1);
	assert_int_equal(slab_live("b"), 1);
	assert_int_equal(slab_live(NULL), live + 1);
	assert_int_equal(slab_allocated(NULL), allocated + 2);
	assert_int_equal(slab_live("never heard of"), 0);
	assert_int_equal(slab_allocated("never heard of"), 0);
	kfree(q);
}

static void strings_are_copied(void **state)
{
	char original[] = "0000:01:00.0";
	char *copy = slab_strdup("name", original);

	(void)state;
	original[0] = 'x';
	assert_string_equal(copy, "0000:01:00.0");
	kfree(copy);
	assert_int_equal(slab_fail_nth("name", 1), 0);
	assert_null(slab_strdup("name", original));
}

/* ------------------------------------------------------ injected failures */

/* One letter for each of @count allocations: f failed. */
static const char *pattern(const char *type, unsigned count)
{
	static char text[32];
	unsigned i;

	for (i = 0; i < count; i++) {
		void *p = slab_alloc(type, 8);

		text[i] = p ? '.' : 'f';
		kfree(p);
	}
	text[count] = '\0';
	return text;
}

static void the_nth_allocation_of_a_type_fails(void **state)
{
	(void)state;
	assert_int_equal(slab_fail_nth("a", 3), 0);
	assert_string_equal(pattern("b", 4), "....");
	assert_string_equal(pattern("a", 5), "..f..");
	assert_int_equal(slab_failed(), 1);
	assert_int_equal(slab_allocated("a"), 5);
}

static void the_nth_allocation_of_any_type_fails(void **state)
{
	(void)state;
	assert_int_equal(slab_fail_nth(NULL, 3), 0);
	assert_string_equal(pattern("a", 2), "..");
	assert_string_equal(pattern("b", 2), "f.");
}

static void several_failures_can_be_pending(void **state)
{
	(void)state;
	assert_int_equal(slab_fail_nth("a", 1), 0);
	assert_int_equal(slab_fail_nth("a", 4), 0);
	assert_int_equal(slab_fail_nth(NULL, 2), 0);
	assert_string_equal(pattern("a", 5), "ff.f.");
	assert_int_equal(slab_failed(), 3);
}

static void a_failure_that_happened_makes_room_for_another(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < 100; i++) {
		assert_int_equal(slab_fail_nth("a", 1), 0);
		assert_string_equal(pattern("a", 1), "f");
	}
	assert_int_equal(slab_failed(), 100);
}

static void pending_failures_can_be_cancelled_by_type(void **state)
{
	(void)state;
	assert_int_equal(slab_fail_nth("a", 1), 0);
	assert_int_equal(slab_fail_nth("a", 2), 0);
	assert_int_equal(slab_fail_nth("b", 1), 0);
	assert_int_equal(slab_fail_nth("a", 0), 0);
	assert_string_equal(pattern("a", 3), "...");
	assert_string_equal(pattern("b", 2), "f.");
}

static void every_allocation_of_a_type_fails_until_told(void **state)
{
	(void)state;
	assert_int_equal(slab_fail_always("a", true), 0);
	assert_int_equal(slab_fail_always("a", true), 0);
	assert_string_equal(pattern("a", 3), "fff");
	assert_string_equal(pattern("b", 2), "..");
	assert_int_equal(slab_fail_always("a", false), 0);
	assert_string_equal(pattern("a", 3), "...");
	assert_int_equal(slab_failed(), 3);
}

static void too_many_pending_failures_are_refused(void **state)
{
	static const char long_name[] =
		"a type with a name that no sane person would give to it";
	unsigned made = 0;

	(void)state;
	while (slab_fail_nth("a", 1000) == 0)
		made++;
	assert_in_range(made, 16, 1000);
	assert_int_equal(slab_fail_nth("b", 1), -ENOSPC);
	assert_int_equal(slab_fail_always("b", true), -ENOSPC);
	assert_int_equal(slab_fault_choice("b", true), -ENOSPC);
	assert_int_equal(slab_fail_nth("a", 0), 0);
	assert_int_equal(slab_fail_nth("b", 1), 0);
	assert_int_equal(slab_fail_nth(long_name, 1), -ENOSPC);
}

static void a_failure_can_be_the_choice_of_the_scheduler(void **state)
{
	(void)state;
	assert_int_equal(slab_fault_choice("a", true), 0);
	inline_sched.wish[SCHED_ALLOC] = 1;
	assert_string_equal(pattern("a", 1), "f");
	assert_string_equal(pattern("b", 1), ".");
	inline_sched.wish[SCHED_ALLOC] = 0;
	assert_string_equal(pattern("a", 1), ".");
	assert_int_equal(slab_fault_choice("a", false), 0);
	assert_string_equal(pattern("a", 1), ".");
	inline_sched_expect("1 alloc a = 1\n"
			    "1 no memory for a\n"
			    "1 allocated b\n"
			    "1 alloc a = 0\n"
			    "1 allocated a\n"
			    "1 allocated a\n");
	assert_int_equal(inline_sched.op[0].outcomes, 2);
	assert_null(inline_sched.op[0].obj);
	assert_string_equal(inline_sched.op[0].site.func, "pattern");
	assert_int_equal(slab_failed(), 1);
}

static void failures_of_all_types_can_be_a_choice(void **state)
{
	(void)state;
	assert_int_equal(slab_fault_choice(NULL, true), 0);
	assert_string_equal(pattern("a", 1), ".");
	assert_string_equal(pattern("b", 1), ".");
	inline_sched_expect("1 alloc a = 0\n"
			    "1 allocated a\n"
			    "1 alloc b = 0\n"
			    "1 allocated b\n");
}

static void what_fails_anyway_is_no_choice(void **state)
{
	(void)state;
	assert_int_equal(slab_fault_choice("a", true), 0);
	assert_int_equal(slab_fail_always("a", true), 0);
	assert_string_equal(pattern("a", 1), "f");
	inline_sched_expect("1 no memory for a\n");
}

/* Whoever comes first is announced before the countdown is touched, and what
 * failed by choice counts as well. */
static void a_countdown_goes_on_behind_a_choice(void **state)
{
	(void)state;
	assert_int_equal(slab_fault_choice("a", true), 0);
	assert_int_equal(slab_fail_nth("a", 2), 0);
	inline_sched.wish[SCHED_ALLOC] = 1;
	assert_string_equal(pattern("a", 1), "f");
	inline_sched.wish[SCHED_ALLOC] = 0;
	assert_string_equal(pattern("a", 2), "f.");
	inline_sched_expect("1 alloc a = 1\n"
			    "1 no memory for a\n"
			    "1 alloc a = 0\n"
			    "1 no memory for a\n"
			    "1 alloc a = 0\n"
			    "1 allocated a\n");
}

static void running_free_a_choice_is_never_taken(void **state)
{
	(void)state;
	assert_int_equal(slab_fault_choice(NULL, true), 0);
	assert_string_equal(pattern("a", 3), "...");
}

/* ---------------------------------------------------------- reused blocks */

static void a_freed_block_can_live_again_at_its_address(void **state)
{
	static const struct thing zero;
	struct slab_block block;
	struct thing *p = make_thing();

	(void)state;
	drop_thing(p);
	assert_ptr_equal(slab_realloc_at("thing", p), p);
	assert_memory_equal(p, &zero, sizeof(zero));
	assert_int_equal(slab_query(p, &block), SLAB_LIVE);
	assert_int_equal(block.nr, 2);
	assert_int_equal(block.size, 40);
	assert_null(block.free_func);
	assert_int_equal(slab_live("thing"), 1);
	assert_int_equal(slab_allocated("thing"), 2);
	drop_thing(p);
	assert_int_equal(slab_query(p, NULL), SLAB_FREED);
}

static void only_freed_blocks_of_the_type_live_again(void **state)
{
	char *p = make_thing();
	int local;

	(void)state;
	assert_null(slab_realloc_at("thing", p));
	drop_thing(p);
	kfree(slab_alloc("other", 40));
	assert_null(slab_realloc_at("other", p));
	assert_null(slab_realloc_at("unknown", p));
	assert_null(slab_realloc_at("thing", p + 16));
	assert_null(slab_realloc_at("thing", p + 48));
	assert_null(slab_realloc_at("thing", &local));
	assert_null(slab_realloc_at("thing", NULL));
	assert_int_equal(slab_query(p, NULL), SLAB_FREED);
}

/* ---------------------------------------------------------- running free */

#define BLOCKS_EACH 50
#define TASKS 4

static void churn(void *arg)
{
	unsigned i;

	for (i = 0; i < BLOCKS_EACH; i++) {
		struct thing *p = make_thing();

		p->bytes[0] = 1;
		if (!arg || i)
			drop_thing(p);
		kfree(slab_alloc(i % 2 ? "odd" : "even", i + 1));
	}
}

static int add_nr(const struct slab_block *block, void *arg)
{
	if (!strcmp(block->type, "thing"))
		*(unsigned *)arg += block->alloc_task;
	return 0;
}

/* Each task leaves its first block: 1 + 2 + 3 + 4. */
static void tasks_allocate_side_by_side(void **state)
{
	static int keep;
	unsigned tasks = 0;
	unsigned i;

	(void)state;
	for (i = 0; i < TASKS; i++)
		assert_true(kthread_run("churn", churn, &keep) > 0);
	kthread_join_all();
	assert_int_equal(slab_allocated("thing"), TASKS * BLOCKS_EACH);
	assert_int_equal(slab_allocated("odd"), TASKS * BLOCKS_EACH / 2);
	assert_int_equal(slab_allocated("even"), TASKS * BLOCKS_EACH / 2);
	assert_int_equal(slab_live("thing"), TASKS);
	assert_int_equal(slab_live("odd"), 0);
	assert_int_equal(slab_for_each_live(add_nr, &tasks), 0);
	assert_int_equal(tasks, 1 + 2 + 3 + 4);
	assert_int_equal(kernel_halt(NULL, NULL), TASKS);
	assert_int_equal(kernel_boot(NULL), 0);
}

static int stop_at_second(const struct slab_block *block, void *arg)
{
	*(const void **)arg = block->start;
	return block->nr == 2 && !strcmp(block->type, "x") ? 42 : 0;
}

static void a_walk_over_live_blocks_stops_when_told(void **state)
{
	void *p[4];
	const void *last;
	unsigned i;

	(void)state;
	for (i = 0; i < 4; i++)
		p[i] = slab_alloc("x", 8);
	kfree(p[2]);
	assert_int_equal(slab_for_each_live(stop_at_second, &last), 42);
	assert_ptr_equal(last, p[1]);
	kfree(p[1]);
	assert_int_equal(slab_for_each_live(stop_at_second, &last), 0);
	assert_ptr_equal(last, p[3]);
	kfree(p[0]);
	kfree(p[3]);
}

/* -------------------------------------------------------------- the arena */

static void ask_for_another_arena(void *arg)
{
	const void *start;
	size_t size;

	slab_arena(&start, &size);
	if (start || size || slab_set_arena_hint(arg))
		return;
	if (kernel_boot(NULL))
		return;
	slab_arena(&start, &size);
	BUG_ON((uintptr_t)start != 0x7e8000000000 && size == 256 * 256 * 1024 &&
	       slab_set_arena_hint(arg) == -EBUSY &&
	       slab_query(make_thing(), NULL) == SLAB_LIVE);
}

static void take_the_usual_address(void *arg)
{
	void *taken = mmap((void *)0x7e8000000000, 4096, PROT_NONE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const void *start;
	size_t size;

	(void)arg;
	if (taken == MAP_FAILED || kernel_boot(NULL))
		return;
	slab_arena(&start, &size);
	BUG_ON(start && start != taken &&
	       slab_query(make_thing(), NULL) == SLAB_LIVE);
}

/* Before the first boot: in children, which reach their BUG_ON() in the end. */
static void the_arena_can_be_elsewhere(void **state)
{
	(void)state;
	assert_aborts(ask_for_another_arena, NULL, "BUG: ");
	assert_aborts(take_the_usual_address, NULL, "BUG: ");
}

static void nothing_is_allocated_before_the_first_boot(void **state)
{
	(void)state;
	assert_null(make_thing());
	assert_int_equal(slab_live(NULL), 0);
	assert_int_equal(slab_query(state, NULL), SLAB_OUTSIDE);
	assert_int_equal(slab_fail_nth("x", 1), -ENOSPC);
	assert_int_equal(slab_fail_nth("x", 0), 0);
	assert_int_equal(slab_for_each_live(stop_at_second, NULL), 0);
}

#define FREE(test) \
	cmocka_unit_test_setup_teardown(test, machine_boot, machine_halt)
#define INLINE(test) \
	cmocka_unit_test_setup_teardown(test, machine_boot_inline, machine_halt)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_arena_can_be_elsewhere),
		cmocka_unit_test(nothing_is_allocated_before_the_first_boot),
		FREE(a_block_is_zeroed_aligned_and_known),
		FREE(every_address_inside_a_block_leads_to_it),
		FREE(the_gaps_around_blocks_are_wild),
		FREE(other_memory_is_outside),
		INLINE(a_freed_block_knows_who_made_and_who_freed_it),
		FREE(freed_memory_holds_poison),
		INLINE(freeing_nothing_is_fine),
		INLINE(freeing_twice_is_reported_with_name_and_place),
		INLINE(freeing_what_is_no_block_is_reported),
		FREE(running_free_a_double_free_aborts),
		FREE(no_address_is_given_twice_in_one_machine),
		FREE(a_new_machine_starts_with_an_empty_arena),
		INLINE(addresses_do_not_depend_on_the_interleaving),
		FREE(a_full_sub_heap_fails_its_task_and_no_other),
		FREE(a_type_too_many_gets_no_memory),
		FREE(a_type_is_its_text_wherever_that_is_stored),
		FREE(counts_are_kept_by_type_and_for_all),
		FREE(strings_are_copied),
		FREE(the_nth_allocation_of_a_type_fails),
		FREE(the_nth_allocation_of_any_type_fails),
		FREE(several_failures_can_be_pending),
		FREE(a_failure_that_happened_makes_room_for_another),
		FREE(pending_failures_can_be_cancelled_by_type),
		FREE(every_allocation_of_a_type_fails_until_told),
		FREE(too_many_pending_failures_are_refused),
		INLINE(a_failure_can_be_the_choice_of_the_scheduler),
		INLINE(failures_of_all_types_can_be_a_choice),
		INLINE(what_fails_anyway_is_no_choice),
		INLINE(a_countdown_goes_on_behind_a_choice),
		FREE(running_free_a_choice_is_never_taken),
		FREE(a_freed_block_can_live_again_at_its_address),
		FREE(only_freed_blocks_of_the_type_live_again),
		FREE(tasks_allocate_side_by_side),
		FREE(a_walk_over_live_blocks_stops_when_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
