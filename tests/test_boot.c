/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_boot.c - a machine that begins as a copy of one that was booted before
 * is the machine that boot would have made.
 *
 * The subsystem of this test has a root and so may be copied; it counts how
 * often it is really booted and halted.
 */
#include <vfiosim/device.h>
#include <vfiosim/file.h>
#include <vfiosim/kernel.h>
#include <vfiosim/lock.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif
#ifndef __has_feature
#define __has_feature(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||           \
	__has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
	__has_feature(memory_sanitizer)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

static const char *const eras[] = { "v3.19", "v3.19-patched", "v4.0", "v4.14",
				    "v5.15", "v5.19",	      "v6.1" };
#define ERAS (sizeof(eras) / sizeof(eras[0]))

struct counted {
	struct mutex lock;
	int value;
};

static struct counted *counted;
static unsigned boots, halts;
static int boot_error; /* what our boot returns */

static int counted_boot(void)
{
	boots++;
	if (boot_error)
		return boot_error;
	counted = kzalloc_obj(counted);
	mutex_init(&counted->lock);
	counted->value = 7;
	return 0;
}

static void counted_halt(void)
{
	halts++;
	kfree(counted);
	counted = NULL;
}

static struct kernel_subsystem subsystem = { .name = "counted",
					     .rank = 900,
					     .boot = counted_boot,
					     .halt = counted_halt,
					     .root = &counted };

/* Boots that the second machine of an era needs: a tool sees every one. */
static unsigned again(void)
{
	return RUNNING_ON_VALGRIND || SANITIZED ? 1 : 0;
}

static void boot(const char *era)
{
	struct kernel_config config;

	assert_int_equal(era_lookup(era, &config.era), 0);
	assert_int_equal(kernel_boot(&config), 0);
}

static int forget(void **state)
{
	(void)state;
	kernel_halt(NULL, NULL);
	boot_error = 0;
	/* Of another era than whatever a test boots first. */
	boot("v4.0");
	kernel_halt(NULL, NULL);
	boots = halts = 0;
	return 0;
}

/* ------------------------------------------------------------ whole machines */

#define BLOCKS_MAX 64

struct machine {
	unsigned nr, allocated, warnings;
	struct slab_block block[BLOCKS_MAX];
	unsigned char *bytes[BLOCKS_MAX];
};

static int copy_block(const struct slab_block *block, void *arg)
{
	struct machine *m = arg;

	assert_true(m->nr < BLOCKS_MAX);
	m->block[m->nr] = *block;
	m->bytes[m->nr] = malloc(block->size);
	memcpy(m->bytes[m->nr++], block->start, block->size);
	return 0;
}

static void take(struct machine *m)
{
	memset(m, 0, sizeof(*m));
	m->allocated = slab_allocated(NULL);
	m->warnings = sched_warnings();
	slab_for_each_live(copy_block, m);
}

static void expect_same(struct machine *a, struct machine *b)
{
	unsigned i;

	assert_int_equal(a->nr, b->nr);
	assert_int_equal(a->allocated, b->allocated);
	assert_int_equal(a->warnings, b->warnings);
	for (i = 0; i < a->nr; i++) {
		assert_ptr_equal(a->block[i].start, b->block[i].start);
		assert_int_equal(a->block[i].size, b->block[i].size);
		assert_string_equal(a->block[i].type, b->block[i].type);
		assert_int_equal(a->block[i].nr, b->block[i].nr);
		assert_string_equal(a->block[i].alloc_func,
				    b->block[i].alloc_func);
		assert_memory_equal(a->bytes[i], b->bytes[i], a->block[i].size);
		free(a->bytes[i]);
		free(b->bytes[i]);
	}
}

/* Leaves behind what a run can: other types and numbers, a lock that is held,
 * changed words, failures to come, warnings. */
static void use_machine(void)
{
	const struct sched_report report = { .kind = SCHED_WARN, .text = "w" };
	unsigned i;

	mutex_lock(&counted->lock);
	counted->value = -1;
	for (i = 0; i < 20; i++)
		(void)slab_alloc("left behind", 100 + i);
	kfree(slab_alloc("freed", 48));
	slab_fail_nth("counted", 1);
	slab_fail_always("files", true);
	(void)sched_report(&report);
	mutex_unlock(&counted->lock);
}

static void the_second_machine_of_an_era_is_the_first_one_again(void **state)
{
	struct machine first, second;
	size_t i;

	(void)state;
	for (i = 0; i < ERAS; i++) {
		boot(eras[i]);
		take(&first);
		use_machine();
		kernel_halt(NULL, NULL);
		boot(eras[i]);
		take(&second);
		expect_same(&first, &second);
		assert_int_equal(counted->value, 7);
		assert_false(mutex_is_locked(&counted->lock));
		assert_string_equal(kernel_era()->name, eras[i]);
		kernel_halt(NULL, NULL);
	}
}

static void what_boot_does_is_done_once_for_each_era(void **state)
{
	(void)state;
	boot("v3.19");
	kernel_halt(NULL, NULL);
	boot("v3.19");
	kernel_halt(NULL, NULL);
	assert_int_equal(boots, 1 + again());
	boot("v5.15");
	kernel_halt(NULL, NULL);
	boot("v3.19");
	kernel_halt(NULL, NULL);
	assert_int_equal(boots, 3 + again());
	assert_int_equal(halts, again() * boots);
}

static void an_override_of_a_flag_makes_another_era(void **state)
{
	struct kernel_config config;

	(void)state;
	boot("v3.19");
	kernel_halt(NULL, NULL);
	assert_int_equal(era_lookup("v3.19", &config.era), 0);
	assert_int_equal(era_set(&config.era, "check_order", "corrected"), 0);
	assert_int_equal(kernel_boot(&config), 0);
	assert_int_equal(boots, 2);
	assert_int_equal(era_flag(ERA_CHECK_ORDER),
			 config.era.value[ERA_CHECK_ORDER]);
	kernel_halt(NULL, NULL);
}

static void an_era_that_injects_failures_injects_them_again(void **state)
{
	struct kernel_config config;
	unsigned i;

	(void)state;
	assert_int_equal(era_lookup("v3.19-patched", &config.era), 0);
	assert_int_equal(era_set(&config.era, "inject_track_enomem", "on"), 0);
	for (i = 0; i < 3; i++) {
		assert_int_equal(kernel_boot(&config), 0);
		assert_null(slab_alloc("vfio_unbound_dev", 8));
		assert_int_equal(slab_failed(), 1);
		kernel_halt(NULL, NULL);
	}
	assert_int_equal(boots, 1 + 2 * again());
}

static void a_boot_that_failed_is_not_repeated(void **state)
{
	struct kernel_config config;

	(void)state;
	assert_int_equal(era_lookup("v3.19", &config.era), 0);
	boot_error = -ENOMEM;
	assert_int_equal(kernel_boot(&config), -ENOMEM);
	assert_null(kernel_era());
	assert_int_equal(slab_live(NULL), 0);
	boot_error = 0;
	assert_int_equal(kernel_boot(&config), 0);
	assert_int_equal(boots, 2);
	assert_non_null(counted);
	kernel_halt(NULL, NULL);
}

/* ---------------------------------------------------------------------- halt */

static char leaks[256];

static int note_leak(const struct slab_block *block, void *arg)
{
	size_t used = strlen(leaks);

	(void)arg;
	snprintf(leaks + used, sizeof(leaks) - used, "%s #%u;", block->type,
		 block->nr);
	return 0;
}

static void what_a_copy_leaks_is_told_like_that_of_a_booted_one(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < 3; i++) {
		boot("v3.19");
		leaks[0] = '\0';
		kfree(slab_alloc("thing", 8));
		(void)slab_alloc("thing", 8);
		(void)slab_alloc("other", 8);
		assert_int_equal(kernel_halt(note_leak, NULL), 2);
		assert_string_equal(leaks, "thing #2;other #1;");
		boot("v3.19");
		assert_int_equal(kernel_halt(note_leak, NULL), 0);
	}
	assert_int_equal(boots, 1 + 5 * again());
}

static void nothing_of_a_halted_copy_is_left(void **state)
{
	const void *was;
	unsigned i;

	(void)state;
	for (i = 0; i < 2; i++) {
		boot("v3.19");
		was = counted;
		kernel_halt(NULL, NULL);
		assert_null(counted);
		assert_null(kernel_era());
		assert_int_equal(slab_query(was, NULL), SLAB_WILD);
		assert_int_equal(slab_live(NULL), 0);
		assert_int_equal(slab_allocated(NULL), 0);
		assert_int_equal(fd_next(), 3);
	}
}

static void what_boot_made_is_known_to_be_untouched(void **state)
{
	size_t booted;

	(void)state;
	assert_int_equal(kernel_booted(), 0);
	boot("v3.19");
	booted = kernel_booted();
	if (again()) {
		assert_int_equal(booted, 0);
		return;
	}
	assert_in_range(booted, slab_live(NULL) * 16, 1 << 16);
	assert_true((char *)slab_alloc("thing", 8) >=
		    (char *)slab_heap(0, &(size_t){ 0 }) + booted);
	assert_int_equal(kernel_booted(), booted);
	counted->value = 8;
	assert_int_equal(kernel_booted(), 0);
	counted->value = 7;
	assert_int_equal(kernel_booted(), booted);
	kfree(counted);
	counted = NULL;
	assert_int_equal(kernel_booted(), 0);
	/* What is gone cannot be freed once more: this one halts in full. */
	assert_int_equal(kernel_halt(NULL, NULL), 1);
	assert_int_equal(halts, 1);
}

static int note_block(const struct slab_block *block, void *arg)
{
	const void **last = arg;

	last[0] = last[1];
	last[1] = block->start;
	return 0;
}

static void a_walk_may_begin_behind_what_boot_made(void **state)
{
	const void *last[2] = { NULL, NULL }, *first;
	size_t used;

	(void)state;
	boot("v3.19");
	(void)slab_heap(0, &used);
	assert_int_equal(slab_for_each_live_behind(used, note_block, last), 0);
	assert_null(last[1]);
	first = slab_alloc("x", 8);
	kfree(slab_alloc("x", 100));
	slab_for_each_live_behind(used, note_block, last);
	assert_ptr_equal(last[1], first);
	assert_null(last[0]);
	slab_for_each_live_behind(0, note_block, last);
	assert_ptr_equal(last[1], first);
	assert_ptr_equal(last[0], counted);
}

/* ----------------------------------------------------------- who is to know */

static unsigned told, calls_of_free;

static unsigned self(void)
{
	return 0;
}

static unsigned before(const struct sched_op *op)
{
	(void)op;
	return 0;
}

static void count_alloc(const char *type, bool failed)
{
	(void)type;
	(void)failed;
	told++;
}

static void count_free(const void *start, size_t size)
{
	(void)start;
	(void)size;
	calls_of_free++;
}

static void a_scheduler_is_told_all_that_boot_and_halt_do(void **state)
{
	static const struct sched_ops ops = { .self = self,
					      .before = before,
					      .alloc = count_alloc,
					      .free = count_free };
	unsigned i, blocks;

	(void)state;
	boot("v3.19");
	blocks = slab_allocated(NULL);
	kernel_halt(NULL, NULL);
	sched_install(&ops);
	for (i = 1; i <= 2; i++) {
		boot("v3.19");
		kernel_halt(NULL, NULL);
		assert_int_equal(told, i * blocks);
		assert_int_equal(calls_of_free, i * blocks);
	}
	sched_install(NULL);
	assert_int_equal(boots, 3);
}

static int boot_rootless(void)
{
	return 0;
}

/* The last test, since who is registered stays so. */
static void one_without_a_root_keeps_all_from_being_copied(void **state)
{
	static struct kernel_subsystem rootless = { .name = "rootless",
						    .rank = 901,
						    .boot = boot_rootless };

	(void)state;
	kernel_register_subsystem(&rootless);
	boot("v3.19");
	kernel_halt(NULL, NULL);
	boot("v3.19");
	kernel_halt(NULL, NULL);
	assert_int_equal(boots, 2);
	assert_int_equal(halts, 2);
}

#define BOOT(test) cmocka_unit_test_setup(test, forget)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOOT(the_second_machine_of_an_era_is_the_first_one_again),
		BOOT(what_boot_does_is_done_once_for_each_era),
		BOOT(an_override_of_a_flag_makes_another_era),
		BOOT(an_era_that_injects_failures_injects_them_again),
		BOOT(a_boot_that_failed_is_not_repeated),
		BOOT(what_a_copy_leaks_is_told_like_that_of_a_booted_one),
		BOOT(nothing_of_a_halted_copy_is_left),
		BOOT(what_boot_made_is_known_to_be_untouched),
		BOOT(a_walk_may_begin_behind_what_boot_made),
		BOOT(a_scheduler_is_told_all_that_boot_and_halt_do),
		BOOT(one_without_a_root_keeps_all_from_being_copied),
	};

	kernel_register_subsystem(&subsystem);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
