/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_idr.c - the lowest free id, always.
 *
 * Small ranges, word boundaries of the bitmap, and the end of the space.
 */
#include <vfiosim/idr.h>

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "inline_sched.h"
#include "machine.h"

static struct idr idr;
static struct ida ida;
static int object[2];

static int start(void **state)
{
	int err = machine_boot_inline(state);

	idr_init(&idr);
	ida_init(&ida);
	return err;
}

static void ids_are_the_lowest_that_are_free(void **state)
{
	(void)state;
	assert_int_equal(idr_alloc(&idr, &object[0], 0, 0), 0);
	assert_int_equal(idr_alloc(&idr, &object[0], 0, 0), 1);
	assert_int_equal(idr_alloc(&idr, &object[0], 0, 0), 2);
	idr_remove(&idr, 1);
	idr_remove(&idr, 0);
	assert_int_equal(idr_alloc(&idr, &object[1], 0, 0), 0);
	assert_int_equal(idr_alloc(&idr, &object[1], 0, 0), 1);
	assert_int_equal(idr_alloc(&idr, &object[1], 0, 0), 3);
}

static void an_id_leads_to_its_pointer_until_it_is_removed(void **state)
{
	int id;

	(void)state;
	id = idr_alloc(&idr, &object[0], 5, 0);
	assert_int_equal(id, 5);
	assert_ptr_equal(idr_find(&idr, id), &object[0]);
	assert_null(idr_find(&idr, 4));
	idr_remove(&idr, id);
	assert_null(idr_find(&idr, id));
}

static void ids_outside_the_space_lead_nowhere(void **state)
{
	(void)state;
	assert_null(idr_find(&idr, -1));
	assert_null(idr_find(&idr, IDR_IDS_MAX));
	idr_remove(&idr, -1);
	idr_remove(&idr, IDR_IDS_MAX);
	idr_remove(&idr, INT_MAX);
	ida_simple_remove(&ida, UINT_MAX);
	assert_int_equal(idr_alloc(&idr, NULL, 0, 0), 0);
}

static void removing_twice_frees_nothing_else(void **state)
{
	(void)state;
	assert_int_equal(idr_alloc(&idr, &object[0], 0, 0), 0);
	assert_int_equal(idr_alloc(&idr, &object[1], 0, 0), 1);
	idr_remove(&idr, 0);
	idr_remove(&idr, 0);
	assert_ptr_equal(idr_find(&idr, 1), &object[1]);
	assert_int_equal(idr_alloc(&idr, &object[0], 0, 0), 0);
	assert_int_equal(idr_alloc(&idr, &object[0], 0, 0), 2);
}

static void a_range_ends_before_its_end(void **state)
{
	(void)state;
	assert_int_equal(idr_alloc(&idr, NULL, 7, 9), 7);
	assert_int_equal(idr_alloc(&idr, NULL, 7, 9), 8);
	assert_int_equal(idr_alloc(&idr, NULL, 7, 9), -ENOSPC);
	assert_int_equal(idr_alloc(&idr, NULL, 7, -1), 9);
	assert_int_equal(idr_alloc(&idr, NULL, 3, 3), -ENOSPC);
	assert_int_equal(idr_alloc(&idr, NULL, -1, 0), -EINVAL);
}

static void all_256_ids_can_be_used_and_no_more(void **state)
{
	int id;

	(void)state;
	for (id = 0; id < IDR_IDS_MAX; id++)
		assert_int_equal(idr_alloc(&idr, &object[0], 0, 0), id);
	assert_int_equal(idr_alloc(&idr, &object[0], 0, 0), -ENOSPC);
	assert_int_equal(idr_alloc(&idr, &object[0], IDR_IDS_MAX, 0), -ENOSPC);
	idr_remove(&idr, 63);
	idr_remove(&idr, 64);
	idr_remove(&idr, IDR_IDS_MAX - 1);
	assert_int_equal(idr_alloc(&idr, &object[0], 64, 0), 64);
	assert_int_equal(idr_alloc(&idr, &object[0], 64, 0), IDR_IDS_MAX - 1);
	assert_int_equal(idr_alloc(&idr, &object[0], 0, 0), 63);
}

static void an_ida_is_an_idr_without_pointers(void **state)
{
	(void)state;
	assert_int_equal(ida_simple_get(&ida, 0, 0), 0);
	assert_int_equal(ida_simple_get(&ida, 0, 2), 1);
	assert_int_equal(ida_simple_get(&ida, 0, 2), -ENOSPC);
	ida_simple_remove(&ida, 0);
	assert_int_equal(ida_simple_get(&ida, 0, 0), 0);
	assert_int_equal(ida_simple_get(&ida, 100, 0), 100);
	assert_int_equal(ida_simple_get(&ida, 5, 5), -ENOSPC);
	assert_int_equal(ida_simple_get(&ida, 6, 5), -EINVAL);
	assert_int_equal(ida_simple_get(&ida, 0x80000000u, 0), -EINVAL);
	assert_int_equal(ida_simple_get(&ida, 0, 0x80000000u), -EINVAL);
}

static void each_call_announces_one_access_to_the_object(void **state)
{
	(void)state;
	assert_int_equal(idr_alloc(&idr, &object[0], 0, 0), 0);
	assert_int_equal(inline_sched_accesses(&idr, SCHED_ACCESS_WRITE), 1);
	assert_non_null(idr_find(&idr, 0));
	assert_int_equal(inline_sched_accesses(&idr, SCHED_ACCESS_READ), 1);
	idr_remove(&idr, 0);
	assert_int_equal(inline_sched_accesses(&idr, SCHED_ACCESS_WRITE), 2);
	assert_int_equal(ida_simple_get(&ida, 0, 0), 0);
	ida_simple_remove(&ida, 0);
	assert_int_equal(inline_sched_accesses(&ida, SCHED_ACCESS_WRITE), 2);
	assert_int_equal(inline_sched.nr_accesses, 5);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, start, machine_halt)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ids_are_the_lowest_that_are_free),
		TEST(an_id_leads_to_its_pointer_until_it_is_removed),
		TEST(ids_outside_the_space_lead_nowhere),
		TEST(removing_twice_frees_nothing_else),
		TEST(a_range_ends_before_its_end),
		TEST(all_256_ids_can_be_used_and_no_more),
		TEST(an_ida_is_an_idr_without_pointers),
		TEST(each_call_announces_one_access_to_the_object),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
