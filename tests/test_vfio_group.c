/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_vfio_group.c - groups of VFIO: whether they are viable, in the three
 * orders of the check; what they do when told of an event; their end.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "inline_sched.h"
#include "machine.h"
#include "topology.h"

#include <vfiosim/workqueue.h>

#define VIABLE VFIO_GROUP_FLAGS_VIABLE

/* d0, bound, with its group's file open; d1, not bound, in the same group. */
static struct device *d0, *d1;
static int group_fd;

static int build(void)
{
	d0 = topology_add("d0", 0);
	d1 = topology_add("d1", 0);
	assert_int_equal(topology_bind(&topology.vfio, d0), 0);
	group_fd = topology_open_group(0);
	return 0;
}

static int setup(void **state)
{
	return topology_setup(state) || build();
}

static int setup_patched(void **state)
{
	return topology_setup_patched(state) || build();
}

static int setup_corrected(void **state)
{
	(void)state;
	return topology_boot("v3.19-patched", "check_order", "corrected") ||
	       build();
}

static int setup_atomic(void **state)
{
	(void)state;
	return topology_boot("v3.19-patched", "check_order", "atomic") ||
	       build();
}

static int teardown(void **state)
{
	if (sched_ops)
		inline_sched_end();
	(void)sys_close(group_fd);
	return topology_teardown(state);
}

/* ---------------------------------------------------------------- viability */

static void free_vfio_and_allow_listed_devices_are_viable(void **state)
{
	(void)state;
	assert_int_equal(topology_group_flags(group_fd), VIABLE);
	assert_int_equal(topology_bind(&topology.stub, d1), 0);
	assert_int_equal(topology_group_flags(group_fd), VIABLE);
	assert_int_equal(topology_unbind(&topology.stub, d1), 0);
	assert_int_equal(topology_bind(&topology.vfio_pci, d1), 0);
	assert_int_equal(topology_group_flags(group_fd), VIABLE);
	assert_int_equal(topology_unbind(&topology.vfio_pci, d1), 0);
	assert_int_equal(topology_bind(&topology.host, d1), 0);
	assert_int_equal(topology_group_flags(group_fd), 0);
	assert_int_equal(topology_unbind(&topology.host, d1), 0);
	assert_int_equal(topology_group_flags(group_fd), VIABLE);
}

static void a_port_driver_is_allowed_by_its_name(void **state)
{
	struct device_driver port = { .name = "pcieport", .bus = topology.bus };

	(void)state;
	assert_int_equal(driver_register(&port), 0);
	assert_int_equal(topology_bind(&port, d1), 0);
	assert_int_equal(topology_group_flags(group_fd), VIABLE);
	driver_unregister(&port);
}

/* Both devices are looked at: d0 with a driver, d1 without. */
static void the_check_of_3_19_reads_driver_then_list(void **state)
{
	(void)state;
	transcript_begin();
	assert_int_equal(topology_group_flags(group_fd), VIABLE);
	transcript_expect("rmw files->slot[fd]\n"
			  "lock iommu_group.mutex\n"
			  "read dev->driver\n"
			  "lock vfio_group.device_lock\n"
			  "rmw group->kref\n"
			  "rmw device->kref\n"
			  "unlock vfio_group.device_lock\n"
			  "rmw device->kref\n"
			  "rmw group->kref\n"
			  "read dev->driver\n"
			  "unlock iommu_group.mutex\n"
			  "read group->container\n"
			  "rmw file->f_count\n");
}

static void the_patched_check_reads_driver_tracking_list(void **state)
{
	(void)state;
	transcript_begin();
	assert_int_equal(topology_group_flags(group_fd), VIABLE);
	transcript_expect("rmw files->slot[fd]\n"
			  "lock iommu_group.mutex\n"
			  "read dev->driver\n"
			  "lock vfio_group.unbound_lock\n"
			  "unlock vfio_group.unbound_lock\n"
			  "lock vfio_group.device_lock\n"
			  "rmw group->kref\n"
			  "rmw device->kref\n"
			  "unlock vfio_group.device_lock\n"
			  "rmw device->kref\n"
			  "rmw group->kref\n"
			  "read dev->driver\n"
			  "lock vfio_group.unbound_lock\n"
			  "unlock vfio_group.unbound_lock\n"
			  "unlock iommu_group.mutex\n"
			  "read group->container\n"
			  "rmw file->f_count\n");
}

static void the_corrected_check_reads_list_tracking_driver(void **state)
{
	(void)state;
	transcript_begin();
	assert_int_equal(topology_group_flags(group_fd), VIABLE);
	transcript_expect("rmw files->slot[fd]\n"
			  "lock iommu_group.mutex\n"
			  "lock vfio_group.device_lock\n"
			  "rmw group->kref\n"
			  "rmw device->kref\n"
			  "unlock vfio_group.device_lock\n"
			  "rmw device->kref\n"
			  "rmw group->kref\n"
			  "lock vfio_group.device_lock\n"
			  "unlock vfio_group.device_lock\n"
			  "lock vfio_group.unbound_lock\n"
			  "unlock vfio_group.unbound_lock\n"
			  "read dev->driver\n"
			  "unlock iommu_group.mutex\n"
			  "read group->container\n"
			  "rmw file->f_count\n");
}

/* No operation between the second lock and the first unlock: one step. */
static void the_atomic_check_reads_all_in_one_step(void **state)
{
	(void)state;
	transcript_begin();
	assert_int_equal(topology_group_flags(group_fd), VIABLE);
	transcript_expect("rmw files->slot[fd]\n"
			  "lock iommu_group.mutex\n"
			  "lock vfio_group.unbound_lock\n"
			  "lock vfio_group.device_lock\n"
			  "unlock vfio_group.device_lock\n"
			  "unlock vfio_group.unbound_lock\n"
			  "lock vfio_group.unbound_lock\n"
			  "lock vfio_group.device_lock\n"
			  "unlock vfio_group.device_lock\n"
			  "unlock vfio_group.unbound_lock\n"
			  "unlock iommu_group.mutex\n"
			  "read group->container\n"
			  "rmw file->f_count\n");
	assert_true(inline_sched_accesses(&d0->driver, SCHED_ACCESS_READ) > 0);
	assert_true(inline_sched_accesses(&d1->driver, SCHED_ACCESS_READ) > 0);
}

static void every_order_sees_a_host_driver(void **state)
{
	(void)state;
	assert_int_equal(topology_bind(&topology.host, d1), 0);
	assert_int_equal(topology_group_flags(group_fd), 0);
}

/* The unbind of d0, run at @line of the check. */
static void unbind_d0(void *arg)
{
	(void)arg;
	assert_int_equal(topology_unbind(&topology.vfio, d0), 0);
}

static int flags_with_unbind_at(const char *line)
{
	int flags;

	transcript_begin();
	run_at(line, 1, unbind_d0, NULL);
	flags = topology_group_flags(group_fd);
	transcript_end();
	assert_true(has_run());
	return flags;
}

/* B2: the driver is read before the unbind, the lists behind it. */
static void a_whole_unbind_behind_the_first_read_fools_the_check(void **state)
{
	(void)state;
	assert_int_equal(flags_with_unbind_at("lock vfio_group.unbound_lock"),
			 0);
	assert_int_equal(topology_group_flags(group_fd), VIABLE);
}

static void it_does_not_fool_the_corrected_check(void **state)
{
	(void)state;
	assert_int_equal(flags_with_unbind_at("lock vfio_group.device_lock"),
			 VIABLE);
}

static void it_does_not_fool_the_atomic_check(void **state)
{
	(void)state;
	assert_int_equal(flags_with_unbind_at("lock vfio_group.unbound_lock"),
			 VIABLE);
}

/* B3: dev->driver is set before the device is on any list. */
static int flags_in_probe;

static void look_at_group(void *arg)
{
	(void)arg;
	flags_in_probe = topology_group_flags(group_fd);
}

static void a_bind_has_the_same_window(void **state)
{
	(void)state;
	transcript_begin();
	run_at("write dev->driver_data", 1, look_at_group, NULL);
	assert_int_equal(topology_bind(&topology.vfio, d1), 0);
	transcript_end();
	assert_int_equal(flags_in_probe, 0);
	assert_int_equal(topology_group_flags(group_fd), VIABLE);
}

/* B18: the waiter's look at the device is a reference, too; when the user
 * drops its own meanwhile, the waiter's is the last. */
static void put_device_of_user(void *arg)
{
	vfio_device_put(arg);
	assert_int_equal(slab_live("vfio_device"), 1);
}

static void whoever_waits_may_release_the_device_itself(void **state)
{
	struct vfio_device *device = vfio_device_get_from_dev(d0);

	(void)state;
	transcript_begin();
	/* The driver's put, the waiter's get, and before the waiter's put. */
	run_at("rmw device->kref", 3, put_device_of_user, device);
	assert_int_equal(topology_unbind(&topology.vfio, d0), 0);
	transcript_end();
	assert_true(has_run());
	assert_int_equal(slab_live("vfio_device"), 0);
	assert_null(strstr(inline_sched.text, "sleep"));
	topology_expect_group(0, 1, 0, 1); /* the file */
}

/* ------------------------------------------------------------------- events */

static void a_hot_added_device_warns_while_the_group_is_used(void **state)
{
	int container = vfio_container_open();

	(void)state;
	(void)topology_add("d2", 0);
	assert_int_equal(sched_warnings(), 0);
	assert_int_equal(topology_set_container(group_fd, container), 0);
	transcript_begin();
	(void)topology_add("d3", 0);
	(void)topology_add("d4", 0);
	/* The text is all that 3.19 shows of its message (F13). */
	assert_non_null(strstr(inline_sched.text, "WARN: d3\n"));
	assert_non_null(strstr(inline_sched.text, "WARN: d4\n"));
	transcript_end();
	assert_int_equal(sched_warnings(), 2);
	assert_int_equal(sys_close(container), 0);
}

/* Deleted without an unbind, and its memory given to a new device: VFIO still
 * lists the address. */
static struct device *reuse(struct device *dev)
{
	struct topology_device *device = topology_find(dev);
	struct device *again;

	device_del(dev);
	device->dev = NULL;
	put_device(dev);
	again = slab_realloc_at("device", dev);
	assert_ptr_equal(again, dev);
	again->bus = topology.bus;
	device->dev = again;
	assert_int_equal(device_register(again, "again"), 0);
	return again;
}

static const struct vfio_device_ops no_ops = { .name = "none" };

static void a_listed_address_that_joins_warns_once(void **state)
{
	struct vfio_device *device;

	(void)state;
	assert_int_equal(vfio_add_group_dev(d1, &no_ops, NULL), 0);
	device = vfio_device_get_from_dev(d1);
	d1 = reuse(d1);
	assert_int_equal(sched_warnings(), 1);
	d1 = reuse(d1);
	assert_int_equal(sched_warnings(), 1);
	vfio_device_put(device);
	dev_set_drvdata(d1, device);
	(void)vfio_del_group_dev(d1);
	/* Its pin was that of the IOMMU group it joined first: the same. */
	topology_expect_group(0, 2, 0, 1);
}

static void a_host_driver_is_a_bug_only_in_a_used_group(void **state)
{
	int container;

	(void)state;
	transcript_begin();
	assert_int_equal(topology_bind(&topology.host, d1), 0);
	assert_int_equal(inline_sched.reports[SCHED_BUG], 0);
	transcript_end();
	assert_int_equal(topology_unbind(&topology.host, d1), 0);

	container = vfio_container_open();
	assert_int_equal(topology_set_container(group_fd, container), 0);
	transcript_begin();
	/* A container without backend counts as use. */
	assert_int_equal(topology_bind(&topology.host, d1), 0);
	assert_int_equal(inline_sched.reports[SCHED_BUG], 1);
	transcript_end();
	assert_int_equal(topology_unbind(&topology.host, d1), 0);
	assert_int_equal(topology_unset_container(group_fd), 0);
	assert_int_equal(sys_close(container), 0);
}

static void an_allow_listed_driver_is_no_bug(void **state)
{
	int container = vfio_container_open();

	(void)state;
	assert_int_equal(topology_set_container(group_fd, container), 0);
	transcript_begin();
	assert_int_equal(topology_bind(&topology.stub, d1), 0);
	assert_int_equal(inline_sched.reports[SCHED_BUG], 0);
	transcript_end();
	assert_int_equal(sys_close(container), 0);
}

/* ------------------------------------------------------------- stale entries */

static unsigned nr_unbound(void)
{
	struct inspect_vfio_group view;

	assert_true(topology_vfio_group(0, &view));
	return view.nr_unbound;
}

static int fail_after_add(struct device *dev)
{
	(void)vfio_del_group_dev(dev);
	return -EIO;
}

/* B5, F4: no UNBOUND follows a probe that fails. */
static void a_probe_that_fails_late_leaves_an_entry(void **state)
{
	int container;

	(void)state;
	topology.after_add = fail_after_add;
	assert_int_equal(topology_bind(&topology.vfio, d1), -ENODEV);
	assert_int_equal(nr_unbound(), 1);
	assert_int_equal(topology_bind(&topology.vfio, d1), -ENODEV);
	assert_int_equal(nr_unbound(), 2);
	topology.after_add = NULL;

	/* The entry hides a host driver: no BUG, and viable. */
	container = vfio_container_open();
	assert_int_equal(topology_set_container(group_fd, container), 0);
	transcript_begin();
	assert_int_equal(topology_bind(&topology.host, d1), 0);
	assert_int_equal(inline_sched.reports[SCHED_BUG], 0);
	transcript_end();
	assert_int_equal(topology_unset_container(group_fd), 0);
	assert_int_equal(sys_close(container), 0);
	assert_int_equal(topology_group_flags(group_fd), VIABLE);

	/* UNBOUND takes one entry, the newest. */
	assert_int_equal(topology_unbind(&topology.host, d1), 0);
	assert_int_equal(nr_unbound(), 1);
}

/* B6: 3.19 leaves the IOMMU group before it unbinds. */
static void deleting_a_bound_device_leaves_an_entry(void **state)
{
	struct inspect_vfio_group view;

	(void)state;
	assert_int_equal(topology_bind(&topology.vfio, d1), 0);
	topology_remove(d1);
	assert_true(topology_vfio_group(0, &view));
	assert_int_equal(view.nr_unbound, 1);
	assert_true(view.unbound[0].freed);
	/* It is freed with the group, which teardown's leak check sees. */
}

/* --------------------------------------------------------------- groups end */

static void close_group_file(void *arg)
{
	(void)arg;
	assert_int_equal(sys_close(group_fd), 0);
}

/* B8, F7: the callback's put is the last one, and waits for its own chain. */
static void unbind_in_thread(void *arg)
{
	(void)arg;
	(void)topology_unbind(&topology.vfio, d0);
}

static void the_callbacks_last_put_never_returns(void **state)
{
	struct inspect_device view;

	(void)state;
	assert_int_equal(topology_setup(state) || build(), 0);
	transcript_begin();
	/* UNBOUND is the second event that finds the group by its address:
	 * its put is the first one behind the end of the callback. */
	run_at("unlock vfio.group_lock", 2, close_group_file, NULL);
	assert_string_equal(stuck_at(unbind_in_thread, NULL),
			    "lock iommu_group.notifier");
	assert_true(has_run());
	/* For ever: the device lock, and the chain. */
	assert_true(inspect_device(d0, &view));
	assert_true(view.locked);
	assert_null(view.driver);
	assert_true(kernel_halt(NULL, NULL) > 0);
}

static void unbind_last(void *arg)
{
	assert_int_equal(topology_unbind(&topology.vfio_pci, arg), 0);
}

/* From 5.16 on it is found first, and then asked whether it is alive, from 5.19
 * on under the lock of its state: the last device may have gone in between. */
static const char *question(void)
{
	if (era_flag(ERA_LAST_DEV_DETACHES) == ERA_ON)
		return "lock vfio_group.group_lock";
	return era_flag(ERA_GROUP_STATE_LOCK) == ERA_GROUP_STATE_LOCK_HELD ?
		       "queue vfio_group.group_rwsem" :
		       "rmw group->users";
}

static void an_open_may_find_a_group_that_is_gone(void **state)
{
	(void)state;
	TOPOLOGY_EACH("v5.15 minor_alloc=with_group", "v5.19", "v6.1")
	{
		struct device *dev = topology_add("d0", 0);
		int minor;

		assert_int_equal(topology_bind(&topology.vfio_pci, dev), 0);
		/* A callback may have left its put to a work item. */
		kthread_join_all();
		minor = vfio_group_minor(iommu_group_id(topology.groups[0]));
		transcript_begin();
		run_at(question(), 1, unbind_last, dev);
		assert_int_equal(vfio_group_open(minor), -ENODEV);
		transcript_end();
		assert_true(has_run());
		assert_int_equal(slab_live("vfio_group"), 0);
		assert_int_equal(topology_iommu_refs(0), 1);
	}
}

/* Not on the caller's task, where it would wait for the caller's own locks. */
static int refuse_to_spawn(const char *name, void (*fn)(void *arg), void *arg)
{
	(void)name;
	(void)fn;
	(void)arg;
	return -EAGAIN;
}

static void never(struct work_struct *work)
{
	(void)work;
	fail_msg("ran on the task that queued it");
}

static void a_work_item_without_a_task_is_a_finding(void **state)
{
	struct work_struct work;
	struct sched_ops ops;

	(void)state;
	INIT_WORK(&work, never);
	transcript_begin();
	ops = *sched_ops;
	ops.spawn = refuse_to_spawn;
	sched_install(&ops);
	assert_false(schedule_work(&work));
	transcript_end();
	assert_int_equal(inline_sched.reports[SCHED_BUG], 1);
	inline_sched_expect("1 { schedule_work\n"
			    "1 BUG: no task is left for a work item: too many "
			    "of them\n"
			    "1 } schedule_work\n");
}

/* F6: an open file keeps the group and its node when the IOMMU group is gone;
 * the next IOMMU group gets the same id, and no node. */
static void a_node_may_stand_in_the_way_of_the_next_group(void **state)
{
	struct device *d2;
	struct kernel_config config;

	(void)state;
	assert_int_equal(era_lookup("v3.19", &config.era), 0);
	assert_int_equal(kernel_boot(&config), 0);
	assert_int_equal(topology_build(), 0);
	assert_int_equal(build(), 0);
	assert_int_equal(topology_unbind(&topology.vfio, d0), 0);
	topology_remove(d0);
	topology_remove(d1);
	assert_null(topology.groups[0]); /* B12: the VFIO group points there */
	d2 = topology_add("d2", 1);
	assert_int_equal(iommu_group_id(topology.groups[1]), 0);
	transcript_begin();
	assert_int_equal(topology_bind(&topology.vfio, d2), -ENODEV);
	assert_non_null(strstr(inline_sched.text,
			       "WARN: cannot create duplicate filename "
			       "'/class/vfio/0'"));
	transcript_end();
	topology_destroy();
	/* The group and its file. */
	assert_int_equal(kernel_halt(NULL, NULL), 2);
}

/* D1, step 5: two tasks make the group of one IOMMU group at a time. */
static void add_other(void *arg)
{
	(void)arg;
	assert_int_equal(topology_bind(&topology.vfio, d1), 0);
}

static void make_group_twice(void)
{
	assert_int_equal(topology_unbind(&topology.vfio, d0), 0);
	assert_int_equal(sys_close(group_fd), 0);
	transcript_begin();
	/* 1: UNBIND and such find no group; the look-up is the first; the
	 * second is vfio_create_group(), when it listens already. */
	run_at("lock vfio.group_lock", 2, add_other, NULL);
	assert_int_equal(topology_bind(&topology.vfio, d0), 0);
	transcript_end();
	assert_true(has_run());
	assert_int_equal(slab_live("vfio_group"), 1);
	topology_expect_group(0, 2, 0, 0);
}

static void who_loses_the_race_to_make_a_group_uses_the_others(void **state)
{
	(void)state;
	make_group_twice();
	assert_int_equal(topology_iommu_refs(0), 4); /* two members, two pins */
}

static void the_loser_gives_its_minor_back(void **state)
{
	(void)state;
	make_group_twice();
	assert_int_equal(topology_bind(&topology.vfio, topology_add("z", 1)),
			 0);
	/* One of 0 and 1 is in use: the next group gets the other one. */
	assert_int_equal(vfio_group_minor(1), 1 - vfio_group_minor(0));
}

static void the_loser_keeps_no_pin_of_its_own(void **state)
{
	(void)state;
	make_group_twice();
	assert_int_equal(topology_iommu_refs(0), 3); /* one pin, the group's */
}

static int setup_per_group(void **state)
{
	(void)state;
	return topology_boot("v3.19-patched", "iommu_group_pin", "per_group") ||
	       build();
}

static void minors_and_ids_are_the_lowest_that_are_free(void **state)
{
	struct device *a = topology_add("a", 1);
	struct device *b = topology_add("b", 2);

	(void)state;
	assert_int_equal(topology_bind(&topology.vfio, b), 0);
	assert_int_equal(vfio_group_minor(2), 1); /* IOMMU group 2, minor 1 */
	assert_int_equal(topology_bind(&topology.vfio, a), 0);
	assert_int_equal(vfio_group_minor(1), 2);
	assert_int_equal(topology_unbind(&topology.vfio, b), 0);
	assert_int_equal(vfio_group_minor(2), -ENOENT);
	assert_int_equal(topology_bind(&topology.vfio, b), 0);
	assert_int_equal(vfio_group_minor(2), 1);
}

#define test(name) test_in(name, setup)
#define test_patched(name) test_in(name, setup_patched)
#define test_in(name, setup) \
	cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(free_vfio_and_allow_listed_devices_are_viable),
		test(a_port_driver_is_allowed_by_its_name),
		test(the_check_of_3_19_reads_driver_then_list),
		test_patched(the_patched_check_reads_driver_tracking_list),
		test_in(the_corrected_check_reads_list_tracking_driver,
			setup_corrected),
		test_in(the_atomic_check_reads_all_in_one_step, setup_atomic),
		test(every_order_sees_a_host_driver),
		test_in(every_order_sees_a_host_driver, setup_corrected),
		test_in(every_order_sees_a_host_driver, setup_atomic),
		test_patched(
			a_whole_unbind_behind_the_first_read_fools_the_check),
		test_in(it_does_not_fool_the_corrected_check, setup_corrected),
		test_in(it_does_not_fool_the_atomic_check, setup_atomic),
		test(a_bind_has_the_same_window),
		test_patched(a_bind_has_the_same_window),
		test(whoever_waits_may_release_the_device_itself),
		test(a_hot_added_device_warns_while_the_group_is_used),
		test(a_listed_address_that_joins_warns_once),
		test(a_host_driver_is_a_bug_only_in_a_used_group),
		test(an_allow_listed_driver_is_no_bug),
		test_patched(a_probe_that_fails_late_leaves_an_entry),
		test_patched(deleting_a_bound_device_leaves_an_entry),
		cmocka_unit_test(the_callbacks_last_put_never_returns),
		cmocka_unit_test_teardown(an_open_may_find_a_group_that_is_gone,
					  topology_teardown_each),
		test(a_work_item_without_a_task_is_a_finding),
		cmocka_unit_test(a_node_may_stand_in_the_way_of_the_next_group),
		test(who_loses_the_race_to_make_a_group_uses_the_others),
		test(the_loser_gives_its_minor_back),
		test_in(the_loser_keeps_no_pin_of_its_own, setup_per_group),
		test(minors_and_ids_are_the_lowest_that_are_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
