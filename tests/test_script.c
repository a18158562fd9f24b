/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_script.c - the vocabulary of operations: what is refused, what each
 * answers, and what a whole script leaves behind.
 */
#include "transcript.h"

#include <vfiosim/wait.h>

#include <stdio.h>
#include <string.h>

#define LINE_MAX_ 256

/* -------------------------------------------------------------- vocabulary */

static void expect_refusal(const char *text, const char *why)
{
	struct script_op op;
	char error[SIM_TEXT_MAX] = "";

	assert_int_equal(transcript_parse(text, &op, error), -EINVAL);
	if (strcmp(error, why) != 0)
		fail_msg("%s: %s", text, error);
}

static void what_the_vocabulary_does_not_know_is_refused(void **state)
{
	(void)state;
	expect_refusal("explode", "expected an operation, found \"explode\"");
	expect_refusal("explode_begin",
		       "expected an operation, found \"explode_begin\"");
	expect_refusal("_begin", "expected an operation, found \"_begin\"");
	expect_refusal("finish_begin of=1",
		       "expected an operation, found \"finish_begin\"");
	expect_refusal("bind dev=d0 drv=d at=probe_exit",
		       "expected an argument of bind, found \"at\"");
	expect_refusal("bind dev=d0 colour=d",
		       "expected an argument of bind, found \"colour\"");
	expect_refusal("bind dev=d0", "argument \"drv\" of bind: expected a "
				      "value, found none");
	expect_refusal("bind dev=7 drv=d", "argument \"dev\" of bind: expected "
					   "a string, found a number");
	expect_refusal("group_close fd=d0",
		       "argument \"fd\" of group_close: expected a number, "
		       "found a string");
	expect_refusal("group_close fd=99999999999",
		       "argument \"fd\" of group_close: expected an int, found "
		       "a larger number");
	expect_refusal("bind dev=a123456789b123456789c123456789d1 drv=d",
		       "argument \"dev\" of bind: expected at most 31 "
		       "characters, found more");
	expect_refusal("group_open_begin group=g",
		       "argument \"at\" of group_open_begin: expected a stop "
		       "point, found none");
}

static void what_is_no_stop_point_is_refused(void **state)
{
	static const char *const wrong[] = {
		"somewhere",
		"lock:",
		"lock:vfio",
		"lock:vfio.group_lock:0",
		"lock:vfio.group_lock:x",
		"lock:vfio.group_lock:2x",
		"lock:vfio.release_q",
		"after:vfio.group_lock",
		"lock:vfio_group.opened",
		"unlock:driver.bind_files",
	};
	char line[LINE_MAX_], why[LINE_MAX_];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(line, sizeof(line), "unbind_begin dev=d0 at=%s",
			 wrong[i]);
		snprintf(why, sizeof(why),
			 "expected a stop point, found \"%s\"", wrong[i]);
		expect_refusal(line, why);
	}
}

static void each_operation_has_its_own_name(void **state)
{
	const struct script_op_type *a, *b;
	unsigned i, j;

	(void)state;
	for (i = 0; (a = sim_script_op_type(i)); i++)
		for (j = 0; j < i; j++) {
			b = sim_script_op_type(j);
			assert_string_not_equal(a->name, b->name);
		}
	/* 35 that do something and 4 that let go on. */
	assert_int_equal(i, 39);
}

/* -------------------------------------------------- what operations answer */

static void devices_and_drivers_answer_by_name(void **state)
{
	(void)state;
	transcript_begin("v3.19");
	TRANSCRIPT("driver_register name=vfio kind=vfio -> 0",
		   "driver_register name=vfio kind=host -> -EBUSY",
		   "driver_register name=x kind=strange -> -EINVAL",
		   "driver_unregister name=x -> -ENOENT",
		   "device_add dev=d0 group=g -> 0",
		   "device_add dev=d0 group=g -> -EEXIST",
		   "device_add dev=lone -> 0", "bind dev=d0 drv=x -> -ENOENT",
		   "bind dev=nobody drv=vfio -> -ENODEV",
		   "bind dev=lone drv=vfio -> -ENODEV",
		   "bind dev=d0 drv=vfio -> 0",
		   "bind dev=d0 drv=vfio -> -ENODEV",
		   "unbind dev=d0 drv=x -> -ENOENT",
		   "unbind dev=nobody -> -ENODEV", "unbind dev=lone -> -ENODEV",
		   "unbind dev=lone drv=vfio -> -ENODEV",
		   "unbind dev=d0 drv=vfio -> 0",
		   "device_del dev=nobody -> -ENODEV", "device_del dev=d0 -> 0",
		   "device_del dev=d0 -> -ENODEV",
		   "driver_unregister name=vfio -> 0",
		   "driver_register name=vfio kind=host -> 0");
	transcript_stop();
}

static void files_answer_by_number(void **state)
{
	(void)state;
	transcript_begin("v3.19");
	TRANSCRIPT("group_open group=g -> -ENOENT",
		   "driver_register name=vfio kind=vfio -> 0",
		   "device_add dev=d0 group=g -> 0",
		   "group_open group=g -> -ENOENT", "bind dev=d0 drv=vfio -> 0",
		   "group_open group=g -> 0 fd=3",
		   "group_open group=g -> -EBUSY",
		   "container_open -> 0 fd=4 container=0",
		   "group_status group_fd=3 -> 0 viable=1 container_set=0",
		   "group_status group_fd=3 argsz=4 -> -EINVAL",
		   "group_status group_fd=9 -> -EBADF",
		   "group_status group_fd=4 -> -EINVAL",
		   "set_iommu container_fd=3 -> -ENOTTY",
		   "set_iommu container_fd=4 -> -EINVAL",
		   "set_container group_fd=3 container_fd=-1 -> -EINVAL",
		   "set_container group_fd=3 container_fd=9 -> -EBADF",
		   "set_container group_fd=3 container_fd=3 -> -EINVAL",
		   "unset_container group_fd=3 -> -EINVAL",
		   "get_device_fd group_fd=3 dev=d0 -> -EINVAL",
		   "set_container group_fd=3 container_fd=4 -> 0",
		   "set_iommu container_fd=4 type=7 -> -ENODEV",
		   "set_iommu container_fd=4 type=3 -> 0",
		   "set_iommu container_fd=4 -> -EINVAL",
		   "get_device_fd group_fd=3 dev=nobody -> -ENODEV",
		   "get_device_fd group_fd=3 dev=d0 -> 0 fd=5",
		   "unset_container group_fd=3 -> -EBUSY",
		   "device_close fd=5 -> 0", "device_close fd=5 -> -EBADF",
		   "unset_container group_fd=3 -> 0", "group_close fd=3 -> 0",
		   "container_close fd=4 -> 0",
		   "container_close fd=4 -> -EBADF");
	transcript_stop();
}

static void extensions_depend_on_the_backend_and_its_container(void **state)
{
	(void)state;
	transcript_begin("v3.19");
	TRANSCRIPT("container_open -> 0 fd=3 container=0",
		   "check_extension container_fd=3 ext=1 -> 1",
		   "check_extension container_fd=3 ext=3 -> 1",
		   "check_extension container_fd=3 ext=4 -> 0",
		   "check_extension container_fd=3 ext=77 -> 0",
		   "check_extension container_fd=9 ext=1 -> -EBADF");
	transcript_stop();
	transcript_begin("v3.19");
	TRANSCRIPT(USED_GROUP, "check_extension container_fd=3 ext=4 -> 1",
		   "iommu_coherent val=0 -> 0",
		   "check_extension container_fd=3 ext=4 -> 0");
	transcript_stop();
}

static void handles_of_kernel_users_are_never_given_twice(void **state)
{
	(void)state;
	transcript_begin("v3.19");
	TRANSCRIPT(USED_GROUP, "external_put ext=1 -> -EBADF",
		   "external_iommu_id ext=0 -> -EBADF",
		   "external_check_extension ext=-1 arg=4 -> -EBADF",
		   "external_get group_fd=9 -> -EBADF",
		   "external_get group_fd=3 -> -EINVAL",
		   "external_get group_fd=4 -> 0 ext=1",
		   "external_get group_fd=4 -> 0 ext=2",
		   "external_iommu_id ext=2 -> 0 id=0",
		   "external_check_extension ext=2 arg=4 -> 1",
		   "external_put ext=1 -> 0", "external_put ext=1 -> -EBADF",
		   "external_get group_fd=4 -> 0 ext=3",
		   "device_ref_put ref=1 -> -EBADF",
		   "device_ref_get dev=nobody -> -ENODEV",
		   "device_ref_get dev=d1 -> -ENODEV",
		   "device_ref_get dev=d0 -> 0 ref=1",
		   "device_ref_put ref=1 -> 0",
		   "device_ref_put ref=1 -> -EBADF",
		   "device_ref_get dev=d0 -> 0 ref=2");
	transcript_stop();
}

static void virtual_machines_answer_by_name(void **state)
{
	(void)state;
	transcript_begin("v3.19");
	TRANSCRIPT(USED_GROUP, "kvm_destroy kvm=k -> -ENOENT",
		   "kvm_group_add kvm=k group_fd=4 -> -ENOENT",
		   "kvm_vfio_create kvm=k -> -ENOENT", "kvm_create kvm=k -> 0",
		   "kvm_create kvm=k -> -EEXIST",
		   "kvm_vfio_create kvm=k -> -EBUSY",
		   "kvm_group_add kvm=k group_fd=9 -> -EBADF",
		   "kvm_group_add kvm=k group_fd=3 -> -EINVAL",
		   "kvm_group_del kvm=k group_fd=4 -> -ENOENT",
		   "kvm_group_add kvm=k group_fd=4 -> 0",
		   "kvm_group_add kvm=k group_fd=4 -> -EEXIST",
		   "kvm_group_del kvm=k group_fd=4 -> 0",
		   "kvm_destroy kvm=k -> 0", "kvm_destroy kvm=k -> -ENOENT",
		   "kvm_create kvm=k -> 0");
	transcript_stop();
}

static void a_machine_with_a_running_ioctl_dies_when_that_ends(void **state)
{
	(void)state;
	transcript_begin("v3.19");
	TRANSCRIPT(USED_GROUP, "kvm_create kvm=k -> 0",
		   "kvm_group_add_begin kvm=k group_fd=4 "
		   "at=lock:kvm_vfio.lock -> parked at lock:kvm_vfio.lock",
		   "kvm_destroy kvm=k -> 0 deferred=1");
	assert_int_equal(transcript_state()->nr_kvms, 1);
	TRANSCRIPT("kvm_group_add kvm=k group_fd=4 -> -ENOENT",
		   "finish of=10 -> 0");
	assert_int_equal(transcript_state()->nr_kvms, 0);
	transcript_stop();
}

static void a_name_that_was_refused_names_nothing(void **state)
{
	(void)state;
	transcript_begin("v3.19");
	TRANSCRIPT("driver_register name=d kind=vfio -> 0",
		   "driver_register name=d kind=host -> -EBUSY",
		   "driver_unregister name=d -> 0",
		   "driver_unregister name=d -> -ENOENT",
		   "driver_register name=d kind=host -> 0");
	transcript_stop();
}

/* One more than fit is told, not left out. */
static void a_state_of_too_many_groups_is_an_error(void **state)
{
	static struct script_state full;
	char line[LINE_MAX_];
	unsigned i;

	(void)state;
	transcript_begin("v3.19");
	for (i = 0; i <= SCRIPT_GROUPS_MAX; i++) {
		assert_int_equal(sim_script_observe(script, &full), 0);
		assert_int_equal(full.nr_groups, i);
		snprintf(line, sizeof(line),
			 "device_add dev=d%u group=g%u -> 0", i, i);
		TRANSCRIPT(line);
	}
	assert_int_equal(sim_script_observe(script, &full), -ENOSPC);
	transcript_stop();
}

/* ------------------------------------------------------------- driver kinds */

static void kinds_of_drivers_fail_where_they_should(void **state)
{
	(void)state;
	transcript_begin("v3.19-patched");
	TRANSCRIPT("driver_register name=fail kind=vfio-failprobe -> 0",
		   "driver_register name=double kind=vfio-double -> 0",
		   "driver_register name=own kind=vfio-pci -> 0",
		   "driver_register name=bad kind=host-failprobe -> 0",
		   "driver_register name=pci-stub kind=whitelisted -> 0",
		   "device_add dev=d0 group=g -> 0", "device_add dev=lone -> 0",
		   "bind dev=d0 drv=bad -> -ENODEV",
		   "bind dev=lone drv=own -> -ENODEV",
		   "bind dev=lone drv=pci-stub -> 0",
		   "bind dev=d0 drv=fail -> -ENODEV");
	assert_false(transcript_state()->groups[0].exists);
	TRANSCRIPT("bind dev=d0 drv=double -> 0");
	assert_int_equal(result->nr_events, 1);
	assert_string_equal(result->events[0], "second_add:-16");
	TRANSCRIPT("unbind dev=d0 -> 0", "bind dev=d0 drv=own -> 0");
	/* Member, vfio_device, and the driver's own reference. */
	assert_int_equal(transcript_state()->groups[0].ref, 3);
	TRANSCRIPT("unbind dev=d0 -> 0");
	assert_int_equal(transcript_state()->groups[0].ref, 1);
	transcript_stop();
}

/* References on g with d0 bound to @drv: of the member, of what pins the group
 * for VFIO, and those of the driver. */
static void expect_pins(const char *drv, unsigned pins)
{
	char bind[LINE_MAX_];

	snprintf(bind, sizeof(bind), "bind dev=d0 drv=%s -> 0", drv);
	TRANSCRIPT(bind);
	assert_int_equal(transcript_state()->groups[0].ref, 2 + pins);
	TRANSCRIPT("unbind dev=d0 -> 0");
	assert_int_equal(transcript_state()->groups[0].ref, 1);
}

static void vfio_pci_pins_the_iommu_group_up_to_5_15(void **state)
{
	static const struct {
		const char *era;
		unsigned pins;
	} eras[] = {
		{ "v3.19", 1 }, { "v3.19-patched", 1 }, { "v4.0", 1 },
		{ "v4.14", 1 }, { "v5.15", 1 },		{ "v5.19", 0 },
		{ "v6.1", 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(eras) / sizeof(eras[0]); i++) {
		transcript_begin(eras[i].era);
		TRANSCRIPT("driver_register name=vfio kind=vfio -> 0",
			   "driver_register name=own kind=vfio-pci -> 0",
			   "device_add dev=d0 group=g -> 0");
		expect_pins("vfio", 0);
		expect_pins("own", eras[i].pins);
		transcript_stop();
	}
	assert_null(era_name((unsigned)i));
}

/* ----------------------------------------------------------------- failures */

static void the_nth_allocation_fails_once(void **state)
{
	(void)state;
	transcript_begin("v3.19");
	TRANSCRIPT("alloc_fail nth=2 -> 0",
		   "container_open -> 0 fd=3 container=0",
		   "container_open -> -ENOMEM",
		   "container_open -> 0 fd=4 container=1",
		   "alloc_fail nth=1 site=kvm_vfio -> 0",
		   "container_open -> 0 fd=5 container=2",
		   "kvm_create kvm=k -> -ENOMEM", "kvm_create kvm=k -> 0",
		   /* A new order replaces the old one. */
		   "alloc_fail nth=1 -> 0", "alloc_fail nth=1 site=group -> 0",
		   "container_open -> 0 fd=6 container=3",
		   "alloc_fail nth=1 -> 0", "alloc_fail nth=0 -> 0",
		   "container_open -> 0 fd=7 container=4",
		   "alloc_fail nth=1 site=nowhere -> -ENOENT",
		   /* Made before anything can be asked to fail. */
		   "alloc_fail nth=1 site=iommu_driver -> -ENOENT",
		   /* Known from later kernels: nothing fails. */
		   "alloc_fail nth=1 site=put_work -> 0",
		   "container_open -> 0 fd=8 container=5");
	transcript_stop();
}

static void a_failed_allocation_is_told_with_its_site(void **state)
{
	(void)state;
	transcript_begin("v3.19-patched");
	TRANSCRIPT(USED_GROUP, "alloc_fail nth=1 site=unbound -> 0",
		   "unbind_begin dev=d0 -> parked at remove_exit");
	assert_int_equal(result->nr_allocs, 1);
	assert_string_equal(result->allocs[0].site, "unbound");
	assert_true(result->allocs[0].failed);
	assert_int_equal(result->warn, 1);
	TRANSCRIPT("group_status group_fd=4 -> 0 viable=0 container_set=1");
	transcript_stop();
}

static void injected_failures_are_told_as_events(void **state)
{
	(void)state;
	transcript_begin("v3.19");
	TRANSCRIPT(USED_GROUP, "inject what=nothing nth=1 err=-5 -> -EINVAL",
		   "inject what=open nth=1 err=-5 -> 0",
		   "inject what=fd nth=1 err=-24 -> 0",
		   "get_device_fd group_fd=4 dev=d0 -> -EIO");
	assert_int_equal(result->nr_events, 1);
	assert_string_equal(result->events[0], "injected:open");
	TRANSCRIPT("get_device_fd group_fd=4 dev=d0 -> -EMFILE");
	assert_int_equal(result->nr_events, 3);
	assert_string_equal(result->events[0], "vdev:open:d0");
	assert_string_equal(result->events[1], "injected:fd");
	assert_string_equal(result->events[2], "vdev:release:d0");
	TRANSCRIPT("get_device_fd group_fd=4 dev=d0 -> 0 fd=5");
	transcript_stop();
}

static void a_kept_address_is_given_once_more(void **state)
{
	(void)state;
	transcript_begin("v3.19-patched");
	TRANSCRIPT("driver_register name=vfio kind=vfio -> 0",
		   "device_add dev=d0 group=g -> 0",
		   "device_add dev=d1 group=g -> 0",
		   "bind dev=d0 drv=vfio -> 0", "bind dev=d1 drv=vfio -> 0",
		   "device_add dev=x reuse=1 -> 0",
		   "device_del dev=d0 keep=1 -> 0");
	assert_int_equal(transcript_state()->groups[0].nr_unbound, 1);
	assert_true(transcript_state()->groups[0].unbound[0].freed);
	TRANSCRIPT("device_add dev=new group=g reuse=1 -> 0 reused=1");
	assert_string_equal(transcript_state()->groups[0].unbound[0].dev,
			    "new");
	assert_false(transcript_state()->groups[0].unbound[0].freed);
	TRANSCRIPT("device_add dev=other reuse=1 -> 0",
		   /* Not even when it is free again, and nobody keeps it. */
		   "device_del dev=new -> 0",
		   "device_add dev=last reuse=1 -> 0");
	transcript_stop();
}

/* -------------------------------------------------------- ticks and signals */

static struct {
	wait_queue_head_t queue;
} sleeper;

static long sleep_timed(struct script *s, struct script_task *task)
{
	(void)s;
	(void)task;
	return wait_event_timeout(sleeper.queue, false, HZ);
}

static long sleep_interruptibly(struct script *s, struct script_task *task)
{
	(void)s;
	(void)task;
	return wait_event_interruptible(sleeper.queue, false);
}

static void sleep_until(long (*fn)(struct script *s, struct script_task *task),
			const char *other, const char *ends)
{
	static struct script_op_type type = { .name = "sleep" };
	struct script_op op = { .type = &type };

	transcript_begin("v3.19");
	init_waitqueue_head(&sleeper.queue);
	type.run = fn;
	assert_int_equal(sim_script_run(script, &op, &result), 0);
	assert_int_equal(result->own.status, SCRIPT_BLOCKED);
	transcript_run(other);
	assert_int_equal(result->nr_completed, 0);
	transcript_run(ends);
	assert_int_equal(result->nr_completed, 1);
	assert_int_equal(result->completed[0].step, 0);
}

static void a_tick_ends_timed_sleeps_alone(void **state)
{
	(void)state;
	sleep_until(sleep_timed, "signal", "tick");
	assert_int_equal(result->completed[0].ret, 0);
	transcript_stop();
}

static void a_signal_ends_interruptible_sleeps_alone(void **state)
{
	(void)state;
	sleep_until(sleep_interruptibly, "tick", "signal");
	assert_int_equal(result->completed[0].ret, -ERESTARTSYS);
	transcript_stop();
}

static void a_tick_wakes_nobody_who_sleeps_without_limit(void **state)
{
	(void)state;
	transcript_begin("v3.19");
	TRANSCRIPT(USED_GROUP, "get_device_fd group_fd=4 dev=d0 -> 0 fd=5",
		   "unbind dev=d0 -> waits for wait_event:vfio.release_q",
		   "tick -> 0", "signal -> 0",
		   "finish of=10 -> waits for wait_event:vfio.release_q");
	transcript_stop();
}

/* ------------------------------------------------------------- whole scripts */

static void only_one_script_runs_at_a_time(void **state)
{
	struct script_config config = { .bug_mode = SCRIPT_BUG_HALT };
	struct script *other = NULL;

	(void)state;
	assert_int_equal(era_lookup("v3.19", &config.era), 0);
	transcript_begin("v3.19");
	assert_int_equal(sim_script_begin(&config, &other), -EBUSY);
	assert_null(other);
	transcript_stop();
	sim_script_end(NULL);
}

static void a_script_has_a_last_operation(void **state)
{
	struct script_op op;
	char error[SIM_TEXT_MAX];
	unsigned i;

	(void)state;
	transcript_begin("v3.19");
	assert_int_equal(transcript_parse("tick", &op, error), 0);
	for (i = 0; i < SCRIPT_STEPS_MAX; i++)
		assert_int_equal(sim_script_run(script, &op, &result), 0);
	assert_int_equal(sim_script_run(script, &op, &result), -ENOSPC);
	assert_string_equal(sim_script_error(script),
			    "expected at most 250 operations");
	/* Those that let others go on count, too. */
	assert_int_equal(transcript_parse("finish of=0", &op, error), 0);
	assert_int_equal(sim_script_run(script, &op, &result), -ENOSPC);
	transcript_stop();
}

static void a_script_that_gives_everything_back_leaves_nothing(void **state)
{
	static const char *const set_up[] = { "iommu_bus_nb", "iommu_driver" };
	unsigned i, live, known;

	(void)state;
	transcript_begin("v3.19-patched");
	TRANSCRIPT(USED_GROUP, "kvm_create kvm=k -> 0",
		   "kvm_group_add kvm=k group_fd=4 -> 0",
		   "get_device_fd group_fd=4 dev=d0 -> 0 fd=5",
		   "device_close fd=5 -> 0", "kvm_destroy kvm=k -> 0",
		   "group_close fd=4 -> 0", "container_close fd=3 -> 0",
		   "unbind dev=d0 -> 0", "device_del dev=d0 -> 0",
		   "device_del dev=d1 -> 0");
	for (i = 0; sim_script_site_name(i); i++) {
		live = sim_script_site_live(i);
		for (known = 0; known < 2; known++)
			if (!strcmp(sim_script_site_name(i), set_up[known]))
				live--;
		if (live)
			fail_msg("%u of %s are left", live,
				 sim_script_site_name(i));
	}
	assert_int_equal(transcript_state()->mod_vfio, 0);
	assert_int_equal(transcript_state()->mod_iommu, 0);
	assert_int_equal(transcript_state()->iommu_objs, 0);
	transcript_stop();
}

static void both_carriers_run_a_script_alike(void **state)
{
	const enum sim_carrier_kind *carrier = kit_carriers();

	(void)state;
	for (; *carrier != SIM_CARRIER_DEFAULT; carrier++) {
		transcript_begin_as("v3.19", SCRIPT_BUG_HALT, *carrier);
		TRANSCRIPT(USED_GROUP,
			   "get_device_fd group_fd=4 dev=d0 -> 0 fd=5",
			   "unbind_begin dev=d0"
			   " -> waits for wait_event:vfio.release_q",
			   "device_close fd=5 -> 0",
			   "group_status group_fd=4"
			   " -> 0 viable=0 container_set=1",
			   "unbind_finish dev=d0 -> 0",
			   "bind dev=d0 drv=host -> BUG");
		transcript_stop();
	}
}

#define TEST(name) cmocka_unit_test_teardown(name, transcript_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_the_vocabulary_does_not_know_is_refused),
		TEST(what_is_no_stop_point_is_refused),
		TEST(each_operation_has_its_own_name),
		TEST(devices_and_drivers_answer_by_name),
		TEST(files_answer_by_number),
		TEST(extensions_depend_on_the_backend_and_its_container),
		TEST(handles_of_kernel_users_are_never_given_twice),
		TEST(virtual_machines_answer_by_name),
		TEST(a_machine_with_a_running_ioctl_dies_when_that_ends),
		TEST(a_name_that_was_refused_names_nothing),
		TEST(a_state_of_too_many_groups_is_an_error),
		TEST(kinds_of_drivers_fail_where_they_should),
		TEST(vfio_pci_pins_the_iommu_group_up_to_5_15),
		TEST(the_nth_allocation_fails_once),
		TEST(a_failed_allocation_is_told_with_its_site),
		TEST(injected_failures_are_told_as_events),
		TEST(a_kept_address_is_given_once_more),
		TEST(a_tick_ends_timed_sleeps_alone),
		TEST(a_signal_ends_interruptible_sleeps_alone),
		TEST(a_tick_wakes_nobody_who_sleeps_without_limit),
		TEST(only_one_script_runs_at_a_time),
		TEST(a_script_has_a_last_operation),
		TEST(a_script_that_gives_everything_back_leaves_nothing),
		TEST(both_carriers_run_a_script_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
