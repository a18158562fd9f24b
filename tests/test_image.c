/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_image.c - a machine copied and put back is the machine that it was.
 *
 * What tools keep of memory is not put back, so under them there is nothing to
 * test; see kernel_image_size().
 */
#include <vfiosim/kernel.h>
#include <vfiosim/lock.h>
#include <vfiosim/vfio.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define HEAPS 4

struct copy {
	void *image;
	void *bytes[HEAPS];
	size_t used[HEAPS], image_size;
};

struct thing {
	struct mutex lock;
	int value;
};

static void take(struct copy *copy)
{
	unsigned i;
	void *heap;

	memset(copy, 0, sizeof(*copy));
	copy->image_size = kernel_image_size();
	copy->image = malloc(copy->image_size);
	kernel_image_save(copy->image);
	for (i = 0; (heap = slab_heap(i, &copy->used[i])); i++) {
		copy->bytes[i] = malloc(copy->used[i] + 1);
		memcpy(copy->bytes[i], heap, copy->used[i]);
	}
}

static void put_back(const struct copy *copy)
{
	size_t used;
	unsigned i;

	kernel_image_restore(copy->image);
	for (i = 0; copy->bytes[i]; i++) {
		assert_non_null(slab_heap(i, &used));
		assert_int_equal(used, copy->used[i]);
		memcpy(slab_heap(i, &used), copy->bytes[i], used);
	}
	assert_null(slab_heap(i, &used));
}

static void expect_same(const struct copy *a, const struct copy *b)
{
	unsigned i;

	assert_int_equal(a->image_size, b->image_size);
	assert_memory_equal(a->image, b->image, a->image_size);
	for (i = 0; a->bytes[i]; i++) {
		assert_int_equal(a->used[i], b->used[i]);
		assert_memory_equal(a->bytes[i], b->bytes[i], a->used[i]);
	}
	assert_null(b->bytes[i]);
}

static void drop(struct copy *copy)
{
	unsigned i;

	for (i = 0; i < HEAPS; i++)
		free(copy->bytes[i]);
	free(copy->image);
}

static int boot(void **state)
{
	(void)state;
	return kernel_boot(NULL);
}

static int halt(void **state)
{
	(void)state;
	kernel_halt(NULL, NULL);
	return 0;
}

static struct thing *make_thing(int value)
{
	struct thing *thing = kzalloc_obj(thing);

	mutex_init(&thing->lock);
	thing->value = value;
	return thing;
}

static void what_was_allocated_since_is_gone(void **state)
{
	struct thing *first = make_thing(1), *second;
	struct copy before, after;

	(void)state;
	take(&before);
	second = make_thing(2);
	(void)slab_alloc("another type", 100);
	assert_int_equal(slab_query(second, NULL), SLAB_LIVE);
	put_back(&before);
	take(&after);
	expect_same(&before, &after);
	assert_int_equal(slab_query(first, NULL), SLAB_LIVE);
	assert_int_equal(slab_query(second, NULL), SLAB_WILD);
	assert_int_equal(slab_live("thing"), 1);
	assert_int_equal(slab_allocated("another type"), 0);
	assert_ptr_equal(make_thing(3), second);
	drop(&before);
	drop(&after);
}

static void what_was_freed_since_lives_again(void **state)
{
	struct thing *thing = make_thing(7);
	struct copy before;

	(void)state;
	take(&before);
	kfree(thing);
	assert_int_equal(slab_query(thing, NULL), SLAB_FREED);
	put_back(&before);
	assert_int_equal(slab_query(thing, NULL), SLAB_LIVE);
	assert_int_equal(thing->value, 7);
	mutex_lock(&thing->lock);
	mutex_unlock(&thing->lock);
	drop(&before);
}

static void a_later_moment_can_be_put_back_over_an_earlier_one(void **state)
{
	struct copy early, late, again;
	struct thing *other;

	(void)state;
	take(&early);
	(void)make_thing(1);
	(void)slab_alloc("large", 1000);
	take(&late);
	put_back(&early);
	other = slab_alloc("in between", 40);
	put_back(&late);
	take(&again);
	expect_same(&late, &again);
	assert_int_equal(slab_allocated("in between"), 0);
	assert_int_equal(slab_query(other, NULL), SLAB_LIVE);
	drop(&early);
	drop(&late);
	drop(&again);
}

static void a_halted_machine_runs_again(void **state)
{
	struct thing *thing = make_thing(5);
	struct copy before, after;
	struct kvm *kvm;

	(void)state;
	take(&before);
	kernel_halt(NULL, NULL);
	assert_null(kernel_era());
	put_back(&before);
	take(&after);
	expect_same(&before, &after);
	assert_non_null(kernel_era());
	assert_int_equal(thing->value, 5);
	kvm = slab_alloc("kvm", 8);
	assert_non_null(kvm);
	kfree(kvm);
	drop(&before);
	drop(&after);
}

static void another_machine_in_between_does_no_harm(void **state)
{
	struct copy before, after;

	(void)state;
	(void)make_thing(5);
	take(&before);
	kernel_halt(NULL, NULL);
	assert_int_equal(kernel_boot(NULL), 0);
	(void)slab_alloc("others", 300);
	(void)slab_alloc("others", 20);
	kernel_halt(NULL, NULL);
	put_back(&before);
	take(&after);
	expect_same(&before, &after);
	drop(&before);
	drop(&after);
}

static void pending_failures_are_put_back(void **state)
{
	struct copy before;

	(void)state;
	assert_int_equal(slab_fail_nth("thing", 2), 0);
	take(&before);
	assert_non_null(slab_alloc("thing", 8));
	assert_null(slab_alloc("thing", 8));
	assert_int_equal(slab_failed(), 1);
	put_back(&before);
	assert_int_equal(slab_failed(), 0);
	assert_non_null(slab_alloc("thing", 8));
	assert_null(slab_alloc("thing", 8));
	assert_int_equal(slab_fail_nth("thing", 0), 0);
	put_back(&before);
	assert_non_null(slab_alloc("thing", 8));
	assert_null(slab_alloc("thing", 8));
	drop(&before);
}

/* -------------------------------------------------------------------- keys */

static size_t key(uint64_t *words, size_t max)
{
	assert_true(kernel_image_size() <= max * sizeof(*words));
	return kernel_image_key(words);
}

static void a_key_tells_live_from_freed(void **state)
{
	static uint64_t live[4096], freed[4096];
	void *p = slab_alloc("thing", 16);
	size_t nr = key(live, 4096);

	(void)state;
	kfree(p);
	assert_int_equal(key(freed, 4096), nr);
	assert_memory_not_equal(live, freed, nr * sizeof(*live));
}

static void a_key_tells_types_and_sizes_and_failures(void **state)
{
	static uint64_t keys[4][4096];
	struct copy before;
	size_t nr[4];
	unsigned i, j;

	(void)state;
	take(&before);
	(void)slab_alloc("thing", 16);
	nr[0] = key(keys[0], 4096);
	put_back(&before);
	(void)slab_alloc("other", 16);
	nr[1] = key(keys[1], 4096);
	put_back(&before);
	(void)slab_alloc("thing", 17);
	nr[2] = key(keys[2], 4096);
	put_back(&before);
	slab_fail_nth("thing", 1);
	(void)slab_alloc("thing", 16);
	nr[3] = key(keys[3], 4096);
	for (i = 0; i < 4; i++)
		for (j = 0; j < i; j++)
			assert_true(nr[i] != nr[j] ||
				    memcmp(keys[i], keys[j],
					   nr[i] * sizeof(uint64_t)));
	drop(&before);
}

#define IMAGE(test) cmocka_unit_test_setup_teardown(test, boot, halt)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IMAGE(what_was_allocated_since_is_gone),
		IMAGE(what_was_freed_since_lives_again),
		IMAGE(a_later_moment_can_be_put_back_over_an_earlier_one),
		IMAGE(a_halted_machine_runs_again),
		IMAGE(another_machine_in_between_does_no_harm),
		IMAGE(pending_failures_are_put_back),
		IMAGE(a_key_tells_live_from_freed),
		IMAGE(a_key_tells_types_and_sizes_and_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
