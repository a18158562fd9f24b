/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_iommu_era.c - where kernels differ in how a device joins its IOMMU group
 * and leaves it, and in what the group hears.
 */
#include "topology.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

/* What a group's chain, and a late listener on the bus, were told. */
static char heard[512];
static struct notifier_block on_group, on_bus;

static void hear(const char *what, const struct device *dev)
{
	size_t used = strlen(heard);

	snprintf(heard + used, sizeof(heard) - used, "%s %s%s%s\n", what,
		 dev_name(dev), PEEK_ONCE(dev->iommu_group) ? " member" : "",
		 PEEK_ONCE(dev->driver) ? " driver" : "");
}

static void expect_heard(const char *text)
{
	assert_string_equal(heard, text);
	heard[0] = '\0';
}

static int listen_on_group(struct notifier_block *nb, unsigned long action,
			   void *data)
{
	static const char *const name[] = { "",	     "add",    "del",	 "bind",
					    "bound", "unbind", "unbound" };

	(void)nb;
	assert_in_range(action, 1, 6);
	hear(name[action], data);
	return NOTIFY_OK;
}

static int listen_on_bus(struct notifier_block *nb, unsigned long action,
			 void *data)
{
	static const char *const name[] = { "",	       "ADD",	  "DEL",
					    "REMOVED", "BIND",	  "BOUND",
					    "UNBIND",  "UNBOUND", "NOT_BOUND" };

	(void)nb;
	assert_in_range(action, 1, 8);
	hear(name[action], data);
	return NOTIFY_OK;
}

static void listen_to_group(void)
{
	memset(&on_group, 0, sizeof(on_group));
	on_group.notifier_call = listen_on_group;
	heard[0] = '\0';
	assert_int_equal(iommu_group_register_notifier(topology.groups[0],
						       &on_group),
			 0);
}

static void stop_listening_to_group(void)
{
	assert_int_equal(iommu_group_unregister_notifier(topology.groups[0],
							 &on_group),
			 0);
}

/* Behind the IOMMU layer's own listener. */
static void listen_to_bus(void)
{
	memset(&on_bus, 0, sizeof(on_bus));
	on_bus.notifier_call = listen_on_bus;
	on_bus.priority = -1;
	heard[0] = '\0';
	assert_int_equal(bus_register_notifier(topology.bus, &on_bus), 0);
}

static void stop_listening_to_bus(void)
{
	assert_int_equal(bus_unregister_notifier(topology.bus, &on_bus), 0);
}

/* -------------------------------------------------------- end of membership */

static void delete_bound_member(void)
{
	struct device *d1 = topology_add("d1", 0);

	assert_int_equal(topology_bind(&topology.host, d1), 0);
	heard[0] = '\0';
	topology_remove(d1);
}

static void up_to_4_1_a_member_leaves_before_its_driver_does(void **state)
{
	(void)state;
	TOPOLOGY_EACH("v3.19", "v3.19-patched", "v4.0",
		      "v4.14 membership_removed_at=DEL",
		      "v5.15 membership_removed_at=DEL")
	{
		(void)topology_add("d0", 0);
		listen_to_group();
		delete_bound_member();
		expect_heard("del d1 member driver\n");
		stop_listening_to_group();
		listen_to_bus();
		delete_bound_member();
		expect_heard("DEL d1 driver\n"
			     "UNBIND d1 driver\n"
			     "UNBOUND d1\n"
			     "REMOVED d1\n");
		stop_listening_to_bus();
	}
}

static void from_4_2_a_member_leaves_behind_its_driver(void **state)
{
	(void)state;
	TOPOLOGY_EACH("v4.14", "v5.15", "v3.19 membership_removed_at=REMOVED")
	{
		(void)topology_add("d0", 0);
		listen_to_group();
		delete_bound_member();
		expect_heard("unbind d1 member driver\n"
			     "unbound d1 member\n"
			     "del d1 member\n");
		stop_listening_to_group();
	}
}

static void whoever_listens_the_membership_ends_there(void **state)
{
	(void)state;
	TOPOLOGY_EACH("v4.14", "v5.15", "v5.19", "v6.1")
	{
		listen_to_bus();
		delete_bound_member();
		expect_heard("DEL d1 member driver\n"
			     "UNBIND d1 member driver\n"
			     "UNBOUND d1 member\n"
			     "REMOVED d1\n");
		stop_listening_to_bus();
	}
}

/* -------------------------------------------------------- what a group hears */

static void a_group_never_hears_that_a_probe_failed(void **state)
{
	(void)state;
	TOPOLOGY_EACH("v3.19", "v4.14", "v5.15",
		      "v3.19 probe_fail_notify=not_bound")
	{
		struct device *d0 = topology_add("d0", 0);

		listen_to_group();
		topology.probe_error = -EIO;
		assert_true(topology_bind(&topology.host, d0) < 0);
		expect_heard("bind d0 member driver\n");
		stop_listening_to_group();
	}
}

static void with_dma_owners_a_group_hears_nothing(void **state)
{
	(void)state;
	TOPOLOGY_EACH("v5.19", "v6.1", "v3.19 isolation=dma_owner",
		      "v5.15 track_unbound=off isolation=dma_owner")
	{
		struct device *d0 = topology_add("d0", 0);

		listen_to_group();
		assert_int_equal(topology_bind(&topology.host, d0), 0);
		assert_int_equal(topology_unbind(&topology.host, d0), 0);
		delete_bound_member();
		expect_heard("");
		stop_listening_to_group();
	}
}

static void without_them_it_hears_all(void **state)
{
	(void)state;
	TOPOLOGY_EACH("v5.19 isolation=notifier_bug", "v5.15", "v4.14")
	{
		struct device *d0 = topology_add("d0", 0);

		listen_to_group();
		assert_int_equal(topology_bind(&topology.host, d0), 0);
		assert_int_equal(topology_unbind(&topology.host, d0), 0);
		(void)topology_add("d1", 0);
		expect_heard("bind d0 member driver\n"
			     "bound d0 member driver\n"
			     "unbind d0 member driver\n"
			     "unbound d0 member\n"
			     "add d1 member\n");
		stop_listening_to_group();
	}
}

/* ----------------------------------------------------------- probe, release */

#define LIST_NR 4

static const char *const types[LIST_NR] = { "dev_iommu", "iommu_group",
					    "iommu_device",
					    "iommu_device_name" };

static void expect_live(unsigned dev_iommu, unsigned group, unsigned device)
{
	assert_int_equal(slab_live("dev_iommu"), dev_iommu);
	assert_int_equal(slab_live("iommu_group"), group);
	assert_int_equal(slab_live("iommu_device"), device);
	assert_int_equal(slab_live("iommu_device_name"), device);
}

static void from_5_8_a_device_with_a_group_has_iommu_data(void **state)
{
	(void)state;
	TOPOLOGY_EACH("v5.15", "v5.19", "v6.1", "v3.19 iommu_probe=on",
		      "v4.14 iommu_probe=on")
	{
		struct device *d0 = topology_add("d0", 0);
		struct device *d1 = topology_add("d1", 0);

		expect_live(2, 1, 2);
		assert_non_null(d0->iommu);
		assert_int_equal(topology_iommu_refs(0), 2);
		assert_int_equal(topology_bind(&topology.host, d1), 0);
		topology_remove(d0);
		expect_live(1, 1, 1);
		topology_remove(d1);
		expect_live(0, 0, 0);
	}
}

static void earlier_it_has_none(void **state)
{
	(void)state;
	TOPOLOGY_EACH("v3.19", "v4.0", "v4.14", "v5.15 iommu_probe=off")
	{
		struct device *d0 = topology_add("d0", 0);

		expect_live(0, 1, 1);
		assert_null(d0->iommu);
	}
}

static int no_group(struct device *dev)
{
	(void)dev;
	return 0;
}

static int unknown_device(struct device *dev)
{
	(void)dev;
	return -EINVAL;
}

static void expect_no_data(const struct iommu_ops *ops, int ret)
{
	struct bus_type bus = { .name = "platform" };
	struct device *dev = slab_alloc("device", sizeof(*dev));

	assert_int_equal(bus_register(&bus), 0);
	assert_int_equal(bus_set_iommu(&bus, ops), 0);
	dev->bus = &bus;
	assert_int_equal(device_register(dev, "d0"), 0);
	expect_live(0, 0, 0);
	assert_null(dev->iommu);
	assert_int_equal(iommu_probe_device(dev), ret);
	expect_live(0, 0, 0);
	iommu_release_device(dev); /* nothing to release */
	device_unregister(dev);
	bus_clear_iommu(&bus);
	bus_unregister(&bus);
}

static void a_device_without_group_keeps_no_iommu_data(void **state)
{
	static const struct iommu_ops without_group = { .add_device =
								no_group };
	static const struct iommu_ops without_device = {
		.add_device = unknown_device
	};

	(void)state;
	TOPOLOGY_EACH("v5.15", "v6.1")
	{
		expect_no_data(&without_group, -ENODEV);
		expect_no_data(&without_device, -EINVAL);
		/* The data were made, and freed again. */
		assert_int_equal(slab_allocated("dev_iommu"), 4);
	}
}

/* Neither device_add() nor the driver fails for want of a group. */
static void each_failing_allocation_leaves_no_group(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < LIST_NR; i++) {
		TOPOLOGY_EACH("v5.15", "v5.19", "v6.1")
		{
			struct device *d0;

			assert_int_equal(slab_fail_nth(types[i], 1), 0);
			d0 = topology_add("d0", 0);
			assert_int_equal(slab_failed(), 1);
			expect_live(0, 0, 0);
			assert_null(PEEK_ONCE(d0->iommu_group));
			assert_null(d0->iommu);
			assert_int_equal(topology_bind(&topology.host, d0), 0);
			topology_remove(d0);
			d0 = topology_add("d0", 0);
			expect_live(1, 1, 1);
		}
	}
}

/* What a late listener hears of a device that the IOMMU driver refuses. */
static void add_refused(void)
{
	static const struct iommu_ops ops = { .add_device = unknown_device };
	struct bus_type bus = { .name = "platform" };
	struct device *dev = slab_alloc("device", sizeof(*dev));

	assert_int_equal(bus_register(&bus), 0);
	assert_int_equal(bus_set_iommu(&bus, &ops), 0);
	memset(&on_bus, 0, sizeof(on_bus));
	on_bus.notifier_call = listen_on_bus;
	heard[0] = '\0';
	assert_int_equal(bus_register_notifier(&bus, &on_bus), 0);
	dev->bus = &bus;
	assert_int_equal(device_register(dev, "d0"), 0);
	assert_int_equal(bus_unregister_notifier(&bus, &on_bus), 0);
	device_unregister(dev);
	bus_clear_iommu(&bus);
	bus_unregister(&bus);
}

static void an_errno_of_the_iommu_driver_once_ended_the_walk(void **state)
{
	(void)state;
	TOPOLOGY_EACH("v3.19", "v4.0")
	{
		add_refused();
		expect_heard("");
	}
	TOPOLOGY_EACH("v5.15", "v6.1")
	{
		add_refused();
		expect_heard("ADD d0\n");
	}
}

static void leave_twice(struct device *dev)
{
	iommu_group_remove_device(dev);
	assert_null(PEEK_ONCE(dev->iommu_group));
	iommu_group_remove_device(dev);
}

static void leaving_no_group_is_no_mistake_any_more(void **state)
{
	(void)state;
	TOPOLOGY_EACH("v5.15", "v5.19", "v6.1")
	{
		(void)topology_add("d0", 0);
		leave_twice(topology_add("d1", 0));
		expect_live(2, 1, 1);
	}
}

/* The member joins under the mutex, and a second time for the default domain,
 * of which nothing is modelled but this. */
static void from_5_8_joining_takes_the_mutex_twice(void **state)
{
	(void)state;
	TOPOLOGY_EACH("v5.15")
	{
		struct device *d1;

		(void)topology_add("d0", 0);
		d1 = topology_add("d1", 0);
		iommu_release_device(d1);
		transcript_begin();
		assert_int_equal(iommu_probe_device(d1), 0);
		transcript_expect("read dev->iommu_group\n"
				  "rmw group->kref\n"
				  "rmw group->kref\n"
				  "write dev->iommu_group\n"
				  "lock iommu_group.mutex\n"
				  "unlock iommu_group.mutex\n"
				  "read nh->head\n"
				  "rmw group->kref\n"
				  "read dev->iommu_group\n"
				  "rmw group->kref\n"
				  "lock iommu_group.mutex\n"
				  "unlock iommu_group.mutex\n"
				  "rmw group->kref\n");
		transcript_begin();
		iommu_release_device(d1);
		transcript_expect("read dev->iommu_group\n"
				  "read nh->head\n"
				  "lock iommu_group.mutex\n"
				  "unlock iommu_group.mutex\n"
				  "write dev->iommu_group\n"
				  "rmw group->kref\n");
	}
}

#define test(name) cmocka_unit_test_teardown(name, topology_teardown_each)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(up_to_4_1_a_member_leaves_before_its_driver_does),
		test(from_4_2_a_member_leaves_behind_its_driver),
		test(whoever_listens_the_membership_ends_there),
		test(a_group_never_hears_that_a_probe_failed),
		test(with_dma_owners_a_group_hears_nothing),
		test(without_them_it_hears_all),
		test(from_5_8_a_device_with_a_group_has_iommu_data),
		test(earlier_it_has_none),
		test(a_device_without_group_keeps_no_iommu_data),
		test(each_failing_allocation_leaves_no_group),
		test(an_errno_of_the_iommu_driver_once_ended_the_walk),
		test(leaving_no_group_is_no_mistake_any_more),
		test(from_5_8_joining_takes_the_mutex_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
