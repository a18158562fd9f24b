/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_memory.c - the harness's own memory: what is given back and taken again
 * is as new, and counted while somebody has it.
 */
#include "kit.h"

#include "memory.h"

#include <string.h>

#define BLOCKS 300u

static bool is_zero(const unsigned char *p, size_t size)
{
	size_t i = 0;

	while (i < size && !p[i])
		i++;
	return i == size;
}

static void what_is_taken_again_is_all_zeros(void **state)
{
	static const size_t sizes[] = { 1, 4096, 4097, 16384, 16385, 100000 };
	unsigned round;
	size_t i;

	(void)state;
	for (round = 0; round < 3; round++)
		for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			unsigned char *p = sim_memory_alloc(sizes[i]);

			assert_non_null(p);
			assert_true(is_zero(p, sizes[i]));
			memset(p, 0xa5, sizes[i]);
			sim_memory_free(p, sizes[i]);
		}
}

/* More than are kept, so that some go back to the system at once. */
static void only_what_somebody_has_counts_as_used(void **state)
{
	static unsigned char *block[BLOCKS];
	size_t used = sim_memory_used();
	unsigned i, round;

	(void)state;
	for (round = 0; round < 3; round++) {
		for (i = 0; i < BLOCKS; i++) {
			block[i] = sim_memory_alloc(4096 + round * 4096);
			assert_non_null(block[i]);
			memset(block[i], (int)i + 1, 4096 + round * 4096);
		}
		assert_int_equal(sim_memory_used() - used,
				 BLOCKS * (4096 + round * 4096));
		for (i = 0; i < BLOCKS; i++) {
			assert_int_equal(block[i][0], (i + 1) & 0xff);
			sim_memory_free(block[i], 4096 + round * 4096);
		}
		assert_int_equal(sim_memory_used(), used);
		if (round)
			sim_memory_trim();
	}
}

static void a_huge_block_begins_at_a_multiple_of_its_size(void **state)
{
	size_t used = sim_memory_used(), i;
	unsigned char *block[3];

	(void)state;
	for (i = 0; i < 3; i++) {
		block[i] = sim_memory_alloc_huge();
		assert_non_null(block[i]);
		assert_int_equal((uintptr_t)block[i] % SIM_MEMORY_HUGE, 0);
		assert_true(is_zero(block[i], SIM_MEMORY_HUGE));
		memset(block[i], 0xa5, SIM_MEMORY_HUGE);
	}
	assert_int_equal(sim_memory_used() - used, 3 * SIM_MEMORY_HUGE);
	for (i = 0; i < 3; i++)
		sim_memory_free(block[i], SIM_MEMORY_HUGE);
	assert_int_equal(sim_memory_used(), used);
}

/* From one page to many, the first of them taken again. */
static void what_grows_keeps_what_it_holds(void **state)
{
	unsigned *numbers = NULL;
	size_t max = 0;
	unsigned i;

	(void)state;
	for (i = 0; i < 500000; i++) {
		numbers = sim_memory_grow(numbers, &max, i + 1u,
					  sizeof(*numbers));
		assert_non_null(numbers);
		numbers[i] = i;
	}
	for (i = 0; i < 500000; i++)
		if (numbers[i] != i)
			fail_msg("%u is %u", i, numbers[i]);
	sim_memory_release(numbers, max, sizeof(*numbers));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_taken_again_is_all_zeros),
		cmocka_unit_test(only_what_somebody_has_counts_as_used),
		cmocka_unit_test(a_huge_block_begins_at_a_multiple_of_its_size),
		cmocka_unit_test(what_grows_keeps_what_it_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
