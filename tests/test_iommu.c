/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_iommu.c - IOMMU groups: references, members, and which events of a bus
 * reach a group's chain.
 */
#include <vfiosim/iommu.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "machine.h"
#include "topology.h"

/* What the group's listener heard. */
static char heard[512];

static int listen(struct notifier_block *nb, unsigned long action, void *data)
{
	static const char *const name[] = { "",	     "ADD",    "DEL",	 "BIND",
					    "BOUND", "UNBIND", "UNBOUND" };
	const struct device *dev = data;
	size_t used = strlen(heard);

	(void)nb;
	snprintf(heard + used, sizeof(heard) - used, "%s %s%s%s\n",
		 name[action], dev_name(dev),
		 PEEK_ONCE(dev->iommu_group) ? " member" : "",
		 PEEK_ONCE(dev->driver) ? " driver" : "");
	return NOTIFY_OK;
}

static struct notifier_block listener = { .notifier_call = listen };

static void expect_heard(const char *text)
{
	assert_string_equal(heard, text);
	heard[0] = '\0';
}

static void start_listening(void)
{
	listener.next = NULL;
	heard[0] = '\0';
	assert_int_equal(iommu_group_register_notifier(topology.groups[0],
						       &listener),
			 0);
}

static void stop_listening(void)
{
	assert_int_equal(iommu_group_unregister_notifier(topology.groups[0],
							 &listener),
			 0);
}

/* -------------------------------------------------------------- references */

static void groups_take_the_lowest_free_id(void **state)
{
	struct iommu_group *a = iommu_group_alloc();
	struct iommu_group *b = iommu_group_alloc();

	(void)state;
	assert_int_equal(iommu_group_id(a), 0);
	assert_int_equal(iommu_group_id(b), 1);
	iommu_group_put(a);
	a = iommu_group_alloc();
	assert_int_equal(iommu_group_id(a), 0);
	iommu_group_put(b);
	iommu_group_put(a);
	iommu_group_put(NULL);
	assert_int_equal(slab_live("iommu_group"), 0);
}

static void a_member_holds_its_group(void **state)
{
	struct device *d0 = topology_add("d0", 0);
	struct device *d1 = topology_add("d1", 0);
	struct iommu_group *group;

	(void)state;
	assert_int_equal(topology_iommu_refs(0), 2);
	group = iommu_group_get(d0);
	assert_ptr_equal(group, topology.groups[0]);
	assert_ptr_equal(group, PEEK_ONCE(d1->iommu_group));
	assert_int_equal(topology_iommu_refs(0), 3);
	topology_remove(d0);
	assert_int_equal(topology_iommu_refs(0), 2);
	topology_remove(d1);
	assert_int_equal(topology_iommu_refs(0), 1);
	assert_int_equal(slab_live("iommu_device"), 0);
	assert_int_equal(slab_live("iommu_device_name"), 0);
	iommu_group_put(group);
	assert_null(topology.groups[0]);
}

static void a_device_without_group_has_none(void **state)
{
	struct device *dev = slab_alloc("device", sizeof(*dev));

	(void)state;
	device_initialize(dev, "d0");
	assert_null(iommu_group_get(dev));
	put_device(dev);
}

static unsigned data_released;

static void release_data(void *iommu_data)
{
	assert_ptr_equal(iommu_data, &data_released);
	data_released++;
}

static void the_owners_data_is_released_with_the_group(void **state)
{
	struct iommu_group *group = iommu_group_alloc();

	(void)state;
	data_released = 0;
	iommu_group_set_iommudata(group, &data_released, release_data);
	assert_ptr_equal(iommu_group_get_iommudata(group), &data_released);
	iommu_group_put(group);
	assert_int_equal(data_released, 1);
}

static void each_failing_allocation_leaves_no_member(void **state)
{
	struct iommu_group *group;
	struct device *dev = slab_alloc("device", sizeof(*dev));

	(void)state;
	device_initialize(dev, "d0");
	assert_int_equal(slab_fail_nth("iommu_group", 1), 0);
	assert_int_equal(PTR_ERR(iommu_group_alloc()), -ENOMEM);
	group = iommu_group_alloc();
	assert_int_equal(slab_fail_nth("iommu_device", 1), 0);
	assert_int_equal(iommu_group_add_device(group, dev), -ENOMEM);
	assert_int_equal(slab_fail_nth("iommu_device_name", 1), 0);
	assert_int_equal(iommu_group_add_device(group, dev), -ENOMEM);
	assert_null(PEEK_ONCE(dev->iommu_group));
	iommu_group_put(group); /* the last: no member took one */
	assert_int_equal(slab_live("iommu_group"), 0);
	assert_int_equal(slab_live("iommu_device"), 0);
	put_device(dev);
}

static int count_to_two(struct device *dev, void *data)
{
	int *count = data;

	assert_non_null(dev);
	return ++*count == 2 ? -EIO : 0;
}

static void a_walk_ends_with_the_first_answer_that_is_not_zero(void **state)
{
	int count = 0;

	(void)state;
	(void)topology_add("d0", 0);
	assert_int_equal(iommu_group_for_each_dev(topology.groups[0], &count,
						  count_to_two),
			 0);
	assert_int_equal(count, 1);
	(void)topology_add("d1", 0);
	(void)topology_add("d2", 0);
	count = 0;
	assert_int_equal(iommu_group_for_each_dev(topology.groups[0], &count,
						  count_to_two),
			 -EIO);
	assert_int_equal(count, 2);
}

/* ------------------------------------------------------------------ events */

static void a_group_hears_of_a_member_once_it_is_one(void **state)
{
	struct device *d1;

	(void)state;
	(void)topology_add("d0", 0);
	start_listening();
	d1 = topology_add("d1", 0);
	expect_heard("ADD d1 member\n");
	topology_remove(d1);
	expect_heard("DEL d1 member\n");
	stop_listening();
	assert_int_equal(iommu_group_unregister_notifier(topology.groups[0],
							 &listener),
			 -ENOENT);
}

static void a_group_hears_when_its_members_change_drivers(void **state)
{
	struct device *d0 = topology_add("d0", 0);
	struct device *other = topology_add("d1", 1);

	(void)state;
	start_listening();
	assert_int_equal(topology_bind(&topology.host, d0), 0);
	expect_heard("BIND d0 member driver\n"
		     "BOUND d0 member driver\n");
	assert_int_equal(topology_unbind(&topology.host, d0), 0);
	expect_heard("UNBIND d0 member driver\n"
		     "UNBOUND d0 member\n");
	assert_int_equal(topology_bind(&topology.host, other), 0);
	expect_heard("");
	stop_listening();
}

/* 3.19: the membership ends at DEL_DEVICE, before the driver leaves. */
static void a_deleted_member_leaves_before_its_driver_does(void **state)
{
	struct device *d1;

	(void)state;
	(void)topology_add("d0", 0);
	d1 = topology_add("d1", 0);
	assert_int_equal(topology_bind(&topology.host, d1), 0);
	start_listening();
	topology_remove(d1);
	expect_heard("DEL d1 member driver\n");
	stop_listening();
}

static void a_device_that_could_not_join_is_heard_of_by_nobody(void **state)
{
	struct device *d1;

	(void)state;
	(void)topology_add("d0", 0);
	start_listening();
	assert_int_equal(slab_fail_nth("iommu_device", 1), 0);
	d1 = topology_add("d1", 0);
	assert_null(PEEK_ONCE(d1->iommu_group));
	assert_int_equal(topology_bind(&topology.host, d1), 0);
	topology_remove(d1);
	expect_heard("");
	stop_listening();
}

static void joining_is_these_operations(void **state)
{
	struct iommu_group *group = iommu_group_alloc();
	struct device *dev = slab_alloc("device", sizeof(*dev));

	(void)state;
	device_initialize(dev, "d0");
	transcript_begin();
	assert_int_equal(iommu_group_add_device(group, dev), 0);
	transcript_expect("rmw group->kref\n"
			  "write dev->iommu_group\n"
			  "lock iommu_group.mutex\n"
			  "unlock iommu_group.mutex\n"
			  "read nh->head\n");
	transcript_begin();
	iommu_group_remove_device(dev);
	transcript_expect("read dev->iommu_group\n"
			  "read nh->head\n"
			  "lock iommu_group.mutex\n"
			  "unlock iommu_group.mutex\n"
			  "write dev->iommu_group\n"
			  "rmw group->kref\n");
	transcript_begin();
	iommu_group_put(group);
	transcript_expect("rmw group->kref\n"
			  "lock iommu.iommu_group_mutex\n"
			  "unlock iommu.iommu_group_mutex\n");
	put_device(dev);
}

/* --------------------------------------------------------------------- bus */

static const struct iommu_ops no_ops;

static void a_bus_takes_one_iommu_driver(void **state)
{
	struct bus_type bus = { .name = "platform" };

	(void)state;
	assert_int_equal(bus_register(&bus), 0);
	assert_int_equal(bus_set_iommu(&bus, &no_ops), 0);
	assert_int_equal(bus_set_iommu(&bus, &no_ops), -EBUSY);
	bus_clear_iommu(&bus);
	/* Out of memory 3.19 keeps the ops, and so refuses the next try. */
	assert_int_equal(slab_fail_nth("iommu_bus_nb", 1), 0);
	assert_int_equal(bus_set_iommu(&bus, &no_ops), -ENOMEM);
	assert_int_equal(bus_set_iommu(&bus, &no_ops), -EBUSY);
	bus_clear_iommu(&bus);
	assert_int_equal(bus_set_iommu(&bus, &no_ops), 0);
	bus_clear_iommu(&bus);
	bus_unregister(&bus);
}

static void without_callbacks_devices_stay_without_group(void **state)
{
	struct bus_type bus = { .name = "platform" };
	struct device *dev = slab_alloc("device", sizeof(*dev));

	(void)state;
	assert_int_equal(bus_register(&bus), 0);
	assert_int_equal(bus_set_iommu(&bus, &no_ops), 0);
	dev->bus = &bus;
	assert_int_equal(device_register(dev, "d0"), 0);
	assert_null(PEEK_ONCE(dev->iommu_group));
	device_unregister(dev);
	bus_clear_iommu(&bus);
	bus_unregister(&bus);
}

/* ------------------------------------------------------------ running free */

#define ROUNDS 50

static void join_and_leave(void *arg)
{
	struct device *dev = arg;
	struct iommu_group *group = topology.groups[0];
	int i;

	for (i = 0; i < ROUNDS; i++) {
		if (iommu_group_add_device(group, dev))
			return;
		iommu_group_remove_device(dev);
	}
}

static int count_member(struct device *dev, void *data)
{
	int *count = data;

	*count += dev != NULL;
	return 0;
}

static void count_members(void *arg)
{
	int *ret_most = arg;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		int count = 0;

		(void)iommu_group_for_each_dev(topology.groups[0], &count,
					       count_member);
		if (count > *ret_most)
			*ret_most = count;
	}
}

static void tasks_join_and_walk_side_by_side(void **state)
{
	struct device *devs[2];
	int most = 0;
	int i;

	(void)state;
	(void)topology_add("d0", 0);
	for (i = 0; i < 2; i++) {
		devs[i] = slab_alloc("device", sizeof(*devs[i]));
		device_initialize(devs[i], "late");
		assert_true(kthread_run("join", join_and_leave, devs[i]) > 0);
	}
	assert_true(kthread_run("walk", count_members, &most) > 0);
	kthread_join_all();
	assert_in_range(most, 1, 3);
	assert_int_equal(topology_iommu_refs(0), 1);
	put_device(devs[0]);
	put_device(devs[1]);
}

#define test(name) \
	cmocka_unit_test_setup_teardown(name, topology_setup, topology_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(groups_take_the_lowest_free_id),
		test(a_member_holds_its_group),
		test(a_device_without_group_has_none),
		test(the_owners_data_is_released_with_the_group),
		test(each_failing_allocation_leaves_no_member),
		test(a_walk_ends_with_the_first_answer_that_is_not_zero),
		test(a_group_hears_of_a_member_once_it_is_one),
		test(a_group_hears_when_its_members_change_drivers),
		test(a_deleted_member_leaves_before_its_driver_does),
		test(a_device_that_could_not_join_is_heard_of_by_nobody),
		test(joining_is_these_operations),
		test(a_bus_takes_one_iommu_driver),
		test(without_callbacks_devices_stay_without_group),
		test(tasks_join_and_walk_side_by_side),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
