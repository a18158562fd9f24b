/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_vfio_era.c - what VFIO and kvm-vfio answer in each era: one flag, one
 * sequence of operations that only its value makes so.
 */
#include "transcript.h"

#include <stdio.h>
#include <string.h>

/* USED_GROUP, with an open device: fd 5. */
#define OPEN_DEVICE USED_GROUP, "get_device_fd group_fd=4 dev=d0 -> 0 fd=5"

/* One device under VFIO, its group open as fd 4 and in a container. */
#define LONE_DEVICE                                                            \
	"driver_register name=vfio kind=vfio -> 0",                            \
		"driver_register name=host kind=host -> 0",                    \
		"device_add dev=d0 group=g -> 0", "bind dev=d0 drv=vfio -> 0", \
		"container_open -> 0 fd=3 container=0",                        \
		"group_open group=g -> 0 fd=4",                                \
		"set_container group_fd=4 container_fd=3 -> 0",                \
		"set_iommu container_fd=3 -> 0"

static const struct script_group_state *the_group(void)
{
	const struct script_state *state = transcript_state();

	assert_int_equal(state->nr_groups, 1);
	return &state->groups[0];
}

/* ------------------------------------------------ how an unbind waits (D8) */

static void expect_silence(const char *era)
{
	transcript_begin(era);
	TRANSCRIPT(OPEN_DEVICE,
		   "unbind dev=d0 -> waits for wait_event:vfio.release_q");
	transcript_events("");
	TRANSCRIPT("tick -> 0", "signal -> 0");
	transcript_completed("");
	TRANSCRIPT("device_close fd=5 -> 0");
	transcript_events("vdev:release:d0");
	transcript_completed("10: 0");
	transcript_stop();
}

static void an_unbind_of_3_19_waits_in_silence(void **state)
{
	(void)state;
	expect_silence("v3.19");
	expect_silence("v3.19-patched");
}

static void with_a_request_op_alone_the_user_is_asked_once(void **state)
{
	(void)state;
	transcript_begin("v3.19 request_op=on");
	TRANSCRIPT(OPEN_DEVICE,
		   "unbind dev=d0 -> waits for wait_event:vfio.release_q");
	transcript_events("vdev:request:d0:0");
	TRANSCRIPT("tick -> 0");
	transcript_events("");
	TRANSCRIPT("device_close fd=5 -> 0");
	transcript_completed("10: 0");
	transcript_stop();
}

/* @on: what the unbind waits for, before a signal and after one.  @asked: what
 * a second signal leads to. */
static void expect_requests(const char *era, const char *on, const char *asked)
{
	char unbind[128];

	snprintf(unbind, sizeof(unbind), "unbind dev=d0 -> waits for %s", on);
	transcript_begin(era);
	TRANSCRIPT(OPEN_DEVICE, unbind);
	transcript_events("vdev:request:d0:0");
	TRANSCRIPT("tick -> 0");
	transcript_events("vdev:request:d0:1");
	TRANSCRIPT("signal -> 0");
	transcript_events("vdev:request:d0:2");
	TRANSCRIPT("signal -> 0");
	transcript_events(asked);
	TRANSCRIPT("tick -> 0");
	assert_int_equal(result->nr_events, 1);
	TRANSCRIPT("device_close fd=5 -> 0");
	transcript_completed("10: 0");
	transcript_stop();
}

static void each_signal_makes_an_unbind_of_4_0_ask_again(void **state)
{
	(void)state;
	expect_requests("v4.0", "wait_event:vfio.release_q",
			"vdev:request:d0:3");
}

static void from_4_1_on_the_first_signal_is_the_last_one(void **state)
{
	(void)state;
	expect_requests("v4.0 del_wait=fixed", "wait_event:vfio.release_q", "");
	expect_requests("v4.0 del_wait=woken", "wait_event:vfio.release_q", "");
	expect_requests("v5.15 container_stall=off", "completion:interruptible",
			"");
}

/* What wakes the unbind of d0 first is the end of d1: so it must wait again,
 * without a time-out to help.  d2 keeps the group from being empty. */
static void expect_second_wake_up(const char *era, const char *asked)
{
	transcript_begin(era);
	TRANSCRIPT(OPEN_DEVICE, "bind dev=d1 drv=vfio -> 0",
		   "device_add dev=d2 group=g -> 0",
		   "bind dev=d2 drv=vfio -> 0",
		   "unbind dev=d0 -> waits for wait_event:vfio.release_q",
		   "unbind dev=d1 -> 0");
	transcript_events(asked);
	transcript_completed("");
	TRANSCRIPT("device_close fd=5 -> 0");
	transcript_completed("13: 0");
	transcript_stop();
}

static void an_unbind_that_another_device_woke_waits_again(void **state)
{
	(void)state;
	expect_second_wake_up("v3.19", "");
	expect_second_wake_up("v4.0", "");
	expect_second_wake_up("v4.14", "");
	/* From 5.2 on whoever is woken asks again. */
	expect_second_wake_up("v4.14 del_wait=woken", "vdev:request:d0:1");
}

/* ----------------------------------------------------------- the stall (B23) */

static void the_last_unbind_stalls_until_the_container_is_left(void **state)
{
	(void)state;
	transcript_begin("v4.14");
	TRANSCRIPT(LONE_DEVICE, "unbind dev=d0 -> waits for "
				"wait_event:vfio_group.container_q");
	TRANSCRIPT("unset_container group_fd=4 -> 0");
	transcript_completed("8: 0");
	transcript_stop();
	transcript_begin("v4.0");
	TRANSCRIPT(LONE_DEVICE, "unbind dev=d0 -> 0");
	transcript_stop();
}

static void an_unbind_with_a_sibling_does_not_stall(void **state)
{
	(void)state;
	transcript_begin("v4.14");
	TRANSCRIPT(USED_GROUP, "bind dev=d1 drv=vfio -> 0",
		   "unbind dev=d1 -> 0",
		   "unbind dev=d0 -> waits for "
		   "wait_event:vfio_group.container_q");
	transcript_stop();
}

/* ------------------------------------------------------ callbacks' puts (D6) */

/* The group's file is closed inside the callback. */
#define CLOSED_IN_CALLBACK                                                     \
	"driver_register name=vfio kind=vfio -> 0",                            \
		"device_add dev=d0 group=g -> 0", "bind dev=d0 drv=vfio -> 0", \
		"group_open group=g -> 0 fd=3",                                \
		"unbind_begin dev=d0 at=unlock:vfio.group_lock:2 -> "          \
		"parked at unlock:vfio.group_lock:2",                          \
		"group_close fd=3 -> 0"

static void a_last_put_inside_the_chain_waits_for_itself(void **state)
{
	(void)state;
	transcript_begin("v4.0");
	TRANSCRIPT(CLOSED_IN_CALLBACK,
		   "finish of=4 -> waits for "
		   "rwsem_write:iommu_group.notifier, which it holds");
	transcript_stop();
}

static void a_last_put_on_a_work_queue_does_not(void **state)
{
	(void)state;
	transcript_begin("v4.0 nb_put=workqueue");
	TRANSCRIPT(CLOSED_IN_CALLBACK, "finish of=4 -> 0");
	assert_int_equal(result->nr_workers, 0);
	assert_false(the_group()->exists);
	transcript_stop();
	transcript_begin("v4.14 nb_put=none");
	TRANSCRIPT("driver_register name=vfio kind=vfio -> 0",
		   "device_add dev=d0 group=g -> 0",
		   "bind dev=d0 drv=vfio -> 0", "unbind dev=d0 -> 0");
	assert_int_equal(result->nr_allocs, 1); /* the tracking entry */
	assert_false(the_group()->exists);
	transcript_stop();
}

static void without_memory_for_the_work_the_group_stays(void **state)
{
	(void)state;
	transcript_begin("v4.14");
	TRANSCRIPT("driver_register name=vfio kind=vfio -> 0",
		   "device_add dev=d0 group=g -> 0",
		   "bind dev=d0 drv=vfio -> 0",
		   "alloc_fail nth=1 site=put_work -> 0", "unbind dev=d0 -> 0");
	assert_int_equal(result->warn, 1);
	assert_true(the_group()->exists);
	assert_int_equal(the_group()->kref, 1);
	transcript_stop();
}

/* -------------------------------------------------------- two make one group */

/* A second device arrives while the first one's group is made. */
#define MADE_TWICE                                         \
	"driver_register name=vfio kind=vfio -> 0",        \
		"device_add dev=d0 group=g -> 0",          \
		"device_add dev=d1 group=g -> 0",          \
		"bind_begin dev=d0 drv=vfio "              \
		"at=unlock:iommu_group.notifier:1 -> "     \
		"parked at unlock:iommu_group.notifier:1", \
		"bind dev=d1 drv=vfio -> 0", "bind_finish dev=d0 -> 0"

static void expect_iommu_references(const char *era, int references)
{
	transcript_begin(era);
	TRANSCRIPT(MADE_TWICE);
	assert_int_equal(the_group()->kref, 2);
	assert_int_equal(the_group()->ref, references);
	transcript_stop();
}

static void who_loses_the_race_to_make_a_group_may_leak(void **state)
{
	(void)state;
	/* Two members; a pin of each device. */
	expect_iommu_references("v3.19", 4);
	/* The group's pin, and what the loser forgot. */
	expect_iommu_references("v4.0", 4);
	expect_iommu_references("v4.0 create_race_leaks_iommu_ref=off", 3);
	expect_iommu_references("v4.14", 4);
	expect_iommu_references("v4.14 minor_alloc=with_group", 3);
}

/* ------------------------------------------------------- what KVM has (3.E) */

static int assigned(void)
{
	const struct script_state *state = transcript_state();

	assert_int_equal(state->nr_kvms, 1);
	return state->kvms[0].assigned;
}

static void expect_assigned(const char *era, int after_del)
{
	transcript_begin(era);
	TRANSCRIPT(USED_GROUP, "kvm_create kvm=v -> 0",
		   "kvm_group_del kvm=v group_fd=4 -> -ENOENT");
	assert_int_equal(assigned(), after_del);
	TRANSCRIPT("kvm_group_add kvm=v group_fd=4 -> 0");
	TRANSCRIPT("kvm_group_del kvm=v group_fd=4 -> 0");
	assert_int_equal(assigned(), after_del);
	transcript_stop();
}

static void a_delete_that_finds_nothing_may_count_all_the_same(void **state)
{
	(void)state;
	expect_assigned("v4.0", 0);
	expect_assigned("v4.0 kvm_side_effects=count", -1);
	expect_assigned("v4.0 kvm_side_effects=unconditional", -1);
	expect_assigned("v4.0 kvm_side_effects=on_match", 0);
	expect_assigned("v4.14", 0);
	expect_assigned("v5.19", 0);
}

static void groups_that_a_machine_has_are_counted(void **state)
{
	(void)state;
	transcript_begin("v5.15");
	TRANSCRIPT(USED_GROUP, "kvm_create kvm=v -> 0",
		   "kvm_group_add kvm=v group_fd=4 -> 0");
	assert_int_equal(assigned(), 1);
	transcript_stop();
}

static void a_delete_in_the_window_depends_on_the_era(void **state)
{
	static const char *const eras[] = { "v4.0", "v4.14", NULL };
	unsigned i;

	(void)state;
	transcript_begin("v3.19");
	TRANSCRIPT(LONE_DEVICE, "kvm_create kvm=v -> 0",
		   "kvm_group_add kvm=v group_fd=4 -> 0",
		   "unbind_begin dev=d0 -> parked at remove_exit",
		   "kvm_group_del kvm=v group_fd=4 -> -EINVAL");
	transcript_stop();
	for (i = 0; eras[i]; i++) {
		transcript_begin(eras[i]);
		TRANSCRIPT(LONE_DEVICE, "kvm_create kvm=v -> 0",
			   "kvm_group_add kvm=v group_fd=4 -> 0",
			   "unbind_begin dev=d0 at=unlock:vfio_group."
			   "device_lock:1 -> parked at "
			   "unlock:vfio_group.device_lock:1",
			   "kvm_group_del kvm=v group_fd=4 -> 0");
		transcript_stop();
	}
}

/* -------------------------------------------------------- files that pin (5.19) */

static void kvm_pins_the_file_and_so_the_container(void **state)
{
	(void)state;
	transcript_begin("v5.19");
	TRANSCRIPT(USED_GROUP, "kvm_create kvm=v -> 0",
		   "kvm_group_add kvm=v group_fd=4 -> 0",
		   "kvm_group_add kvm=v group_fd=4 -> -EEXIST",
		   "kvm_group_add kvm=v group_fd=3 -> -EINVAL",
		   "group_close fd=4 -> 0", "group_open group=g -> -EBUSY");
	assert_int_equal(the_group()->users, 1);
	TRANSCRIPT("kvm_destroy kvm=v -> 0", "group_open group=g -> 0 fd=5");
	assert_int_equal(the_group()->users, 0);
	assert_int_equal(the_group()->container, -1);
	transcript_stop();
}

static void kvm_takes_a_group_without_container(void **state)
{
	(void)state;
	transcript_begin("v5.19");
	TRANSCRIPT("driver_register name=vfio kind=vfio -> 0",
		   "device_add dev=d0 group=g -> 0",
		   "bind dev=d0 drv=vfio -> 0", "group_open group=g -> 0 fd=3",
		   "kvm_create kvm=v -> 0",
		   "kvm_group_add kvm=v group_fd=3 -> 0");
	assert_false(transcript_state()->kvms[0].noncoherent);
	TRANSCRIPT("kvm_group_del kvm=v group_fd=3 -> 0",
		   "external_get group_fd=3 -> -EOPNOTSUPP",
		   "external_get_from_dev dev=d0 -> -EOPNOTSUPP",
		   "group_close fd=3 -> 0");
	transcript_stop();
	transcript_begin("v5.15");
	TRANSCRIPT("driver_register name=vfio kind=vfio -> 0",
		   "device_add dev=d0 group=g -> 0",
		   "bind dev=d0 drv=vfio -> 0", "group_open group=g -> 0 fd=3",
		   "kvm_create kvm=v -> 0",
		   "kvm_group_add kvm=v group_fd=3 -> -EINVAL");
	transcript_stop();
}

static void an_open_device_pins_the_groups_file(void **state)
{
	(void)state;
	transcript_begin("v5.19");
	TRANSCRIPT(OPEN_DEVICE, "unset_container group_fd=4 -> -EBUSY",
		   "group_close fd=4 -> 0", "group_open group=g -> -EBUSY",
		   "device_close fd=5 -> 0");
	transcript_events("vdev:release:d0 iommu:detach:g iommu:release");
	TRANSCRIPT("group_open group=g -> 0 fd=6");
	transcript_stop();
}

static void a_device_that_cannot_be_opened_leaves_nothing_behind(void **state)
{
	static const char *const services[] = { "open", "fd", "file", NULL };
	char line[64];
	unsigned i;

	(void)state;
	transcript_begin("v5.19");
	TRANSCRIPT(USED_GROUP);
	for (i = 0; services[i]; i++) {
		snprintf(line, sizeof(line), "inject what=%s nth=1 err=-24",
			 services[i]);
		transcript_run(line);
		TRANSCRIPT("get_device_fd group_fd=4 dev=d0 -> -EMFILE");
		assert_int_equal(the_group()->users, 1);
		assert_int_equal(the_group()->devices[0].ref, 1);
	}
	/* A name is all of it: no part, and no longer one. */
	TRANSCRIPT("get_device_fd group_fd=4 dev=dx -> -ENODEV",
		   "get_device_fd group_fd=4 dev=d -> -ENODEV",
		   "get_device_fd group_fd=4 dev=d00 -> -ENODEV",
		   "unset_container group_fd=4 -> 0",
		   "get_device_fd group_fd=4 dev=d0 -> -EINVAL",
		   "unset_container group_fd=4 -> -EINVAL");
	transcript_stop();
}

/* ---------------------------------------------------------- ownership (5.19) */

static void whoever_comes_first_has_the_dma_of_a_group(void **state)
{
	(void)state;
	transcript_begin("v5.19");
	TRANSCRIPT(USED_GROUP, "bind dev=d1 drv=host -> -EBUSY",
		   "group_status group_fd=4 -> 0 viable=1 container_set=1",
		   "unset_container group_fd=4 -> 0",
		   "bind dev=d1 drv=host -> 0",
		   "group_status group_fd=4 -> 0 viable=0 container_set=0",
		   "set_container group_fd=4 container_fd=3 -> -EPERM");
	assert_int_equal(the_group()->users, 0);
	TRANSCRIPT("unbind dev=d1 -> 0",
		   "group_status group_fd=4 -> 0 viable=1 container_set=0",
		   "set_container group_fd=4 container_fd=3 -> 0",
		   "bind dev=d1 drv=vfio -> 0");
	transcript_stop();
	transcript_begin("v5.15");
	TRANSCRIPT(USED_GROUP, "bind dev=d1 drv=host -> BUG");
	transcript_stop();
}

static void a_container_whose_backend_refuses_gives_the_dma_back(void **state)
{
	(void)state;
	transcript_begin("v5.19");
	TRANSCRIPT(USED_GROUP, "device_add dev=e0 group=h -> 0",
		   "bind dev=e0 drv=vfio -> 0", "group_open group=h -> 0 fd=5",
		   "inject what=attach nth=1 err=-22 -> 0",
		   "set_container group_fd=5 container_fd=3 -> -EINVAL",
		   "group_status group_fd=5 -> 0 viable=1 container_set=0");
	transcript_stop();
}

/* ------------------------------------------------- the last device goes (D17) */

static void in_5_19_a_group_keeps_its_container_without_devices(void **state)
{
	(void)state;
	transcript_begin("v5.19");
	TRANSCRIPT(LONE_DEVICE, "unbind dev=d0 -> 0");
	assert_true(the_group()->exists);
	assert_int_equal(the_group()->container, 0);
	TRANSCRIPT("group_status group_fd=4 -> 0 viable=1 container_set=1",
		   "device_del dev=d0 -> 0");
	assert_int_equal(the_group()->nr_members, 0);
	assert_int_equal(the_group()->container, 0);
	TRANSCRIPT("group_close fd=4 -> 0");
	transcript_events("iommu:detach:g iommu:release");
	transcript_stop();
}

static void expect_last_put_of_a_user(const char *era, unsigned warnings)
{
	transcript_begin(era);
	TRANSCRIPT(LONE_DEVICE, "kvm_create kvm=v -> 0",
		   "kvm_group_add kvm=v group_fd=4 -> 0", "unbind dev=d0 -> 0",
		   "group_close fd=4 -> 0",
		   "kvm_destroy kvm=v -> "
		   "use after free");
	assert_int_equal(result->warn, warnings);
	transcript_stop();
}

static void a_group_that_goes_while_it_is_used_warns_from_5_16_on(void **state)
{
	(void)state;
	expect_last_put_of_a_user("v4.0", 0);
	expect_last_put_of_a_user("v4.0 minor_alloc=with_group", 1);
}

/* The owner's domain is made for the bus of the first member.  Without members
 * the kernel takes what is behind the list's head for one. */
static void in_5_19_a_group_without_devices_cannot_be_claimed(void **state)
{
	(void)state;
	transcript_begin("v5.19");
	TRANSCRIPT("driver_register name=vfio kind=vfio -> 0",
		   "device_add dev=d0 group=g -> 0",
		   "bind dev=d0 drv=vfio -> 0",
		   "container_open -> 0 fd=3 container=0",
		   "group_open group=g -> 0 fd=4", "unbind dev=d0 -> 0",
		   "device_del dev=d0 -> 0",
		   "set_container group_fd=4 container_fd=3 -> "
		   "NULL dereference");
	transcript_stop();
}

static void from_6_1_on_the_last_device_takes_the_group_along(void **state)
{
	(void)state;
	transcript_begin("v6.1");
	TRANSCRIPT(LONE_DEVICE, "unbind dev=d0 -> 0");
	transcript_events("iommu:detach:g iommu:release");
	assert_false(the_group()->exists);
	TRANSCRIPT("group_status group_fd=4 -> -ENODEV",
		   "set_container group_fd=4 container_fd=3 -> -ENODEV",
		   "get_device_fd group_fd=4 dev=d0 -> -ENODEV",
		   "group_open group=g -> -ENOENT",
		   /* The old node is still open; the new one has another id. */
		   "bind dev=d0 drv=vfio -> 0",
		   "group_status group_fd=4 -> -ENODEV",
		   "group_open group=g -> 0 fd=5",
		   "group_status group_fd=5 -> 0 viable=1 container_set=0",
		   "group_close fd=4 -> 0", "group_close fd=5 -> 0",
		   "unbind dev=d0 -> 0", "device_del dev=d0 -> 0");
	assert_false(the_group()->iommu);
	transcript_stop();
}

/* ------------------------------------------------------ one atomic check (5.13) */

/* A device counts as listed for as long as it can be found. */
static void expect_atomic_check(const char *era, int in_window)
{
	char status[64];

	snprintf(status, sizeof(status),
		 "group_status group_fd=3 -> 0 viable=%d container_set=0",
		 in_window);
	transcript_begin(era);
	TRANSCRIPT("driver_register name=vfio kind=vfio -> 0",
		   "device_add dev=d0 group=g -> 0",
		   "bind dev=d0 drv=vfio -> 0", "group_open group=g -> 0 fd=3",
		   "group_status group_fd=3 -> 0 viable=1 container_set=0",
		   "unbind_begin dev=d0 at=lock:vfio_group.device_lock:1 -> "
		   "parked at lock:vfio_group.device_lock:1",
		   status);
	transcript_stop();
}

static void a_listed_device_that_cannot_be_found_does_not_count(void **state)
{
	(void)state;
	expect_atomic_check("v5.15 check_order=atomic", 1);
	expect_atomic_check("v5.15 check_order=atomic track_unbound=off", 0);
}

/* ------------------------------------------------------------- allow-lists (D4) */

static void expect_viable(const char *era, const char *add, const char *drv,
			  int viable)
{
	char bind[64], status[64];

	snprintf(bind, sizeof(bind), "bind dev=d1 drv=%s -> 0", drv);
	snprintf(status, sizeof(status),
		 "group_status group_fd=3 -> 0 viable=%d container_set=0",
		 viable);
	transcript_begin(era);
	TRANSCRIPT("driver_register name=vfio kind=vfio -> 0",
		   "driver_register name=host kind=host -> 0",
		   "driver_register name=pci-stub kind=whitelisted -> 0",
		   "driver_register name=pcieport kind=whitelisted -> 0",
		   "device_add dev=d0 group=g -> 0", add,
		   "bind dev=d0 drv=vfio -> 0", "group_open group=g -> 0 fd=3",
		   bind, status);
	transcript_stop();
}

static void what_may_stay_with_the_host_depends_on_the_era(void **state)
{
	static const char add[] = "device_add dev=d1 group=g -> 0";
	static const char bridge[] = "device_add dev=d1 group=g bridge=1 -> 0";

	(void)state;
	expect_viable("v4.0", add, "pci-stub", 1);
	expect_viable("v4.0", add, "pcieport", 1);
	expect_viable("v4.0", bridge, "host", 0);
	expect_viable("v4.14", add, "pci-stub", 1);
	expect_viable("v4.14", add, "pcieport", 0);
	expect_viable("v4.14", bridge, "host", 1);
	expect_viable("v5.19", add, "pci-stub", 1);
	expect_viable("v5.19", add, "pcieport", 1);
	expect_viable("v5.19", bridge, "host", 0);
}

/* ------------------------------------------------------------ all of them */

/* A life with everything in it; what comes of each is the era's business. */
static const char *const life[] = {
	"driver_register name=vfio kind=vfio",
	"driver_register name=own kind=vfio-pci",
	"driver_register name=bad kind=vfio-failprobe",
	"driver_register name=host kind=host",
	"device_add dev=d0 group=g",
	"device_add dev=d1 group=g",
	"bind dev=d0 drv=vfio",
	"bind dev=d1 drv=bad",
	"bind dev=d1 drv=own",
	"container_open",
	"group_open group=g",
	"set_container group_fd=4 container_fd=3",
	"set_iommu container_fd=3",
	"get_device_fd group_fd=4 dev=d0",
	"kvm_create kvm=v",
	"kvm_group_add kvm=v group_fd=4",
	"external_get group_fd=4",
	"external_get_from_dev dev=d0",
	"device_ref_get dev=d1",
	"device_ref_put ref=1",
	"external_put ext=1",
	"external_put ext=2",
	"unbind dev=d0",
	"tick",
	"signal",
	"device_close fd=5",
	"kvm_group_del kvm=v group_fd=4",
	"device_add dev=d2 group=g",
	"unset_container group_fd=4",
	"unbind dev=d1",
	"group_status group_fd=4",
	"group_close fd=4",
	"kvm_destroy kvm=v",
	"bind dev=d0 drv=vfio",
	"bind dev=d1 drv=host",
	"device_del dev=d0",
	"device_del dev=d1",
	"device_del dev=d2",
	"container_close fd=3",
};

#define LIFE_STEPS (sizeof(life) / sizeof(life[0]))

/* How far it comes; fails the test if the machine gives up. */
static size_t live(const struct kernel_era *era)
{
	const struct script_config config = { .era = *era };
	size_t i = 0;

	assert_int_equal(sim_script_begin(&config, &script), 0);
	do {
		transcript_run(life[i++]);
	} while (i < LIFE_STEPS && !result->halted);
	/* Neither a crash nor BUG_ON() is any value's fault here. */
	if (result->halted)
		fail_msg("%s stopped at \"%s\": %s", era->name, life[i - 1],
			 result->finding);
	transcript_stop();
	return i;
}

static void every_value_goes_with_every_era_that_it_fits(void **state)
{
	struct kernel_era era;
	unsigned nth, flag, value, lives = 0;

	(void)state;
	for (nth = 0; era_name(nth); nth += kit_scale(4) < 4 ? 3 : 1)
		for (flag = 0; flag < ERA_FLAG_NR; flag++)
			for (value = 0; era_value_name(flag, value); value++) {
				assert_int_equal(
					era_lookup(era_name(nth), &era), 0);
				era.value[flag] = (unsigned char)value;
				snprintf(era.name, sizeof(era.name),
					 "%.12s %.18s", era_name(nth),
					 era_flag_name(flag));
				if (era_conflict(&era))
					continue;
				assert_int_equal(live(&era), LIFE_STEPS);
				lives++;
			}
	assert_true(lives > 100);
}

#define TEST(name) cmocka_unit_test_teardown(name, transcript_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_unbind_of_3_19_waits_in_silence),
		TEST(with_a_request_op_alone_the_user_is_asked_once),
		TEST(each_signal_makes_an_unbind_of_4_0_ask_again),
		TEST(from_4_1_on_the_first_signal_is_the_last_one),
		TEST(an_unbind_that_another_device_woke_waits_again),
		TEST(the_last_unbind_stalls_until_the_container_is_left),
		TEST(an_unbind_with_a_sibling_does_not_stall),
		TEST(a_last_put_inside_the_chain_waits_for_itself),
		TEST(a_last_put_on_a_work_queue_does_not),
		TEST(without_memory_for_the_work_the_group_stays),
		TEST(who_loses_the_race_to_make_a_group_may_leak),
		TEST(a_delete_that_finds_nothing_may_count_all_the_same),
		TEST(groups_that_a_machine_has_are_counted),
		TEST(a_delete_in_the_window_depends_on_the_era),
		TEST(kvm_pins_the_file_and_so_the_container),
		TEST(kvm_takes_a_group_without_container),
		TEST(an_open_device_pins_the_groups_file),
		TEST(a_device_that_cannot_be_opened_leaves_nothing_behind),
		TEST(whoever_comes_first_has_the_dma_of_a_group),
		TEST(a_container_whose_backend_refuses_gives_the_dma_back),
		TEST(in_5_19_a_group_keeps_its_container_without_devices),
		TEST(a_group_that_goes_while_it_is_used_warns_from_5_16_on),
		TEST(in_5_19_a_group_without_devices_cannot_be_claimed),
		TEST(from_6_1_on_the_last_device_takes_the_group_along),
		TEST(a_listed_device_that_cannot_be_found_does_not_count),
		TEST(what_may_stay_with_the_host_depends_on_the_era),
		TEST(every_value_goes_with_every_era_that_it_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
