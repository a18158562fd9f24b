/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_iommu_owner.c - who may do DMA in a group: drivers of the kernel, or an
 * owner, never both.
 */
#include "inline_sched.h"
#include "topology.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static int someone, someone_else;

/* What the first group of the topology says of its DMA. */
static void expect_owner(const void *owner, unsigned owner_cnt)
{
	struct inspect_iommu_group view;

	assert_true(inspect_iommu_group(topology.groups[0], &view));
	assert_ptr_equal(view.owner, owner);
	assert_int_equal(view.owner_cnt, owner_cnt);
	assert_int_equal(iommu_group_dma_owner_claimed(topology.groups[0]),
			 owner_cnt != 0);
	assert_int_equal(sched_warnings(), 0);
}

static int claim(void *owner)
{
	return iommu_group_claim_dma_owner(topology.groups[0], owner);
}

static void release(void)
{
	iommu_group_release_dma_owner(topology.groups[0]);
}

/* ----------------------------------------------------------------- drivers */

static void each_driver_that_does_dma_counts(void **state)
{
	(void)state;
	TOPOLOGY_EACH("v5.19", "v6.1", "v3.19 isolation=dma_owner",
		      "v5.15 track_unbound=off isolation=dma_owner")
	{
		struct device *d0 = topology_add("d0", 0);
		struct device *d1 = topology_add("d1", 0);

		expect_owner(NULL, 0);
		assert_int_equal(topology_bind(&topology.host, d0), 0);
		expect_owner(NULL, 1);
		assert_int_equal(topology_bind(&topology.host, d1), 0);
		expect_owner(NULL, 2);
		assert_int_equal(topology_unbind(&topology.host, d0), 0);
		expect_owner(NULL, 1);
		/* A member that is deleted unbinds before it leaves. */
		if (era_flag(ERA_MEMBERSHIP_REMOVED_AT) ==
		    ERA_MEMBERSHIP_REMOVED_AT_DEL)
			assert_int_equal(topology_unbind(&topology.host, d1),
					 0);
		topology_remove(d1);
		expect_owner(NULL, 0);
	}
}

static void a_driver_that_leaves_dma_to_others_does_not_count(void **state)
{
	(void)state;
	TOPOLOGY_EACH("v5.19", "v6.1")
	{
		struct device *d0 = topology_add("d0", 0);

		assert_int_equal(topology_bind(&topology.stub, d0), 0);
		expect_owner(NULL, 0);
		assert_int_equal(topology_unbind(&topology.stub, d0), 0);
		expect_owner(NULL, 0);
	}
}

static void a_driver_whose_probe_fails_does_not_count(void **state)
{
	(void)state;
	TOPOLOGY_EACH("v5.19", "v6.1", "v5.19 debug_test_remove=on")
	{
		struct device *d0 = topology_add("d0", 0);

		topology.probe_error = -EIO;
		assert_int_equal(topology_bind(&topology.host, d0), -EIO);
		expect_owner(NULL, 0);
		topology.probe_error = 0;
		assert_int_equal(topology_bind(&topology.host, d0), 0);
		expect_owner(NULL, 1);
	}
}

static void up_to_5_18_no_driver_counts(void **state)
{
	(void)state;
	TOPOLOGY_EACH("v3.19", "v4.14", "v5.15", "v5.19 isolation=notifier_bug")
	{
		struct device *d0 = topology_add("d0", 0);

		assert_null(topology.bus->dma_configure);
		assert_null(topology.bus->dma_cleanup);
		assert_int_equal(topology_bind(&topology.host, d0), 0);
		expect_owner(NULL, 0);
	}
}

static void a_device_without_group_may_always_do_dma(void **state)
{
	(void)state;
	TOPOLOGY_EACH("v5.19", "v6.1")
	{
		struct device *d0;

		assert_int_equal(slab_fail_nth("dev_iommu", 1), 0);
		d0 = topology_add("d0", 0);
		assert_null(PEEK_ONCE(d0->iommu_group));
		assert_int_equal(iommu_device_use_default_domain(d0), 0);
		iommu_device_unuse_default_domain(d0);
		assert_int_equal(topology_bind(&topology.host, d0), 0);
		assert_int_equal(sched_warnings(), 0);
	}
}

static void ending_what_nobody_began_warns(void **state)
{
	(void)state;
	TOPOLOGY_EACH("v5.19")
	{
		struct device *d0 = topology_add("d0", 0);

		iommu_device_unuse_default_domain(d0);
		assert_int_equal(sched_warnings(), 1);
		assert_false(iommu_group_dma_owner_claimed(topology.groups[0]));
		release();
		assert_int_equal(sched_warnings(), 2);
		/* In use is not owned. */
		assert_int_equal(iommu_device_use_default_domain(d0), 0);
		release();
		assert_int_equal(sched_warnings(), 3);
		assert_true(iommu_group_dma_owner_claimed(topology.groups[0]));
		iommu_device_unuse_default_domain(d0);
		assert_int_equal(sched_warnings(), 3);
	}
}

/* -------------------------------------------------------------------- owner */

static void an_owner_keeps_drivers_and_owners_away(void **state)
{
	(void)state;
	TOPOLOGY_EACH("v5.19", "v6.1")
	{
		struct device *d0 = topology_add("d0", 0);
		struct device *d1 = topology_add("d1", 0);

		assert_int_equal(topology_bind(&topology.stub, d0), 0);
		assert_int_equal(claim(&someone), 0);
		expect_owner(&someone, 1);
		assert_int_equal(claim(&someone_else), -EPERM);
		assert_int_equal(claim(&someone), -EPERM);
		assert_int_equal(topology_bind(&topology.host, d1), -EBUSY);
		assert_int_equal(iommu_device_use_default_domain(d1), -EBUSY);
		assert_null(PEEK_ONCE(d1->driver));
		assert_int_equal(topology_bind(&topology.stub, d1), 0);
		expect_owner(&someone, 1);
		assert_int_equal(topology_unbind(&topology.stub, d1), 0);
		release();
		expect_owner(NULL, 0);
		assert_int_equal(topology_bind(&topology.host, d1), 0);
	}
}

static void where_errnos_are_hidden_the_bind_just_fails(void **state)
{
	(void)state;
	TOPOLOGY_EACH("v5.19 probe_errno=hidden")
	{
		struct device *d0 = topology_add("d0", 0);

		assert_int_equal(claim(&someone), 0);
		assert_int_equal(topology_bind(&topology.host, d0), -ENODEV);
		release();
	}
}

static void a_driver_keeps_owners_away(void **state)
{
	(void)state;
	TOPOLOGY_EACH("v5.19", "v6.1")
	{
		struct device *d0 = topology_add("d0", 0);
		struct device *other = topology_add("d1", 1);

		assert_int_equal(topology_bind(&topology.host, d0), 0);
		assert_int_equal(claim(&someone), -EPERM);
		expect_owner(NULL, 1);
		assert_int_equal(slab_live("iommu_domain"), 0);
		/* Groups do not touch one another. */
		assert_int_equal(iommu_group_claim_dma_owner(topology.groups[1],
							     &someone),
				 0);
		assert_int_equal(topology_bind(&topology.host, other), -EBUSY);
		iommu_group_release_dma_owner(topology.groups[1]);
		assert_int_equal(topology_unbind(&topology.host, d0), 0);
		assert_int_equal(claim(&someone), 0);
		release();
	}
}

/* ---------------------------------------------------------- blocking domain */

static void the_blocking_domain_lasts_as_long_as_the_group(void **state)
{
	(void)state;
	TOPOLOGY_EACH("v5.19", "v6.1")
	{
		struct device *d0 = topology_add("d0", 0);

		assert_int_equal(claim(&someone), 0);
		assert_int_equal(slab_live("iommu_domain"), 1);
		release();
		assert_int_equal(slab_live("iommu_domain"), 1);
		assert_int_equal(claim(&someone_else), 0);
		release();
		assert_int_equal(slab_allocated("iommu_domain"), 1);
		topology_remove(d0);
		assert_int_equal(slab_live("iommu_domain"), 0);
	}
}

static void without_a_blocking_domain_an_empty_one_will_do(void **state)
{
	(void)state;
	TOPOLOGY_EACH("v5.19")
	{
		(void)topology_add("d0", 0);
		assert_int_equal(slab_fail_nth("iommu_domain", 1), 0);
		assert_int_equal(claim(&someone), 0);
		expect_owner(&someone, 1);
		assert_int_equal(slab_failed(), 1);
		release();
	}
}

static void without_either_nobody_becomes_owner(void **state)
{
	(void)state;
	TOPOLOGY_EACH("v5.19", "v6.1")
	{
		struct device *d0 = topology_add("d0", 0);

		assert_int_equal(slab_fail_always("iommu_domain", true), 0);
		assert_int_equal(claim(&someone), -EINVAL);
		expect_owner(NULL, 0);
		assert_int_equal(slab_failed(), 2);
		assert_int_equal(topology_bind(&topology.host, d0), 0);
		assert_int_equal(slab_fail_always("iommu_domain", false), 0);
	}
}

static void a_bus_without_iommu_driver_has_no_domains(void **state)
{
	(void)state;
	TOPOLOGY_EACH("v5.19", "v6.1")
	{
		struct iommu_group *group = iommu_group_alloc();
		struct device *dev = slab_alloc("device", sizeof(*dev));
		struct bus_type bus = { .name = "platform" };

		assert_int_equal(bus_register(&bus), 0);
		dev->bus = &bus;
		device_initialize(dev, "d0");
		assert_int_equal(iommu_group_add_device(group, dev), 0);
		assert_int_equal(iommu_group_claim_dma_owner(group, &someone),
				 -EINVAL);
		assert_int_equal(slab_allocated("iommu_domain"), 0);
		iommu_group_remove_device(dev);
		iommu_group_put(group);
		put_device(dev);
		bus_unregister(&bus);
	}
}

/* ---------------------------------------------------------------------- bus */

static int own_configure(struct device *dev)
{
	(void)dev;
	return 0;
}

static const struct iommu_ops no_ops;

static void a_bus_with_callbacks_of_its_own_keeps_them(void **state)
{
	(void)state;
	TOPOLOGY_EACH("v5.19")
	{
		struct bus_type own = { .dma_configure = own_configure };
		struct bus_type plain = { .name = "platform" };

		assert_int_equal(bus_register(&own), 0);
		assert_int_equal(bus_set_iommu(&own, &no_ops), 0);
		assert_ptr_equal(own.dma_configure, own_configure);
		assert_null(own.dma_cleanup);
		bus_clear_iommu(&own);
		assert_ptr_equal(own.dma_configure, own_configure);
		bus_unregister(&own);
		assert_int_equal(bus_register(&plain), 0);
		assert_int_equal(bus_set_iommu(&plain, &no_ops), 0);
		assert_non_null(plain.dma_configure);
		assert_non_null(plain.dma_cleanup);
		bus_clear_iommu(&plain);
		assert_null(plain.dma_configure);
		assert_null(plain.dma_cleanup);
		bus_unregister(&plain);
	}
}

/* Nobody passes a group on the way to its listeners: there are none. */
static void binding_leaves_the_group_alone(void **state)
{
	(void)state;
	TOPOLOGY_EACH("v5.19", "v6.1")
	{
		struct device *d0 = topology_add("d0", 0);

		transcript_begin();
		assert_int_equal(topology_bind(&topology.stub, d0), 0);
		assert_int_equal(topology_unbind(&topology.stub, d0), 0);
		transcript_end();
		assert_null(strstr(inline_sched.text, "group->kref"));
	}
}

static void claiming_is_these_operations(void **state)
{
	(void)state;
	TOPOLOGY_EACH("v5.19")
	{
		struct device *d0 = topology_add("d0", 0);

		transcript_begin();
		assert_int_equal(claim(&someone), 0);
		release();
		transcript_expect("lock iommu_group.mutex\n"
				  "unlock iommu_group.mutex\n"
				  "lock iommu_group.mutex\n"
				  "unlock iommu_group.mutex\n");
		transcript_begin();
		assert_int_equal(iommu_device_use_default_domain(d0), 0);
		transcript_expect("read dev->iommu_group\n"
				  "rmw group->kref\n"
				  "lock iommu_group.mutex\n"
				  "unlock iommu_group.mutex\n"
				  "rmw group->kref\n");
		transcript_begin();
		iommu_device_unuse_default_domain(d0);
		transcript_expect("read dev->iommu_group\n"
				  "rmw group->kref\n"
				  "lock iommu_group.mutex\n"
				  "unlock iommu_group.mutex\n"
				  "rmw group->kref\n");
	}
}

/* ------------------------------------------------------------ running free */

#define ROUNDS 50

static atomic_t both;
static atomic_t owned;

static void own_and_release(void *arg)
{
	int i;

	(void)arg;
	for (i = 0; i < ROUNDS; i++) {
		if (claim(&someone))
			continue;
		atomic_inc(&owned);
		atomic_dec(&owned);
		release();
	}
}

static void use_and_unuse(void *arg)
{
	struct device *dev = arg;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		if (iommu_device_use_default_domain(dev))
			continue;
		if (atomic_read(&owned))
			atomic_inc(&both);
		iommu_device_unuse_default_domain(dev);
	}
}

static void an_owner_is_alone_among_tasks(void **state)
{
	(void)state;
	TOPOLOGY_EACH("v5.19")
	{
		struct device *d0 = topology_add("d0", 0);

		atomic_init(&both, 0);
		atomic_init(&owned, 0);
		assert_true(kthread_run("own", own_and_release, NULL) > 0);
		assert_true(kthread_run("use", use_and_unuse, d0) > 0);
		kthread_join_all();
		assert_int_equal(atomic_peek(&both), 0);
		expect_owner(NULL, 0);
	}
}

#define test(name) cmocka_unit_test_teardown(name, topology_teardown_each)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(each_driver_that_does_dma_counts),
		test(a_driver_that_leaves_dma_to_others_does_not_count),
		test(a_driver_whose_probe_fails_does_not_count),
		test(up_to_5_18_no_driver_counts),
		test(a_device_without_group_may_always_do_dma),
		test(ending_what_nobody_began_warns),
		test(an_owner_keeps_drivers_and_owners_away),
		test(where_errnos_are_hidden_the_bind_just_fails),
		test(a_driver_keeps_owners_away),
		test(the_blocking_domain_lasts_as_long_as_the_group),
		test(without_a_blocking_domain_an_empty_one_will_do),
		test(without_either_nobody_becomes_owner),
		test(a_bus_without_iommu_driver_has_no_domains),
		test(a_bus_with_callbacks_of_its_own_keeps_them),
		test(binding_leaves_the_group_alone),
		test(claiming_is_these_operations),
		test(an_owner_is_alone_among_tasks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
