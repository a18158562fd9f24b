/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_script_point.c - where phased operations stand, in which order the woken
 * ones go on, and how a machine ends: by BUG_ON(), or before it would crash.
 */
#include "transcript.h"

#include <stdio.h>
#include <string.h>

#define LINE_MAX_ 256

/* ----------------------------------------------------------- stop points */

static void phased_operations_stand_at_each_place(void **state)
{
	(void)state;
	transcript_begin("v3.19");
	TRANSCRIPT("driver_register name=vfio kind=vfio -> 0",
		   "driver_register name=fail kind=vfio-failprobe -> 0",
		   "device_add dev=d0 group=g -> 0",
		   "bind_begin dev=d0 drv=vfio at=probe_enter"
		   " -> parked at probe_enter");
	assert_string_equal(transcript_state()->devices[0].driver, "vfio");
	assert_false(transcript_state()->devices[0].in_group);
	TRANSCRIPT("bind_finish dev=d0 -> 0", "unbind dev=d0 -> 0",
		   "bind_begin dev=d0 drv=vfio -> parked at probe_exit",
		   "bind_finish dev=d0 -> 0",
		   "unbind_begin dev=d0 at=unbind_notify"
		   " -> parked at unbind_notify",
		   "unbind_finish dev=d0 -> 0",
		   "bind_begin dev=d0 drv=vfio at=bound_notify"
		   " -> parked at bound_notify",
		   "bind_finish dev=d0 -> 0",
		   "unbind_begin dev=d0 at=remove_enter"
		   " -> parked at remove_enter");
	assert_true(transcript_state()->devices[0].in_group);
	TRANSCRIPT("unbind_finish dev=d0 -> 0",
		   "bind_begin dev=d0 drv=fail at=probe_added"
		   " -> parked at probe_added");
	assert_true(transcript_state()->devices[0].in_group);
	TRANSCRIPT("bind_finish dev=d0 -> -ENODEV", "bind dev=d0 drv=vfio -> 0",
		   "unbind_begin dev=d0 -> parked at remove_exit");
	assert_false(transcript_state()->devices[0].in_group);
	assert_true(transcript_state()->devices[0].locked);
	TRANSCRIPT("unbind_finish dev=d0 -> 0", "bind dev=d0 drv=vfio -> 0",
		   "unbind_begin dev=d0 at=unbound_notify"
		   " -> parked at unbound_notify");
	assert_null(transcript_state()->devices[0].driver);
	TRANSCRIPT("unbind_finish dev=d0 -> 0", "bind dev=d0 drv=vfio -> 0",
		   "device_del_begin dev=d0 -> parked at remove_exit");
	assert_true(transcript_state()->devices[0].deleting);
	TRANSCRIPT("device_del_finish dev=d0 -> 0");
	assert_int_equal(transcript_state()->nr_devices, 0);
	transcript_stop();
}

static void phased_operations_stand_at_the_nth_lock(void **state)
{
	(void)state;
	transcript_begin("v3.19");
	TRANSCRIPT(
		USED_GROUP,
		"group_status_begin group_fd=4 at=lock:iommu_group.mutex"
		" -> parked at lock:iommu_group.mutex",
		"group_status group_fd=4 -> 0 viable=1 container_set=1",
		"finish of=9 -> 0 viable=1 container_set=1",
		"group_status_begin group_fd=4 "
		"at=unlock:vfio_group.device_lock"
		" -> parked at unlock:vfio_group.device_lock",
		"group_status group_fd=4 -> waits for mutex:iommu_group.mutex",
		"finish of=12 -> 0 viable=1 container_set=1",
		"group_close_begin fd=4 at=after:vfio_group.container_users"
		" -> parked at after:vfio_group.container_users");
	assert_int_equal(transcript_state()->groups[0].users, 0);
	assert_int_equal(transcript_state()->groups[0].container, 0);
	TRANSCRIPT("finish of=15 -> 0",
		   /* A writer takes an rwsem once, in two operations. */
		   "group_open group=g -> 0 fd=5",
		   "set_container_begin group_fd=5 container_fd=3 "
		   "at=lock:vfio_container.group_lock:2 -> 0");
	transcript_stop();
}

static void an_operation_that_passes_no_stop_point_completes(void **state)
{
	(void)state;
	transcript_begin("v3.19");
	TRANSCRIPT("driver_register name=host kind=host -> 0",
		   "device_add dev=d0 group=g -> 0",
		   "bind_begin dev=d0 drv=host at=probe_added -> 0",
		   "unbind_begin dev=d0 at=lock:vfio.group_lock:9 -> 0");
	transcript_stop();
}

static void a_finish_of_nobody_is_an_error(void **state)
{
	(void)state;
	transcript_begin("v3.19");
	TRANSCRIPT("driver_register name=vfio kind=vfio -> 0",
		   "device_add dev=d0 group=g -> 0", "finish of=0 -> -EINVAL",
		   "finish of=99 -> -EINVAL", "finish of=-1 -> -EINVAL",
		   "unbind_finish dev=d0 -> -EINVAL",
		   "device_add_begin dev=d1 group=g "
		   "at=lock:iommu_group.mutex"
		   " -> parked at lock:iommu_group.mutex",
		   /* Not found by its device: only binds and the like are. */
		   "unbind_finish dev=d1 -> -EINVAL",
		   "device_del dev=d1 -> -EBUSY", "finish of=6 -> 0",
		   "finish of=6 -> -EINVAL", "device_del dev=d1 -> 0");
	transcript_stop();
}

static void finish_of_a_sleeper_changes_nothing(void **state)
{
	(void)state;
	transcript_begin("v3.19");
	TRANSCRIPT(USED_GROUP, "get_device_fd group_fd=4 dev=d0 -> 0 fd=5",
		   "unbind dev=d0 -> waits for wait_event:vfio.release_q",
		   "finish of=10 -> waits for wait_event:vfio.release_q",
		   "unbind dev=d0 -> waits for mutex:device.lock",
		   "driver_unregister name=vfio"
		   " -> waits for sysfs:driver.bind_files",
		   "bind dev=d1 drv=vfio -> -ENOENT",
		   "unbind dev=d0 -> -ENOENT");
	assert_int_equal(result->nr_blocked, 3);
	assert_int_equal(result->blocked[0].step, 10);
	assert_string_equal(result->blocked[2].on, "sysfs:driver.bind_files");
	TRANSCRIPT("device_close fd=5 -> 0");
	assert_int_equal(result->nr_blocked, 0);
	assert_int_equal(result->nr_completed, 3);
	assert_int_equal(result->completed[0].step, 10);
	assert_int_equal(result->completed[1].step, 12);
	assert_int_equal(result->completed[2].step, 13);
	transcript_stop();
}

/* Two readers of the group wait behind a third one; whoever was woken first
 * sees the state first. */
static void woken_tasks_run_in_the_order_of_the_wake_ups(void **state)
{
	(void)state;
	transcript_begin("v3.19");
	TRANSCRIPT(
		USED_GROUP,
		"external_get_begin group_fd=4 "
		"at=unlock:vfio_group.device_lock"
		" -> parked at unlock:vfio_group.device_lock",
		"group_status group_fd=4 -> waits for mutex:iommu_group.mutex",
		/* The reader's reference keeps the device. */
		"unbind dev=d0 -> waits for wait_event:vfio.release_q",
		"finish of=9 -> 0 ext=1");
	/* Its put woke the unbind before its unlock woke the status. */
	assert_int_equal(result->nr_completed, 2);
	assert_int_equal(result->completed[0].step, 10);
	assert_int_equal(result->completed[0].values[0].value, 1);
	transcript_stop();
}

/* --------------------------------------------------------------- bug modes */

/* A host driver in a group that is in use. */
#define ISOLATION_LOST USED_GROUP, "bind dev=d1 drv=host -> BUG"

static void a_bug_halts_the_machine(void **state)
{
	struct script_op op;
	char error[SIM_TEXT_MAX];

	(void)state;
	transcript_begin("v3.19");
	TRANSCRIPT(ISOLATION_LOST);
	assert_int_equal(result->bug, 1);
	assert_true(result->halted);
	assert_int_equal(transcript_parse("tick", &op, error), 0);
	assert_int_equal(sim_script_run(script, &op, &result), -EINVAL);
	assert_string_equal(sim_script_error(script),
			    "the script was halted before");
	transcript_stop();
}

static void a_bug_kills_its_task_with_its_locks(void **state)
{
	(void)state;
	transcript_begin_as("v3.19", SCRIPT_BUG_KILL, SIM_CARRIER_DEFAULT);
	TRANSCRIPT(ISOLATION_LOST, "bind dev=d1 drv=vfio -> -ENODEV",
		   "unbind dev=d1 -> waits for mutex:device.lock",
		   "finish of=9 -> -EINVAL");
	assert_true(transcript_state()->devices[1].locked);
	transcript_stop();
}

static void a_bug_may_be_counted_and_no_more(void **state)
{
	(void)state;
	transcript_begin_as("v3.19", SCRIPT_BUG_CONTINUE, SIM_CARRIER_DEFAULT);
	TRANSCRIPT(USED_GROUP, "bind dev=d1 drv=host -> 0");
	assert_int_equal(result->bug, 1);
	assert_false(result->halted);
	TRANSCRIPT("unbind dev=d1 -> 0");
	assert_int_equal(result->bug, 0);
	transcript_stop();
}

/* ----------------------------------------------------------------- crashes */

static void a_use_after_free_stops_before_it_happens(void **state)
{
	(void)state;
	transcript_begin("v3.19");
	TRANSCRIPT(USED_GROUP, "kvm_create kvm=k -> 0",
		   "kvm_group_add kvm=k group_fd=4 -> 0",
		   "group_close fd=4 -> 0", "unbind dev=d0 -> 0",
		   "kvm_destroy kvm=k -> use after free");
	assert_non_null(strstr(result->finding,
			       "vfio_group.container_users #1 in "
			       "vfio_group_try_dissolve_container, freed in "));
	assert_true(result->halted);
	transcript_stop();
}

/* 20 hot-added devices, a warning each, are more than a run keeps. */
static void a_crash_is_told_after_any_number_of_warnings(void **state)
{
	char line[LINE_MAX_];
	int i;

	(void)state;
	transcript_begin("v3.19");
	TRANSCRIPT(USED_GROUP, "kvm_create kvm=k -> 0",
		   "kvm_group_add kvm=k group_fd=4 -> 0");
	for (i = 0; i < 20; i++) {
		snprintf(line, sizeof(line), "device_add dev=x%d group=g", i);
		transcript_run(line);
		assert_int_equal(result->warn, 1);
	}
	TRANSCRIPT("group_close fd=4 -> 0", "unbind dev=d0 -> 0",
		   "kvm_destroy kvm=k -> use after free");
	transcript_stop();
}

static void drvdata_that_is_gone_is_a_null_dereference(void **state)
{
	(void)state;
	transcript_begin("v3.19");
	TRANSCRIPT(USED_GROUP, "unbind_begin dev=d0 -> parked at remove_exit",
		   "device_ref_get dev=d0 -> NULL dereference");
	transcript_stop();
}

/* Two tasks pass the test of container_users, and the group is on the
 * container's list twice: it leads to itself. */
static void a_list_that_leads_to_itself_is_an_endless_walk(void **state)
{
	(void)state;
	transcript_begin("v3.19");
	TRANSCRIPT("driver_register name=vfio kind=vfio -> 0",
		   "device_add dev=d0 group=g -> 0",
		   "bind dev=d0 drv=vfio -> 0",
		   "container_open -> 0 fd=3 container=0",
		   "group_open group=g -> 0 fd=4",
		   "set_container_begin group_fd=4 container_fd=3 "
		   "at=lock:vfio_container.group_lock"
		   " -> parked at lock:vfio_container.group_lock",
		   "set_container group_fd=4 container_fd=3 -> 0",
		   "finish of=5 -> 0");
	assert_true(transcript_state()->containers[0].corrupt);
	assert_int_equal(transcript_state()->containers[0].nr_groups,
			 SCRIPT_CONTAINER_GROUPS_MAX);
	TRANSCRIPT("set_iommu container_fd=3 -> endless list walk");
	transcript_stop();
}

/* Bound twice, the device stays on its driver's list without having it, and
 * the driver looks for its last device for ever. */
static void a_detach_that_never_ends_meets_the_limit(void **state)
{
	(void)state;
	transcript_begin("v3.19");
	TRANSCRIPT("driver_register name=vfio kind=vfio -> 0",
		   "device_add dev=d0 group=g -> 0",
		   "bind_begin dev=d0 drv=vfio at=lock:device.lock"
		   " -> parked at lock:device.lock",
		   "bind dev=d0 drv=vfio -> 0", "finish of=2 -> -ENODEV",
		   "driver_unregister name=vfio -> step limit");
	assert_string_equal(result->finding, "200000 steps");
	transcript_stop();
}

/* A callback that drops the last reference waits for its own chain. */
static void a_task_that_waits_for_itself_says_so(void **state)
{
	(void)state;
	transcript_begin("v3.19");
	TRANSCRIPT("driver_register name=vfio kind=vfio -> 0",
		   "device_add dev=d0 group=g -> 0",
		   "bind dev=d0 drv=vfio -> 0", "group_open group=g -> 0 fd=3",
		   "unbind_begin dev=d0 at=unlock:vfio.group_lock:2"
		   " -> parked at unlock:vfio.group_lock:2",
		   "group_close fd=3 -> 0",
		   "finish of=4 -> waits for rwsem_write:iommu_group.notifier, "
		   "which it holds");
	transcript_stop();
}

#define TEST(name) cmocka_unit_test_teardown(name, transcript_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(phased_operations_stand_at_each_place),
		TEST(phased_operations_stand_at_the_nth_lock),
		TEST(an_operation_that_passes_no_stop_point_completes),
		TEST(a_finish_of_nobody_is_an_error),
		TEST(finish_of_a_sleeper_changes_nothing),
		TEST(woken_tasks_run_in_the_order_of_the_wake_ups),
		TEST(a_bug_halts_the_machine),
		TEST(a_bug_kills_its_task_with_its_locks),
		TEST(a_bug_may_be_counted_and_no_more),
		TEST(a_use_after_free_stops_before_it_happens),
		TEST(a_crash_is_told_after_any_number_of_warnings),
		TEST(drvdata_that_is_gone_is_a_null_dereference),
		TEST(a_list_that_leads_to_itself_is_an_endless_walk),
		TEST(a_detach_that_never_ends_meets_the_limit),
		TEST(a_task_that_waits_for_itself_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
